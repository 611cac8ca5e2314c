"""Everything of one organisation, out of one database and into another."""

import csv
import json
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from estate import clock
from estate.database import WORKER, Database
from estate.handover.actions import export_organisation, import_organisation
from estate.handover.queries import Belonging
from estate.handover.rules import LEFT_OUT
from estate.jobs.actions import give_up_lease, hold_lease
from estate.lists.actions import import_offices, import_parts, import_roles
from estate.people.models import Household, Member, Origin, Person, RoleHolding
from estate.permissions import Role
from estate.photos.models import Photo
from estate.photos.store import Store
from estate.places.models import Office, OfficeClosedDay, OfficeHours, Part
from estate.places.queries import office_of
from estate.refusals import Refused
from estate.sheets.rules import FORMULA
from tests.announcements import announce, tell_all
from tests.builders import Estate, add_person, build_estate
from tests.estate.files import estate_of, home, import_estate, living, write
from tests.house.things import furnish


def fill(database: Database, folder: Path) -> Estate:
    """The builders' estate with everything on the board, an office's hours and a lift."""
    with database.write() as session:
        estate = build_estate(session)
        furnish(session, estate, folder)
        session.add_all(
            [
                OfficeHours(office_id=estate.office, weekday=0, opens=time(8), closes=time(12)),
                OfficeClosedDay(office_id=estate.office, day=date(2026, 12, 24), reason="Jul"),
            ]
        )
    return estate


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != "about.json"
    }


def other_database(database: Database, request: pytest.FixtureRequest) -> Database:
    """An empty database of the other kind."""
    kind = "postgres" if database.sqlite else "sqlite"
    return Database(request.getfixturevalue(f"{kind}_url"), origin="other")


