"""Issuing and spending one-time ways in, and the address they are sent to."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.access import actions as access
from estate.access.queries import may_come_in, works_here
from estate.access.rules import Beginning, token_hash
from estate.audit.actions import record
from estate.changes import actions as changes
from estate.codes.models import SignInCode
from estate.codes.rules import (
    ALPHABET,
    CODE_LENGTH,
    DIGITS,
    EMAIL,
    Purpose,
    code_hash,
    code_line,
    is_number,
    plain_address,
    typed_digits,
)
from estate.database import stale
from estate.language import N_, Message, say
from estate.notifications.actions import queue_mail
from estate.people.models import Person
from estate.people.queries import (
    mailed_address,
    person_as_told,
    persons_by_email,
    persons_by_number,
)
from estate.people.rules import plain_email
from estate.permissions import Scope
from estate.refusals import Refused
from estate.retention.actions import erase_some
from estate.retention.log import ErasureLog
from estate.retention.rules import Erasure
from estate.texts.actions import queue_text
from estate.values.queries import default_number


def new_code() -> str:
    """A code of 60 random bits, short enough to be typed from paper."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def _new_digits() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def mail_sign_in(
    session: Session, key: bytes, email: str, language: str, address: str, now: datetime
) -> None:
    """Send a code and a link to an address, or what else helps whoever reads it.

    `address` is this house's base URL followed by `{token}` in the link's place. Nothing of what is
    known here shows in the request: every address gets a mail.
    """
    email = plain_email(email)
    day = clock.local(now).date()
    known = [p for p in persons_by_email(session, email) if may_come_in(session, p.id, day)]
    if not known:
        _mail_stranger(session, email, language)
    elif len(known) > 1:
        _mail_shared(session, email, language)
    else:
        _mail_code(session, key, known[0], email, address, now, language)


def _mail_stranger(session: Session, email: str, language: str) -> None:
    lines = (
        say(N_("Somebody, perhaps you, asked to sign in to Opgang with this address.")),
        say(N_("But nobody is known to Opgang by it. You may have given another address.")),
        say(N_("If you have a letter about Opgang, use the code in it. The office helps too.")),
    )
    subject = say(N_("This address is not known to Opgang"))
    queue_mail(session, to=email, language=language, subject=subject, lines=lines)


def _mail_shared(session: Session, email: str, language: str) -> None:
    lines = (
        say(N_("Several people have this e-mail address, so it cannot tell who is signing in.")),
        say(N_("Come in with the code from your letter, or ask the office for a link.")),
        say(N_("Then give an address of your own under Me, and this one works for the other.")),
    )
    subject = say(N_("This address belongs to several people in Opgang"))
    queue_mail(session, to=email, language=language, subject=subject, lines=lines)


def _mail_code(
    session: Session,
    key: bytes,
    person: Person,
    email: str,
    address: str,
    now: datetime,
    language: str,
) -> None:
    digits, token = _new_digits(), secrets.token_urlsafe(32)
    code = _keep_code(session, key, person.id, Purpose.SIGN_IN, email, digits, now)
    hours = default_number("link_hours", clock.local(now).date())
    code.link_hash = token_hash(token)
    code.expires_at = now + timedelta(hours=hours)
    link = address.format(token=token)
    lines = (
        _code_line(digits, now),
        say(
            N_("Or open this link where you want to sign in. It works once, for {hours} hours:"),
            hours=hours,
        ),
        say("{link}", link=link),
        _not_asked(),
    )
    queue_mail(
        session,
        to=email,
        language=person.language or language,
        subject=say(N_("{code} is your code for Opgang"), code=digits),
        lines=lines,
        secret=True,
    )


def _code_line(digits: str, now: datetime) -> Message:
    minutes = default_number("code_minutes", clock.local(now).date())
    text = N_("Your code is {code}. It works for {minutes} minutes.")
    return say(text, code=digits, minutes=minutes)


def _not_asked() -> Message:
    return say(N_("Did you not ask for this? Then do nothing; nobody has come in."))


def _keep_code(
    session: Session,
    key: bytes,
    person: int,
    purpose: Purpose,
    sent_to: str,
    digits: str,
    now: datetime,
) -> SignInCode:
    """Keep a new code; the digits sent to the address before for the same are good no more."""
    end_digits(session, sent_to, now, purpose)
    minutes = default_number("code_minutes", clock.local(now).date())
    code = SignInCode(
        person_id=person,
        purpose=purpose,
        began=Beginning.SMS if is_number(sent_to) else Beginning.EMAIL,
        sent_to=sent_to,
        code_hash=code_hash(key, purpose, sent_to, digits),
        created_at=now,
        code_expires_at=now + timedelta(minutes=minutes),
        expires_at=now + timedelta(minutes=minutes),
    )
    session.add(code)
    return code


