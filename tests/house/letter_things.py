"""A letter in the cast's estate: given to North's section, printed; a draft; a demand."""

from datetime import date
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.channels import actions as channels
from estate.channels.models import DigitalDemand
from estate.channels.rules import Party
from estate.files import actions as files
from estate.files.store import PdfStore
from estate.giving import actions as giving
from estate.jobs.actions import Task
from estate.letters import actions as letters
from estate.letters.actions import Upload
from estate.letters.models import Letter
from estate.letters.rules import Draft, PlaceKind
from estate.permissions import Permission, scope
from estate.proof.models import LetterCopy
from estate.rounds.actions import OWNER
from estate.rounds.models import PrintFile
from tests.builders import Estate, reader


def write(session: Session, estate: Estate, folder: Path) -> dict[str, object]:
    """Write a draft and give a letter; returns their ids by name."""
    by = scope(reader(session, estate.people["office"]), Permission.SEND_LETTERS)
    store, upload = PdfStore(folder / "files"), Upload("brev.pdf", b"%PDF-1.7", 1)
    said = {"da": ("Nye vinduer", "Vi skifter vinduer.")}
    draft = Draft(estate.section, "works", said, [(PlaceKind.SECTION, estate.section)])
    given, kept = (
        letters.save_draft(session, draft, by.person, upload=upload, store=store) for _ in range(2)
    )
    job = giving.give(session, by, given, "http://localhost:8000")
    asked = {"letter": given, "base": "", "total": 4, "after": 0}
    giving.hand_out(session, Task("", job, "", None, asked, 0, 0, 0), folder)
    session.execute(update(Letter).values(giving_job_id=None))
    session.execute(update(LetterCopy).values(paper_at=clock.now(), printed_at=clock.now()))
    household = estate.households["amina"]
    channels.note_demand(session, by, household, Party.TENANT, date(2026, 1, 2))
    mine = select(LetterCopy.id).where(LetterCopy.household_id == household)
    return {
        "letter": given,
        "draft": kept,
        "copy": session.scalars(mine).one(),
        "print_file": _print_file(session, store, given, estate.stairwell),
        "demand": session.scalars(select(DigitalDemand.id)).one(),
    }


def _print_file(session: Session, store: PdfStore, letter: int, stairwell: int) -> int:
    row = PrintFile(
        letter_id=letter,
        stairwell_id=stairwell,
        batch=1,
        letters=2,
        pages=2,
        tagged=True,
        made_at=clock.now(),
    )
    session.add(row)
    session.flush()
    files.add(session, store, (OWNER, row.id), "8.pdf", b"%PDF-1.7 two")
    return row.id
