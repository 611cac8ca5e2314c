"""Writing everything of one organisation to a folder, and reading such a folder back.

The folder: `about.json`; `estate.csv`, `parts.csv`, `roles.csv`, `offices.csv` as the import
commands read them; `data/TABLE.jsonl`, one row a line; `photos/` as WebP and `files/` as PDF
(docs/export.md). PDFs are read and written beside the photos (estate.files.store.beside).
"""

import csv
import json
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from estate import clock
from estate.database import WORKER, Database
from estate.files.store import DIGEST, PdfStore, Shelf, beside, digest_of
from estate.handover.queries import Belonging, belonging_tables, find_organisation, written
from estate.handover.rules import ABOUT, FORMAT, LEFT_OUT, as_json, from_json
from estate.jobs.queries import lease_held
from estate.language import N_
from estate.lists.queries import offices_sheet, parts_sheet, roles_sheet
from estate.photos.store import Picture, Store
from estate.refusals import Refused
from estate.revision import revision_of
from estate.sheets.rules import guarded
from estate.sync.actions import Progress, alone, unwatched
from estate.sync.queries import estate_sheet

ROWS_AT_ONCE = 500
SHEETS = {
    "estate": estate_sheet,
    "parts": parts_sheet,
    "roles": roles_sheet,
    "offices": offices_sheet,
}


class Exported(NamedTuple):
    """Rows by table; photos and files erased while it was written, by what they contain."""

    rows: dict[str, int]
    gone: list[str]


def export_organisation(
    database: Database,
    folder: Path,
    *,
    photos: Store,
    organisation: str = "",
    progress: Progress = unwatched,
) -> Exported:
    """Write everything of one organisation, at one moment, to an empty or new folder.

    `organisation` is the administration's number of it, needed where there are several. The
    folder is readable by its owner only, since it holds everybody's data.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Refused(N_("The folder is not empty. Choose a new one."))
    with database.read() as session:
        key, number, name = _chosen(session, organisation)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "data").mkdir()
        belonging = Belonging(session, key)
        names = list(belonging_tables(belonging))
        counts = {}
        for done, table in enumerate(names):
            progress(done, len(names) + 1)
            counts[table] = _write_lines(session, belonging, table, folder / "data")
        for sheet, rows in SHEETS.items():
            _write_sheet(folder / f"{sheet}.csv", rows(session, key))
        shelves = {"photo": photos, "file": beside(photos)}
        kept = {table: _digests(session, belonging, table) for table in shelves}
    gone = {
        table: _copy_files(kept[table], shelf, folder / f"{table}s")
        for table, shelf in shelves.items()
    }
    about = {
        "format": FORMAT,
        "revision": revision_of(database),
        "written_at": clock.now().isoformat(),
        "organisation": {"number": number, "name": name},
        "rows": counts,
        **{f"{table}s": len(kept[table]) - len(gone[table]) for table in shelves},
        **{f"{table}s_gone": gone[table] for table in shelves},
        "left_out": dict(LEFT_OUT),
    }
    (folder / ABOUT).write_text(json.dumps(about, ensure_ascii=False, indent=2), encoding="utf-8")
    progress(len(names) + 1, len(names) + 1)
    return Exported(counts, [digest for some in gone.values() for digest in some])


def _chosen(session: Session, number: str) -> tuple[int, str, str]:
    found = find_organisation(session, number)
    if len(found) == 1:
        return found[0]
    there = ", ".join(f"{other} ({name})" for _, other, name in find_organisation(session, ""))
    if found:
        raise Refused(N_("Say which organisation by its number: {there}."), there=there)
    if not there:
        raise Refused(N_("There is no organisation here yet."))
    raise Refused(
        N_("There is no organisation {number}. These are here: {there}."),
        number=number,
        there=there,
    )


def _write_lines(session: Session, belonging: Belonging, table: str, folder: Path) -> int:
    count = 0
    rows = session.execute(belonging.rows(table).execution_options(yield_per=ROWS_AT_ONCE))
    with (folder / f"{table}.jsonl").open("w", encoding="utf-8") as file:
        for row in rows.mappings():
            plain = {name: as_json(value) for name, value in row.items()}
            for key in belonging.tables[table].foreign_keys:
                if key.column.table.name in LEFT_OUT:
                    plain[key.parent.name] = None
            file.write(json.dumps(plain, ensure_ascii=False) + "\n")
            count += 1
    return count


def _write_sheet(file: Path, rows: Iterable[Iterable[str]]) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out, delimiter=";").writerows([guarded(cell) for cell in row] for row in rows)


def _digests(session: Session, belonging: Belonging, table: str) -> set[str]:
    wanted: sa.Select[str] = sa.select(sa.column("digest")).select_from(
        belonging.rows(table).subquery()
    )
    return set(session.scalars(wanted))


def _copy_files(digests: Iterable[str], shelf: Shelf, folder: Path) -> list[str]:
    """Copy each in every size; returns those that were erased since their rows were read."""
    folder.mkdir()
    gone = []
    for digest in sorted(digests):
        sources = shelf.paths(digest)
        try:
            contents = [source.read_bytes() for source in sources]
        except FileNotFoundError:
            gone.append(digest)
            continue
        for source, content in zip(sources, contents, strict=True):
            (folder / source.name).write_bytes(content)
    return gone


def import_organisation(
    database: Database, folder: Path, *, photos: Store, progress: Progress = unwatched
) -> dict[str, int]:
    """Read a folder that `export_organisation` wrote; returns the rows that were new, by table.

    All or nothing, in one transaction, since every row keeps its number: it goes into an empty
    database, or beside other organisations from the same installation. Refused where a row of
    the same number says something else.
    """
    about = _read_about(folder)
    if about.get("format") != FORMAT or about.get("revision") != revision_of(database):
        raise Refused(N_("The folder was written by another version of Opgang."))
    _refuse_beside_a_server(database)
    with alone(database):
        _keep_photos(folder, photos, set(about.get("photos_gone", ())))
        _keep_files(folder, beside(photos), set(about.get("files_gone", ())))
        with database.write() as session:
            return _read_all(session, folder / "data", progress)


def _refuse_beside_a_server(database: Database) -> None:
    """One long transaction is the only writer SQLite has: everybody else's would fail meanwhile."""
    if not database.sqlite:
        return
    with database.read() as session:
        if lease_held(session, WORKER, clock.now()):
            raise Refused(N_("Opgang is running. Stop it until the organisation is read."))


