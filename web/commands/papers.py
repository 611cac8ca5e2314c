"""`opgang import-papers`: a folder of old PDFs, each what its name says."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from estate.files.store import FILES, PdfStore
from voting.imports.actions import Came, bring_folder, pdfs_in
from voting.imports.queries import home_of_numbers
from voting.imports.rules import Outcome
from web.catalogues import Speech
from web.commands import Trouble
from web.commands.ground import opened_database, read_settings, refuse_public_demo
from web.commands.progress import progress

Folder = Annotated[Path, typer.Argument(help="The folder of PDFs.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what it would do; change nothing.")]


def import_papers(
    folder: Folder,
    section: Annotated[
        str, typer.Option("--section", help="The section's number; none: the organisation's own.")
    ] = "",
    organisation: Annotated[
        str, typer.Option("--organisation", help="Its number, where there are several.")
    ] = "",
    dry_run: DryRun = False,
) -> None:
    """Bring in old papers; what is there already is passed over, so it may be run again.

    A file's name says what it is: `2024-05-14 referat afdelingsmøde.pdf`, `Budget 2026.pdf`,
    `Husorden 2023-01-01.pdf`. Nobody is told of old papers. The worker reads their texts, so that
    they can be searched.

    Example: opgang import-papers referater --section 12 --organisation 21 --dry-run
    """
    if not folder.is_dir():
        raise Trouble(f"{folder} is not a folder.")
    settings = read_settings()
    store = PdfStore(settings.data / FILES)
    came: list[Came] = []
    with opened_database(settings) as database, progress("Bringing in papers") as show:
        refuse_public_demo(settings, database)
        with database.read() as session:
            home = home_of_numbers(session, organisation, section)
        paths = pdfs_in(folder)
        for one in bring_folder(database, store, home, paths, dry_run=dry_run):
            came.append(one)
            show(len(came), len(paths))
    _report(came, dry_run=dry_run)


def _report(came: list[Came], *, dry_run: bool) -> None:
    console = Console(soft_wrap=True, highlight=False, markup=False)
    counts = Counter(one.outcome for one in came)
    said = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if outcome != "waiting")
    console.print(f"Trial run, nothing was changed: {said}." if dry_run else f"{said}.")
    speech = Speech("en")
    for one in came:
        why = f"  {speech.say(one.why)}" if one.why else ""
        console.print(f"  {one.outcome:<8} {one.name}{why}")
