"""Things that stand in the cast's estate, so that every page has something to show."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from estate import clock
from estate.access import actions as access
from estate.access.models import SignInSession
from estate.access.rules import Beginning
from estate.codes import actions as codes
from estate.contacts.models import Contact
from estate.contacts.rules import Who
from estate.deliveries.models import Device
from estate.files.store import PdfStore
from estate.households import actions as households
from estate.jobs.models import Job, JobState
from estate.passkeys import actions as passkeys
from estate.passkeys.models import Passkey
from estate.people.models import Helper
from estate.permissions import Permission, scope
from estate.photos.store import Store
from estate.places.models import Part
from estate.projects.models import Project, ProjectPlace, Setback, Stage
from estate.projects.rules import SetbackKind, StageKind
from estate.substitutes import actions as substitutes
from estate.substitutes.queries import NotePlace
from estate.substitutes.rules import Naming
from tests.announcements import announce
from tests.builders import LONG_AGO, Estate, reader
from tests.house.board_things import hang
from tests.house.case_things import report
from tests.house.fitting_things import fit
from tests.house.letter_things import write
from tests.house.paper_things import lay
from tests.house.plan_things import plan
from tests.house.task_things import work


def furnish(session: Session, estate: Estate, folder: Path) -> dict[str, object]:
    """Put one of everything there, amina's or where she lives; returns their ids by name."""
    return {
        **_ways_in(session, estate),
        **_household(session, estate),
        "device": _device(session, estate),
        "help": session.scalars(select(Helper.id)).one_or_none(),
        "job": _job(session, estate, folder),
        "part": _part(session, estate),
        "contact": _contact(session, estate),
        "project": _project(session, estate),
        **_substitute(session, estate),
        "announced": announce(session, estate),
        **fit(session, estate, Store(folder / "photos")),
        **hang(session, estate, Store(folder / "photos")),
        **plan(session, estate),
        **work(session, estate, Store(folder / "photos")),
        **report(session, estate, Store(folder / "photos")),
        **write(session, estate, folder),
        **lay(session, estate, PdfStore(folder / "files")),
    }


def _ways_in(session: Session, estate: Estate) -> dict[str, object]:
    amina = estate.people["amina"]
    own = scope(reader(session, amina), Permission.OWN_PAGES)
    access.begin_session(session, amina, Beginning.PASSKEY, "Tablet")
    link = codes.issue_link(session, amina, Beginning.EMAIL, None)
    passkeys.add_passkey(session, own, b"credential", b"key", 0, "Telefon", clock.now())
    session.flush()
    last = select(SignInSession.id).where(SignInSession.person_id == amina)
    newest = session.scalars(last.order_by(SignInSession.id.desc())).first()
    passkey = session.scalars(select(Passkey.id)).one()
    return {"link": link, "session": newest, "passkey": passkey}


def _household(session: Session, estate: Estate) -> dict[str, object]:
    """Two adults whom amina added; one waits for the office, one is to be taken back."""
    household = estate.households["amina"]
    own = scope(reader(session, estate.people["amina"]), Permission.MANAGE_HOUSEHOLD)
    waiting = households.add_member(session, own, household, "Zahra", "Prøve", "")
    added = households.add_member(session, own, household, "Idris", "Prøve", "")
    return {"household": household, "waiting": waiting, "added": added}


def _device(session: Session, estate: Estate) -> int:
    device = Device(
        person_id=estate.people["amina"],
        endpoint="https://push.example/amina",
        p256dh="p",
        auth="a",
        added_at=clock.now(),
    )
    session.add(device)
    session.flush()
    return device.id


def _part(session: Session, estate: Estate) -> str:
    """A lift with a label on it."""
    code = "lift-b-label"
    session.add(
        Part(section_id=estate.section, number="E-1", code=code, name="Lift B", system="lift")
    )
    session.flush()
    return code


def _project(session: Session, estate: Estate) -> int:
    """New windows in amina's building, which a find of asbestos held up."""
    today = clock.today()
    project = Project(organisation_id=estate.north, name="Nye vinduer", starts_on=LONG_AGO)
    session.add(project)
    session.flush()
    session.add(
        ProjectPlace(project_id=project.id, section_id=estate.section, building_id=estate.building)
    )
    works = Stage(project_id=project.id, kind=StageKind.WORKS, starts_on=LONG_AGO)
    session.add(works)
    session.flush()
    held = Setback(stage_id=works.id, kind=SetbackKind.STANDSTILL, reason="Asbest", starts_on=today)
    session.add(held)
    return project.id


def _substitute(session: Session, estate: Estate) -> dict[str, object]:
    """Somebody who stands in for a week, and where the keys hang."""
    today = clock.today()
    office = scope(reader(session, estate.people["office"]), Permission.GIVE_ROLES)
    naming = Naming(
        "Vikar Prøve",
        "vikar@example.org",
        today,
        today + timedelta(days=7),
        frozenset({estate.section}),
    )
    (number,) = substitutes.let_stand_in(session, office, naming, "http://localhost/sign-in")
    place = NotePlace(estate.section, estate.stairwell, "Lærkevej 8", "", "da")
    substitutes.write_note(session, office, place, "Nøglen hænger bag døren.", "da")
    return {"substitute": number, "note_place": place.key}


def _contact(session: Session, estate: Estate) -> int:
    """The municipality, as the office wrote it down for North's section."""
    contact = Contact(
        organisation_id=estate.north,
        section_id=estate.section,
        who=Who.MUNICIPALITY,
        name="Lindeby Kommune",
        phone="12 34 56 78",
        changed_at=clock.now(),
    )
    session.add(contact)
    session.flush()
    return contact.id


def _job(session: Session, estate: Estate, folder: Path) -> int:
    """Something the office asked for, done; its file lies in the jobs' folder."""
    now = clock.now()
    (folder / "jobs").mkdir(parents=True, exist_ok=True)
    (folder / "jobs" / "letters.pdf").write_bytes(b"%PDF-1.7")
    job = Job(
        kind="letters",
        state=JobState.DONE,
        owner_id=estate.people["office"],
        done=3,
        total=3,
        result="letters.pdf",
        asked_at=now,
        due_at=now,
        ended_at=now,
        expires_at=now + timedelta(days=7),
    )
    session.add(job)
    session.flush()
    return job.id
