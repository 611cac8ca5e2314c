"""Noting what shows that letters arrived, and having printed what is not shown to."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.language import N_
from estate.letters.models import Letter
from estate.mails.models import Mail
from estate.notifications.actions import notify
from estate.outbox.rules import OutboxState
from estate.people.models import Household
from estate.people.queries import lasting
from estate.permissions import Role
from estate.proof.models import LetterCopy, LetterMail, LetterSms
from estate.proof.queries import known_of
from estate.proof.rules import TO_PRINT, proof
from estate.reach.queries import holders_over
from estate.texts.models import TextMessage
from estate.values.queries import default_number

STEP = 60
"""Copies settled, or sent to the printer, in one transaction."""


def hold(session: Session, copies: Sequence[int]) -> None:
    """Let whoever notes something of these copies at the same time wait, and then see it.

    The weaker lock: rows that refer to a copy are written before it is asked for.
    """
    mine = select(LetterCopy.id).where(LetterCopy.id.in_(copies)).order_by(LetterCopy.id)
    session.execute(mine.with_for_update(key_share=True))


def note_proof(session: Session, copies: Sequence[int]) -> None:
    """Write down what proves these copies delivered, by all that is known of them."""
    hold(session, copies)
    for copy, known in known_of(session, copies).items():
        shown = proof(known)
        session.execute(
            update(LetterCopy)
            .where(LetterCopy.id == copy)
            .values(
                delivered_at=shown.at if shown else None,
                delivered_how=shown.how if shown else None,
                delivered_to=shown.to if shown else None,
                delivered_by_id=shown.by if shown else None,
            )
        )


def note_accepted(session: Session) -> int:
    """Note some of the mails that a mail server has taken; returns how many.

    What went to nobody's own confirmed address, or not to a tenant's, proves nothing by that.
    """
    taken = (
        select(LetterMail.mail_id, LetterMail.copy_id)
        .join(Mail, LetterMail.mail_id == Mail.id)
        .where(Mail.to_server, Mail.done_at.is_not(None), LetterMail.taken_at.is_(None))
        .order_by(Mail.done_at)
        .limit(STEP)
    )
    rows = session.execute(taken).all()
    if not rows:
        return 0
    copies = [row.copy_id for row in rows]
    hold(session, copies)
    done = select(Mail.done_at).where(Mail.id == LetterMail.mail_id).scalar_subquery()
    session.execute(
        update(LetterMail)
        .where(LetterMail.mail_id.in_([row.mail_id for row in rows]))
        .values(taken_at=done)
        .execution_options(synchronize_session=False)
    )
    _settle_accepted(session, copies)
    return len(rows)


def note_returned(session: Session, mail: int, now: datetime) -> bool:
    """A mail came back: it proves nothing any more, and the letter is printed unless all is well.

    Returns whether it was a letter's.
    """
    copy = session.scalar(
        update(LetterMail)
        .where(LetterMail.mail_id == mail, LetterMail.returned_at.is_(None))
        .values(returned_at=now)
        .returning(LetterMail.copy_id)
    )
    if copy is None:
        return False
    hold(session, [copy])
    _settle_accepted(session, [copy])
    _print_as_well(session, LetterCopy.id == copy, "returned", now)
    return True


def note_given_up(session: Session, now: datetime) -> int:
    """Note some of the mails and SMS that nobody took, and are not tried again; returns how many.

    Their letters are printed unless all is well: it is known at once that they came to nobody.
    """
    mails = (
        select(LetterMail.mail_id, LetterMail.copy_id)
        .join(Mail, LetterMail.mail_id == Mail.id)
        .where(Mail.state == OutboxState.GIVEN_UP, LetterMail.returned_at.is_(None))
        .limit(STEP)
    )
    texts = (
        select(LetterSms.text_id, LetterSms.copy_id)
        .join(TextMessage, LetterSms.text_id == TextMessage.id)
        .where(TextMessage.state == OutboxState.GIVEN_UP, LetterSms.refused_at.is_(None))
        .limit(STEP)
    )
    mailed, texted = session.execute(mails).all(), session.execute(texts).all()
    copies = [row.copy_id for row in (*mailed, *texted)]
    if not copies:
        return 0
    hold(session, copies)
    session.execute(
        update(LetterMail)
        .where(LetterMail.mail_id.in_([row.mail_id for row in mailed]))
        .values(returned_at=now)
    )
    session.execute(
        update(LetterSms)
        .where(LetterSms.text_id.in_([row.text_id for row in texted]))
        .values(refused_at=now)
    )
    _print_as_well(session, LetterCopy.id.in_(copies), "not_taken", now)
    return len(copies)


def _settle_accepted(session: Session, copies: Sequence[int]) -> None:
    """Write down when a mail that counts was first taken and did not come back."""
    first = (
        select(func.min(LetterMail.taken_at))
        .where(
            LetterMail.copy_id == LetterCopy.id, LetterMail.counts, LetterMail.returned_at.is_(None)
        )
        .scalar_subquery()
    )
    session.execute(
        update(LetterCopy)
        .where(LetterCopy.id.in_(copies))
        .values(accepted_at=first)
        .execution_options(synchronize_session=False)
    )
    note_proof(session, copies)


def print_unopened(session: Session, now: datetime) -> int:
    """Have some copies printed that were sent and not shown to arrive in time; returns how many.

    In time is some days after it was sent, and some before it has to be there: what comes first.
    However near that is, a mail server has its hour.
    """
    day = clock.local(now).date()
    since = now - timedelta(days=default_number("letter_unopened_days", day))
    near = day + timedelta(days=default_number("letter_deadline_days", day))
    tried = now - timedelta(hours=default_number("letter_sending_hours", day))
    late = or_(
        LetterCopy.sent_at <= since, and_(LetterCopy.sent_at <= tried, Letter.deliver_by <= near)
    )
    return _print_as_well(session, late, "unopened", now)


def _print_as_well(session: Session, which: ColumnElement[bool], why: str, now: datetime) -> int:
    """Have some copies printed that nothing shows to have arrived, and tell the office so.

    Not for who lives there no more. Returns how many; `which` may ask for the letter, too.
    """
    unproven = (
        select(LetterCopy.id)
        .join(Letter, LetterCopy.letter_id == Letter.id)
        .join(Household, LetterCopy.household_id == Household.id)
        .where(
            LetterCopy.delivered_at.is_(None),
            LetterCopy.paper_at.is_(None),
            lasting(Household, clock.local(now).date()),
            which,
        )
        .limit(STEP)
    )
    letters = session.scalars(
        update(LetterCopy)
        .where(LetterCopy.id.in_(unproven))
        .values(paper_at=now, paper_why=why)
        .returning(LetterCopy.letter_id)
    ).all()
    told = select(Letter.id, Letter.title, Letter.section_id).where(Letter.id.in_(set(letters)))
    for row in session.execute(told.order_by(Letter.id)).all():
        _tell_office(session, row.id, row.title, row.section_id, clock.local(now).date())
    return len(letters)


def _tell_office(session: Session, letter: int, title: str, section: int, day: date) -> None:
    text = N_("“{title}” is to be printed for households it is not shown to have reached.")
    notify(
        session,
        kind=TO_PRINT.name,
        persons=holders_over(session, Role.OFFICE, section, day),
        title=N_("Letters to print"),
        body=text,
        repeated=text,
        values={"title": title},
        address=f"/desk/letters/{letter}/print",
        merge_key=f"letter-print-{letter}",
    )
