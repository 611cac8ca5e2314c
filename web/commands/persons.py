"""`opgang export-person`: everything the tables hold about one person."""

import json
import sys
from typing import Annotated

import typer

from web.commands.ground import opened_database, person_of, read_settings
from web.personal import as_json, everything_about


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
    json.dump(found, sys.stdout, ensure_ascii=False, indent=2, default=as_json)
    sys.stdout.write("\n")
