"""Adding an adult to a household, confirming or declining them, letting them go."""

import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.access.models import SignInSession
from estate.audit.actions import record
from estate.changes.actions import tell_of
from estate.database import stale
from estate.households.queries import (
    HouseholdPage,
    MemberLine,
    household_page,
    own_household,
    refusals,
)
from estate.households.rules import (
    HOUSEHOLDS,
    LEAVING,
    LEFT,
    MEMBER,
    REQUEST,
    VotePeriod,
    last_day,
    leaving_told,
)
from estate.language import N_, Message, Named
from estate.notifications.actions import notify
from estate.notifications.rules import NotificationKind
from estate.people.models import Helper, Member, Origin, Person, RoleHolding
from estate.people.queries import member_as_told
from estate.permissions import Role, Scope
from estate.reach.queries import holders_over
from estate.refusals import Missing, Refused
from estate.retention.log import ErasureLog
from estate.retention.rules import Erasure
from estate.values.queries import default_number

TOLD = {
    "added_member": "member.added",
    "confirmed_member": "member.confirmed",
    "declined_member": "member.declined",
    "withdrew_member": "member.withdrawn",
    "left_household": "member.left",
}
"""How the administration's system hears of each deed."""

GOING = (
    N_("You leave your household"),
    N_("{day} is your last day in the household at {home}. Is that wrong? Call the office."),
)
STAYING = (
    N_("{name} leaves your household"),
    N_("{day} is the last day of {name} in the household at {home}."),
)
AT_THE_OFFICE = (
    N_("An adult leaves a household"),
    N_("{name}, {home}: {day} is the last day, as the household says in Opgang."),
)
REGISTERED = (
    AT_THE_OFFICE[0],
    N_(
        "{name}, {home}: {day} is the last day, as they say in Opgang. "
        "End it in the administration's system, too."
    ),
)
"""Title and words to whoever leaves, to those who stay, and to the office: of whom only Opgang
knew, and of whom the administration's file knows.
"""


def add_member(
    session: Session, scope: Scope, household: int, given_name: str, family_name: str, email: str
) -> int:
    """Add an adult to one of the reader's own households; returns the membership.

    It counts for nothing until the office has confirmed it. Nobody is looked up: the answer must
    not tell whether somebody of that name or address exists.
    """
    page = own_household(session, scope, household, clock.today())
    if page is None:
        raise Missing
    waiting = sum(1 for member in page.members if member.confirmed_at is None)
    if waiting >= default_number("members_waiting", clock.today()):
        raise Refused(N_("Several people are already waiting for the office to confirm them."))
    person = Person(
        key=secrets.token_urlsafe(12),
        given_name=given_name,
        family_name=family_name,
        contact_email=email or None,
        created_at=clock.now(),
    )
    session.add(person)
    session.flush()
    member = Member(
        household_id=household,
        person_id=person.id,
        origin=Origin.TENANT,
        starts_on=clock.today(),
        let_in_by_id=_let_in_by(session, scope),
    )
    session.add(member)
    session.flush()
    _note(session, "added_member", page, member.id, scope.person)
    return member.id


def _let_in_by(session: Session, scope: Scope) -> int | None:
    own = SignInSession.id == scope.reader.session, SignInSession.person_id == scope.person
    return session.scalar(select(SignInSession.begun_by_id).where(*own))


def _note(session: Session, verb: str, household: HouseholdPage, member: int, actor: int) -> None:
    record(session, verb, ("member", member), actor=actor, organisation=household.organisation)
    told = member_as_told(session, member)
    tell_of(session, household.organisation, TOLD[verb], member, told)
    stale(session, f"household:{household.id}", "household")


def _member(page: HouseholdPage | None, number: int) -> tuple[HouseholdPage, MemberLine]:
    found = [member for member in page.members if member.id == number] if page else []
    if page is None or not found:
        raise Missing
    return page, found[0]


