"""Having letters printed, and noting what happened at the doors."""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, delete, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.audit.actions import record
from estate.database import stale
from estate.files import actions as files
from estate.files.store import FILES, PdfStore
from estate.jobs.actions import Task, ask, stop
from estate.jobs.queries import is_under_way
from estate.jobs.rules import Progress
from estate.language import N_, say
from estate.letters.models import Letter
from estate.letters.queries import letter_within
from estate.people.models import Member
from estate.permissions import Scope
from estate.proof.actions import hold, note_proof
from estate.proof.models import DoorVisit, LetterCopy
from estate.proof.rules import Outcome, Receiver
from estate.refusals import Missing, Refused
from estate.retention.actions import erase_some
from estate.rounds.models import PrintFile
from estate.rounds.queries import (
    PaperCopy,
    copy_within,
    next_batch,
    print_places,
    print_queue,
)
from estate.rounds.rules import PRINTING_JOB, lately

OWNER = "print_file"


def ask_to_print(session: Session, scope: Scope, letter: int, base_url: str, *, again: bool) -> int:
    """Have the letters of every stairwell laid out that wait for paper; returns the job.

    `again`: also those printed before and not delivered. Refused while they are being laid out.
    """
    found = letter_within(session, scope, letter)
    if found.given_at is None:
        raise Missing
    _alone(session, letter)
    doors = _doors_to_print(session, letter, again=again)
    if not doors:
        raise Refused(N_("There is nothing to print."))
    job = ask(
        session,
        PRINTING_JOB,
        scope.person,
        letter=letter,
        again=again,
        doors=doors,
        base=base_url,
        total=sum(count for _, count in doors),
        address=f"/desk/letters/{letter}/print",
    )
    session.execute(update(Letter).where(Letter.id == letter).values(printing_job_id=job))
    thing = ("letter", letter)
    record(session, "printed_letters", thing, actor=scope.person, organisation=found.organisation)
    return job


def ask_for_all(session: Session, scope: Scope, base_url: str) -> int:
    """Have all letters of a scope laid out that wait for paper; returns how many are asked for.

    Those under way already stay as they are.
    """
    places = print_queue(session, scope, clock.today())
    waiting = {line.letter for place in places for line in place.lines if line.to_print}
    asked = 0
    for letter in sorted(waiting):
        job = session.scalar(select(Letter.printing_job_id).where(Letter.id == letter))
        if not is_under_way(session, job):
            ask_to_print(session, scope, letter, base_url, again=False)
            asked += 1
    return asked


def _alone(session: Session, letter: int) -> None:
    """Two who ask at once take turns, so that the second sees the first's job."""
    asked = select(Letter.printing_job_id).where(Letter.id == letter)
    job = session.scalar(asked.with_for_update())
    if is_under_way(session, job):
        raise Refused(N_("These letters are being laid out already. Wait for the files."))


def _doors_to_print(session: Session, letter: int, *, again: bool) -> list[list[int]]:
    """Stairwells with letters to lay out, and how many each has."""
    return [
        [place.stairwell, place.to_print + (place.to_hand_over if again else 0)]
        for place in print_places(session, letter, clock.today())
        if place.to_print or (again and place.to_hand_over)
    ]


class Made(NamedTuple):
    """The letters of one stairwell as the press laid them out."""

    data: bytes
    copies: Sequence[int]
    pages: int
    tagged: bool


def leave_made(order: Path, laid_out: Made) -> None:
    """Leave a stairwell's print file beside its order, for the job's next step; the note last.

    Who lays it out once more, because nobody knows what became of the first, writes another file:
    the note names the one that belongs to it.
    """
    file = order.with_name(f"{order.stem}-{secrets.token_hex(4)}.pdf")
    leave(file, laid_out.data)
    said = {**laid_out._asdict(), "data": file.name}
    leave(order.with_suffix(".json"), json.dumps(said).encode())


def leave(file: Path, data: bytes) -> None:
    """Put a file there whole or not at all, for nobody else to read; two may do so at once."""
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    fresh.write_bytes(data)
    fresh.replace(file)


def made(folder: Path, job: int, stairwell: int) -> Made | None:
    """What the press left for a stairwell, if it is done."""
    note = folder / f"{job}-{stairwell}.json"
    if not note.is_file():
        return None
    said = json.loads(note.read_text())
    return Made(**{**said, "data": note.with_name(said["data"]).read_bytes()})


def note_printed(session: Session, task: Task, folder: Path) -> Progress:
    """Take in what the press has laid out by now (`web.pressing`).

    A printing gets its number with its first file: of two, the one that comes later is the later.
    """
    given, store = task.given, PdfStore(folder.with_name(FILES))
    batch: int | None = given.get("batch")
    left, done = [], task.done
    for stairwell, count in given["doors"]:
        found = made(folder, task.job, stairwell)
        if found is None:
            left.append([stairwell, count])
            continue
        batch = batch or next_batch(session, given["letter"])
        _take_in(session, store, (given["letter"], stairwell, batch), found)
        done += count
    now = {**given, "batch": batch, "doors": left}
    return Progress(given["total"] if not left else done, given["total"], now)


def _take_in(session: Session, store: PdfStore, place: tuple[int, int, int], found: Made) -> None:
    letter, stairwell, batch = place
    row = PrintFile(
        letter_id=letter,
        stairwell_id=stairwell,
        batch=batch,
        letters=len(found.copies),
        pages=found.pages,
        tagged=found.tagged,
        made_at=clock.now(),
    )
    session.add(row)
    session.flush()
    files.add(session, store, (OWNER, row.id), f"{stairwell}.pdf", found.data)
    # The first printing counts: one of it may be in a letterbox that we have not heard of yet.
    first = LetterCopy.id.in_(found.copies) & LetterCopy.printed_at.is_(None)
    session.execute(update(LetterCopy).where(first).values(printed_at=clock.now()))


