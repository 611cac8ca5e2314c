"""Bringing a database to the present schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).parent / "migrations"


def configuration(url: str) -> Config:
    """Alembic's settings for one database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Apply every migration up to `revision`."""
    command.upgrade(configuration(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Take migrations back down to `revision` (`base` for all)."""
    command.downgrade(configuration(url), revision)


def head() -> str:
    """The newest revision there is."""
    newest = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if newest is None:
        raise RuntimeError("There are no migrations.")
    return newest