def text_sign_in(
    session: Session, key: bytes, number: str, language: str, host: str, now: datetime
) -> None:
    """Send a code to a number (E.164) that somebody is known by; to any other, nothing.

    A stranger's number gets no SMS: each costs, and it would be a way to disturb anybody. `host`
    is where the code is to be typed.
    """
    known = _known_by(session, number, now)
    if len(known) == 1:
        (person,) = known
        tongue = person.language or language
        _text_code(session, key, person.id, Purpose.SIGN_IN, number, tongue, host, now)
    elif known:
        text = N_(
            "Several people in Opgang have this number, so it cannot tell who is signing in. "
            "Come in with a letter, or ask the office."
        )
        queue_text(session, to=number, language=language, text=say(text))


def _known_by(session: Session, number: str, now: datetime) -> list[Person]:
    """Who may come in by a number: whose own it is, else whose the administration says it is.

    Of those who may have an account: the number of somebody moved on hides nobody who lives here.
    """
    day = clock.local(now).date()
    known = [p for p in persons_by_number(session, number) if may_come_in(session, p.id, day)]
    return [p for p in known if p.phone == number] or known


def _text_code(
    session: Session,
    key: bytes,
    person: int,
    purpose: Purpose,
    number: str,
    language: str,
    host: str,
    now: datetime,
) -> None:
    digits = _new_digits()
    code = _keep_code(session, key, person, purpose, number, digits, now)
    minutes = default_number("code_minutes", clock.local(now).date())
    text = N_("{code} is your code for Opgang. It works for {minutes} minutes. Give it to nobody.")
    queue_text(
        session,
        to=number,
        language=language,
        text=say(text, code=digits, minutes=minutes),
        ending=code_line(host, digits),
        person=person,
        secret=True,
        until=code.code_expires_at,
    )


def text_own_code(
    session: Session,
    key: bytes,
    scope: Scope,
    purpose: Purpose,
    number: str,
    language: str,
    host: str,
    now: datetime,
) -> None:
    """Text the reader a code: to their confirmed number, or to the one they want instead."""
    _text_code(session, key, scope.person, purpose, number, language, host, now)


def mail_own_code(
    session: Session,
    key: bytes,
    scope: Scope,
    purpose: Purpose,
    email: str,
    language: str,
    now: datetime,
) -> None:
    """Send the reader a code: to their confirmed address, or to the one they want instead."""
    email = plain_email(email)
    digits = _new_digits()
    _keep_code(session, key, scope.person, purpose, email, digits, now)
    subject = say(N_("{code} is your code for Opgang"), code=digits)
    lines = (_code_line(digits, now), _not_asked())
    queue_mail(session, to=email, language=language, subject=subject, lines=lines, secret=True)


def spend_code(
    session: Session,
    key: bytes,
    sent_to: str,
    text: str,
    now: datetime,
    purpose: Purpose = Purpose.SIGN_IN,
) -> int | None:
    """Use up a code that was sent to an address or number; returns whose it was.

    None when it is wrong, used or too old.
    """
    sent_to = plain_address(sent_to)
    person = session.scalar(
        update(SignInCode)
        .where(
            SignInCode.code_hash == code_hash(key, purpose, sent_to, typed_digits(text)),
            SignInCode.sent_to == sent_to,
            SignInCode.purpose == purpose,
            SignInCode.used_at.is_(None),
            SignInCode.code_expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInCode.person_id)
    )
    if person is not None:
        end_codes(session, person, purpose, now)
    return person


def end_digits(
    session: Session, sent_to: str, now: datetime, purpose: Purpose = Purpose.SIGN_IN
) -> None:
    """Let no digits sent here open anything any more; the links sent with them do."""
    session.execute(
        update(SignInCode)
        .where(
            SignInCode.sent_to == plain_address(sent_to),
            SignInCode.purpose == purpose,
            SignInCode.code_expires_at > now,
        )
        .values(code_expires_at=now)
    )


def end_codes(session: Session, person: int, purpose: Purpose, now: datetime) -> None:
    """Use up whatever else was sent to somebody for this purpose."""
    session.execute(
        update(SignInCode)
        .where(
            SignInCode.person_id == person,
            SignInCode.purpose == purpose,
            SignInCode.sent_to.is_not(None),
            SignInCode.used_at.is_(None),
        )
        .values(used_at=now)
    )


def spend_ticket(session: Session, number: int, now: datetime) -> int | None:
    """Use up a link or counter code; returns who made it. Refused when somebody was faster."""
    row = session.execute(
        update(SignInCode)
        .where(SignInCode.id == number, SignInCode.used_at.is_(None))
        .values(used_at=now)
        .returning(SignInCode.person_id, SignInCode.sent_to, SignInCode.issued_by_id)
    ).one_or_none()
    if row is None:
        raise Refused(N_("This link has already been used. Ask for a new one."))
    if row.sent_to is not None:
        end_codes(session, row.person_id, Purpose.SIGN_IN, now)
        note_address(session, row.person_id, row.sent_to, now)
    made_by: int | None = row.issued_by_id
    return made_by


