"""`opgang backup` and `opgang restore`: one file that holds a whole installation."""

import contextlib
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from estate import clock
from web.backups import BackupTrouble
from web.backups.writing import Backing
from web.commands import Trouble
from web.commands.ground import opened_database, read_settings
from web.commands.progress import progress

Passphrase = Annotated[
    Path | None, typer.Option(help="A file with the passphrase that seals the keys.")
]


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; only its owner may read it.")],
    passphrase_file: Passphrase = None,
) -> None:
    """Write database, photos and keys to one file, while the server runs.

    With a passphrase the keys are sealed. Keep the file as carefully as the database itself.

    Example: opgang backup /backup/opgang-monday.tar --passphrase-file /etc/opgang/passphrase
    """
    settings = read_settings()
    passphrase = read_passphrase(passphrase_file)
    with (
        telling(),
        opened_database(settings) as database,
        progress("Writing the backup") as show,
    ):
        missing = Backing(settings, database, clock.now()).write(file, passphrase, show)
    console = Console(soft_wrap=True, highlight=False)
    size = file.stat().st_size / 1_000_000
    console.print(f"{file} holds database, photos and keys, {size:.1f} MB.")
    if passphrase is None:
        console.print("The keys are in it unsealed; say --passphrase-file to seal them.")
    if missing:
        console.print(f"{missing} pictures were deleted meanwhile and are not in it.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that opgang backup wrote.")],
    passphrase_file: Passphrase = None,
    erasures: Annotated[
        Path | None, typer.Option(help="The lost installation's erasures.log, if it was saved.")
    ] = None,
) -> None:
    """Bring a backup back into an empty place, and forget again what was erased since.

    Until it is finished, opgang serve refuses to start. If it was interrupted, run it again.

    Example: OPGANG_DATA=/var/lib/opgang opgang restore /backup/opgang-monday.tar
    """
    settings = read_settings()
    passphrase = read_passphrase(passphrase_file)
    with telling(), progress("Restoring the backup") as show:
        # Loads Alembic and all subjects, which writing a backup does without.
        reading = importlib.import_module("web.backups.reading")
        restored = reading.Restoring(settings, file).restore(passphrase, erasures, show)
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"Restored as it was on {clock.local(restored.made_at):%Y-%m-%d %H:%M}.")
    console.print(f"{restored.erased} things that were erased since were erased again.")
    console.print(
        f"Every device is signed out ({restored.signed_out}), and codes and letters sent before "
        "open nothing: people sign in anew, those without an e-mail address by a new letter."
    )
    console.print(
        "Programs that read /api/changes are told: see opgang.restored in docs/import.md."
    )


@contextlib.contextmanager
def telling() -> Iterator[None]:
    """A backup's trouble is the command's."""
    try:
        yield
    except BackupTrouble as trouble:
        raise Trouble(str(trouble)) from trouble


def read_passphrase(path: Path | None) -> bytes | None:
    """The first line of a passphrase file."""
    if path is None:
        return None
    passphrase = path.read_bytes().split(b"\n", 1)[0].strip()
    if len(passphrase) < 12:
        raise Trouble(f"The passphrase in {path} is shorter than 12 letters.")
    return passphrase
