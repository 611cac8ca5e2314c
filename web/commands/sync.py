"""`opgang import-…` and `export-…`: the administration's files, and organisations, in and out."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from estate.handover import actions as handover
from estate.language import Message
from estate.lists import actions as lists
from estate.lists.actions import ListReport
from estate.photos.store import Store
from estate.sync import actions as sync
from estate.sync.rules import Report
from web.catalogues import Speech
from web.commands.ground import opened_database, read_settings, refuse_public_demo
from web.commands.progress import progress
from web.kinds import NAME_COPIES

MOST_LINES = 100
"""Lines of each kind a report shows, refused ones apart, of which each is to be put right."""

Csv = Annotated[Path, typer.Argument(help="The file, with `;` or `,`, in UTF-8 or cp1252.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what it would do; change nothing.")]
Folder = Annotated[Path, typer.Argument(help="The folder.")]
Number = Annotated[
    str, typer.Option("--organisation", help="The organisation's number, where there are several.")
]
Whose = Annotated[
    str, typer.Option("--administration", help="Whose file it is, where there are several.")
]


def import_estate(
    file: Csv,
    dry_run: DryRun = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Also when more than a fifth of the tenancies or residents go."),
    ] = False,
    administration: Whose = "",
) -> None:
    """Read the administration's homes and households; may be run daily.

    Rows that cannot be used are listed with the reason; they never stop the others.

    Example: opgang import-estate beboere.csv --dry-run
    """
    settings = read_settings()
    with opened_database(settings) as database, progress("Importing the estate") as show:
        refuse_public_demo(settings, database)
        report = sync.import_estate(
            database,
            file,
            key=settings.key(),
            name_copies=NAME_COPIES,
            dry_run=dry_run,
            yes=yes,
            administration=administration,
            progress=show,
        )
    print_estate(report)


def import_parts(file: Csv, dry_run: DryRun = False, administration: Whose = "") -> None:
    """Read common rooms and building parts.

    Example: opgang import-parts bygningsdele.csv
    """
    _import_list(lists.import_parts, file, dry_run=dry_run, administration=administration)


def import_roles(file: Csv, dry_run: DryRun = False, administration: Whose = "") -> None:
    """Read who holds which role where: board, caretakers, office and the rest.

    Example: opgang import-roles roller.csv
    """
    _import_list(lists.import_roles, file, dry_run=dry_run, administration=administration)


def import_offices(file: Csv, dry_run: DryRun = False, administration: Whose = "") -> None:
    """Read offices with their opening hours and closed days.

    Example: opgang import-offices kontorer.csv
    """
    _import_list(lists.import_offices, file, dry_run=dry_run, administration=administration)


def export_organisation(folder: Folder, organisation: Number = "") -> None:
    """Write everything of one organisation to a new folder, in open formats.

    docs/export.md says what is in it; `opgang import-organisation` reads it again.

    Example: opgang export-organisation ud --organisation 10
    """
    settings = read_settings()
    with opened_database(settings) as database, progress("Exporting") as show:
        counts, gone = handover.export_organisation(
            database,
            folder,
            photos=Store(settings.data / "photos"),
            organisation=organisation,
            progress=show,
        )
    _console().print(f"{sum(counts.values())} rows of {len(counts)} tables are in {folder}.")
    if gone:
        _console().print(f"{len(gone)} files were erased meanwhile: {', '.join(gone)}.")


def import_organisation(folder: Folder) -> None:
    """Read a folder that export-organisation wrote, all of it or nothing.

    Into an empty database, or beside other organisations from the same installation. On SQLite
    no server may run meanwhile.

    Example: opgang import-organisation ud
    """
    settings = read_settings()
    with opened_database(settings) as database, progress("Importing") as show:
        refuse_public_demo(settings, database)
        counts = handover.import_organisation(
            database, folder, photos=Store(settings.data / "photos"), progress=show
        )
    _console().print(f"{sum(counts.values())} rows are new.")


def _import_list(
    read: Callable[..., ListReport], file: Path, *, dry_run: bool, administration: str
) -> None:
    settings = read_settings()
    with opened_database(settings) as database, progress(f"Importing {file.name}") as show:
        refuse_public_demo(settings, database)
        report = read(database, file, dry_run=dry_run, administration=administration, progress=show)
    console = _console()
    counts = {
        "added": len(report.added),
        "changed": len(report.changed),
        "unchanged": len(report.unchanged),
        "refused": len(report.refused),
    }
    _print_counts(console, counts, dry_run=report.dry_run)
    _print_lines(console, "refused", [(row.line, row.reason) for row in report.refused])


def print_estate(report: Report) -> None:
    """What an import did, in numbers and then line by line."""
    console = _console()
    told = {"added": report.added, "changed": report.changed, "closed": report.closed}
    counts = {
        "rows": report.rows,
        **{name: len(noted) for name, noted in told.items()},
        "unchanged": report.unchanged,
        "refused": len(report.refused),
        "left by themselves": len(report.left),
    }
    _print_counts(console, counts, dry_run=report.dry_run)
    for name, noted in (*told.items(), ("left", report.left)):
        _print_lines(console, name, [(one.line, one.what) for one in noted])
    _print_lines(console, "refused", [(row.line, row.reason) for row in report.refused])
    for warning in report.warnings:
        console.print(Speech("en").say(warning))


def _console() -> Console:
    return Console(soft_wrap=True, highlight=False, markup=False)


def _print_counts(console: Console, counts: dict[str, int], *, dry_run: bool) -> None:
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    console.print(f"Trial run, nothing was changed: {said}." if dry_run else f"{said}.")


def _print_lines(console: Console, name: str, lines: Sequence[tuple[int | None, Message]]) -> None:
    speech = Speech("en")
    shown = lines if name == "refused" else lines[:MOST_LINES]
    for line, what in shown:
        where = f"line {line}" if line else "missing"
        console.print(f"  {name:<8} {where:<10} {speech.say(what)}")
    if len(lines) > len(shown):
        console.print(f"  {name:<8} and {len(lines) - len(shown)} lines more")
