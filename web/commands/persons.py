"""`opgang export-person`: everything the tables hold about one person."""

import json
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from web.commands.ground import opened_database, person_of, read_settings
from web.personal import everything_about


def export_person(
    email: Annotated[str, typer.Argument(help="The person's own address, or the register's.")],
) -> None:
    """Print everything about one person as JSON.

    Secrets and other people's identities are left out; what the person did to others' things is
    listed by number only.

    Example: opgang export-person amina@example.dk > amina.json
    """
    settings = read_settings()
    with opened_database(settings) as database, database.read() as session:
        found = everything_about(session, person_of(session, email).id)
    json.dump(found, sys.stdout, ensure_ascii=False, indent=2, default=written)
    sys.stdout.write("\n")


def written(value: object) -> str:
    """A value JSON has no word for: moments in UTC, the rest as Python writes it."""
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat()
    return str(value)
