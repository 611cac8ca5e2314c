"""Standing in for a caretaker: given by the office, over by itself or ended early; local notes."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from estate import clock
from estate.audit.models import Deed
from estate.database import Database
from estate.language import say
from estate.lists.actions import import_roles
from estate.mails.models import Mail
from estate.notifications.models import Notification
from estate.people.models import Person, RoleHolding, RoleOrigin
from estate.permissions import Permission, Role, Scope, ScopeKind, scope
from estate.refusals import Missing, Problems
from estate.retention.actions import replay
from estate.retention.log import ErasureLog
from estate.substitutes import actions, queries
from estate.substitutes.models import SectionNote
from estate.substitutes.queries import NotePlace
from estate.substitutes.rules import Naming, ended_by, naming_problems, note_problems
from tests.builders import Estate, add_person, build_estate, give_role, reader
from web.kinds import REPLAYED

TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)
VIKAR = Naming("Vera Vikar", "vera@example.org", TODAY, TODAY + 7 * DAY, frozenset({1}))
LINK = "http://localhost/sign-in"


def giver(session: Session, estate: Estate, name: str = "office") -> Scope:
    return scope(reader(session, estate.people[name]), Permission.GIVE_ROLES)


def naming(estate: Estate, **more: object) -> Naming:
    today = clock.today()
    week = replace(
        VIKAR, starts_on=today, ends_on=today + 7 * DAY, sections=frozenset({estate.section})
    )
    return replace(week, **more)


def desk(session: Session, person: int, day: date) -> frozenset[int]:
    """The sections in which somebody works on a day."""
    held = session.execute(
        select(RoleHolding.scope_id).where(
            RoleHolding.person_id == person,
            RoleHolding.role == Role.CARETAKER,
            RoleHolding.starts_on <= day,
            func.coalesce(RoleHolding.ends_on, day) >= day,
        )
    )
    return frozenset(held.scalars())


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", {"name": ""}),
        ("name", {"name": "x" * 81}),
        ("sections", {"sections": frozenset()}),
        ("starts_on", {"starts_on": None}),
        ("starts_on", {"starts_on": TODAY - DAY}),
        ("ends_on", {"ends_on": None}),
        ("ends_on", {"ends_on": TODAY - DAY}),
        ("ends_on", {"ends_on": TODAY + 367 * DAY}),
    ],
)
def test_a_naming_without_a_beginning_an_end_or_a_place_is_asked_again(
    field: str, wrong: dict[str, object]
) -> None:
    assert naming_problems(VIKAR, None, TODAY, 366) == {}
    assert set(naming_problems(replace(VIKAR, **wrong), None, TODAY, 366)) == {field}
    assert set(naming_problems(VIKAR, say("No."), TODAY, 366)) == {"email"}
    assert set(note_problems("x" * 601)) == {"text"}


@given(st.dates(), st.integers(-400, 400))
def test_a_role_that_is_ended_holds_on_no_day_from_then_on(day: date, began: int) -> None:
    try:
        starts_on = day + timedelta(days=began)
        last = ended_by(starts_on, day)
    except OverflowError:
        return
    assert (last is None) == (starts_on >= day)
    assert last is None or starts_on <= last < day


def test_whoever_stands_in_works_there_until_the_last_day_and_is_told(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        sections = frozenset({estate.section, estate.other_section})
        numbers = actions.let_stand_in(
            session, giver(session, estate), naming(estate, sections=sections), LINK
        )
        assert len(numbers) == 2
    with database.read() as session:
        person = session.scalars(select(Person).where(Person.given_name == "Vera")).one()
        assert person.contact_email == "vera@example.org"
        assert reader(session, person.id).may(Permission.USE_DESK)
        assert not reader(session, person.id).may(Permission.SEE_PEOPLE)
        assert desk(session, person.id, clock.today() + 7 * DAY) == sections
        assert desk(session, person.id, clock.today() + 8 * DAY) == frozenset()
        assert list(session.scalars(select(Notification.person_id))) == [person.id]
        (mail,) = session.scalars(select(Mail))
        assert mail.to == "vera@example.org"
        verbs = session.scalars(select(Deed.verb).where(Deed.thing_kind == "substitute"))
        assert list(verbs) == ["gave_role", "gave_role"]


def test_whose_address_it_is_keeps_their_account(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        before = session.scalar(select(func.count()).select_from(Person))
        given = naming(estate, email="jonas@example.org")
        actions.let_stand_in(session, giver(session, estate), given, LINK)
        assert session.scalar(select(func.count()).select_from(Person)) == before
        assert session.scalars(select(Mail)).all() == []
        assert desk(session, estate.people["jonas"], clock.today()) == {estate.section}
        with pytest.raises(Problems) as twice:
            actions.let_stand_in(session, giver(session, estate), given, LINK)
        assert set(twice.value.problems) == {"sections"}


def test_nobody_gives_themself_a_role_nor_one_elsewhere(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        own = naming(estate, email="office@example.org")
        with pytest.raises(Problems):
            actions.let_stand_in(session, giver(session, estate), own, LINK)
        for name in ("caretaker", "chair", "organisation", "amina"):
            with pytest.raises(Missing):
                actions.let_stand_in(session, giver(session, estate, name), naming(estate), LINK)
        clerk = add_person(session, "clerk").id
        give_role(session, clerk, Role.OFFICE, ScopeKind.SECTION, estate.section)
        narrow = scope(reader(session, clerk), Permission.GIVE_ROLES)
        wide = naming(estate, sections=frozenset({estate.section, estate.other_section}))
        with pytest.raises(Missing):
            actions.let_stand_in(session, narrow, wide, LINK)


def test_an_address_that_is_not_ones_own_any_more_or_several_share_gives_no_role(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        for name, email in (("a", None), ("b", None), ("c", "new@example.org")):
            person = add_person(session, name, email=email)
            person.administration_id = estate.administration
            person.number = name
            shared = name in {"a", "b"}
            person.contact_email = "shared@example.org" if shared else "old@example.org"
        session.flush()
        for email in ("shared@example.org", "old@example.org"):
            given = naming(estate, email=email)
            with pytest.raises(Problems) as found:
                actions.let_stand_in(session, giver(session, estate), given, LINK)
            assert set(found.value.problems) == {"email"}


def test_a_role_ended_early_is_over_at_once_also_after_a_restore(
    database: Database, tmp_path: Path
) -> None:
    log = ErasureLog(tmp_path / "erasures.log")
    with database.write() as session:
        estate = build_estate(session)
        person = estate.people["jonas"]
        given = naming(estate, email="jonas@example.org")
        (fresh,) = actions.let_stand_in(session, giver(session, estate), given, LINK)
        later = naming(
            estate,
            email="jonas@example.org",
            sections=frozenset({estate.other_section}),
        )
        (old,) = actions.let_stand_in(session, giver(session, estate), later, LINK)
        session.get_one(RoleHolding, old).starts_on = clock.today() - 3 * DAY
        session.flush()
        for number in (fresh, old):
            actions.end_early(session, giver(session, estate), number, log)
            with pytest.raises(Missing):
                actions.end_early(session, giver(session, estate), number, log)
        assert desk(session, person, clock.today()) == frozenset()
        assert session.get_one(RoleHolding, old).ends_on == clock.today() - DAY
        told = session.scalars(select(Notification.merge_key)).all()
        assert f"standing-in-{fresh}" in told
    with database.write() as session:
        session.get_one(RoleHolding, old).ends_on = clock.today() + DAY
        session.flush()
        assert replay(session, REPLAYED, log.read()) == 2
        session.expire_all()
        assert session.get_one(RoleHolding, old).ends_on == clock.today() - DAY


def test_the_administrations_roles_are_not_ended_here(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        estate = build_estate(session)
        give_role(
            session, estate.people["jonas"], Role.CARETAKER, ScopeKind.SECTION, estate.section
        )
        (given,) = session.scalars(
            select(RoleHolding.id).where(RoleHolding.person_id == estate.people["jonas"])
        )
        office = giver(session, estate)
        assert queries.substitutes(session, office, clock.today()) == []
        with pytest.raises(Missing):
            actions.end_early(session, office, given, ErasureLog(tmp_path / "log"))
        actions.end(session, [(given, ""), (given, clock.today().isoformat())])
        assert session.get_one(RoleHolding, given).ends_on is None


def test_what_the_file_says_too_is_the_administrations_from_then_on(
    database: Database, tmp_path: Path
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        jonas = naming(estate, email="jonas@example.org")
        (number,) = actions.let_stand_in(session, giver(session, estate), jonas, LINK)
    first = clock.today()
    file = tmp_path / "roles.csv"
    file.write_text(
        "role;scope;organisation_number;section_number;email;starts;ends\n"
        f"caretaker;section;N;1;jonas@example.org;{first};{first + 20 * DAY}\n"
    )
    report = import_roles(database, file)
    assert report.refused == []
    with database.read() as session:
        holding = session.get_one(RoleHolding, number)
        assert holding.origin is RoleOrigin.IMPORT
        assert holding.ends_on == first + 20 * DAY


def test_local_notes_are_read_by_whoever_works_there_and_by_nobody_else(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)

        def notes(name: str) -> list[str]:
            keeper = scope(reader(session, estate.people[name]), Permission.KEEP_LOCAL_NOTES)
            found = queries.local_notes(session, keeper)
            return [place.text for section in found for place in section.written]

        keeper = scope(reader(session, estate.people["caretaker"]), Permission.KEEP_LOCAL_NOTES)
        door = NotePlace(estate.section, estate.stairwell, "", "", "da")
        whole = NotePlace(estate.section, None, "", "", "da")
        for place, text in ((door, "Bag døren"), (whole, "Koden er 0000"), (whole, "På kontoret")):
            actions.write_note(session, keeper, place, text, "da")
        assert notes("office") == ["På kontoret", "Bag døren"]
        for other in ("amina", "chair", "organisation"):
            assert notes(other) == []
        sections = queries.local_notes(session, keeper)
        assert [one.name for one in sections[0].places] == [
            "Lærken",
            "Lærkevej 8",
            "Lærkevej 10",
            "Lærkevej 12",
        ]
        actions.write_note(session, keeper, whole, "", "da")
        assert notes("office") == ["Bag døren"]
        assert session.scalar(select(func.count()).select_from(SectionNote)) == 2
        nobody = scope(reader(session, estate.people["chair"]), Permission.KEEP_LOCAL_NOTES)
        with pytest.raises(Missing):
            actions.write_note(session, nobody, door, "x", "da")
