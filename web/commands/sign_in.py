"""`opgang sign-in-link`: a way in for somebody without a phone, or for the first administrator."""

from typing import Annotated

import typer
from rich.console import Console

from estate.access.rules import Beginning
from estate.codes.actions import issue_link
from web.commands.ground import opened_database, person_of, read_settings, refuse_public_demo


def sign_in_link(
    email: Annotated[str, typer.Argument(help="The person's own address, or the register's.")],
) -> None:
    """Print a one-time link for somebody; it is good for a day.

    The person sees that it was made. A session begun by it is trusted less until they confirm it
    by a channel of their own.

    Example: opgang sign-in-link amina@example.dk
    """
    settings = read_settings()
    with opened_database(settings) as database:
        refuse_public_demo(settings, database)
        with database.write() as session:
            token = issue_link(session, person_of(session, email).id, Beginning.COMMAND, None)
    Console(soft_wrap=True, highlight=False).print(f"{settings.base_url}/sign-in/{token}")
