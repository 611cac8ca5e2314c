"""Making the whole demo estate: pictures, places, people, the noticeboard."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from random import Random

from sqlalchemy.orm import Session

from estate.files.store import beside
from estate.installation.actions import call_it_a_demo
from estate.photos.store import Picture, Store
from web.demo.board import Noticeboard
from web.demo.cases import promise, report
from web.demo.deeds import write_down
from web.demo.estate import build
from web.demo.fittings import fit
from web.demo.letters import Letters
from web.demo.notices import Announcements
from web.demo.paper import print_out
from web.demo.papers import Archive
from web.demo.people import MovingIn, at
from web.demo.pictures import DRAWINGS, VARIANTS, draw_all
from web.demo.plans import plan
from web.demo.reaching import reach
from web.demo.rows import Rows
from web.demo.tasks import guide, set_to_work

Progress = Callable[[int, int], None]
"""Told how much is done, and of how much."""

PICTURES = len(DRAWINGS) * VARIANTS


@dataclass(frozen=True)
class Wish:
    """What to make. The same wish gives the same rows; `posts` hang beside the two years' own.

    Letters on paper lead to pages below `base_url`.
    """

    today: date
    seed: int = 1
    posts: int = 0
    base_url: str = "http://localhost:8000"


def make(session: Session, store: Store, wish: Wish, progress: Progress) -> None:
    """Fill an empty database; everything is dated before the first minute of `wish.today`."""
    pictures: dict[str, list[Picture]] = defaultdict(list)
    for done, (name, picture) in enumerate(draw_all(wish.seed), 1):
        store.keep(picture)
        pictures[name].append(picture)
        progress(done, PICTURES * 2)
    rows = imagine(wish, pictures)
    files = beside(store)
    for pdf in rows.pdfs:
        files.keep(pdf)
    went_in = 0
    for count in rows.put(session):
        went_in += count
        progress(PICTURES + PICTURES * went_in // len(rows), PICTURES * 2)
    print_out(session, files, rows.sheaves, wish.base_url)
    call_it_a_demo(session, wish.seed, wish.today, at(wish.today, time()))


def imagine(wish: Wish, pictures: dict[str, list[Picture]]) -> Rows:
    """Every row of the demo estate; each subject has dice of its own."""
    rows = Rows()
    ground = build(rows, wish.today, Random(f"{wish.seed}-places"))
    town = MovingIn(rows, ground, wish.today, Random(f"{wish.seed}-people")).everybody()
    board = Noticeboard(rows, ground, town, pictures, wish.today, Random(f"{wish.seed}-board"))
    board.write(wish.posts)
    Archive(rows, ground, wish.today, Random(f"{wish.seed}-papers")).fill()
    Announcements(rows, ground, town, wish.today, Random(f"{wish.seed}-notices")).write()
    reach(rows, ground, town, wish.today, Random(f"{wish.seed}-reaching"))
    Letters(rows, ground, town, wish.today, Random(f"{wish.seed}-letters")).write()
    fit(rows, ground, town, wish.today, Random(f"{wish.seed}-fittings"))
    report(rows, ground, town, wish.today, Random(f"{wish.seed}-cases"))
    promise(rows, town, wish.today)
    plan(rows, town, wish.today)
    set_to_work(rows, town, wish.today)
    guide(rows, town, wish.today)
    write_down(rows, ground, town, wish.today, Random(f"{wish.seed}-deeds"))
    return rows
