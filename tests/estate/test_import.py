"""The administration's file, read every day: what it adds, changes, closes and refuses."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select, update

from estate import clock
from estate.audit.models import Deed
from estate.codes import actions as codes
from estate.database import Database
from estate.people.models import Household, Member, Origin, Person
from estate.people.queries import persons_by_email
from estate.permissions import Role
from estate.places.models import Administration, Home, Office, Organisation
from estate.refusals import Refused
from estate.standings.queries import reader_of
from estate.sync.actions import alone
from estate.sync.rules import MOVES_OUT, Report
from tests.estate.files import Cells, estate_of, home, import_estate, living, text_of, write

TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _a_fixed_day() -> Iterator[None]:
    with the_day(TODAY):
        yield


@contextmanager
def the_day(day: date) -> Iterator[None]:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=clock.LOCAL)
    with time_machine.travel(noon, tick=False):
        yield


def read(database: Database, folder: Path, *rows: Cells, yes: bool = False) -> Report:
    return import_estate(database, write(folder, rows), yes=yes)


def counts(report: Report) -> tuple[int, int, int, int, int]:
    return (
        len(report.added),
        len(report.changed),
        len(report.closed),
        len(report.refused),
        report.unchanged,
    )


def reasons(report: Report) -> list[tuple[int, str]]:
    return [(line, reason.text) for line, reason in report.refused]


def street(count: int, **cells: str) -> list[dict[str, str]]:
    return [living(f"P{n}", f"{n}", **cells) for n in range(count)]


def test_a_first_file_builds_the_estate(database: Database, tmp_path: Path) -> None:
    report = read(
        database,
        tmp_path,
        living("1", email="Aase@Example.org", phone="12 34 56 78", birth_date="01-02-1980"),
        living("2", tenant="nej", birth_date="2015-05-05", exempt="ja", protected="x"),
        home("1002"),
    )
    assert counts(report) == (3, 0, 0, 0, 0)
    with database.read() as session:
        assert session.scalar(select(Home.rent_ore).where(Home.number == "1001")) == 725050
        people = session.execute(
            select(
                Person.number, Person.contact_email, Person.protected, Member.adult, Member.tenant
            )
            .join_from(Member, Person, Member.person_id == Person.id)
            .order_by(Person.number)
        ).all()
        household = session.scalars(select(Household)).one()
        assert session.scalars(select(Office.name)).all() == ["Kontoret"]
        keys = session.scalars(select(Person.key)).all()
    assert [tuple(row) for row in people] == [
        ("1", "aase@example.org", False, True, True),
        ("2", None, True, False, False),
    ]
    assert household.exempt
    assert len(set(keys)) == 2
    assert all(len(key) >= 16 for key in keys)


def test_the_same_file_twice_changes_nothing(database: Database, tmp_path: Path) -> None:
    rows = [*street(20), home("vacant")]
    read(database, tmp_path, *rows)
    before = estate_of(database)
    report = read(database, tmp_path, *rows)
    assert counts(report) == (0, 0, 0, 0, 21)
    assert estate_of(database) == before
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Deed)) == 1


def test_what_differs_is_changed_and_named_by_its_line(database: Database, tmp_path: Path) -> None:
    rows = street(5)
    read(database, tmp_path, *rows)
    rows[1] |= {"rent": "8000"}
    rows[2] |= {"phone": "87654321"}
    rows[3] |= {"tenant": "nej"}
    report = read(database, tmp_path, *rows)
    assert counts(report) == (0, 3, 0, 0, 2)
    assert [(line, what.values["columns"]) for line, what in report.changed] == [
        (3, "husleje"),
        (4, "telefon"),
        (5, "lejer"),
    ]


def test_an_address_put_right_moves_the_home_not_the_people(
    database: Database, tmp_path: Path
) -> None:
    rows = street(5)
    read(database, tmp_path, *rows)
    with database.read() as session:
        before = session.execute(select(Home.id, Home.number).order_by(Home.id)).all()
        homes = session.scalars(select(Household.home_id).order_by(Household.id)).all()
    for row in rows:
        row["street"] = "Lærkevænget"
    report = read(database, tmp_path, *rows)
    assert counts(report) == (0, 5, 0, 0, 0)
    with database.read() as session:
        assert session.execute(select(Home.id, Home.number).order_by(Home.id)).all() == before
        assert session.scalars(select(Household.home_id).order_by(Household.id)).all() == homes
    assert counts(read(database, tmp_path, *rows)) == (0, 0, 0, 0, 5)


def test_a_refused_row_is_named_and_stops_nobody_else(database: Database, tmp_path: Path) -> None:
    rows = street(13)
    read(database, tmp_path, *rows)
    before = estate_of(database)
    spoilt = [dict(row) for row in rows]
    spoilt[0]["rent"] = "gratis"
    spoilt[1]["starts"] = "32-01-2020"
    spoilt[2]["person_number"] = "010180-1234"
    spoilt[3]["given_name"] = ""
    spoilt[4]["email"] = "ingen"
    spoilt[5]["home_number"] = ""
    spoilt[6]["ends"] = "2019-12-31"
    spoilt[7]["tenant"] = "måske"
    spoilt[8]["postcode"] = "24OO"
    spoilt[9]["section_name"] = "Svalen"
    spoilt[10]["birth_date"] = "2030-01-01"
    spoilt.append(living("new", "new"))
    report = read(database, tmp_path, *spoilt)
    assert [line for line, _ in report.refused] == list(range(2, 13))
    assert counts(report)[0] == 1
    assert not report.closed
    assert [row for row in estate_of(database) if row[11] != "new"] == before


def test_what_most_rows_say_holds_and_the_odd_one_is_refused(
    database: Database, tmp_path: Path
) -> None:
    rows = street(6)
    rows[0]["section_name"] = "Lerken"
    report = read(database, tmp_path, *rows)
    assert [line for line, _ in report.refused] == [2]
    assert report.refused[0].reason.values["line"] == "3"
    assert {row[4] for row in estate_of(database)} == {"Lærken"}


def test_rows_that_contradict_each_other_name_the_earlier_line(
    database: Database, tmp_path: Path
) -> None:
    report = read(
        database,
        tmp_path,
        living("1"),
        living("2", area="85"),
        living("3", starts="2021-01-01"),
        living("1", "1002", given_name="Bo"),
        living("4", city="Aarhus"),
    )
    assert [line for line, _ in report.refused] == [3, 4, 5, 6]
    assert [reason.values["line"] for _, reason in report.refused] == ["2", "2", "2", "2"]
    assert len(estate_of(database)) == 1


def test_a_refused_row_never_ends_the_tenancy_it_is_about(
    database: Database, tmp_path: Path
) -> None:
    rows = [living("1"), living("2"), living("3", "1002"), living("4", "1003")]
    read(database, tmp_path, *rows)
    before = estate_of(database)
    report = read(
        database,
        tmp_path,
        living("1"),
        living("2", email="x"),
        living("3", "1002", rent="x"),
        living("4", "1003", street=""),
    )
    assert len(report.refused) == 3
    assert not report.closed
    assert estate_of(database) == before


def test_a_person_moves_from_one_home_to_another(database: Database, tmp_path: Path) -> None:
    rest = street(9)
    read(database, tmp_path, *rest, living("mover", "1001"), home("1002"))
    with database.read() as session:
        person = session.scalar(select(Person.id).where(Person.number == "mover"))
    report = read(
        database,
        tmp_path,
        *rest,
        living("mover", "1001", ends="2026-11-30"),
        living("mover", "1002", tenancy_number="N1", starts="2026-12-01", floor="3"),
    )
    assert counts(report)[:4] == (1, 1, 0, 0)
    with the_day(date(2026, 12, 2)), database.read() as session:
        assert person is not None
        found = reader_of(session, person, clock.today())
        assert session.scalar(select(func.count()).where(Person.number == "mover")) == 1
    assert found is not None
    assert found.place == "Lærkevej 8, 3. tv."
    assert found.roles() == {Role.RESIDENT, Role.FORMER}


def test_a_tenancy_ends_by_its_date_or_by_leaving_the_file(
    database: Database, tmp_path: Path
) -> None:
    rows = street(20)
    read(database, tmp_path, *rows)
    rows[0]["ends"] = "2026-11-21"
    rows[1]["ends"] = "2026-12-31"
    rows[2] = home("2")
    del rows[3]
    report = read(database, tmp_path, *rows)
    assert len(report.closed) == 4  # home 3 and its tenancy, and two tenancies
    assert [line for line, _ in report.closed if line] == [2]
    with database.read() as session:
        ends = dict(session.execute(select(Household.number, Household.ends_on)).all())
        closed = session.scalars(select(Home.number).where(Home.closed_on.is_not(None))).all()
    assert ends["T0"] == date(2026, 11, 21)
    assert ends["T1"] == date(2026, 12, 31)
    assert ends["T2"] == ends["T3"] == TODAY
    assert ends["T4"] is None
    assert closed == ["3"]
    with the_day(date(2026, 11, 25)):
        assert counts(read(database, tmp_path, *rows))[:4] == (0, 0, 0, 0)


def test_who_comes_back_into_the_file_is_there_again(database: Database, tmp_path: Path) -> None:
    rows = [*street(10), living("extra", "1")]
    read(database, tmp_path, *rows)
    before = estate_of(database)
    assert len(read(database, tmp_path, *rows[1:-1]).closed) == 3
    assert estate_of(database) != before
    assert counts(read(database, tmp_path, *rows))[:4] == (0, 2, 0, 0)
    assert estate_of(database) == before


def test_somebody_who_joins_later_lives_there_from_that_day(
    database: Database, tmp_path: Path
) -> None:
    read(database, tmp_path, living("1"))
    read(database, tmp_path, living("1"), living("2"), living("3", member_from="2026-05-01"))
    with database.read() as session:
        rows = session.execute(
            select(Person.number, Member.starts_on).join_from(
                Member, Person, Member.person_id == Person.id
            )
        ).all()
    assert dict(rows) == {"1": date(2020, 1, 1), "2": TODAY, "3": date(2026, 5, 1)}


@pytest.mark.parametrize(("gone", "asks"), [(20, False), (21, True)])
def test_a_file_that_closes_more_than_a_fifth_asks_first(
    database: Database, tmp_path: Path, gone: int, asks: bool
) -> None:
    rows = street(100)
    read(database, tmp_path, *rows)
    before = estate_of(database)
    file = write(tmp_path, rows[gone:])
    dry = import_estate(database, file, dry_run=True)
    assert bool(dry.warnings) is asks
    assert estate_of(database) == before
    if asks:
        with pytest.raises(Refused) as refusal:
            import_estate(database, file)
        assert refusal.value.message.values["count"] == gone
        assert estate_of(database) == before
    report = import_estate(database, file, yes=asks)
    assert sum("Tenancy" in what.text for _, what in report.closed) == gone


def test_end_dates_that_would_close_a_fifth_ask_as_well(database: Database, tmp_path: Path) -> None:
    read(database, tmp_path, *street(10))
    with pytest.raises(Refused):
        read(database, tmp_path, *street(10, ends="2026-01-01"))


@pytest.mark.parametrize(("gone", "asks"), [(20, False), (21, True), (100, True)])
def test_a_file_that_moves_more_than_a_fifth_out_asks_first(
    database: Database, tmp_path: Path, gone: int, asks: bool
) -> None:
    rows = street(100)
    read(database, tmp_path, *rows)
    before = estate_of(database)
    nobody = {"person_number": "", "given_name": "", "family_name": "", "tenant": ""}
    file = write(tmp_path, [{**row, **nobody} for row in rows[:gone]] + rows[gone:])
    dry = import_estate(database, file, dry_run=True)
    assert [warning.text for warning in dry.warnings] == [MOVES_OUT] * asks
    if asks:
        with pytest.raises(Refused) as refusal:
            import_estate(database, file)
        assert refusal.value.message.values["count"] == gone
        assert estate_of(database) == before
    report = import_estate(database, file, yes=asks)
    assert sum("moved out" in what.text for _, what in report.closed) == gone


def test_last_days_that_would_move_a_fifth_out_ask_as_well(
    database: Database, tmp_path: Path
) -> None:
    read(database, tmp_path, *street(10))
    with pytest.raises(Refused):
        read(database, tmp_path, *street(10, member_to="2026-01-01"))


def test_who_leaves_with_a_tenancy_is_counted_with_it_alone(
    database: Database, tmp_path: Path
) -> None:
    family = [living(f"F{n}", "family") for n in range(9)]
    read(database, tmp_path, *street(10), *family)
    ended = [{**row, "ends": "2026-11-01"} for row in family]
    assert len(read(database, tmp_path, *street(10), *ended).closed) == 1
    assert read(database, tmp_path, *street(10)).closed


def test_an_organisation_is_not_lost_behind_a_larger_one(
    database: Database, tmp_path: Path
) -> None:
    small = street(10, organisation_number="20", organisation_name="Syd")
    for row in small:
        row["person_number"] = f"S{row['person_number']}"
    read(database, tmp_path, *street(100), *small)
    with pytest.raises(Refused) as refusal:
        read(database, tmp_path, *street(100), *small[:5])
    assert refusal.value.message.values["organisation"] == "20"


def test_two_organisations_in_one_file_stay_apart(database: Database, tmp_path: Path) -> None:
    north = [living("1"), living("2", "1002")]
    south = [
        living("3", organisation_number="20", organisation_name="Syd"),
        living("4", "1002", organisation_number="20", organisation_name="Syd"),
    ]
    read(database, tmp_path, *north, *south)
    before = estate_of(database)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Organisation)) == 2
    report = read(database, tmp_path, *south)  # the other organisation's own file, another day
    assert counts(report) == (0, 0, 0, 0, 2)
    assert estate_of(database) == before


def test_the_deed_of_each_organisation_counts_its_own(database: Database, tmp_path: Path) -> None:
    south = {"organisation_number": "20", "organisation_name": "Syd"}
    other = [living(f"S{n}", f"{n}", **south) for n in range(3)]
    read(database, tmp_path, *street(10), *other, living("X", "99", rent="meget", **south))
    changed = [living("S1", "1", rent="1", **south), other[2]]
    read(database, tmp_path, *street(10), *changed, yes=True)
    with database.read() as session:
        deeds = session.execute(
            select(Organisation.number, Deed.details)
            .join(Organisation, Deed.organisation_id == Organisation.id)
            .order_by(Deed.id)
        ).all()
    none = {"added": 0, "changed": 0, "closed": 0, "refused": 0}
    assert [tuple(deed) for deed in deeds] == [
        ("10", {**none, "added": 10}),
        ("20", {**none, "added": 3, "refused": 1}),
        ("20", {**none, "changed": 1, "closed": 2}),
    ]


def test_a_dry_run_tells_the_same_and_writes_nothing(database: Database, tmp_path: Path) -> None:
    file = write(tmp_path, street(5))
    empty = estate_of(database)
    dry = import_estate(database, file, dry_run=True)
    assert dry.dry_run
    assert estate_of(database) == empty == []
    assert counts(dry) == counts(import_estate(database, file)) == (5, 0, 0, 0, 0)


def test_what_people_gave_opgang_is_never_written_over(database: Database, tmp_path: Path) -> None:
    read(database, tmp_path, living("1", email="old@example.org"))
    with database.write() as session:
        session.execute(
            update(Person).values(email="own@example.org", language="en", alias="Månen")
        )
        household = session.scalars(select(Household.id)).one()
        guest = Person(key="guest", given_name="Maja", family_name="Holm", created_at=clock.now())
        session.add(guest)
        session.flush()
        session.add(
            Member(
                household_id=household,
                person_id=guest.id,
                origin=Origin.TENANT,
                starts_on=TODAY,
            )
        )
    report = read(database, tmp_path, living("1", email="new@example.org"))
    assert counts(report)[:4] == (0, 1, 0, 0)
    with database.read() as session:
        person = session.scalars(select(Person).where(Person.number == "1")).one()
        added = session.scalars(select(Member).where(Member.origin == Origin.TENANT)).one()
    assert (person.email, person.language, person.alias) == ("own@example.org", "en", "Månen")
    assert person.contact_email == "new@example.org"
    assert (added.ends_on, added.confirmed_at) == (None, None)


def test_after_a_restore_an_address_let_go_of_is_used_once_the_administration_says_another(
    database: Database, tmp_path: Path
) -> None:
    read(database, tmp_path, living("1", email="old@example.org"))
    with database.write() as session:
        codes.erase_addresses(session, session.scalars(select(Person.id)).all())
    assert counts(read(database, tmp_path, living("1", email="old@example.org")))[:2] == (0, 0)
    with database.read() as session:
        assert persons_by_email(session, "old@example.org") == []
    read(database, tmp_path, living("1", email="new@example.org"))
    with database.read() as session:
        assert len(persons_by_email(session, "new@example.org")) == 1


def test_the_register_confirms_somebody_the_tenant_added(
    database: Database, tmp_path: Path
) -> None:
    read(database, tmp_path, living("1"))
    with database.write() as session:
        household = session.scalars(select(Household.id)).one()
        guest = Person(key="guest", given_name="Maja", family_name="Holm", created_at=clock.now())
        session.add(guest)
        session.flush()
        session.add(
            Member(
                household_id=household, person_id=guest.id, origin=Origin.TENANT, starts_on=TODAY
            )
        )
    rows = [living("1"), living("77", given_name="maja", family_name="HOLM", tenant="")]
    report = read(database, tmp_path, *rows)
    assert counts(report)[:4] == (0, 1, 0, 0)
    with database.read() as session:
        person = session.scalars(select(Person).where(Person.key == "guest")).one()
        member = session.scalars(select(Member).where(Member.person_id == person.id)).one()
    assert person.number == "77"
    assert member.origin is Origin.IMPORT
    assert member.confirmed_at is not None
    assert counts(read(database, tmp_path, *rows)) == (0, 0, 0, 0, 2)


def test_a_child_is_adult_from_its_eighteenth_birthday(database: Database, tmp_path: Path) -> None:
    row = living("1", birth_date="2008-11-23")
    read(database, tmp_path, row)
    with database.read() as session:
        assert not session.scalars(select(Member.adult)).one()
    with the_day(date(2026, 11, 23)):
        read(database, tmp_path, row)
    with database.read() as session:
        assert session.scalars(select(Member.adult)).one()


def test_rows_in_any_order_make_the_same_estate(database: Database, tmp_path: Path) -> None:
    rows = [*street(30), *(living(f"Q{n}", f"{n}", tenant="nej") for n in range(0, 30, 2))]
    random.Random(7).shuffle(rows)
    read(database, tmp_path, *rows[:10])
    read(database, tmp_path, *rows)
    shuffled = [row[:25] + row[26:] for row in estate_of(database)]
    random.Random(8).shuffle(rows)
    assert counts(read(database, tmp_path, *rows)) == (0, 0, 0, 0, 45)
    assert [row[:25] + row[26:] for row in estate_of(database)] == shuffled


def test_only_one_import_runs_at_a_time(database: Database, tmp_path: Path) -> None:
    file = write(tmp_path, street(2))
    with alone(database), pytest.raises(Refused, match="Another import"):
        import_estate(database, file)
    import_estate(database, file)
    assert not list(tmp_path.glob("*.importing"))


def test_a_file_without_its_columns_is_refused_in_one_sentence(
    database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text("navn;adresse\nA;B\n")
    with pytest.raises(Refused, match="no column"):
        import_estate(database, file)


def test_a_row_that_cannot_be_told_apart_keeps_everything_open(
    database: Database, tmp_path: Path
) -> None:
    rows = street(10)
    read(database, tmp_path, *rows)
    file = tmp_path / "estate.csv"
    file.write_text(text_of(rows[1:]) + "10;Nord;1\n", encoding="utf-8")
    report = import_estate(database, file)
    assert [line for line, _ in report.refused] == [11]
    assert not report.closed
    assert report.warnings


def test_progress_counts_homes_until_all_are_done(database: Database, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    import_estate(
        database,
        write(tmp_path, street(400)),
        progress=lambda done, total: heard.append((done, total)),
    )
    assert heard[0] == (0, 400)
    assert heard[-1] == (400, 400)
    assert len(heard) > 3  # several transactions, none longer than 500 rows


def test_several_administrations_need_a_name(database: Database, tmp_path: Path) -> None:
    file = write(tmp_path, street(2))
    import_estate(database, file, administration="Nord")
    with database.write() as session:
        session.add(Administration(name="Syd"))
    import_estate(database, file, administration="Syd")
    with pytest.raises(Refused, match="several administrations"):
        import_estate(database, file)
    assert len(estate_of(database)) == 4


def test_a_misspelt_administration_is_refused_with_those_there_are(
    database: Database, tmp_path: Path
) -> None:
    file = write(tmp_path, street(2))
    import_estate(database, file, administration="Nord")
    with pytest.raises(Refused) as refused:
        import_estate(database, file, administration="Nrod")
    assert refused.value.message.values == {"name": "Nrod", "there": "Nord"}
    assert len(estate_of(database)) == 2


def test_a_first_file_of_which_nothing_can_be_used_founds_nothing(
    database: Database, tmp_path: Path
) -> None:
    report = read(database, tmp_path, {**living("P1", "1"), "organisation_number": ""})
    assert len(report.refused) == 1
    with database.read() as session:
        assert session.scalars(select(Administration)).all() == []