def confirm_member(session: Session, scope: Scope, household: int, number: int) -> None:
    """The office says that an added adult lives here; now they may have an account.

    Refused for who let the one who added them in at the counter: else one clerk could make both.
    """
    page, member = _member(household_page(session, scope, household, clock.today()), number)
    if session.get_one(Member, number).let_in_by_id == scope.person:
        raise Refused(N_("You let this household in at the counter. A colleague has to confirm."))
    changed = session.execute(
        update(Member)
        .where(Member.id == member.id, Member.confirmed_at.is_(None))
        .values(confirmed_at=clock.now(), confirmed_by_id=scope.person)
        .returning(Member.id)
    ).all()
    if not changed:
        raise Refused(N_("Somebody has already confirmed this."))
    _note(session, "confirmed_member", page, member.id, scope.person)
    title, body = N_("The office has confirmed {name}"), N_("{name} now belongs to your household.")
    _tell(session, page, member, title, body)


def decline_member(
    session: Session, scope: Scope, household: int, number: int, log: ErasureLog
) -> None:
    """The office says that an added adult does not live here; they are taken away again."""
    page, member = _member(household_page(session, scope, household, clock.today()), number)
    if member.confirmed_at is not None:
        raise Refused(N_("Somebody has already confirmed this."))
    _note(session, "declined_member", page, member.id, scope.person)
    title = N_("The office has not confirmed {name}")
    body = N_("{name} does not belong to your household. Call the office if that is wrong.")
    _tell(session, page, member, title, body)
    _take_away(session, member, log)


def _tell(session: Session, page: HouseholdPage, member: MemberLine, title: str, body: str) -> None:
    adults = [m.person for m in page.members if m.adult and m.confirmed_at and m.id != member.id]
    notify(
        session,
        kind=HOUSEHOLDS.name,
        persons=adults,
        title=title,
        body=body,
        values={"name": Named(member.person, member.name)},
        address="/me/household",
        merge_key=f"member-{member.id}",
    )


def _take_away(session: Session, member: MemberLine, log: ErasureLog) -> None:
    """Erase a membership that never counted, and its person where nothing else holds them.

    Raises Refused when somebody has confirmed it meanwhile.
    """
    waiting = (
        select(Person.key)
        .join(Member, Member.person_id == Person.id)
        .where(Member.id == member.id, Member.confirmed_at.is_(None))
        .with_for_update(of=Member)
    )
    key = session.scalar(waiting)
    if key is None:
        raise Refused(N_("Somebody has already confirmed this."))
    taken = [(member.id, key)]
    log.append(Erasure(REQUEST, taken, clock.now()))
    take_away(session, taken)


def take_away(session: Session, requests: Sequence[Sequence[Any]]) -> None:
    """Erase what was asked for by these: `[number, the person's key]` each."""
    for number, key in requests:
        asked_for = select(Person.id).where(Person.key == key).scalar_subquery()
        session.execute(
            delete(Member).where(
                Member.id == number, Member.person_id == asked_for, Member.confirmed_at.is_(None)
            )
        )
        held = (
            exists().where(Member.person_id == Person.id),
            exists().where(Helper.helper_id == Person.id),
            exists().where(RoleHolding.person_id == Person.id),
        )
        session.execute(delete(Person).where(Person.key == key, *(~tie for tie in held)))


def withdraw_member(
    session: Session, scope: Scope, household: int, number: int, log: ErasureLog
) -> None:
    """Take back a request that the office has not answered: nobody moved in, nobody moves out."""
    page, member = _own_member(session, scope, household, number)
    if member.confirmed_at is not None:
        raise Refused(N_("The office has already answered."))
    last = max(member.starts_on, clock.today() - timedelta(days=1))
    end(session, [(member.id, last.isoformat())])
    _note(session, "withdrew_member", page, member.id, scope.person)
    _take_away(session, member, log)


