"""Beginning and ending sessions, and telling people who came in as them."""

import secrets
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.access.models import SignInSession
from estate.access.queries import session_lasts
from estate.access.rules import LET_IN, SIGN_INS, UNTRUSTED, Beginning, device_name, token_hash
from estate.database import stale
from estate.language import N_, say
from estate.leaving.queries import moved_out
from estate.notifications.actions import notify, queue_mail
from estate.people.models import Person
from estate.permissions import Scope
from estate.refusals import Missing
from estate.retention.actions import erase_some


def begin_session(
    session: Session,
    person: int,
    began: Beginning,
    user_agent: str = "",
    begun_by: int | None = None,
    *,
    confirmed: bool = False,
) -> str:
    """Sign a person in on a device; returns the cookie's token, which is kept nowhere.

    One that began with what somebody else made (`begun_by`, at the counter) is told to all the
    person's devices, unless they have `confirmed` before that it is theirs.
    """
    token = secrets.token_urlsafe(32)
    now = clock.now()
    browser, device = device_name(user_agent)
    session.add(
        SignInSession(
            token_hash=token_hash(token),
            person_id=person,
            began=began,
            began_at=now,
            begun_by_id=begun_by,
            seen_at=now,
            expires_at=now + session_lasts(began, clock.local(now).date()),
            confirmed_at=now if confirmed else None,
            browser=browser,
            device=device,
        )
    )
    stale(session, f"person:{person}", "devices")
    if began in UNTRUSTED and not confirmed:
        tell_of_sign_in(session, person, *LET_IN[began])
    return token


def tell_of_sign_in(session: Session, person: int, title: str, body: str) -> None:
    """Tell a person, on every device and by mail, that somebody came in as them."""
    tell(session, person, title, body)
    mail = session.execute(
        select(Person.email, Person.language).where(
            Person.id == person, Person.email_confirmed_at.is_not(None)
        )
    ).one_or_none()
    if mail is not None and mail.email:
        lines = (say(body), say(N_("You find your devices under Me, Devices.")))
        queue_mail(
            session,
            to=mail.email,
            language=mail.language or "da",
            subject=say(title),
            lines=lines,
        )


def tell(session: Session, person: int, title: str, body: str) -> None:
    """Tell all of a person's devices that something about signing in changed."""
    notify(
        session,
        kind=SIGN_INS.name,
        persons=[person],
        title=title,
        body=body,
        address="/me/devices",
        merge_key=f"sign-in-{secrets.token_hex(8)}",
        urgent=True,
    )


def end_session(session: Session, number: int, person: int) -> None:
    """Sign a device out, if it is this person's; its push subscription goes with the row."""
    session.execute(
        delete(SignInSession).where(SignInSession.id == number, SignInSession.person_id == person)
    )
    stale(session, f"person:{person}", "devices")


def revoke_session(session: Session, scope: Scope, number: int) -> None:
    """Sign out one of the reader's own devices; Missing when there is no such device."""
    mine = SignInSession.person_id == scope.person
    gone = session.execute(
        delete(SignInSession).where(SignInSession.id == number, mine).returning(SignInSession.id)
    ).all()
    if not gone:
        raise Missing
    stale(session, f"person:{scope.person}", "devices")


def revoke_other_sessions(session: Session, scope: Scope) -> None:
    """Sign out every device of the reader's but this one."""
    session.execute(
        delete(SignInSession).where(
            SignInSession.person_id == scope.person, SignInSession.id != scope.reader.session
        )
    )
    stale(session, f"person:{scope.person}", "devices")


def end_sessions_begun(
    session: Session,
    person: int,
    began: Collection[Beginning],
    since: datetime,
    spared: int | None = None,
) -> None:
    """Sign out every device that somebody came in on in these ways since a moment, but `spared`."""
    session.execute(
        delete(SignInSession).where(
            SignInSession.person_id == person,
            SignInSession.began.in_(began),
            SignInSession.began_at >= since,
            SignInSession.id.is_distinct_from(spared),
        )
    )
    stale(session, f"person:{person}", "devices")


def note_seen(session: Session, numbers: Collection[int], now: datetime) -> None:
    """Remember that these sessions were used; asked for at most once a day each."""
    session.execute(update(SignInSession).where(SignInSession.id.in_(numbers)).values(seen_at=now))


def confirm_session(session: Session, scope: Scope, now: datetime) -> None:
    """Trust the reader's session like one they began themselves."""
    session.execute(
        update(SignInSession)
        .where(SignInSession.id == scope.reader.session, SignInSession.person_id == scope.person)
        .values(confirmed_at=now)
    )


def end_all(session: Session) -> int:
    """Sign every device out; returns how many that were."""
    return len(session.scalars(delete(SignInSession).returning(SignInSession.id)).all())


def forget_former(session: Session, before: datetime) -> int:
    """End some of the sessions of people who had moved out before a moment; returns how many.

    They can sign in again for as long as anything of theirs is kept, and see nothing else.
    """
    gone = moved_out(clock.local(before).date())
    return len(erase_some(session, SignInSession, SignInSession.person_id.in_(gone)))


def forget(session: Session, before: datetime) -> int:
    """Erase some of the sessions that ended before a moment; returns how many."""
    return len(erase_some(session, SignInSession, SignInSession.expires_at < before))
