"""Households: found within scope only, added to by their own, confirmed by the office."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.audit.models import Deed
from estate.changes.models import Change
from estate.database import Base, Database
from estate.households import actions
from estate.households.queries import (
    HouseholdLine,
    household_list,
    household_page,
    own_household,
    own_households,
    waiting_members,
)
from estate.households.rules import (
    Ending,
    VotePeriod,
    leaving_told,
    member_problems,
    why_not,
)
from estate.language import Named
from estate.notifications.models import Notification
from estate.people.models import Household, Member, Origin, Person
from estate.permissions import Permission, Role, Scope, ScopeKind, scope
from estate.refusals import Missing, Refused
from estate.retention.log import ErasureLog
from estate.search.rules import register_words
from estate.standings.queries import reader_of
from tests.builders import Estate, add_person, build_estate, give_role, reader


def where(session: Session, person: int, permission: Permission) -> Scope:
    """Where a permission holds for somebody."""
    return scope(reader(session, person), permission)


def found(session: Session, estate: Estate, text: str, who: str = "office") -> list[str]:
    """The addresses somebody finds."""
    reach = where(session, estate.people[who], Permission.SEE_PEOPLE)
    return [line.address for line in household_list(session, reach, text, clock.today(), None, 50)]


def north_only(session: Session, estate: Estate) -> int:
    """An office person of North's organisation alone."""
    person = add_person(session, "north_office").id
    give_role(session, person, Role.OFFICE, ScopeKind.ORGANISATION, estate.north)
    return person


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Lærkevej 8, 2. tv.", ["Lærkevej", "8", "2", "tv"]),
        ("  ", []),
        ("., ;", []),
        ("a\x00b", ["a", "b"]),
        ("a b c d e f g h", ["a", "b", "c", "d", "e", "f"]),
    ],
)
def test_an_address_is_searched_word_by_word(text: str, words: list[str]) -> None:
    assert register_words(text) == words


@pytest.mark.parametrize(
    ("given_name", "family_name", "adult", "fields"),
    [
        ("Ida", "Holm", True, set()),
        ("", "", True, {"given_name", "family_name"}),
        ("Ida", "Holm", False, {"adult"}),
        ("x" * 81, "Holm", True, {"given_name"}),
    ],
)
def test_an_adult_has_a_name_and_is_18(
    given_name: str, family_name: str, adult: bool, fields: set[str]
) -> None:
    assert set(member_problems(given_name, family_name, None, adult=adult)) == fields


YESTERDAY = clock.today() - timedelta(days=1)


@pytest.mark.parametrize(
    ("ending", "refused"),
    [
        (Ending(True), None),  # the register's own member leaves
        (Ending(True, added=True, by_added=True), None),
        (Ending(True, added=True, by_added=True, held=False), None),
        (Ending(True, ends_on=clock.today() + timedelta(days=9)), None),  # sooner than planned
        (Ending(True, ends_on=clock.today()), "last day already"),
        (Ending(True, added=True, by_added=True, ends_on=YESTERDAY), "last day already"),
        (Ending(True, tenant=True), "give notice"),
        (Ending(True, held=False), "do not know who of you holds"),
        (Ending(False, added=True), None),  # somebody the register knows lets go of who was added
        (Ending(False, added=True, by_added=True), "Only the tenant"),
        (Ending(False), "from the administration"),
        (Ending(False, tenant=True), "from the administration"),
        (Ending(False, by_added=True), "from the administration"),
    ],
)
def test_who_may_end_whose_membership(ending: Ending, refused: str | None) -> None:
    said = why_not(ending, clock.today())
    assert (said is None) is (refused is None)
    assert said is None or str(refused) in said.text