def _read_about(folder: Path) -> Mapping[str, Any]:
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Refused(N_("This folder does not hold an organisation.")) from None
    return about if isinstance(about, dict) else {}


def _read_all(session: Session, folder: Path, progress: Progress) -> dict[str, int]:
    tables = sa.MetaData()
    tables.reflect(session.connection())
    wanted = [
        table
        for table in tables.sorted_tables
        if table.name not in LEFT_OUT and (folder / f"{table.name}.jsonl").exists()
    ]
    counts = {}
    for done, table in enumerate(wanted):
        progress(done, len(wanted))
        counts[table.name] = sum(
            _insert(session, table, rows)
            for rows in _batches(folder / f"{table.name}.jsonl", table)
        )
        _count_on(session, table)
    progress(len(wanted), len(wanted))
    return counts


def _batches(file: Path, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    kinds = {column.name: column.type.python_type for column in written(table)}
    batch: list[dict[str, Any]] = []
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                batch.append({name: from_json(row[name], kind) for name, kind in kinds.items()})
            except (ValueError, KeyError, TypeError):
                raise Refused(
                    N_("Line {line} of {file} cannot be read."), line=str(number), file=file.name
                ) from None
            if len(batch) == ROWS_AT_ONCE:
                yield batch
                batch = []
    if batch:
        yield batch


def _insert(session: Session, table: sa.Table, rows: list[dict[str, Any]]) -> int:
    keys = list(table.primary_key)
    named = sa.tuple_(*keys) if len(keys) > 1 else keys[0]
    wanted = [tuple(row[key.name] for key in keys) for row in rows]
    values = wanted if len(keys) > 1 else [key[0] for key in wanted]
    found = session.execute(sa.select(*written(table)).where(named.in_(values))).mappings()
    there = {tuple(row[key.name] for key in keys): _plain(dict(row)) for row in found}
    fresh = [row for key, row in zip(wanted, rows, strict=True) if key not in there]
    for key, row in zip(wanted, rows, strict=True):
        if key in there and there[key] != _plain(row):
            raise Refused(
                N_("This database holds another {table} {number}; import into an empty one."),
                table=table.name,
                number=" ".join(map(str, key)),
            )
    if fresh:
        session.execute(sa.insert(table), fresh)
    return len(fresh)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: as_json(value) for name, value in row.items()}


def _count_on(session: Session, table: sa.Table) -> None:
    """PostgreSQL's own numbers go on after those that were brought along."""
    if session.get_bind().dialect.name != "postgresql" or "id" not in table.columns:
        return
    highest = sa.select(sa.func.max(table.c.id)).scalar_subquery()
    sequence = sa.func.pg_get_serial_sequence(table.name, "id")
    session.execute(sa.select(sa.func.setval(sequence, highest)).where(highest.is_not(None)))


def _keep_photos(folder: Path, photos: Store, gone: Container[str]) -> None:
    for row in _rows_of(folder / "data" / "photo.jsonl"):
        digest = str(row.get("digest"))
        if digest in gone:
            continue
        source = folder / "photos" / f"{digest}.webp"
        if not DIGEST.fullmatch(digest) or not source.exists():
            raise Refused(N_("A photo is missing or not the one it should be."))
        data = source.read_bytes()
        if digest_of(data) != digest:
            raise Refused(N_("A photo is missing or not the one it should be."))
        small = source.with_name(f"{digest}.small.webp").read_bytes()
        photos.keep(Picture(data, small, int(row["width"]), int(row["height"])))


def _keep_files(folder: Path, files: PdfStore, gone: Container[str]) -> None:
    wanted = {str(row.get("digest")) for row in _rows_of(folder / "data" / "file.jsonl")}
    for digest in sorted(wanted):
        if digest in gone:
            continue
        source = folder / "files" / f"{digest}.pdf"
        if not DIGEST.fullmatch(digest) or not source.exists():
            raise Refused(N_("A file is missing or not the one it should be."))
        data = source.read_bytes()
        if digest_of(data) != digest:
            raise Refused(N_("A file is missing or not the one it should be."))
        files.keep(data)


def _rows_of(file: Path) -> Iterator[dict[str, Any]]:
    if file.exists():
        with file.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)
