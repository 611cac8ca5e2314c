"""Writing letters: drafts, until they are given."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import delete
from sqlalchemy.orm import Session

from estate import clock
from estate.files import actions as files
from estate.files import pdf
from estate.files.queries import file_of
from estate.files.store import FILES, PdfStore, digest_of
from estate.jobs import actions as jobs
from estate.jobs.actions import JobKind, Task
from estate.jobs.rules import Progress
from estate.language import DEFAULT, N_
from estate.letters.models import Letter, LetterPage, LetterPlace, LetterText
from estate.letters.queries import LetterView, kinds, letter_within
from estate.letters.rules import READING_JOB, Draft, before
from estate.permissions import Scope
from estate.refusals import Missing, Refused
from estate.retention.actions import erase_some

OWNER = "letter"
"""Of an uploaded PDF, among the files."""

STEP = 8
"""Pages read in one step."""


class Upload(NamedTuple):
    """A PDF somebody brought for a letter; `pages` were counted by whoever looked into it."""

    name: str
    data: bytes
    pages: int


def save_draft(
    session: Session,
    draft: Draft,
    by: int | None,
    *,
    letter: int | None = None,
    upload: Upload | None = None,
    store: PdfStore | None = None,
) -> int:
    """Write a draft down, or change one; returns its id. Refused once it was given."""
    now = clock.now()
    row = (
        Letter(made_at=now, made_by_id=by, version=0)
        if letter is None
        else lock_draft(session, letter)
    )
    session.add(row)
    row.section_id, row.kind = draft.section, draft.kind
    row.title = draft.texts[DEFAULT][0]
    row.effective_on = draft.effective_on
    lead = kinds(clock.today())[draft.kind].lead
    row.deliver_by = before(draft.effective_on, lead) if draft.effective_on else None
    row.version += 1
    session.flush()
    _write_texts(session, row.id, draft)
    if upload is not None and store is not None:
        _take_file(session, row.id)
        files.add(session, store, (OWNER, row.id), upload.name, upload.data)
        row.pages = upload.pages
        jobs.ask(session, READING_JOB, None, letter=row.id, digest=digest_of(upload.data))
    return row.id


def _take_file(session: Session, letter: int) -> None:
    files.remove_all(session, OWNER, [letter])
    session.execute(delete(LetterPage).where(LetterPage.letter_id == letter))


def look(task: Task, folder: Path) -> pdf.Pdf | None:
    """The PDF with the texts of its next pages; None when it is gone or cannot be read."""
    path = PdfStore(folder.with_name(FILES)).path(task.given["digest"])
    if not path.exists():
        return None
    return pdf.read(path.read_bytes(), task.done + 1, STEP)


def read_pages(session: Session, task: Task, folder: Path) -> Progress:
    """Keep what stands on the pages that were read; nothing of a PDF that was exchanged."""
    row = session.get(Letter, task.given["letter"], with_for_update=True)
    held = file_of(session, OWNER, row.id) if row else None
    if row is None or held is None or held.digest != task.given["digest"]:
        return Progress(task.done, task.done, {})
    found = task.found if isinstance(task.found, pdf.Pdf) else None
    texts = list(found.texts) if found else []
    if not texts and not task.done:
        texts = [None]  # that nothing can be read is kept as one empty page
    session.add_all(
        LetterPage(letter_id=row.id, n=number, text=text or "")
        for number, text in enumerate(texts, task.done + 1)
    )
    done = task.done + len(texts)
    return Progress(done, row.pages if found and texts else done, dict(task.given))


READING = JobKind(
    READING_JOB, N_("Reading a letter’s PDF so that it can be read aloud"), read_pages, look
)


def held_draft(session: Session, scope: Scope, letter: int) -> LetterView:
    """A draft that nobody else changes until the transaction ends. Refused once it was given."""
    letter_within(session, scope, letter)
    lock_draft(session, letter)
    return letter_within(session, scope, letter)


def lock_draft(session: Session, letter: int) -> Letter:
    """A draft's row, locked for who has asked already whether they may. Refused once given."""
    row = session.get(Letter, letter, with_for_update=True)
    if row is None:
        raise Missing
    if row.given_at is not None:
        raise Refused(N_("The letter has been given. Write a new one to correct it."))
    return row


def _write_texts(session: Session, letter: int, draft: Draft) -> None:
    for table in (LetterText, LetterPlace):
        session.execute(delete(table).where(table.letter_id == letter))
    session.add_all(
        LetterText(letter_id=letter, language=language, title=title, body=body)
        for language, (title, body) in draft.texts.items()
        if title
    )
    session.add_all(
        LetterPlace(letter_id=letter, kind=kind, place_id=number)
        for kind, number in sorted(set(draft.places))
    )
    session.flush()


def drop_file(session: Session, scope: Scope, letter: int) -> None:
    """Take the PDF from a draft again."""
    letter_within(session, scope, letter)
    row = lock_draft(session, letter)
    _take_file(session, letter)
    row.pages = 0
    row.version += 1


def discard(session: Session, scope: Scope, letter: int) -> None:
    """Throw a draft away."""
    letter_within(session, scope, letter)
    row = lock_draft(session, letter)
    files.remove_all(session, OWNER, [letter])
    session.delete(row)
    session.flush()


def forget(session: Session, before: datetime) -> list[int]:
    """Erase some letters given, or drafted and left, before a moment; returns their ids."""
    old = (Letter.given_at < before) | (Letter.given_at.is_(None) & (Letter.made_at < before))
    gone = erase_some(session, Letter, old, most=20)
    files.remove_all(session, OWNER, gone)
    return gone


def erase(session: Session, ids: Sequence[int]) -> None:
    """Erase these letters with all that shows whom they reached."""
    session.execute(delete(Letter).where(Letter.id.in_(ids)))
    files.remove_all(session, OWNER, ids)