def test_people_are_found_by_name_or_address_in_any_case(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        session.execute(
            update(Person)
            .where(Person.id == estate.people["bent"])
            .values(given_name="Ærlig Øjvind")
        )
        assert found(session, estate, "amina") == ["Lærkevej 8, 2. tv."]
        assert found(session, estate, "AMINA prøve") == ["Lærkevej 8, 2. tv."]
        assert found(session, estate, "øjvind") == ["Lærkevej 12, 1. tv."]
        assert found(session, estate, "LÆRKEVEJ 10") == ["Lærkevej 10, st. tv."]
        assert found(session, estate, "Lærkevej 8, 2. tv.") == ["Lærkevej 8, 2. tv."]
        assert found(session, estate, "søvej") == ["Søvej 1, 1. tv."]
        assert len(found(session, estate, "")) == 5
        assert found(session, estate, "nobody at all") == []


@pytest.mark.parametrize("text", ["%", "_", "\\", "'", "a%", "💥", "*", '"'])
def test_signs_of_the_database_are_only_signs(sqlite_database: Database, text: str) -> None:
    with sqlite_database.write() as session:
        estate = build_estate(session)
        assert found(session, estate, text) == []


@given(st.text(max_size=40))
def test_no_search_has_more_than_six_words(text: str) -> None:
    assert len(register_words(text)) <= 6


def test_a_protected_name_cannot_be_searched_for(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        session.execute(
            update(Person)
            .where(Person.id == estate.people["amina"])
            .values(protected=True, alias="Solsikke")
        )
        assert found(session, estate, "amina") == []
        assert found(session, estate, "solsikke") == ["Lærkevej 8, 2. tv."]
        reach = where(session, estate.people["office"], Permission.SEE_PEOPLE)
        lines = household_list(session, reach, "solsikke", clock.today(), None, 5)
        assert list(lines[0].names) == ["Solsikke"]


def test_no_organisation_sees_anothers_persons(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        person = north_only(session, estate)
        day = clock.today()
        reach = where(session, person, Permission.SEE_PEOPLE)
        lines = household_list(session, reach, "", day, None, 50)
        assert {line.section_name for line in lines} == {"Lærken"}
        assert household_list(session, reach, "sofie", day, None, 50) == []
        assert household_page(session, reach, estate.households["sofie"], day) is None
        assert household_page(session, reach, estate.households["amina"], day) is not None
        sofie = where(session, estate.people["sofie"], Permission.MANAGE_HOUSEHOLD)
        added = actions.add_member(session, sofie, estate.households["sofie"], "Per", "Prøve", "")
        confirm = where(session, person, Permission.CONFIRM_MEMBERS)
        assert waiting_members(session, confirm, day) == []
        with pytest.raises(Missing):
            actions.confirm_member(session, confirm, estate.households["sofie"], added)


@pytest.mark.parametrize("who", ["amina", "chair", "caretaker", "organisation"])
def test_whoever_may_not_see_people_finds_nobody(sqlite_database: Database, who: str) -> None:
    with sqlite_database.write() as session:
        estate = build_estate(session)
        assert found(session, estate, "", who) == []


def test_the_list_goes_on_where_it_stopped(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        reach = where(session, estate.people["office"], Permission.SEE_PEOPLE)
        seen: list[HouseholdLine] = []
        after = None
        while lines := household_list(session, reach, "", clock.today(), after, 2):
            seen += lines
            after = lines[-1].id
        assert len({line.id for line in seen}) == len(seen) == 5


def test_a_tenancy_that_ended_is_not_listed(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        session.execute(
            update(Household)
            .where(Household.id == estate.households["amina"])
            .values(ends_on=clock.today() - timedelta(days=1))
        )
        assert found(session, estate, "amina") == []


def test_an_added_adult_counts_once_the_office_has_confirmed(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        household, day = estate.households["amina"], clock.today()
        mine = where(session, estate.people["amina"], Permission.MANAGE_HOUSEHOLD)
        member = actions.add_member(session, mine, household, "Karim", "Holm", "k@example.org")
        person = session.scalars(select(Member.person_id).where(Member.id == member)).one()
        assert reader(session, person).standings == ()
        office = where(session, estate.people["office"], Permission.CONFIRM_MEMBERS)
        assert [line.member for line in waiting_members(session, office, day)] == [member]
        actions.confirm_member(session, office, household, member)
        assert Role.RESIDENT in reader(session, person).roles()
        assert waiting_members(session, office, day) == []
        told = session.scalars(select(Notification.person_id)).all()
        assert list(told) == [estate.people["amina"]]
        with pytest.raises(Refused):
            actions.confirm_member(session, office, household, member)
        with pytest.raises(Refused):
            actions.decline_member(session, office, household, member, erasures)


def test_a_declined_adult_leaves_no_trace_but_the_deed(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        household = estate.households["amina"]
        mine = where(session, estate.people["amina"], Permission.MANAGE_HOUSEHOLD)
        member = actions.add_member(session, mine, household, "Karim", "Holm", "")
        office = where(session, estate.people["office"], Permission.CONFIRM_MEMBERS)
        actions.decline_member(session, office, household, member, erasures)
        assert session.scalar(select(Person.id).where(Person.family_name == "Holm")) is None
        assert session.get(Member, member) is None


@pytest.mark.parametrize("answer", ["declined", "taken back"])
def test_a_stranger_who_was_turned_away_does_not_come_back_with_a_backup(
    database: Database, erasures: ErasureLog, answer: str
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        household = estate.households["amina"]
        mine = where(session, estate.people["amina"], Permission.MANAGE_HOUSEHOLD)
        office = where(session, estate.people["office"], Permission.CONFIRM_MEMBERS)
        member = actions.add_member(session, mine, household, "Karim", "Holm", "k@example.org")
        kept = [copied(session, Person, Person.given_name == "Karim")]
        kept.append(copied(session, Member, Member.id == member))
        if answer == "declined":
            actions.decline_member(session, office, household, member, erasures)
        else:
            actions.withdraw_member(session, mine, household, member, erasures)
        (erasure,) = erasures.read()
        assert erasure.kind == "member_request"
        session.execute(insert(Person), kept[:1])
        session.execute(insert(Member), kept[1:])
        actions.take_away(session, erasure.ids)
        assert session.scalar(select(Person.id).where(Person.given_name == "Karim")) is None
        assert session.scalar(select(Member.id).where(Member.id == member)) is None
        session.execute(insert(Person), [{**kept[0], "key": "another"}])
        session.execute(insert(Member), kept[1:])
        actions.take_away(session, erasure.ids)
        assert session.scalar(select(Member.id).where(Member.id == member)) == member


def copied(session: Session, table: type[Base], wanted: ColumnElement[bool]) -> dict[str, Any]:
    """A row as a backup has it."""
    asked = select(table.__table__).where(wanted)
    return dict(session.execute(asked).mappings().one())


def test_one_adds_only_to_ones_own_household(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        mine = where(session, estate.people["amina"], Permission.MANAGE_HOUSEHOLD)
        with pytest.raises(Missing):
            actions.add_member(session, mine, estate.households["bent"], "A", "B", "")
        assert own_household(session, mine, estate.households["bent"], clock.today()) is None
        (page,) = own_households(session, mine, clock.today())
        assert page.id == estate.households["amina"]


def test_no_more_than_six_wait_at_a_time(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        mine = where(session, estate.people["amina"], Permission.MANAGE_HOUSEHOLD)
        for number in range(6):
            actions.add_member(session, mine, estate.households["amina"], f"N{number}", "Holm", "")
        with pytest.raises(Refused):
            actions.add_member(session, mine, estate.households["amina"], "N7", "Holm", "")


def with_karim(session: Session, estate: Estate) -> tuple[int, int]:
    """An adult whom amina added a month ago and the office confirmed: the membership, the person.

    What that told anybody is read.
    """
    household = estate.households["amina"]
    mine = where(session, estate.people["amina"], Permission.MANAGE_HOUSEHOLD)
    member = actions.add_member(session, mine, household, "Karim", "Holm", "")
    office = where(session, estate.people["office"], Permission.CONFIRM_MEMBERS)
    actions.confirm_member(session, office, household, member)
    earlier = clock.today() - timedelta(days=30)
    session.execute(update(Member).where(Member.id == member).values(starts_on=earlier))
    session.execute(delete(Notification))
    return member, session.scalars(select(Member.person_id).where(Member.id == member)).one()


def roles_on(session: Session, person: int, days: int) -> frozenset[Role]:
    """What somebody is, so many days from today."""
    found = reader_of(session, person, clock.today() + timedelta(days=days))
    assert found is not None
    return found.roles()


@pytest.mark.parametrize("who", ["amina", "karim"])
def test_whoever_leaves_sees_nothing_of_the_household_from_the_next_day_on(
    database: Database, erasures: ErasureLog, who: str
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        member, estate.people["karim"] = with_karim(session, estate)
        mine = where(session, estate.people[who], Permission.MANAGE_HOUSEHOLD)
        actions.leave(session, mine, estate.households["amina"], member, erasures)
        karim = estate.people["karim"]
        assert [roles_on(session, karim, days) for days in (0, 1, 61)] == [
            {Role.RESIDENT},
            {Role.FORMER},
            set(),
        ]
        deed = session.scalars(select(Deed).where(Deed.verb == "left_household")).one()
        assert (deed.actor_id, deed.thing_id) == (estate.people[who], member)


def test_both_sides_and_the_office_are_told_who_leaves_and_when(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        member, karim = with_karim(session, estate)
        mine = where(session, estate.people["amina"], Permission.MANAGE_HOUSEHOLD)
        actions.leave(session, mine, estate.households["amina"], member, erasures)
        told = {
            one.person_id: (one.kind, one.values["day"], one.address)
            for one in session.scalars(select(Notification))
        }
    last = {"day": clock.today().isoformat()}
    assert told == {
        karim: ("leaving", last, "/me"),
        estate.people["amina"]: ("leaving", last, "/me/household"),
        estate.people["office"]: (
            "member_left",
            last,
            f"/desk/people/{estate.households['amina']}",
        ),
    }


def test_nobody_leaves_silently_before_a_vote(database: Database, erasures: ErasureLog) -> None:
    today = clock.today()
    vote = VotePeriod("Nye vinduer", today + timedelta(days=2), today + timedelta(days=9))
    over = VotePeriod("Maling", today - timedelta(days=9), today)
    with database.write() as session:
        estate = build_estate(session)
        member, karim = with_karim(session, estate)
        mine = where(session, karim, Permission.MANAGE_HOUSEHOLD)
        household = estate.households["amina"]
        actions.leave(session, mine, household, member, erasures, votes=(vote, over))
        of_votes = Notification.merge_key.like("%-vote-%")
        told = session.scalars(select(Notification.person_id).where(of_votes)).all()
        said = session.scalars(select(Notification.values).where(of_votes)).all()
    assert set(told) == {karim, *(estate.people[name] for name in ("amina", "office"))}
    assert {values["title"] for values in said} == {"Nye vinduer"}


TODAY = clock.today()
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("roll", "closes", "says"),
    [
        (-3, -1, None),  # over
        (-3, 0, None),  # closes on the last day itself
        (-3, 1, "can still vote"),
        (0, 5, "can still vote"),  # made up on the last day, on which one still belongs there
        (1, 5, "cannot vote"),
        (40, 50, "cannot vote"),
    ],
)
def test_what_a_leaving_says_of_a_vote(roll: int, closes: int, says: str | None) -> None:
    vote = VotePeriod("Vinduer", TODAY + roll * DAY, TODAY + closes * DAY)
    told = leaving_told(Named(1, "Karim"), TODAY, [vote])
    expected = [True] if says else []
    assert [says is not None and says in message.text for message in told] == expected


def test_votes_are_told_in_the_order_of_their_rolls() -> None:
    votes = [VotePeriod(f"{n}", TODAY + n * DAY, TODAY + 90 * DAY) for n in (5, 1, 3)]
    told = leaving_told(Named(1, "Karim"), TODAY, votes)
    assert [message.values["title"] for message in told] == ["1", "3", "5"]


def test_a_request_taken_back_is_nobodys_moving_out(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        household = estate.households["amina"]
        mine = where(session, estate.people["amina"], Permission.MANAGE_HOUSEHOLD)
        office = where(session, estate.people["office"], Permission.CONFIRM_MEMBERS)
        member = actions.add_member(session, mine, household, "Karim", "Holm", "")
        with pytest.raises(Refused):
            actions.leave(session, mine, household, member, erasures)
        actions.withdraw_member(session, mine, household, member, erasures)
        assert session.scalar(select(Person.id).where(Person.family_name == "Holm")) is None
        with pytest.raises(Missing):
            actions.confirm_member(session, office, household, member)
        told = session.scalars(select(Change.kind).order_by(Change.id)).all()
        assert told == ["member.added", "member.withdrawn"]
        stays = actions.add_member(session, mine, household, "Ida", "Holm", "")
        actions.confirm_member(session, office, household, stays)
        with pytest.raises(Refused):
            actions.withdraw_member(session, mine, household, stays, erasures)


def with_yusuf(session: Session, estate: Estate) -> int:
    """An adult whom the administration's file brought into amina's household; the membership."""
    yusuf = add_person(session, "yusuf", number="77", administration_id=estate.administration)
    estate.people["yusuf"] = yusuf.id
    member = Member(
        household_id=estate.households["amina"],
        person_id=yusuf.id,
        starts_on=clock.today() - timedelta(days=900),
        confirmed_at=clock.now(),
    )
    session.add(member)
    session.flush()
    return member.id


def test_the_registers_own_member_leaves_by_themself(
    database: Database, erasures: ErasureLog
) -> None:
    today = clock.today()
    vote = VotePeriod("Nye vinduer", today + timedelta(days=2), today + timedelta(days=9))
    with database.write() as session:
        estate = build_estate(session)
        member, household = with_yusuf(session, estate), estate.households["amina"]
        yusuf = estate.people["yusuf"]
        mine = where(session, yusuf, Permission.MANAGE_HOUSEHOLD)
        actions.leave(session, mine, household, member, erasures, votes=[vote])
        assert [roles_on(session, yusuf, days) for days in (0, 1, 60, 61)] == [
            {Role.RESIDENT},
            {Role.FORMER},
            {Role.FORMER},
            set(),
        ]
        deed = session.scalars(select(Deed).where(Deed.verb == "left_household")).one()
        assert (deed.actor_id, deed.thing_id) == (yusuf, member)
        assert session.scalars(select(Change.kind)).all() == ["member.left"]
        told = session.scalars(select(Notification)).all()
        both = {(one.person_id, "vote" in one.merge_key) for one in told}
        everybody = {yusuf, estate.people["amina"], estate.people["office"]}
        assert both == {(person, of_vote) for person in everybody for of_vote in (True, False)}
        (office,) = [one for one in told if one.kind == "member_left" and "vote" not in one.title]
        assert "in the administration's system, too" in office.body
        with pytest.raises(Refused, match="last day already"):
            actions.leave(session, mine, household, member, erasures)
    assert len(erasures.read()) == 1


def test_a_leaving_does_not_come_undone_with_a_backup(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        member, household = with_yusuf(session, estate), estate.households["amina"]
        before = copied(session, Member, Member.id == member)
        mine = where(session, estate.people["yusuf"], Permission.MANAGE_HOUSEHOLD)
        actions.leave(session, mine, household, member, erasures)
        (erasure,) = erasures.read()
        session.execute(update(Member).where(Member.id == member).values(before))
        actions.end(session, erasure.ids)
        after = copied(session, Member, Member.id == member)
        assert (after["ends_on"], after["origin"]) == (clock.today(), Origin.TENANT)
        another = {**before, "person_id": estate.people["bent"]}
        session.execute(update(Member).where(Member.id == member).values(another))
        actions.end(session, erasure.ids)
        assert copied(session, Member, Member.id == member) == another
        actions.end(session, [(member, clock.today().isoformat())])  # a line of before the key
        assert copied(session, Member, Member.id == member)["ends_on"] == clock.today()


@pytest.mark.parametrize(("who", "whose"), [("amina", "amina"), ("amina", "yusuf")])
def test_nobody_gives_notice_here_nor_ends_another_of_the_registers_members(
    database: Database, erasures: ErasureLog, who: str, whose: str
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        with_yusuf(session, estate)
        household = estate.households["amina"]
        mine = where(session, estate.people[who], Permission.MANAGE_HOUSEHOLD)
        (page,) = own_households(session, mine, clock.today())
        (member,) = [one.id for one in page.members if one.person == estate.people[whose]]
        with pytest.raises(Refused):
            actions.leave(session, mine, household, member, erasures)
        kept = copied(session, Member, Member.id == member)
        assert (kept["ends_on"], kept["origin"]) == (None, Origin.IMPORT)
    assert erasures.read() == []