def tick(
    session: Session,
    scope: Scope,
    copy: int,
    outcome: Outcome,
    reason: str,
    now: datetime,
    *,
    handed_to: Receiver | None = None,
    made: datetime | None = None,
) -> None:
    """Note what happened at a copy's door. One that was handed over already stays so.

    Only what was printed can be noted, and nothing is handed over to who lives there no more.
    `made`: when that was, where the phone had no network; never before the letter was printed.
    """
    found = copy_within(session, scope, copy)
    if found is None or found.printed_at is None:
        raise Missing
    at = min(max(made or now, found.printed_at), now)
    if outcome is not Outcome.NOT_POSSIBLE:
        _lives_there(found, at)
    hold(session, [copy])
    if outcome is not Outcome.NOT_POSSIBLE and _handed_over(session, copy) is not None:
        return
    session.add(
        DoorVisit(
            copy_id=copy,
            at=at,
            noted_at=now,
            by_id=scope.person,
            outcome=outcome,
            reason=reason,
            handed_to=handed_to,
        )
    )
    session.flush()
    note_proof(session, [copy])
    hands = {"to": handed_to.value} if handed_to else {}
    _note(session, scope, found, copy, outcome.value, **hands)


def _lives_there(copy: PaperCopy, moment: datetime) -> None:
    if copy.ends_on is not None and copy.ends_on < clock.local(moment).date():
        raise Refused(N_("They have moved out. Bring the letter back to the office."))


def _handed_over(session: Session, copy: int) -> int | None:
    last: int | None = session.scalar(_visits(copy, DoorVisit.outcome != Outcome.NOT_POSSIBLE))
    return last


def undo(session: Session, scope: Scope, copy: int, now: datetime) -> None:
    """Take back what was noted last at a copy's door; nothing where there is nothing.

    Refused a day after it was noted: by then others rely on it, and the office says why.
    """
    found = _held(session, scope, copy)
    last = session.execute(_visits(copy)).first()
    if last is None:
        return
    if not lately(last.noted_at, now):
        raise Refused(N_("That was noted more than a day ago. The office can take it back."))
    _take_back(session, scope, found, copy, last.id, now)


def take_back_delivery(
    session: Session, scope: Scope, letter: int, copy: int, reason: str, now: datetime
) -> None:
    """The office takes back that a copy was handed over, whenever that was; the deed says why."""
    found = _held(session, scope, copy)
    last = session.execute(_visits(copy, DoorVisit.outcome != Outcome.NOT_POSSIBLE)).first()
    if found.letter != letter or last is None:
        raise Missing
    _take_back(session, scope, found, copy, last.id, now, reason=reason)


def _held(session: Session, scope: Scope, copy: int) -> PaperCopy:
    found = copy_within(session, scope, copy)
    if found is None:
        raise Missing
    hold(session, [copy])
    return found


def _visits(copy: int, *more: ColumnElement[bool]) -> Select[int, datetime]:
    """What was noted at a copy's door and not taken back, the last first."""
    noted = select(DoorVisit.id, DoorVisit.noted_at).where(
        DoorVisit.copy_id == copy, DoorVisit.undone_at.is_(None), *more
    )
    return noted.order_by(DoorVisit.id.desc()).limit(1)


def _take_back(
    session: Session,
    scope: Scope,
    found: PaperCopy,
    copy: int,
    visit: int,
    now: datetime,
    **why: Any,
) -> None:
    session.execute(update(DoorVisit).where(DoorVisit.id == visit).values(undone_at=now))
    note_proof(session, [copy])
    _note(session, scope, found, copy, "undone", **why)


def _note(
    session: Session, scope: Scope, found: PaperCopy, copy: int, outcome: str, **why: Any
) -> None:
    record(
        session,
        "visited_door",
        ("letter", found.letter),
        actor=scope.person,
        organisation=found.organisation,
        copy=copy,
        outcome=outcome,
        **why,
    )
    stale(session, f"person:{scope.person}", "round")


def forget(session: Session, before: datetime) -> list[int]:
    """Erase some print files made before a moment; returns their ids."""
    gone = erase_some(session, PrintFile, PrintFile.made_at < before, most=100)
    files.remove_all(session, OWNER, gone)
    return gone


def erase(session: Session, ids: Sequence[int]) -> None:
    """Erase these print files."""
    session.execute(delete(PrintFile).where(PrintFile.id.in_(ids)))
    files.remove_all(session, OWNER, ids)


def hide_names(session: Session, names: Mapping[int, str]) -> None:
    """Erase print files that may name these persons; they can be made anew without.

    What is being laid out ends first: a step that took a file in before is seen then, and none
    does later. What the press left of it belongs to nobody, and is swept away.
    """
    named = (
        select(LetterCopy.letter_id)
        .join(Member, Member.household_id == LetterCopy.household_id)
        .where(Member.person_id.in_(names))
    )
    printing = select(Letter.printing_job_id).where(Letter.id.in_(named))
    asked = [job for job in session.scalars(printing) if job is not None]
    why = say(N_("A name was protected meanwhile. Have the files made once more."))
    stop(session, asked, why, clock.now())
    ids = session.scalars(select(PrintFile.id).where(PrintFile.letter_id.in_(named))).all()
    if ids:
        erase(session, ids)
