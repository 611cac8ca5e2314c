"""`opgang make-key` and the like: the doors of the administration's own system."""

from typing import Annotated

import typer
from rich.console import Console

from estate.changes import actions as changes
from estate.changes.queries import webhook_states
from estate.retention.log import ErasureLog
from estate.sync.actions import one_administration
from web.commands import Trouble
from web.commands.ground import opened_database, read_settings

Name = Annotated[str, typer.Argument(help="What the key is called, for revoking it.")]
Address = Annotated[str, typer.Argument(help="Where changes are told to; begins with https://")]
Whose = Annotated[
    str, typer.Option("--administration", help="Whose it is, where there are several.")
]


def make_key(name: Name, administration: Whose = "") -> None:
    """Make a key for the API and print it, this once.

    Example: opgang make-key rent-system
    """
    settings = read_settings()
    with opened_database(settings) as database, database.write() as session:
        key = changes.make_key(session, one_administration(session, administration), name)
    Console(soft_wrap=True, highlight=False).print(key)


def revoke_key(name: Name, administration: Whose = "") -> None:
    """Close every key of a name, at once.

    Example: opgang revoke-key rent-system
    """
    settings = read_settings()
    with opened_database(settings) as database, database.write() as session:
        owner = one_administration(session, administration)
        closed = changes.revoke_key(session, owner, name, ErasureLog(settings.erasure_log))
    if not closed:
        raise Trouble(f"There is no open key called {name}.")
    Console(soft_wrap=True, highlight=False).print(f"{closed} closed.")


def make_webhook(address: Address, administration: Whose = "") -> None:
    """Tell an address of every change from now on; prints the secret that signs them, this once.

    Example: opgang make-webhook https://erp.example/opgang
    """
    settings = read_settings()
    with opened_database(settings) as database, database.write() as session:
        owner = one_administration(session, administration)
        secret = changes.add_webhook(session, owner, address)
    Console(soft_wrap=True, highlight=False).print(secret)


def start_webhook(
    number: Annotated[int, typer.Argument(help="As opgang doctor tells it.")],
) -> None:
    """Try a webhook again now, from where it stopped.

    Example: opgang start-webhook 1
    """
    settings = read_settings()
    with opened_database(settings) as database, database.write() as session:
        changes.start_webhook_again(session, number)


def remove_webhook(
    number: Annotated[
        int | None, typer.Argument(help="Its number; without one, all are listed.")
    ] = None,
) -> None:
    """Tell an address no more. For a new secret, remove the webhook and make it again.

    What was told between the two stays readable under /api/changes.

    Example: opgang remove-webhook 1
    """
    settings = read_settings()
    with opened_database(settings) as database, database.write() as session:
        if number is not None:
            changes.remove_webhook(session, number, ErasureLog(settings.erasure_log))
        left = webhook_states(session)
    console = Console(soft_wrap=True, highlight=False)
    for webhook in left:
        console.print(f"{webhook.id}  {webhook.address}")
    if not left:
        console.print("There is no webhook.")
