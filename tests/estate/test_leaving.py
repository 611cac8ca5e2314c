"""Who left long ago is forgotten, with all that was theirs, and no file brings them back."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engagement.board.models import Post
from engagement.pauses.models import PostingPause
from estate import clock
from estate.access import actions as access
from estate.access.models import SignInSession
from estate.access.rules import Beginning
from estate.audit.models import Deed
from estate.consents import actions as consents
from estate.consents.models import Consent
from estate.database import Base, Database
from estate.deliveries.models import Device
from estate.files.models import LeftFile
from estate.leaving.rules import TENANCIES
from estate.lists.actions import import_roles
from estate.notifications.models import Notification
from estate.passkeys.actions import add_passkey
from estate.passkeys.models import Challenge, Passkey
from estate.people.models import Helper, Household, Member, Person, RoleHolding
from estate.permissions import Permission, Role, ScopeKind, scope
from estate.retention.log import ErasureLog
from estate.retention.queries import days_kept, kept_since
from tests.builders import LONG_AGO, Estate, add_household, add_person, build_estate, reader
from tests.estate.files import import_estate, living, write
from tests.estate.test_retention import night
from tests.posts import put_up
from web.kinds import KEPT, KEPT_KIND

TODAY = clock.today()
THEN = TODAY - timedelta(days=days_kept(TENANCIES, TODAY))


def nights(database: Database, folder: Path) -> None:
    """Everything, as the worker does it."""
    for kept in KEPT:
        night(database, kept, ErasureLog(folder / "erasures.log"))


def rows(session: Session, table: type[Base], *wanted: Any) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*wanted)) or 0


def moved_out(session: Session, estate: Estate, name: str, last: date) -> int:
    """Somebody entered long ago whose only tenancy ended."""
    person = add_person(session, name, created_at=clock.now() - timedelta(days=5000))
    home = estate.homes["yasmin"]
    add_household(session, home, person.id, starts=last - timedelta(days=9), ends=last)
    return person.id


def test_a_person_goes_three_years_after_the_last_tenancy_with_what_was_theirs(
    database: Database, tmp_path: Path
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        amina = estate.people["amina"]
        post = put_up(session, estate, "amina").id
        own = scope(reader(session, amina), Permission.OWN_PAGES)
        add_passkey(session, own, b"one", b"key", 0, "Telefon", clock.now())  # and tells of it
        _put(session, estate, amina, "device", "phone", clock.now() + timedelta(days=99))
        gone = THEN - timedelta(days=1)
        ended = {"starts_on": LONG_AGO, "ends_on": gone}
        session.execute(
            update(Household).where(Household.id == estate.households["amina"]).values(**ended)
        )
        session.execute(update(Member).values(confirmed_by_id=amina))
        session.execute(update(Person).values(created_at=clock.now() - timedelta(days=5000)))
        before = moved_out(session, estate, "before", THEN)
        assert rows(session, Passkey) == 1
    nights(database, tmp_path)
    with database.read() as session:
        assert session.get(Person, amina) is None
        assert session.get(Household, estate.households["amina"]) is None
        assert session.get(Person, before) is not None
        for name in ("yasmin", "chair", "office"):
            assert session.get(Person, estate.people[name]) is not None, name
        for table in (Passkey, SignInSession, Device, Notification):
            assert rows(session, table, table.person_id == amina) == 0, table
        assert session.get_one(Post, post).author_id is None
        assert rows(session, Deed, Deed.actor_id == amina) == 0


def test_a_role_a_helpers_task_and_a_consent_keep_a_person_until_their_own_time(
    database: Database, tmp_path: Path
) -> None:
    old = {"created_at": clock.now() - timedelta(days=5000)}
    with database.write() as session:
        estate = build_estate(session)
        role, helper, agreed, nobody = (
            add_person(session, name, **old).id for name in ("role", "helper", "agreed", "nobody")
        )
        session.add(
            RoleHolding(
                person_id=role,
                role=Role.BOARD,
                scope_kind=ScopeKind.SECTION,
                scope_id=estate.section,
                starts_on=LONG_AGO,
                ends_on=THEN,
            )
        )
        session.add(
            Helper(
                resident_id=estate.people["amina"],
                helper_id=helper,
                starts_on=LONG_AGO,
                ends_on=THEN - timedelta(days=1),
            )
        )
        consents.publish_text(session, "test", 1, "da", "Ja", LONG_AGO)
        consents.give(session, agreed, "test")
        add_person(session, "new")
    nights(database, tmp_path)
    with database.write() as session:
        there = {
            person: session.get(Person, person) is not None
            for person in (role, helper, agreed, nobody)
        }
        assert there == {role: True, helper: False, agreed: True, nobody: False}
        assert rows(session, Person, Person.given_name == "New") == 1
        assert session.scalars(select(Consent.ends_at)).one() is not None, (
            "nobody is here to end it"
        )
        session.execute(update(Consent).values(ends_at=clock.now() - timedelta(days=91)))
        session.execute(update(RoleHolding).values(ends_on=THEN - timedelta(days=1)))
    nights(database, tmp_path)
    with database.read() as session:
        assert (session.get(Person, role), session.get(Person, agreed)) == (None, None)
        assert rows(session, Consent) == 0


def test_a_yes_ends_with_the_tenancy_and_not_before(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        estate = build_estate(session)
        left = moved_out(session, estate, "left", TODAY - timedelta(days=1))
        leaving = moved_out(session, estate, "leaving", TODAY)
        consents.publish_text(session, "test", 1, "da", "Ja", LONG_AGO)
        for person in (left, leaving, estate.people["office"]):
            consents.give(session, person, "test")
    night(database, KEPT_KIND["consent"], ErasureLog(tmp_path / "erasures.log"))
    with database.read() as session:
        over = select(Consent.person_id).where(Consent.ends_at.is_not(None))
        assert session.scalars(over).all() == [left]


def test_a_file_that_still_tells_of_a_forgotten_tenancy_brings_nobody_back(
    database: Database, tmp_path: Path
) -> None:
    gone = (THEN - timedelta(days=1)).isoformat()
    rows_of_file = [
        living("1", tenancy_number="T1", starts="2015-01-01", ends=gone),
        living("2", tenancy_number="T2", starts="2020-01-01"),
        living("3", tenancy_number="T2", starts="2020-01-01", member_to=gone, tenant="nej"),
    ]
    report = import_estate(database, write(tmp_path, rows_of_file))
    assert (report.refused, report.unchanged) == ([], 1)  # line 2 made the home
    with database.read() as session:
        assert session.scalars(select(Person.number)).all() == ["2"]
        assert session.scalars(select(Household.number)).all() == ["T2"]
    with database.write() as session:
        session.execute(update(Household).values(ends_on=THEN))  # known, and not yet forgotten
    again = import_estate(database, write(tmp_path, rows_of_file))
    assert [noted.line for noted in again.changed] == [3]


def test_a_file_brings_no_forgotten_role_back(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        build_estate(session)
        before = rows(session, Person), rows(session, RoleHolding)
    gone = (THEN - timedelta(days=1)).isoformat()
    row = {
        "role": "afdelingsbestyrelse",
        "scope": "afdeling",
        "organisation_number": "N",
        "section_number": "1",
        "email": "ny@example.org",
        "given_name": "Ny",
        "starts": "2015-01-01",
        "ends": gone,
    }
    report = import_roles(database, write(tmp_path, [row], sheet="roles"))
    assert report.refused == []
    with database.read() as session:
        assert (rows(session, Person), rows(session, RoleHolding)) == before


@pytest.mark.parametrize("kind", ["device", "challenge", "posting_pause", "left_file", "consent"])
def test_what_has_run_out_by_itself_goes_after_its_days(
    database: Database, tmp_path: Path, kind: str
) -> None:
    kept = KEPT_KIND[kind]
    since = kept_since(kept.retention, clock.now())
    late, early = since - timedelta(hours=1), since + timedelta(hours=1)
    tables: dict[str, tuple[type[Base], str]] = {
        "device": (Device, "endpoint"),
        "challenge": (Challenge, "challenge_hash"),
        "posting_pause": (PostingPause, "reason"),
        "left_file": (LeftFile, "digest"),
        "consent": (Consent, "purpose"),
    }
    table, name = tables[kind]
    with database.write() as session:
        estate = build_estate(session)
        amina = estate.people["amina"]
        for word, moment in (("late", late), ("early", early)):
            _put(session, estate, amina, kind, word, moment)
    night(database, kept, ErasureLog(tmp_path / "erasures.log"))
    with database.read() as session:
        assert session.scalars(select(getattr(table, name))).all() == ["early"]


def _put(session: Session, estate: Estate, person: int, kind: str, word: str, moment: Any) -> None:
    if kind == "device":
        access.begin_session(session, person, Beginning.EMAIL)
        session.flush()
        number = session.scalars(select(func.max(SignInSession.id))).one()
        session.execute(
            update(SignInSession).where(SignInSession.id == number).values(expires_at=moment)
        )
        session.add(
            Device(
                person_id=person,
                session_id=number,
                endpoint=word,
                p256dh="p",
                auth="a",
                added_at=clock.now(),
            )
        )
    elif kind == "challenge":
        session.add(Challenge(challenge_hash=word, expires_at=moment))
    elif kind == "posting_pause":
        session.add(
            PostingPause(
                person_id=person,
                section_id=estate.section,
                shown_name="Amina",
                reason=word,
                language="da",
                starts_at=moment - timedelta(days=7),
                ends_at=moment,
            )
        )
    elif kind == "left_file":
        session.add(LeftFile(digest=word, left_at=moment))
    else:
        consents.publish_text(session, word, 1, "da", "Ja", LONG_AGO)
        consents.give(session, person, word)
        session.flush()
        session.execute(update(Consent).where(Consent.purpose == word).values(ends_at=moment))


LASTING = frozenset(
    {
        *("administration", "organisation", "office", "office_hours", "office_closed_day"),
        *("section", "building", "stairwell", "home", "part", "local_value", "consent_text"),
        *("partnership", "partnership_organisation", "party"),
        *("project", "project_place", "stage", "setback"),
        *("api_key", "webhook", "installation", "duty", "lease"),  # machines and this installation
        *("guide", "guide_wording"),  # how work is done
        "service_promise",  # what a section agreed
        "pace",  # medians of a section's cases
        "section_note",  # of places, by whoever works there
        "contact",  # written down by the office, about offices and companies
        "photo",  # goes with what it shows
        "file",  # goes with what it belongs to
        "stale_block",  # an hour, by the worker
    }
)
"""What is about places and machines, not about persons: it stays as long as they do."""


def test_every_table_has_a_period_or_is_about_nobody() -> None:
    kept = {table for one in KEPT for table in one.tables}
    known = set(Base.metadata.tables)
    assert kept <= known
    assert known - kept - LASTING == set()
    persons = {
        table.name
        for table in Base.metadata.tables.values()
        if any(key.column.table.name == "person" for key in table.foreign_keys)
    }
    assert persons <= kept
