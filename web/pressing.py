"""Printing letters: what is to be laid out is written down in a step, and laid out between steps.

WeasyPrint takes seconds for a stairwell: within a step it would hold the one writer SQLite has, and
keep all other jobs waiting. So two processes work beside them; a step takes in what is done.
"""

import contextlib
import functools
import importlib
import io
import json
import multiprocessing
from base64 import b64encode
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from threading import Lock

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.orm import Session

from estate import clock
from estate.files.queries import file_of
from estate.files.store import FILES, PdfStore
from estate.jobs.actions import JobKind, Task
from estate.jobs.rules import Progress
from estate.language import DEFAULT, N_, say
from estate.letters.actions import OWNER
from estate.letters.queries import LetterView, kind_of, letter_by_id
from estate.refusals import Refused
from estate.rounds.actions import Made, leave, note_printed
from estate.rounds.queries import Envelope, envelopes
from estate.rounds.rules import PRINTING_JOB
from web.catalogues import speeches
from web.letter_words import all_words, words_of
from web.templating import paragraphs

HERE = Path(__file__).parent
PROCESSES = 2
AT_ONCE = 3
"""Stairwells written down in one step: one for each process, and one more to go on with."""

PATIENCE = 1.0
"""Seconds between two steps that wait for the press; the other jobs have their turn then."""


def lay_out(order: Path) -> None:
    """Lay one stairwell's letters out; runs in a process of the press, which alone loads it."""
    importlib.import_module("web.press").lay_out(order)


def lay_out_all(letters: Sequence[tuple[str, Sequence[int]]]) -> Sequence[Made]:
    """Lay out all of these, each as `compose` says it and for these copies, and wait for them.

    For a house that nobody uses yet; raises OSError where nothing can be laid out.
    """
    htmls, copies = [html for html, _ in letters], [copies for _, copies in letters]
    with _processes() as pool:
        return list(pool.map(_typeset, htmls, copies))


def _typeset(html: str, copies: Sequence[int]) -> Made:
    made: Made = importlib.import_module("web.press").typeset(html, copies)
    return made


def _processes() -> ProcessPoolExecutor:
    # Not forked: threads of this process hold locks that a copy would never see released.
    return ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn"))


class Press:
    """The processes, for as long as there is something to lay out."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._under_way: dict[Path, Future[None]] = {}
        self._lock = Lock()

    def ahead(self, task: Task, folder: Path) -> None:
        """Keep the processes at work on the orders below the folder, and wait for one a moment."""
        with self._lock:
            orders = [
                order
                for order in sorted(folder.glob(f"{task.job}-*.order"))
                if not order.with_suffix(".json").exists()
            ]
            for order in orders:
                if order not in self._under_way:
                    self._under_way[order] = self._running().submit(lay_out, order)
            mine = {order: self._under_way[order] for order in orders}
            wait(mine.values(), timeout=PATIENCE, return_when=FIRST_COMPLETED)
            self._look_at([order for order, work in mine.items() if work.done()])

    def _running(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = _processes()
        return self._pool

    def _look_at(self, done: Sequence[Path]) -> None:
        for order in done:
            work = self._under_way.pop(order)
            try:
                work.result()
            except BrokenProcessPool:
                self._let_go()
                raise
            except OSError as trouble:
                raise Refused(
                    N_("Letters cannot be laid out on this machine: {trouble}"),
                    trouble=str(trouble),
                ) from trouble
        if not self._under_way:
            self._let_go()

    def close(self) -> None:
        """Let the processes go; waits for a step that looks at them, a second at most."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        pool, self._pool = self._pool, None
        self._under_way.clear()
        if pool is not None:
            with contextlib.suppress(OSError):
                pool.shutdown(wait=False, cancel_futures=True)


PRESS = Press()


def print_step(session: Session, task: Task, folder: Path) -> Progress:
    """Take in what the press has laid out, and write down what it is to lay out next."""
    progress = note_printed(session, task, folder)
    if not progress.finished:
        _order_next(session, task, [door for door, _ in progress.given["doors"]], folder)
    return progress


PRINTING = JobKind(
    PRINTING_JOB, N_("Laying letters out for the printer"), print_step, beforehand=PRESS.ahead
)


def _order_next(session: Session, task: Task, doors: Sequence[int], folder: Path) -> None:
    letter = letter_by_id(session, task.given["letter"])
    if letter is None:
        raise Refused(N_("The letter is no longer there."))
    for door in doors[:AT_ONCE]:
        order = folder / f"{task.job}-{door}.order"
        if not order.exists():
            again = task.given["again"]
            found = envelopes(session, letter.id, door, clock.today(), again=again)
            said = _order(session, letter, found, task.given["base"], folder)
            leave(order, json.dumps(said).encode())


def _order(
    session: Session, letter: LetterView, found: Sequence[Envelope], base: str, folder: Path
) -> Mapping[str, object]:
    """What the press is told: the letters as HTML, whose they are, and a brought PDF if any."""
    held = file_of(session, OWNER, letter.id)
    formal = kind_of(letter.kind).matter.formal
    address = "" if formal else f"{base}/letters/{letter.id}"
    brought = PdfStore(folder.with_name(FILES)).path(held.digest) if held else None
    return {
        "html": compose(letter, found, address),
        "copies": [one.copy for one in found],
        "brought": str(brought) if brought else "",
    }


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["paragraphs"] = paragraphs
    return environment


def compose(letter: LetterView, found: Sequence[Envelope], address: str) -> str:
    """The letters of one stairwell as HTML; without an address they lead to no page."""
    danish = speeches()[DEFAULT]
    helps = [words for words in all_words(letter, speeches()) if words.language != DEFAULT]
    detail = (
        *(letter.section_name, letter.office_name, letter.office_address),
        *(letter.office_phone, letter.office_email),
    )
    code = say(N_("QR code to {address}"), address=address)
    template = _environment().get_template("letters/paper.html")
    return template.render(
        danish=words_of(letter, danish, address),
        helps=helps,
        envelopes=found,
        sender=letter.organisation_name,
        detail=" · ".join(part for part in detail if part),
        qr=_qr(address) if address else "",
        code=danish.say(code),
    )


def _qr(address: str) -> str:
    """A QR code as a picture that stands in the page itself."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", border=2, xmldecl=False)
    return "data:image/svg+xml;base64," + b64encode(out.getvalue()).decode()
