"""What most commands stand on: settings that make sense and a database at the newest revision."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.orm import Session

from estate.database import Database
from estate.installation.queries import is_demo
from estate.people.models import Person
from estate.people.queries import persons_by_email
from estate.revision import RESTORING, revision_of, up_to_date
from estate.settings import Settings
from web.commands import Trouble


def read_settings() -> Settings:
    """The settings, or the first thing that is wrong with them."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "OPGANG_" + "_".join(str(part) for part in first["loc"]).upper()
        said = first["msg"].removeprefix("Value error, ")
        raise Trouble(said if said.startswith("OPGANG_") else f"{name}: {said}") from None


@contextmanager
def any_database(settings: Settings) -> Iterator[Database]:
    """The database, whatever its revision; trouble with it is one sentence."""
    if (settings.data / RESTORING).exists():
        raise Trouble(
            f"A restore into {settings.data} was begun and not finished; run opgang restore again."
        )
    if settings.sqlite:
        settings.make_folder()
    database = Database(settings.database_url)
    try:
        yield database
    except sa.exc.OperationalError as error:
        raise Trouble(f"The database does not answer: {first_line(error)}") from error
    finally:
        database.close()


def first_line(error: sa.exc.DBAPIError) -> str:
    """What the driver said, without the statement and its values."""
    return str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "no answer"


@contextmanager
def opened_database(settings: Settings) -> Iterator[Database]:
    """The database at the newest revision; an empty one is brought there first."""
    with any_database(settings) as database:
        if not up_to_date(database, settings.data):
            bring_up(settings, database)
        yield database


def bring_up(settings: Settings, database: Database) -> None:
    """Migrate an empty database; say what to do about one that is behind."""
    migrating = importlib.import_module("web.commands.migrate")
    if revision_of(database) is None:
        migrating.upgrade(settings)
    elif not migrating.at_head(settings, database):
        raise Trouble("The database is not at the newest revision; run opgang migrate.")


def refuse_public_demo(settings: Settings, database: Database) -> None:
    """Made-up people are never served under a public address."""
    with database.read() as session:
        demo = is_demo(session)
    if demo and settings.public:
        raise Trouble(
            f"This database is the demo estate, and {settings.base_url} is a public address; "
            "set OPGANG_DATA or OPGANG_DATABASE_URL to an empty place."
        )


def person_of(session: Session, email: str) -> Person:
    """The one person behind an address."""
    found = persons_by_email(session, email)
    if not found:
        raise Trouble(f"Nobody here has the address {email}.")
    if len(found) > 1:
        raise Trouble(f"{len(found)} people share the address {email}; nobody is chosen.")
    return found[0]
