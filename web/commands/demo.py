"""`opgang demo`: the demo estate; also how `serve` fills an empty house."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

import typer

from estate import clock
from estate.access.rules import Beginning
from estate.codes.actions import issue_link
from estate.database import Database
from estate.installation.queries import is_empty
from estate.people.queries import persons_by_email
from estate.photos.store import Store
from estate.settings import Settings
from web.commands import Trouble
from web.commands.ground import opened_database, read_settings
from web.commands.progress import progress
from web.demo import DEMO_ROLES
from web.demo.making import Wish, make


def demo(
    seed: Annotated[int, typer.Option(help="The same seed and day give the same rows.")] = 1,
    today: Annotated[
        str,
        typer.Option(help="The day everything is dated from; today unless said.", metavar="DAY"),
    ] = "",
    posts: Annotated[int, typer.Option(hidden=True, min=0, max=1_000_000)] = 0,
) -> None:
    """Fill an empty database with the demo estate: made-up people in 412 homes.

    Example: opgang demo --seed 1 --today 2026-11-22
    """
    settings = read_settings()
    if settings.public:
        raise Trouble(f"{settings.base_url} is a public address; made-up people stay off it.")
    wish = Wish(read_day(today), seed, posts, settings.base_url)
    with opened_database(settings) as database:
        make_demo(settings, database, wish)


def read_day(text: str) -> date:
    """A day as typed (`2026-11-22`), or today."""
    try:
        return date.fromisoformat(text) if text else clock.today()
    except ValueError:
        raise Trouble(f"{text} is not a day; write it as 2026-11-22.") from None


def make_demo(settings: Settings, database: Database, wish: Wish | None = None) -> None:
    """Make the demo estate in one transaction, with a bar."""
    store = Store(settings.data / "photos")
    with progress("Making the demo estate") as show, database.write() as session:
        if not is_empty(session):
            raise Trouble("There is an estate in this database already; nothing was changed.")
        make(session, store, wish or Wish(clock.today(), base_url=settings.base_url), show)


def ways_in(settings: Settings, database: Database) -> Iterator[str]:
    """One way in for each demo role, good once and for a day, a line each."""
    yield "Sign in as one of the demo's people. Each link is good once, for a day:"
    with database.write() as session:
        for email, _ in DEMO_ROLES:
            for person in persons_by_email(session, email):
                token = issue_link(session, person.id, Beginning.DEMO, None)
                yield f"  {email:<28} {settings.base_url}/sign-in/{token}"