def test_what_is_exported_and_imported_is_exported_the_same_again(
    database: Database, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fill(database, tmp_path / "var")
    photos, theirs = Store(tmp_path / "var" / "photos"), Store(tmp_path / "theirs")
    counts = export_organisation(database, tmp_path / "out", photos=photos, organisation="N")
    other = other_database(database, request)
    new = import_organisation(other, tmp_path / "out", photos=theirs)
    assert counts.gone == []
    assert new == counts.rows
    for table in ("post", "comment", "thread_message", "report", "photo", "member", "part"):
        assert counts.rows[table] > 0, table
    export_organisation(other, tmp_path / "again", photos=theirs)
    assert files(tmp_path / "again") == files(tmp_path / "out")
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0
    with other.write() as session:  # numbers go on where they were
        session.add(Part(section_id=1, number="new", code="new-label", name="Ny", system="other"))
    other.close()


def test_an_export_holds_nothing_of_another_organisation(
    database: Database, tmp_path: Path
) -> None:
    estate = fill(database, tmp_path / "var")
    with database.write() as session:
        shared = announce(session, estate, estate.stairwell, estate.foreign_stairwell)
        alone = announce(session, estate, estate.foreign_stairwell)
        tell_all(session)
    export_organisation(
        database,
        tmp_path / "out",
        photos=Store(tmp_path / "var" / "photos"),
        organisation="N",
    )

    def ids(table: str) -> set[int]:
        lines = (tmp_path / "out" / "data" / f"{table}.jsonl").read_text().splitlines()
        return {json.loads(line)["id"] for line in lines}

    def places() -> set[int]:
        lines = (tmp_path / "out" / "data" / "notice_place.jsonl").read_text().splitlines()
        return {json.loads(line)["stairwell_id"] for line in lines}

    assert ids("organisation") == {estate.north}
    assert ids("section") == {estate.section}
    assert estate.people["sofie"] not in ids("person")
    assert estate.people["amina"] in ids("person")
    assert shared in ids("notice")
    assert alone not in ids("notice")
    assert places() == {estate.stairwell}
    assert not any((tmp_path / "out" / "data" / f"{name}.jsonl").exists() for name in LEFT_OUT)


def test_every_table_belongs_is_left_out_or_leads_nowhere(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        belonging = Belonging(session, estate.north)
        assert set(belonging.tables) == set(belonging.conditions)
        known = sa.inspect(session.connection()).get_table_names()
    assert set(LEFT_OUT) <= set(known)


def test_a_second_organisation_joins_the_first_and_nothing_is_doubled(
    database: Database, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fill(database, tmp_path / "var")
    photos = Store(tmp_path / "var" / "photos")
    other = other_database(database, request)
    for number in ("N", "S"):
        export_organisation(database, tmp_path / number, photos=photos, organisation=number)
        import_organisation(other, tmp_path / number, photos=Store(tmp_path / "theirs"))
    again = import_organisation(other, tmp_path / "N", photos=Store(tmp_path / "theirs"))
    assert set(again.values()) == {0}
    assert estate_of(other) == estate_of(database)
    other.close()


def test_a_folder_is_refused_where_something_else_stands(
    database: Database, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fill(database, tmp_path / "var")
    photos = Store(tmp_path / "var" / "photos")
    export_organisation(database, tmp_path / "out", photos=photos, organisation="S")
    other = other_database(database, request)
    import_estate(other, write(tmp_path, [living("1")]))
    before = estate_of(other)
    with pytest.raises(Refused) as refusal:
        import_organisation(other, tmp_path / "out", photos=Store(tmp_path / "theirs"))
    assert refusal.value.message.values["table"] == "administration"
    assert estate_of(other) == before
    other.close()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("about.json", b"[]"),
        ("about.json", b'{"format": 1, "revision": "another"}'),
        ("about.json", b"\xff"),
        ("data/home.jsonl", b"{\n"),
        ("data/home.jsonl", b"{}\n"),
        ("data/home.jsonl", b'{"id": "one"}\n'),
        ("data/photo.jsonl", b'{"digest": "../../etc/passwd"}\n'),
    ],
)
def test_a_spoilt_folder_is_refused_and_nothing_is_written(
    sqlite_database: Database,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    name: str,
    content: bytes,
) -> None:
    fill(sqlite_database, tmp_path / "var")
    out = tmp_path / "out"
    export_organisation(
        sqlite_database, out, photos=Store(tmp_path / "var" / "photos"), organisation="N"
    )
    (out / name).write_bytes(content)
    other = other_database(sqlite_database, request)
    with pytest.raises(Refused):
        import_organisation(other, out, photos=Store(tmp_path / "theirs"))
    assert estate_of(other) == []
    other.close()


def test_a_changed_photo_is_refused(
    sqlite_database: Database, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fill(sqlite_database, tmp_path / "var")
    out = tmp_path / "out"
    export_organisation(
        sqlite_database, out, photos=Store(tmp_path / "var" / "photos"), organisation="N"
    )
    photo = next(file for file in (out / "photos").iterdir() if ".small." not in file.name)
    photo.write_bytes(photo.read_bytes() + b"x")
    other = other_database(sqlite_database, request)
    with pytest.raises(Refused, match="photo"):
        import_organisation(other, out, photos=Store(tmp_path / "theirs"))
    other.close()


def test_a_photo_erased_during_an_export_is_named_and_stops_nothing(
    database: Database, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fill(database, tmp_path / "var")
    photos, theirs = Store(tmp_path / "var" / "photos"), Store(tmp_path / "theirs")
    with database.read() as session:
        digest = session.scalar(sa.select(Photo.digest)) or ""
    photos.small_path(digest).unlink()
    exported = export_organisation(database, tmp_path / "out", photos=photos, organisation="N")
    assert exported.gone == [digest]
    about = json.loads((tmp_path / "out" / "about.json").read_text(encoding="utf-8"))
    assert about["photos_gone"] == [digest]
    other = other_database(database, request)
    assert import_organisation(other, tmp_path / "out", photos=theirs) == exported.rows
    other.close()


def test_a_reader_sees_one_moment_throughout(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
    people = sa.select(sa.func.count()).select_from(Person)
    with database.read() as session:
        before = session.scalar(people)
        with database.write() as other:
            other.add(Part(section_id=estate.section, number="1", code="x", name="y", system="z"))
            other.add(Person(key="late", given_name="Ny", created_at=clock.now()))
        assert session.scalar(people) == before
        assert session.scalars(sa.select(Part.code).where(Part.code == "x")).all() == []
    with database.read() as session:
        assert session.scalar(people) == (before or 0) + 1


def test_an_organisation_is_not_read_into_sqlite_beside_a_running_server(
    database: Database, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fill(database, tmp_path / "var")
    photos, theirs = Store(tmp_path / "var" / "photos"), Store(tmp_path / "theirs")
    export_organisation(database, tmp_path / "out", photos=photos, organisation="N")
    other = other_database(database, request)
    with other.write() as session:
        assert hold_lease(session, WORKER, "server", clock.now(), timedelta(minutes=5))
    if other.sqlite:
        with pytest.raises(Refused, match="is running"):
            import_organisation(other, tmp_path / "out", photos=theirs)
        with other.write() as session:
            give_up_lease(session, WORKER, "server")
    assert import_organisation(other, tmp_path / "out", photos=theirs)
    other.close()


def test_an_export_goes_into_an_empty_folder_and_knows_its_organisation(
    sqlite_database: Database, tmp_path: Path
) -> None:
    fill(sqlite_database, tmp_path / "var")
    photos = Store(tmp_path / "var" / "photos")
    with pytest.raises(Refused, match="by its number") as several:
        export_organisation(sqlite_database, tmp_path / "out", photos=photos)
    with pytest.raises(Refused, match="no organisation") as unknown:
        export_organisation(sqlite_database, tmp_path / "x", photos=photos, organisation="Q")
    there = "N (Boligforeningen Nord), S (Boligforeningen Syd)"
    assert several.value.message.values == {"there": there}
    assert unknown.value.message.values == {"number": "Q", "there": there}
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(Refused, match="not empty"):
        export_organisation(sqlite_database, tmp_path / "full", photos=photos, organisation="N")


def test_no_cell_of_an_export_is_a_formula(sqlite_database: Database, tmp_path: Path) -> None:
    estate = fill(sqlite_database, tmp_path / "var")
    with sqlite_database.write() as session:
        person = session.get_one(Person, estate.people["amina"])
        person.number, person.given_name = "P1", "=HYPERLINK(1)"
    photos = Store(tmp_path / "var" / "photos")
    export_organisation(sqlite_database, tmp_path / "out", photos=photos, organisation="N")
    cells = [
        cell
        for sheet in (tmp_path / "out").glob("*.csv")
        for row in csv.reader(sheet.read_text("utf-8-sig").splitlines(), delimiter=";")
        for cell in row
    ]
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if cell.startswith(FORMULA)]
    assert '"=HYPERLINK(1)"' in (tmp_path / "out" / "data" / "person.jsonl").read_text()


def test_the_four_files_of_an_export_are_read_by_the_import_commands(
    database: Database, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    rows = [
        living("1", ends="2026-12-31", email="a@example.org", protected="ja", exempt="ja"),
        living("2", tenant="nej", adult="nej", member_from="2022-02-02", member_to="2030-01-01"),
        living("3", "1002", given_name='Åse "Bitten"; Ø', family_name="Sørensen, Holm"),
        home("1003", rent="0,05"),
    ]
    for row in rows:
        for key, value in row.items():
            if '"' in value or ";" in value:
                row[key] = '"' + value.replace('"', '""') + '"'
    import_estate(database, write(tmp_path, rows), administration="Nord")
    with database.write() as session:
        office = session.scalars(sa.select(Office)).one()
        office.phone, office.address = "12 34 56 78", "Lærkevej 1"
        for weekday, opens, closes in ((0, 8, 12), (0, 13, 15), (3, 15, 17)):
            session.add(
                OfficeHours(
                    office_id=office.id, weekday=weekday, opens=time(opens), closes=time(closes, 30)
                )
            )
        session.add(OfficeClosedDay(office_id=office.id, day=date(2026, 12, 24)))
    part = {"organisation_number": "10", "section_number": "1", "part_number": "E1"}
    part |= {"name": "Lift B", "system": "Elevator", "street": "Lærkevej", "house_number": "8"}
    import_parts(database, write(tmp_path, [part], "parts"))
    roles = [
        {"role": "formand", "scope": "afdeling", "organisation_number": "10", "section_number": "1"}
        | {"person_number": "1", "starts": "2025-01-01"},
        {"role": "office", "scope": "office", "name": "Kontoret", "email": "kontor@example.org"}
        | {"given_name": "Kim", "family_name": "Kontor", "starts": "2025-01-01"},
    ]
    assert not import_roles(database, write(tmp_path, roles, "roles")).refused
    photos = Store(tmp_path / "photos")
    export_organisation(database, tmp_path / "out", photos=photos)

    other = other_database(database, request)
    out = tmp_path / "out"
    report = import_estate(other, out / "estate.csv", administration="Nord")
    assert report.refused == []
    for read in (import_parts, import_roles, import_offices):
        assert read(other, out / f"{read.__name__.removeprefix('import_')}.csv").refused == []
    assert estate_of(other) == estate_of(database)
    export_organisation(other, tmp_path / "again", photos=photos)
    for name in ("estate", "parts", "roles", "offices"):
        again, first = (folder / f"{name}.csv" for folder in (tmp_path / "again", out))
        assert again.read_text() == first.read_text()
    other.close()


OFFICE = {
    "role": "office",
    "scope": "office",
    "name": "Kontoret",
    "email": "ny.kontor@example.org",
    "given_name": "Kim",
    "family_name": "Kontor",
    "starts": "2025-01-01",
}


def _holder(database: Database) -> str:
    with database.read() as session:
        held = sa.select(Person.key).join(RoleHolding, RoleHolding.person_id == Person.id)
        return session.scalars(held.where(RoleHolding.role == Role.OFFICE)).one()


def test_no_role_goes_to_whom_a_resident_gave_the_address(
    database: Database, tmp_path: Path
) -> None:
    import_estate(database, write(tmp_path, [living("1")]))
    with database.write() as session:
        added = add_person(session, "added", email=None, contact_email=OFFICE["email"])
        household = session.scalars(sa.select(Household.id)).one()
        session.add(
            Member(
                household_id=household,
                person_id=added.id,
                origin=Origin.TENANT,
                starts_on=date(2025, 1, 1),
                confirmed_at=clock.now(),
            )
        )
    nameless = {**OFFICE, "given_name": "", "family_name": ""}
    report = import_roles(database, write(tmp_path, [nameless], "roles"))
    assert [row.line for row in report.refused] == [2]
    for lines in (("added", [2]), ("unchanged", [2])):
        report = import_roles(database, write(tmp_path, [OFFICE], "roles"))
        assert getattr(report, lines[0]) == lines[1]
    assert _holder(database) != "key-added"


def test_an_address_names_who_signs_in_with_it_and_no_more_who_signs_in_with_another(
    database: Database, tmp_path: Path
) -> None:
    import_estate(database, write(tmp_path, [living("1", email=OFFICE["email"])]))
    with database.write() as session:
        session.execute(sa.update(Person).values(email="another@example.org"))
    report = import_roles(database, write(tmp_path, [OFFICE], "roles"))
    assert [row.line for row in report.refused] == [2]
    with database.write() as session:
        add_person(session, "kim", email=OFFICE["email"])
    assert import_roles(database, write(tmp_path, [OFFICE], "roles")).added == [2]
    assert _holder(database) == "key-kim"


def test_roles_and_offices_are_read_once_and_changed_by_reading_again(
    database: Database, tmp_path: Path
) -> None:
    import_estate(database, write(tmp_path, [living("1")]))
    role = {"role": "chair", "scope": "section", "organisation_number": "10"}
    role |= {"section_number": "1", "person_number": "1", "starts": "2025-01-01"}
    bad = [{**role, **wrong} for wrong in WRONG_ROLES]
    report = import_roles(database, write(tmp_path, [role, *bad], "roles"))
    assert report.added == [2]
    assert [row.line for row in report.refused] == list(range(3, 3 + len(bad)))
    again = import_roles(database, write(tmp_path, [role], "roles"))
    assert again.unchanged == [2]
    ended = import_roles(database, write(tmp_path, [{**role, "ends": "2026-01-01"}], "roles"))
    assert ended.changed == [2]
    office = {"name": "Kontoret", "phone": "12345678", "monday": "8-12, 15.00-17:30"}
    assert import_offices(database, write(tmp_path, [office], "offices")).changed == [2]
    assert import_offices(database, write(tmp_path, [office], "offices")).unchanged == [2]
    wrong = [{**office, "monday": hours} for hours in ("8", "12-8", "25-26", "8-12 13-14")]
    assert len(import_offices(database, write(tmp_path, wrong, "offices")).refused) == 4
    with database.read() as session:
        assert session.scalars(sa.select(RoleHolding.ends_on)).all() == [date(2026, 1, 1)]
        hours = session.execute(sa.select(OfficeHours.opens, OfficeHours.closes)).all()
    assert sorted(tuple(one) for one in hours) == [
        (time(8), time(12)),
        (time(15), time(17, 30)),
    ]


WRONG_ROLES: list[dict[str, str]] = [
    {"role": "office", "scope": "partnership", "name": "Fornyelsen"},
    {"role": "chair", "scope": "organisation"},
    {"role": "partner", "scope": "section"},
    {"role": "konge"},
    {"role": "resident"},
    {"scope": "verden"},
    {"scope": "organisation"},
    {"role": "office", "scope": "partnership", "name": "Fornyelsen"},
    {"role": "partner", "scope": "section"},
    {"section_number": "9"},
    {"person_number": "9"},
    {"person_number": ""},
    {"person_number": "", "email": "ny@example.org"},
    {"person_number": "010180-1234"},
    {"starts": ""},
    {"ends": "2024-01-01"},
]
WRONG_PARTS: list[dict[str, str]] = [
    {"system": "rumraket"},
    {"section_number": "9"},
    {"building": "Q"},
    {"street": "Lærkevej", "house_number": "99"},
    {"street": "Lærkevej", "house_number": ""},
    {"name": ""},
    {"installed": "i går"},
]


def test_a_part_keeps_its_label_whatever_is_read_of_it(database: Database, tmp_path: Path) -> None:
    import_estate(database, write(tmp_path, [living("1")]))
    part = {"organisation_number": "10", "section_number": "1", "part_number": "E1"}
    part |= {"name": "Lift B", "system": "lift"}
    bad = [{**part, "part_number": str(n), **wrong} for n, wrong in enumerate(WRONG_PARTS)]
    dry = import_parts(database, write(tmp_path, [part, *bad], "parts"), dry_run=True)
    report = import_parts(database, write(tmp_path, [part, *bad], "parts"))
    assert dry.added == report.added == [2]
    assert [row.line for row in report.refused] == list(range(3, 3 + len(bad)))
    with database.read() as session:
        code = session.scalars(sa.select(Part.code)).one()
    changed = import_parts(database, write(tmp_path, [{**part, "name": "Lift C"}], "parts"))
    assert changed.changed == [2]
    with database.read() as session:
        after = session.execute(sa.select(Part.code, Part.name, Part.classification)).one()
    assert tuple(after) == (code, "Lift C", "(66)")
    assert len(code) >= 12


def test_an_office_read_from_its_file_says_when_it_is_open(
    sqlite_database: Database, tmp_path: Path
) -> None:
    import_estate(sqlite_database, write(tmp_path, [living("1")]))
    office = {"name": "Kontoret", "monday": "8-12", "closed_days": "2026-11-30"}
    import_offices(sqlite_database, write(tmp_path, [office], "offices"))
    with sqlite_database.read() as session:
        found = office_of(session, 1, datetime(2026, 11, 23, 13, tzinfo=clock.LOCAL))
    assert found is not None
    assert found.state.message.values["day"] == date(2026, 12, 7)