def leave(
    session: Session,
    scope: Scope,
    household: int,
    number: int,
    log: ErasureLog,
    votes: Iterable[VotePeriod] = (),
) -> None:
    """An adult lives here until today, as they or their household say; all it touches are told.

    No later file of the administration takes it back. Refused for whoever holds the contract, for
    others of the administration's members than oneself, and for who never was confirmed and so
    never lived here. `votes` are those whose roll it may touch.
    """
    page, member = _own_member(session, scope, household, number)
    if member.confirmed_at is None:
        raise Refused(N_("The office has not answered yet. Take the request back instead."))
    last = last_day(member.starts_on, clock.today())
    _end_on(session, member, last, log)
    _note(session, "left_household", page, member.id, scope.person)
    _announce(session, page, member, last, votes)


def _own_member(
    session: Session, scope: Scope, household: int, number: int
) -> tuple[HouseholdPage, MemberLine]:
    """A member of the reader's own household whom the reader may end."""
    today = clock.today()
    page, member = _member(own_household(session, scope, household, today), number)
    refusal = refusals(page, scope.person, today)[number]
    if refusal is not None:
        raise Refused(refusal.text, **refusal.values)
    return page, member


def _end_on(session: Session, member: MemberLine, last: date, log: ErasureLog) -> None:
    key = session.scalars(select(Person.key).where(Person.id == member.person)).one()
    ended = [(member.id, last.isoformat(), key)]
    log.append(Erasure(MEMBER, ended, clock.now()))
    end(session, ended)


def _announce(
    session: Session,
    page: HouseholdPage,
    member: MemberLine,
    last: date,
    votes: Iterable[VotePeriod],
) -> None:
    """Tell whoever leaves, those who stay and the office: of the last day, and of votes."""
    name = Named(member.person, member.name)
    staying = {m.person for m in page.members if m.adult and m.confirmed_at} - {member.person}
    office = holders_over(session, Role.OFFICE, page.section, clock.today())
    ours, desk = "/me/household", f"/desk/people/{page.id}"
    _say_last(session, LEAVING, {member.person}, GOING, name, page.address, last, "/me")
    _say_last(session, LEAVING, staying, STAYING, name, page.address, last, ours)
    there = AT_THE_OFFICE if member.own else REGISTERED
    _say_last(session, LEFT, office, there, name, page.address, last, desk)
    for number, said in enumerate(leaving_told(name, last, votes)):
        key = f"member-{member.id}-vote-{number}"
        _say_of_vote(session, LEAVING, {member.person}, said, "/me", key)
        _say_of_vote(session, LEAVING, staying, said, ours, key)
        _say_of_vote(session, LEFT, office, said, desk, key)


def _say_last(
    session: Session,
    kind: NotificationKind,
    persons: Collection[int],
    words: tuple[str, str],
    name: Named,
    home: str,
    last: date,
    address: str,
) -> None:
    title, body = words
    notify(
        session,
        kind=kind.name,
        persons=persons,
        title=title,
        body=body,
        values={"name": name, "home": home, "day": last},
        address=address,
        merge_key=f"left-{name.person}",
    )


def _say_of_vote(
    session: Session,
    kind: NotificationKind,
    persons: Collection[int],
    said: Message,
    address: str,
    key: str,
) -> None:
    title = N_("A vote when somebody leaves a household")
    notify(
        session,
        kind=kind.name,
        persons=persons,
        title=title,
        body=said.text,
        values=said.values,
        address=address,
        merge_key=key,
    )


def end(session: Session, members: Sequence[Sequence[Any]]) -> None:
    """End these memberships by the household's own word: `[number, last day]`, the person's key.

    With the key, a number that means another membership since a restore ends nothing.
    """
    for number, day, *key in members:
        ended = {"ends_on": date.fromisoformat(day), "origin": Origin.TENANT}
        owner = select(Person.id).where(Person.key.in_(key))
        these = [Member.id == number, *([Member.person_id.in_(owner)] if key else [])]
        session.execute(update(Member).where(*these).values(ended))
