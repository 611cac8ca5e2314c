"""`python -m tests.screenshots [FOLDER]`: the pictures of README.md, from the demo estate."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Browser, Page, sync_playwright

from estate import schema
from estate.access.rules import Beginning
from estate.database import Database
from estate.people.queries import persons_by_email
from estate.settings import Settings
from tests.browser.watching import DESKTOP, PHONE, WHOLE
from tests.serving import Serving, serving
from web.commands.demo import make_demo
from web.demo import DEMO_ROLES

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"


@dataclass(frozen=True)
class Shot:
    """One picture: its file, whose page, and what is clicked on the way there."""

    file: str
    who: str | None
    path: str
    click: str = ""
    wide: bool = False
    dark: bool = False


SHOTS = (
    Shot("today", "resident@demo.example", "/"),
    Shot("board", "resident@demo.example", "/board"),
    Shot("post", "resident@demo.example", "/board", click=".post:has(.thumb):has(.count) a.cover"),
    Shot("new-post", "resident@demo.example", "/board/new?kind=event"),
    Shot("sign-in", None, "/sign-in"),
    Shot("board-wide", "chair@demo.example", "/board", wide=True),
    Shot("board-dark", "resident@demo.example", "/board", dark=True),
    Shot("contact", "resident@demo.example", "/contact"),
    Shot("letter", "resident@demo.example", "/letters", click=".rows a.line"),
    Shot("round", "caretaker@demo.example", "/desk/letters/round"),
    Shot("letter-wide", "office@demo.example", "/desk/letters", click=".rows a.line", wide=True),
)


@contextlib.contextmanager
def demo_house(folder: Path) -> Iterator[Serving]:
    """The demo estate, served."""
    settings = Settings(data=folder, secret="screenshots")
    schema.upgrade(settings.database_url)
    database = Database(settings.database_url)
    make_demo(settings, database)
    with database.read() as session:
        people = {
            email: person.id
            for email, _ in DEMO_ROLES
            for person in persons_by_email(session, email)
        }
    with database.engine.connect() as connection:
        connection.execute(sa.text("ANALYZE"))
        connection.commit()
    database.close()
    with serving(folder, settings.database_url, people, demo=True, worker="apart") as running:
        yield running


def take(browser: Browser, house: Serving, shot: Shot, folder: Path) -> None:
    """Take one picture, as sharp as a phone shows it."""
    context = browser.new_context(
        base_url=house.url,
        viewport=DESKTOP if shot.wide else PHONE,
        device_scale_factor=1 if shot.wide else 2,
        color_scheme="dark" if shot.dark else "light",
        reduced_motion="reduce",
        locale="da-DK",
        timezone_id="Europe/Copenhagen",
    )
    if shot.who:
        context.add_cookies([house.cookie(shot.who, Beginning.PASSKEY)])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(shot.path)
    if shot.click:
        page.locator(shot.click).first.click()
    calm_down(page)
    page.screenshot(path=folder / f"{shot.file}.png")
    context.close()


def calm_down(page: Page) -> None:
    """Wait until everything is there: files, pictures, letters."""
    page.wait_for_load_state("networkidle")
    # Pictures further down are not fetched before somebody scrolls there.
    seen = "[...document.images].filter(i => i.getBoundingClientRect().top < innerHeight)"
    page.evaluate(f"Promise.all([document.fonts.ready, ...{seen}.map(i => i.decode())])")


def main(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**WHOLE)
        with demo_house(Path(name)) as house:
            for shot in SHOTS:
                take(browser, house, shot, folder)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
