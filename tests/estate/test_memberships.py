"""Whoever left by themself stays left, whatever files the administration sends after it."""

import itertools
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estate.memberships.rules import StoredMember, named, numbered, still_named
from estate.register.rules import (
    HomeFacts,
    HomeKey,
    MemberFacts,
    PersonFacts,
    StairwellKey,
    TenancyFacts,
    read_estate,
)
from estate.sheets.queries import columns_of, names_of
from estate.sheets.rules import read_sheet
from estate.sync.rules import Report, Stored, StoredHome, StoredHousehold, StoredPerson, make_plan
from tests.estate.files import living, text_of

BEGAN = date(2020, 1, 1)
MARCH = date(2026, 3, 3)
HOME = HomeKey(StairwellKey("10", "1", "A", "Lærkevej", "8"), "1001")
YUSUF = PersonFacts("Yusuf", "Holm", None, None, protected=False)


def member(
    id_: int = 1, *, imported: bool = True, number: str | None = "77", ends: date | None = None
) -> StoredMember:
    return StoredMember(id_, id_, number, "yusuf holm", imported, True, False, True, BEGAN, ends)


@pytest.mark.parametrize(
    ("imported", "ends", "left_on"),
    [(True, None, None), (True, MARCH, None), (False, None, None), (False, MARCH, MARCH)],
)
def test_only_the_household_itself_says_that_somebody_left(
    imported: bool, ends: date | None, left_on: date | None
) -> None:
    assert member(imported=imported, ends=ends).left_on == left_on


@pytest.mark.parametrize(
    ("ends", "tenancy_ends", "named_still"),
    [
        (None, None, True),
        (None, MARCH + timedelta(days=1), True),
        (None, MARCH, False),  # the whole tenancy is over
        (MARCH - timedelta(days=9), None, False),
        (MARCH + timedelta(days=9), None, False),  # the administration knows that they go
    ],
)
def test_a_last_day_in_the_file_settles_it(
    ends: date | None, tenancy_ends: date | None, named_still: bool
) -> None:
    facts = MemberFacts(tenant=False, adult=True, starts_on=None, ends_on=ends)
    assert still_named(facts, tenancy_ends, MARCH) is named_still


def test_a_name_means_who_is_there_rather_than_who_left() -> None:
    gone = [member(n, imported=False, number=None, ends=MARCH) for n in (1, 2)]
    there = [member(n, imported=False, number=None) for n in (3, 4)]
    assert named([], "yusuf holm") is None
    assert named(gone, "amina holm") is None
    assert named(gone, "yusuf holm") == gone[1]
    assert named([*gone, there[0]], "yusuf holm") == there[0]
    assert named([*gone, *there], "yusuf holm") is None
    assert named([member()], "yusuf holm") is None
    assert numbered([member(1), member(2)._replace(starts_on=MARCH)], "77") is not None


