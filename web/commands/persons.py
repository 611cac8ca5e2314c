"""`opgang export-person`: everything the tables hold about one person."""

import json
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from estate import clock
from estate.language import DEFAULT
from estate.photos.store import Store
from estate.settings import Settings
from web.catalogues import speeches
from web.commands.ground import opened_database, person_of, read_settings
from web.pages import PAGES
from web.personal import as_json, everything_about
from web.personal_file import readable
from web.templating import Addresses, Templates


def export_person(
    email: Annotated[str, typer.Argument(help="The person's own address, or the register's.")],
    html: Annotated[
        bool, typer.Option("--html", help="As a page to read, in the person's language.")
    ] = False,
) -> None:
    """Print everything about one person as JSON, or as one page to read, photos and all.

    Secrets and other people's identities are left out; what the person did to others' things is
    listed by number only.

    Example: opgang export-person amina@example.dk --html > amina.html
    """
    settings = read_settings()
    with opened_database(settings) as database, database.read() as session:
        person = person_of(session, email)
        found = everything_about(session, person.id)
        language = person.language
    if html:
        _print_page(settings, found, language)
    else:
        json.dump(found, sys.stdout, ensure_ascii=False, indent=2, default=as_json)
        sys.stdout.write("\n")


def _print_page(settings: Settings, found: Mapping[str, Any], language: str | None) -> None:
    said = speeches()
    templates = Templates(Addresses(PAGES), said)
    spoken = language if language is not None and language in said else DEFAULT
    photos = Store(settings.data / "photos")
    sys.stdout.writelines(readable(found, templates, spoken, photos, clock.now()))
