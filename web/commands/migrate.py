"""`opgang migrate`: the only command that loads Alembic."""

from rich.console import Console

from estate import schema
from estate.database import Database
from estate.revision import leave_stamp, revision_of
from estate.settings import Settings
from web.commands.ground import any_database, read_settings


def migrate() -> None:
    """Bring the database to the newest revision.

    Example: opgang migrate
    """
    settings = read_settings()
    console = Console()
    with any_database(settings) as database:
        before = revision_of(database)
        upgrade(settings)
        after = revision_of(database)
    console.print(
        f"The database stands at revision {after}."
        + ("" if before == after else f" It stood at {before or 'nothing'}."),
        highlight=False,
    )


def upgrade(settings: Settings) -> None:
    """Apply the missing migrations, and leave the stamp that spares the next start from asking."""
    schema.upgrade(settings.database_url)
    leave_stamp(settings.data, schema.head())


def at_head(settings: Settings, database: Database) -> bool:
    """Whether a database stands at the newest revision; leaves the stamp when it does."""
    head = schema.head()
    if revision_of(database) != head:
        return False
    leave_stamp(settings.data, head)
    return True