def note_address(session: Session, person: int, email: str, now: datetime) -> None:
    """A code sent to an address came back: it is this person's, if they had none of their own."""
    first = session.scalar(
        select(Person.id).where(Person.id == person, Person.email.is_(None)).limit(1)
    )
    session.execute(
        update(Person)
        .where(Person.id == person, or_(Person.email.is_(None), Person.email == email))
        .values(email=email, email_confirmed_at=now)
    )
    if first is not None:
        _tell_administration(session, person)


def _tell_administration(session: Session, person: int) -> None:
    administration, told = person_as_told(session, person)
    if administration is not None:
        changes.tell(session, administration, None, "person.email_changed", person, told)


def issue_link(session: Session, person_id: int, began: Beginning, issued_by: int | None) -> str:
    """A one-time link for somebody, valid a day; returns its token (`/sign-in/TOKEN`).

    The deed is logged where the person sees it. Refused for those who may have no account.
    """
    token = secrets.token_urlsafe(32)
    code = _ticket(session, person_id, began, issued_by)
    code.link_hash = token_hash(token)
    return token


def issue_counter_code(session: Session, key: bytes, person: int, issued_by: int) -> str:
    """A one-time code to hand over at the counter, short enough to type; logged like a link.

    It takes the place of the person's earlier ones.
    """
    if works_here(session, person, clock.today()):
        raise Refused(N_("This person works here and signs in with their own e-mail address."))
    code = new_code()
    _end_counter_codes(session, person)
    row = _ticket(session, person, Beginning.OFFICE, issued_by)
    row.code_hash = code_hash(key, code)
    return code


def _end_counter_codes(session: Session, person: int) -> None:
    session.execute(
        update(SignInCode)
        .where(
            SignInCode.person_id == person,
            SignInCode.purpose == Purpose.SIGN_IN,
            SignInCode.began == Beginning.OFFICE,
            SignInCode.sent_to.is_(None),
            SignInCode.code_hash.is_not(None),
            SignInCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
    )


def _ticket(session: Session, person: int, began: Beginning, issued_by: int | None) -> SignInCode:
    now = clock.now()
    if not may_come_in(session, person, clock.local(now).date()):
        raise Refused(N_("This person has no account: under 18, or not confirmed by the office."))
    until = now + timedelta(hours=default_number("link_hours", clock.local(now).date()))
    row = SignInCode(
        person_id=person,
        purpose=Purpose.SIGN_IN,
        began=began,
        issued_by_id=issued_by,
        created_at=now,
        code_expires_at=until,
        expires_at=until,
    )
    session.add(row)
    record(
        session,
        "issued_link",
        ("person", person),
        actor=issued_by,
        on_behalf_of=person,
        how=began.value,
    )
    stale(session, f"person:{person}", "devices")
    return row


def change_address(
    session: Session, scope: Scope, email: str, now: datetime, log: ErasureLog
) -> None:
    """Sign in with another address from now on; the earlier one is told. Refused if it is taken.

    No restore brings the earlier one back.
    """
    email = plain_email(email)
    taken = session.scalar(
        select(Person.id).where(Person.email == email, Person.id != scope.person).limit(1)
    )
    if taken is not None:
        raise Refused(N_("Somebody else signs in with this address already."))
    before = session.execute(
        select(mailed_address().label("email"), Person.language).where(Person.id == scope.person)
    ).one()
    earlier = before.email if before.email != email else None
    if earlier:
        log.append(Erasure(EMAIL, [scope.person], now))
    session.execute(
        update(Person).where(Person.id == scope.person).values(email=email, email_confirmed_at=now)
    )
    end_codes(session, scope.person, Purpose.SIGN_IN, now)
    record(session, "changed_email", ("person", scope.person), actor=scope.person)
    _tell_administration(session, scope.person)
    access.tell(
        session,
        scope.person,
        N_("Your e-mail address was changed"),
        N_("You sign in with another address now. Was it not you? Tell the office."),
    )
    if earlier:
        lines = (
            say(N_("From now on another address signs in to Opgang in place of this one.")),
            say(N_("Was it not you? Tell the office, and sign out your devices under Me.")),
        )
        subject = say(N_("Your e-mail address was changed"))
        queue_mail(
            session, to=earlier, language=before.language or "da", subject=subject, lines=lines
        )


def erase_addresses(session: Session, ids: Sequence[int]) -> None:
    """Let go of the addresses of these persons in a restored database.

    The administration's may be the one let go of: it is used once they say another.
    """
    session.execute(
        update(Person)
        .where(Person.id.in_(ids))
        .values(email=None, email_confirmed_at=None, contact_email_let_go=True)
    )


def end_all(session: Session) -> int:
    """Sign every device out and end every code; returns how many devices that were."""
    session.execute(delete(SignInCode))
    return access.end_all(session)


def forget(session: Session, before: datetime) -> int:
    """Erase some of the sessions and codes that ended before a moment; returns how many."""
    codes = erase_some(session, SignInCode, SignInCode.expires_at < before)
    return access.forget(session, before) + len(codes)
