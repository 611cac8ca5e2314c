"""`opgang vapid`: the installation's own keys for push messages."""

from rich.console import Console

from web.commands.ground import read_settings
from web.vapid import make_keys, public_key


def vapid() -> None:
    """Make the keys for push messages, and print the public one.

    Keys that are there are kept: with new ones, every phone would have to agree again.

    Example: opgang vapid
    """
    settings = read_settings()
    settings.make_folder()
    path = make_keys(settings.data)
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"The private key is in {path}; the public one:")
    console.print(public_key(settings.data))
