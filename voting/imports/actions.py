"""Bringing in old PDFs: from a form, by a job a file at a time; or from a folder, by the command.

What was brought in before is skipped by what it contains, so a folder may be read again. Nobody is
told: these papers are old.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from estate import clock
from estate.audit.actions import record
from estate.database import Database, stale
from estate.files import actions as files
from estate.files import pdf
from estate.files.queries import files_of
from estate.files.store import FILES, PdfStore, digest_of
from estate.jobs import actions as jobs
from estate.jobs.actions import JobKind, Task
from estate.jobs.rules import Progress
from estate.language import N_, Message, pack_message, say
from estate.permissions import Role, Scope
from estate.refusals import Missing
from estate.retention.actions import erase_some
from voting.imports.models import ImportedFile, PaperImport
from voting.imports.queries import asking
from voting.imports.rules import (
    IMPORT_JOB,
    WAITS,
    Named,
    Outcome,
    as_kind,
    read_name,
    valid_from,
)
from voting.papers.actions import Brought, signing_role, take_in
from voting.papers.queries import kinds, known_digest, pdf_limits
from voting.papers.rules import Draft, Home, Kind, may_publish

THERE = N_("This very paper is there already.")


class Look(NamedTuple):
    """A file that was looked into outside the transaction: a PDF, or why it is none."""

    name: str
    data: bytes
    found: pdf.Pdf | Message


class Came(NamedTuple):
    """What came of a file: the paper it became, or why nothing.

    It `asks` where it could be a paper if somebody said of which kind and day.
    """

    name: str
    outcome: Outcome
    why: Message | None = None
    paper: int | None = None
    asks: bool = False


def bring(
    session: Session,
    store: PdfStore,
    scope: Scope,
    home: Home,
    brought: Sequence[Brought],
    now: datetime,
) -> int:
    """Keep these files for the worker to look into; returns the import's id.

    Raises Missing where this person publishes no paper.
    """
    if not own_kinds(scope, home):
        raise Missing
    role = signing_role(scope, own_kinds(scope, home)[0], home)
    beginning = PaperImport(
        begun_by_id=scope.person,
        organisation_id=home.organisation,
        section_id=home.section,
        role=role,
        begun_at=now,
    )
    session.add(beginning)
    session.flush()
    for number, one in enumerate(brought, 1):
        row = ImportedFile(import_id=beginning.id, n=number, name=one.name)
        session.add(row)
        session.flush()
        files.add(session, store, (WAITS, row.id), one.name, one.data)
    allowed = [kind.key for kind in own_kinds(scope, home)]
    waiting = select(ImportedFile.id).where(ImportedFile.import_id == beginning.id)
    given = {
        "import": beginning.id,
        "kinds": allowed,
        "files": list(session.scalars(waiting.order_by(ImportedFile.n))),
        "digests": [digest_of(one.data) for one in brought],
        "names": [one.name for one in brought],
    }
    jobs.ask(session, IMPORT_JOB, None, **given)
    organisation, count = home.organisation, len(brought)
    thing = ("paper_import", beginning.id)
    record(
        session,
        "brought_papers",
        thing,
        actor=scope.person,
        organisation=organisation,
        count=count,
    )
    return beginning.id


def say_kind(
    session: Session, scope: Scope, number: int, kind: Kind, days: Mapping[int, date | None]
) -> None:
    """Have the worker look once more into these files of an import (`days` are by file's id).

    They are of this kind, and of these days where their names do not say so. Raises Missing for an
    import of somebody else's, and for a kind they do not publish there.
    """
    beginning = session.get(PaperImport, number)
    if beginning is None or beginning.begun_by_id != scope.person:
        raise Missing
    home = Home(beginning.organisation_id, beginning.section_id)
    if kind not in own_kinds(scope, home):
        raise Missing
    rows = session.scalars(asking(number).where(ImportedFile.id.in_(days))).all()
    held = files_of(session, WAITS, [row.id for row in rows])
    for row in rows:
        row.outcome, row.reason = Outcome.WAITING, {}
    if rows:
        jobs.ask(
            session,
            IMPORT_JOB,
            None,
            kinds=[kind.key],
            files=[row.id for row in rows],
            digests=[held[row.id].digest for row in rows],
            names=[row.name for row in rows],
            days=[str(days[row.id] or "") for row in rows],
        )
        stale(session, f"person:{scope.person}", "import")


def own_kinds(scope: Scope, home: Home) -> list[Kind]:
    """The kinds that this person publishes in a place."""
    return [kind for kind in kinds().values() if may_publish(scope.reader, kind, home)]


def look(task: Task, folder: Path) -> Look | None:
    """Look into the next file; None when it is gone."""
    path = PdfStore(folder.with_name(FILES)).path(task.given["digests"][task.done])
    if not path.exists():
        return None
    name, data = task.given["names"][task.done], path.read_bytes()
    return Look(name, data, pdf.inspect(data, name, pdf_limits()))


def take_next(session: Session, task: Task, folder: Path) -> Progress:
    """Make the next file a paper, or note why it is none."""
    row = session.get(ImportedFile, task.given["files"][task.done])
    if row is None:
        return Progress(task.done, task.done, {})
    beginning = session.get_one(PaperImport, row.import_id)
    home = Home(beginning.organisation_id, beginning.section_id)
    allowed = [kinds()[key] for key in task.given["kinds"]]
    store = PdfStore(folder.with_name(FILES))
    if isinstance(task.found, Look):
        named = _named(task, allowed, home)
        came = take(session, store, home, task.found, named, beginning.role)
    else:
        came = Came(row.name, Outcome.REFUSED, say(N_("The file is gone. Bring it once more.")))
    row.outcome, row.paper_id = came.outcome, came.paper
    row.reason = pack_message(came.why) if came.why else {}
    if not came.asks:
        files.remove_all(session, WAITS, [row.id])
    if beginning.begun_by_id is not None:
        stale(session, f"person:{beginning.begun_by_id}", "import")
    return Progress(task.done + 1, len(task.given["files"]), task.given)


def _named(task: Task, allowed: Sequence[Kind], home: Home) -> Named | Message:
    """What the next file is: as somebody said, else as its name says."""
    name = task.given["names"][task.done]
    if "days" not in task.given:
        return read_name(name, allowed, home)
    told = task.given["days"][task.done]
    return as_kind(name, allowed[0], date.fromisoformat(told) if told else None)


def take(
    session: Session, store: PdfStore, home: Home, one: Look, named: Named | Message, role: str
) -> Came:
    """Make one file a paper of a place by what it is, unless it is there or cannot be."""
    if isinstance(one.found, Message):
        return Came(one.name, Outcome.REFUSED, one.found)
    if known_digest(session, home, digest_of(one.data)):
        return Came(one.name, Outcome.SKIPPED, say(THERE))
    if isinstance(named, Message):
        return Came(one.name, Outcome.REFUSED, named, asks=True)
    held = valid_from(named, one.found.made_on, clock.today())
    draft = Draft(named.kind, home, "", named.day, held, pdf=True)
    brought = Brought(one.name, one.data)
    published = take_in(session, store, draft, brought, role, clock.now())
    return Came(one.name, Outcome.ADDED, None, published.paper)


def pdfs_in(folder: Path) -> list[Path]:
    """Every PDF below a folder, by name."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".pdf")


def bring_folder(
    database: Database, store: PdfStore, home: Home, paths: Iterable[Path], *, dry_run: bool
) -> Iterator[Came]:
    """Bring in these PDFs, each in its own transaction, as it is asked for."""
    for path in paths:
        data = path.read_bytes()
        one = Look(path.name, data, pdf.inspect(data, path.name, pdf_limits()))
        every = kinds().values()
        if dry_run:
            with database.read() as session:
                yield _would_come(session, home, one)
            continue
        with database.write() as session:
            named = read_name(one.name, every, home)
            came = take(session, store, home, one, named, Role.OFFICE)
        yield came


def _would_come(session: Session, home: Home, one: Look) -> Came:
    if isinstance(one.found, Message):
        return Came(one.name, Outcome.REFUSED, one.found)
    if known_digest(session, home, digest_of(one.data)):
        return Came(one.name, Outcome.SKIPPED, say(THERE))
    named = read_name(one.name, kinds().values(), home)
    if isinstance(named, Message):
        return Came(one.name, Outcome.REFUSED, named)
    return Came(one.name, Outcome.ADDED)


def forget(session: Session, before: datetime) -> int:
    """Erase some old imports, and what still waited of them; the papers stay."""
    old = select(PaperImport.id).where(PaperImport.begun_at < before)
    waiting = select(ImportedFile.id).where(ImportedFile.import_id.in_(old))
    files.remove_all(session, WAITS, session.scalars(waiting).all())
    return len(erase_some(session, PaperImport, PaperImport.begun_at < before))


IMPORTING = JobKind(IMPORT_JOB, N_("Bringing in old papers"), take_next, look)
