"""The long work of reading a paper's PDF: the file outside the transaction, its pages within."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from estate.files import pdf
from estate.files.store import FILES, PdfStore
from estate.jobs.actions import JobKind, Task
from estate.jobs.rules import Progress
from estate.language import N_
from voting.papers.actions import keep_pages, stale_papers
from voting.papers.models import Paper, PaperVersion
from voting.papers.rules import READING_JOB, Home, Reading

STEP = 8
"""Pages read in one step."""


def look(task: Task, folder: Path) -> pdf.Pdf | None:
    """The PDF with the texts of its next pages; None when it is gone or cannot be read."""
    path = PdfStore(folder.with_name(FILES)).path(task.given["digest"])
    if not path.exists():
        return None
    return pdf.read(path.read_bytes(), task.done + 1, STEP)


def read_pages(session: Session, task: Task, folder: Path) -> Progress:
    """Keep the pages that were read; nothing of a version that was taken back meanwhile."""
    version = session.scalars(
        select(PaperVersion)
        .where(PaperVersion.id == task.given["version"], PaperVersion.withdrawn_at.is_(None))
        .with_for_update()
    ).one_or_none()
    if version is None:
        return Progress(task.done, task.done, {})
    paper = session.get_one(Paper, version.paper_id)
    found = task.found if isinstance(task.found, pdf.Pdf) else None
    texts: Sequence[str | None] = found.texts if found else []
    version.pages = found.pages if found else version.pages
    keep_pages(session, version, paper.title, [text or "" for text in texts], task.done + 1)
    if not texts and not task.done:
        keep_pages(session, version, paper.title, [""])
    version.read_pages = done = task.done + len(texts)
    with_text = task.given.get("with_text", False) or any(texts)
    whole = done >= version.pages or not texts
    if whole:
        version.reading = _outcome(with_text, complete=done >= version.pages)
    stale_papers(session, Home(paper.organisation_id, paper.section_id), f"paper-{paper.id}")
    total = done if whole else version.pages
    return Progress(done, total, {**task.given, "with_text": with_text})


def _outcome(with_text: bool, *, complete: bool) -> Reading:
    if with_text:
        return Reading.SEARCHABLE
    return Reading.NO_TEXT if complete else Reading.FAILED


READING = JobKind(READING_JOB, N_("Reading a paper so that it can be searched"), read_pages, look)
