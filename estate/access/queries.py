"""Who is behind a session, and who may have one."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from estate import clock
from estate.access.models import SignInSession
from estate.access.rules import UNTRUSTED, Beginning, lets_others_in, token_hash
from estate.identities.models import OidcIdentity
from estate.people.models import Helper, Member, Person, RoleHolding
from estate.people.queries import lasting
from estate.permissions import Scope
from estate.standings.queries import holdings_of
from estate.values.queries import default_number


def session_lasts(began: Beginning, day: date) -> timedelta:
    """How long somebody stays signed in on a device, and not much longer than they hold it."""
    if began is Beginning.BORROWED:
        return timedelta(hours=default_number("borrowed_session_hours", day))
    return timedelta(days=default_number("session_days", day))


class Presence(NamedTuple):
    """A live session: whose, how far it is trusted, whether on a device that is not their own."""

    session: int
    person: int
    trusted: bool
    borrowed: bool
    stale: bool
    expires_at: datetime


def presence(session: Session, token: str, now: datetime) -> Presence | None:
    """The live session behind a cookie, or None. `stale`: it was last seen on an earlier day."""
    row = session.execute(
        select(
            SignInSession.id,
            SignInSession.person_id,
            SignInSession.began,
            SignInSession.confirmed_at,
            SignInSession.seen_at,
            SignInSession.expires_at,
        ).where(SignInSession.token_hash == token_hash(token), SignInSession.expires_at > now)
    ).one_or_none()
    if row is None:
        return None
    return Presence(
        session=row.id,
        person=row.person_id,
        trusted=row.began not in UNTRUSTED or row.confirmed_at is not None,
        borrowed=row.began is Beginning.BORROWED,
        stale=clock.local(row.seen_at).date() < clock.local(now).date(),
        expires_at=row.expires_at,
    )


def may_come_in(session: Session, person: int, day: date) -> bool:
    """Whether somebody may have an account at all.

    Never under 18, and not while a household's new member waits for the office, unless something
    else lets them in.
    """
    current = and_(Member.person_id == person, lasting(Member, day))
    waiting = exists().where(current, Member.confirmed_at.is_(None))
    grown = exists().where(
        Member.person_id == person, Member.adult, Member.confirmed_at.is_not(None)
    )
    holding = exists().where(
        RoleHolding.person_id == person,
        lasting(RoleHolding, day),
    )
    helping = exists().where(Helper.helper_id == person, lasting(Helper, day))
    allowed = and_(~exists().where(current, ~Member.adult), or_(~waiting, grown, holding, helping))
    return bool(session.scalar(select(allowed).select_from(select(1).subquery())))


def works_here(session: Session, person: int, day: date) -> bool:
    """Whether somebody holds a role that no code made by others may open."""
    held = holdings_of(session, person, day)
    return not lets_others_in(frozenset(holding.role for holding in held))


class Begun(NamedTuple):
    """When and how a session began, and who made the way in at the counter, if anybody did."""

    at: datetime
    by: int | None
    how: Beginning


def beginning_of(session: Session, scope: Scope) -> Begun:
    """How the reader's own session began."""
    row = session.execute(
        select(SignInSession.began_at, SignInSession.begun_by_id, SignInSession.began).where(
            SignInSession.id == scope.reader.session, SignInSession.person_id == scope.person
        )
    ).one()
    return Begun(*row)


def known_already(session: Session, person: int, now: datetime) -> bool:
    """Whether somebody has ways in of their own: a device, an address, a number, an identity."""
    return bool(
        session.scalar(
            select(
                or_(
                    exists().where(
                        SignInSession.person_id == person, SignInSession.expires_at > now
                    ),
                    exists().where(Person.id == person, Person.email_confirmed_at.is_not(None)),
                    exists().where(Person.id == person, Person.phone_confirmed_at.is_not(None)),
                    exists().where(OidcIdentity.person_id == person),
                )
            ).select_from(select(1).subquery())
        )
    )


class SessionLine(NamedTuple):
    """One signed-in device as `/me/devices` lists it."""

    id: int
    browser: str
    device: str
    began: Beginning
    began_at: datetime
    seen_at: datetime


def sessions_of(session: Session, scope: Scope, now: datetime) -> Sequence[SessionLine]:
    """The reader's signed-in devices, the one last used first."""
    rows = session.execute(
        select(
            SignInSession.id,
            SignInSession.browser,
            SignInSession.device,
            SignInSession.began,
            SignInSession.began_at,
            SignInSession.seen_at,
        )
        .where(SignInSession.person_id == scope.person, SignInSession.expires_at > now)
        .order_by(SignInSession.seen_at.desc(), SignInSession.id.desc())
    )
    return [SessionLine(*row) for row in rows]


def sessions_going_on(session: Session, numbers: Iterable[int], now: datetime) -> set[int]:
    """Those of these sessions that have neither been ended nor run out."""
    return set(
        session.scalars(
            select(SignInSession.id).where(
                SignInSession.id.in_(list(numbers)), SignInSession.expires_at > now
            )
        )
    )