@dataclass
class Register:
    """One household as it is stored, the files read into it and the days that pass."""

    stored: Stored
    today: date = MARCH

    @classmethod
    def fresh(cls, *, added: bool) -> "Register":
        """Amina holds the contract; yusuf was `added` by her, or the file brought him."""
        stored = Stored()
        stored.homes[HOME] = StoredHome(1, HomeFacts("2", "tv", 84, 3, 725_050), None)
        stored.households[1] = {"T1001": StoredHousehold(1, TenancyFacts(BEGAN, None), False)}
        amina = member(1, number="1")._replace(name="", tenant=True)
        yusuf = member(2, number=None if added else "77", imported=not added)
        stored.members[1] = [amina, yusuf]
        stored.persons["1"] = StoredPerson(
            1, PersonFacts("Åse 1", "Sørensen", None, None, protected=False)
        )
        if not added:
            stored.persons["77"] = StoredPerson(2, YUSUF)
        return cls(stored)

    def of_yusuf(self) -> list[StoredMember]:
        return [one for one in self.stored.members[1] if one.person == 2]

    def leave(self) -> date | None:
        """Whoever lives here ends it in Opgang: today is the last day."""
        for place, one in enumerate(self.stored.members[1]):
            there = one.starts_on <= self.today and (
                one.ends_on is None or one.ends_on > self.today
            )
            if one.person == 2 and there:
                left = one._replace(imported=False, ends_on=self.today)
                self.stored.members[1][place] = left
                return self.today
        return None

    def read(self, row: dict[str, str] | None) -> Report:
        """The administration's file of the night: amina, and yusuf's row if he has one."""
        rows = [living("1"), *([row] if row else [])]
        sheet = read_sheet(text_of(rows).encode(), columns_of("estate"))
        wanted = read_estate(sheet, names_of("estate"), self.today)
        plan = make_plan(wanted, self.stored, self.today, date(2000, 1, 1), names_of("estate"))
        members = self.stored.members[1]
        for step in plan.steps:
            for values in step.persons_changed:
                if "number" in values:
                    self.stored.persons[values["number"]] = StoredPerson(values["id"], YUSUF)
                    members[:] = [
                        one._replace(number=values["number"]) if one.person == values["id"] else one
                        for one in members
                    ]
            for values in step.members_changed:
                (place,) = [n for n, one in enumerate(members) if one.id == values["id"]]
                changed = {k: v for k, v in values.items() if k not in ("id", "origin")}
                changed |= {"imported": True} if "origin" in values else {}
                changed |= {"confirmed": True} if "confirmed_at" in values else {}
                members[place] = members[place]._replace(**changed)
            for one in step.members_new:
                starts = one.facts.starts_on
                assert starts is not None
                fresh = member(len(members) + 1, number=one.person, ends=one.facts.ends_on)
                members.append(fresh._replace(person=2, starts_on=starts))
            assert step.persons_new == []
        return plan.report


def row_of_yusuf(starts: date | None = None, ends: date | None = None) -> dict[str, str]:
    return living(
        "77",
        given_name="Yusuf",
        family_name="Holm",
        tenant="",
        member_from=starts.isoformat() if starts else "",
        member_to=ends.isoformat() if ends else "",
    )


DAYS = st.integers(-400, 60).map(lambda days: MARCH + timedelta(days=days))
EVENTS = st.one_of(
    st.just(("leave", None, None)),
    st.just(("away", None, None)),
    st.just(("file", None, None)),
    st.tuples(st.just("file"), DAYS, st.none()),
    st.just(("file", BEGAN, None)),
    st.tuples(st.just("file"), st.none(), DAYS),
    st.tuples(st.just("file"), DAYS, st.integers(0, 60).map(timedelta)),
)


@settings(deadline=None)
@given(st.booleans(), st.lists(st.tuples(EVENTS, st.integers(0, 20)), min_size=1, max_size=12))
def test_no_file_takes_an_own_leaving_back(
    added: bool, events: list[tuple[tuple[str, date | None, date | timedelta | None], int]]
) -> None:
    register = Register.fresh(added=added)
    left: date | None = None
    for (event, starts, ends), days in events:
        register.today += timedelta(days=days)
        if event == "leave":
            left = register.leave() or left
        elif event == "away":
            assert register.read(None).left == []
        else:
            last = starts + ends if starts and isinstance(ends, timedelta) else ends
            assert last is None or isinstance(last, date)
            row = row_of_yusuf(starts, last)
            report = register.read(row)
            if left is not None and (starts or BEGAN) > left:
                left = None
            assert bool(report.left) is (left is not None and last is None)
            again = register.read(row)
            assert (again.added, again.changed, again.closed) == ([], [], [])
            assert len(again.left) == len(report.left)
        stays = register.of_yusuf()
        for before, after in itertools.pairwise(stays):
            assert before.left_on is not None
            assert after.starts_on > before.left_on
        if left is not None:
            assert max(one.ends_on or date.max for one in stays) == left


@pytest.mark.parametrize("added", [False, True])
def test_a_first_day_after_the_leaving_is_a_new_stay(added: bool) -> None:
    register = Register.fresh(added=added)
    register.leave()
    assert len(register.read(row_of_yusuf(MARCH)).left) == 1
    moved_in = MARCH + timedelta(days=1)
    assert len(register.read(row_of_yusuf(moved_in)).added) == 1
    first, second = register.of_yusuf()
    assert (first.ends_on, second.starts_on, second.ends_on) == (MARCH, moved_in, None)
    assert register.read(row_of_yusuf(BEGAN)).left == []  # taking the day back ends nothing
    assert register.of_yusuf() == [first, second]
