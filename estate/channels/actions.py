"""Choosing a household's channel; noting demands, and what the law's conditions ask for."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.audit.actions import record
from estate.channels.models import DigitalDemand
from estate.channels.rules import ANNOUNCED, NEVER, STATUTES, Party
from estate.database import stale
from estate.households.queries import HouseholdPage, household_page, own_household
from estate.language import N_
from estate.people.models import Household
from estate.people.rules import LetterChannel
from estate.permissions import Scope, ScopeKind
from estate.places.queries import whole_organisations
from estate.refusals import Forbidden, Missing, Refused
from estate.values.models import LocalValue


def choose_own_channel(
    session: Session, scope: Scope, household: int, channel: LetterChannel
) -> None:
    """A tenant chooses how their household gets its letters; the others see who did."""
    page = own_household(session, scope, household, clock.today())
    if page is None:
        raise Missing
    if not any(member.person == scope.person and member.tenant for member in page.members):
        raise Forbidden
    _choose(session, scope, page, channel)


def choose_channel(session: Session, scope: Scope, household: int, channel: LetterChannel) -> None:
    """The office chooses for a household, as it was asked to."""
    page = household_page(session, scope, household, clock.today())
    if page is None:
        raise Missing
    _choose(session, scope, page, channel)


def _choose(session: Session, scope: Scope, page: HouseholdPage, channel: LetterChannel) -> None:
    changed = session.execute(
        update(Household)
        .where(Household.id == page.id, Household.channel != channel)
        .values(channel=channel)
        .returning(Household.id)
    ).all()
    if changed:
        _note(session, scope, page, "chose_channel", channel=channel.value)


def _note(session: Session, scope: Scope, page: HouseholdPage, verb: str, **details: Any) -> None:
    thing = ("household", page.id)
    record(session, verb, thing, actor=scope.person, organisation=page.organisation, **details)
    stale(session, f"household:{page.id}", "household")


def note_demand(
    session: Session, scope: Scope, household: int, party: Party, demanded_on: date
) -> None:
    """Write down that a party demanded other than digital communication."""
    page = household_page(session, scope, household, clock.today())
    if page is None:
        raise Missing
    session.add(
        DigitalDemand(
            household_id=household,
            party=party,
            demanded_on=demanded_on,
            noted_by_id=scope.person,
            noted_at=clock.now(),
        )
    )
    day = demanded_on.isoformat()
    _note(session, scope, page, "noted_digital_demand", party=party.value, day=day)


def end_demand(session: Session, scope: Scope, household: int, demand: int) -> None:
    """Write down that a demand was taken back today."""
    page = household_page(session, scope, household, clock.today())
    if page is None:
        raise Missing
    own = (DigitalDemand.id == demand, DigitalDemand.household_id == household)
    if session.scalar(select(DigitalDemand.id).where(*own)) is None:
        raise Missing
    ended = session.execute(
        update(DigitalDemand)
        .where(*own, DigitalDemand.ended_on.is_(None))
        .values(ended_on=clock.today())
        .returning(DigitalDemand.id)
    ).all()
    if not ended:
        raise Refused(N_("It has been taken back already."))
    _note(session, scope, page, "ended_digital_demand", demand=demand)


def state_fact(
    session: Session,
    scope: Scope,
    place: tuple[ScopeKind, int],
    key: str,
    day: date | None,
    source: str,
) -> None:
    """State a day of an organisation or section, with where it stands; the newest statement holds.

    Missing for a place out of scope, and for an organisation of which it has some sections only.
    """
    _state(session, scope, place, key, day.isoformat() if day else "", source)


def state_never(
    session: Session, scope: Scope, place: tuple[ScopeKind, int], key: str, source: str
) -> None:
    """State that something was on no day there, whatever is stated above; Missing as `state_fact`.

    A letter that was to announce digital ones never reached a section, for one.
    """
    _state(session, scope, place, key, NEVER, source)


def _state(
    session: Session, scope: Scope, place: tuple[ScopeKind, int], key: str, value: str, source: str
) -> None:
    kind, number = place
    if number not in _spoken_for(session, scope, kind) or key not in {STATUTES, ANNOUNCED}:
        raise Missing
    today = clock.today()
    mine = (
        LocalValue.key == key,
        LocalValue.scope_kind == kind,
        LocalValue.scope_id == number,
    )
    session.execute(delete(LocalValue).where(*mine, LocalValue.valid_from == today))
    session.add(
        LocalValue(
            key=key,
            scope_kind=kind,
            scope_id=number,
            value=value,
            valid_from=today,
            source=source,
        )
    )
    stated: dict[str, Any] = {"key": key, "day": value, "source": source}
    organisation = number if kind is ScopeKind.ORGANISATION else None
    record(
        session,
        "stated_fact",
        (kind.value, number),
        actor=scope.person,
        organisation=organisation,
        **stated,
    )


def _spoken_for(session: Session, scope: Scope, kind: ScopeKind) -> Collection[int]:
    """The places of a kind of which this scope may state something."""
    if kind is ScopeKind.ORGANISATION:
        return {one.id for one in whole_organisations(session, scope)}
    return scope.sections if kind is ScopeKind.SECTION else ()
