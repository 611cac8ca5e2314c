"""Bringing the database to what the administration's file says, home by home.

Transactions: places first, then homes in batches of at most 500 rows, each batch its own
transaction and each home whole within one. Nothing is remembered between runs: a run that was
killed is finished by running it again, because only what differs is written.
"""

import contextlib
import fcntl
import gc
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.audit.actions import record
from estate.database import Base, Database
from estate.language import N_, say
from estate.leaving.queries import remembered_since
from estate.people.actions import HideNames, hide_names
from estate.people.models import Household, Member, Origin, Person
from estate.people.rules import number_hash
from estate.places.models import (
    Administration,
    Building,
    Home,
    Office,
    Organisation,
    Section,
    Stairwell,
)
from estate.refusals import Refused
from estate.register.rules import HomeKey, StairwellKey, read_estate
from estate.sheets.queries import columns_of, names_of
from estate.sheets.rules import Unreadable, read_sheet
from estate.sync.queries import administrations, stored_estate
from estate.sync.rules import KINDS, Plan, Report, Step, Stored, make_plan, too_many
from estate.texts.rules import e164
from estate.values.queries import default

ROWS_AT_ONCE = 500
TURN = 0x6F70_6762  # a namespace of our own among PostgreSQL's advisory locks

Progress = Callable[[int, int], object]


def unwatched(done: int, total: int) -> None:
    """Progress that nobody looks at."""


def import_estate(
    database: Database,
    file: Path,
    *,
    key: bytes,
    name_copies: Sequence[HideNames],
    dry_run: bool = False,
    yes: bool = False,
    administration: str = "",
    progress: Progress = unwatched,
) -> Report:
    """Read the administration's CSV and make the database say the same; may be run daily.

    `progress` hears homes done and homes in all. Without `yes` it raises Refused for a file that
    would close more than a fifth of an organisation's tenancies, or move out more than a fifth of
    its residents; also for a file without the columns that are needed. With `dry_run` nothing is
    written and closings are only reported. With the installation's `key` a number somebody let go
    of is known again, and not used.
    `name_copies` are called for whoever the file protects, in the transaction that protects them.
    """
    today = clock.today()
    data = file.read_bytes()
    with alone(database), uncollected():
        plan, stored, home = _planned(database, data, administration, today)
        _ask_first(plan, today, yes=yes, dry_run=dry_run)
        # A file of which nothing can be used founds no administration.
        if not dry_run and (plan.steps or isinstance(home, int)):
            writer = _Writer(database, key, plan, stored, today, name_copies)
            writer.places(home)
            writer.homes(progress)
            writer.deeds()
    plan.report.dry_run = dry_run
    return plan.report


def _planned(
    database: Database, data: bytes, administration: str, today: date
) -> tuple[Plan, Stored, int | str]:
    try:
        sheet = read_sheet(data, columns_of("estate"))
    except Unreadable as unreadable:
        raise Refused(unreadable.message.text, **unreadable.message.values) from None
    wanted = read_estate(sheet, names_of("estate"), today)
    with database.read() as session:
        home = _administration(session, administration, next(iter(wanted.organisations), ""))
        number = home if isinstance(home, int) else None
        stored = stored_estate(session, number, wanted.organisations)
    return (
        make_plan(wanted, stored, today, remembered_since(today), names_of("estate")),
        stored,
        home,
    )


def _administration(session: Session, name: str, fallback: str) -> int | str:
    """The administration's id, or the name of the first one, which is to be made."""
    known = administrations(session)
    if not known:
        return name or fallback
    if name:
        return _known(known, name)
    if len(known) > 1:
        raise Refused(N_("There are several administrations. Say whose file this is."))
    return known[0][0]


def _known(administrations: Sequence[tuple[int, str]], name: str) -> int:
    for key, one in administrations:
        if one == name:
            return key
    raise Refused(
        N_("There is no administration {name}. These are here: {there}."),
        name=name,
        there=", ".join(one for _, one in administrations),
    )


def one_administration(session: Session, name: str) -> int:
    """The administration of this name, or the only one; raises Refused when there is none."""
    found = _administration(session, name, "")
    if not isinstance(found, int):
        raise Refused(N_("There is no such administration. Import the estate first."))
    return found


def _ask_first(plan: Plan, today: date, *, yes: bool, dry_run: bool) -> None:
    if yes:
        return
    for losing in too_many(plan.losing, default("import_closing_share", today).number):
        values = {
            "count": losing.closing,
            "total": losing.total,
            "organisation": losing.organisation,
        }
        if not dry_run:
            raise Refused(losing.asks, **values)
        plan.report.warnings.append(say(losing.asks, **values))


@contextlib.contextmanager
def alone(database: Database) -> Iterator[None]:
    """Let nobody else import at the same time; the lock dies with the process that holds it."""
    busy = Refused(N_("Another import is running. Wait until it has finished."))
    if not database.sqlite:
        with database.engine.connect() as connection:
            if not connection.scalar(select(func.pg_try_advisory_lock(TURN))):
                raise busy
            try:
                yield
            finally:
                connection.execute(select(func.pg_advisory_unlock(TURN)))
        return
    path = Path(f"{database.engine.url.database}.importing")
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise busy from None
        if not _is_still(path, lock.fileno()):
            raise busy  # whoever was before took the file away between our opening and locking it
        try:
            yield
        finally:
            path.unlink()


def _is_still(path: Path, number: int) -> bool:
    return path.exists() and os.path.samestat(path.stat(), os.fstat(number))


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Without the cyclic collector, which would walk a large file's rows again and again."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class _Writer:
    """Writes a plan; knows the ids of what it made on the way."""

    def __init__(
        self,
        database: Database,
        key: bytes,
        plan: Plan,
        stored: Stored,
        today: date,
        name_copies: Sequence[HideNames],
    ) -> None:
        self.name_copies = name_copies
        self.database = database
        self.key = key
        self.plan = plan
        self.stored = stored
        self.today = today
        self.now: datetime = clock.now()
        self.persons = {number: person.id for number, person in stored.persons.items()}
        self.doors = {key: door for key, (door, _) in stored.stairwells.items()}

    def places(self, administration: int | str) -> None:
        """Organisations, offices, sections, buildings, stairwells: new ones and new names."""
        wanted, stored = self.plan.wanted, self.stored
        with self.database.write() as session:
            if isinstance(administration, str):
                administration = _add(session, Administration, name=administration)
            self.administration = administration
            self._organisations(session)
            names = {facts.office for facts, _ in wanted.sections.values() if facts.office}
            for name in sorted(names - stored.offices.keys()):
                stored.offices[name] = _add(
                    session, Office, administration_id=administration, name=name
                )
            self._sections(session)
        buildings = {(key.of_section, key.building) for key in wanted.stairwells}
        for part in _parts(sorted(buildings - stored.buildings.keys())):
            self._buildings(part)
        for doors in _parts(list(wanted.stairwells)):
            self._stairwells(doors)

    def _organisations(self, session: Session) -> None:
        for number, (name, _) in self.plan.wanted.organisations.items():
            found = self.stored.organisations.get(number)
            if found is None:
                values = {"administration_id": self.administration, "number": number}
                key = _add(session, Organisation, **values, name=name)
                self.stored.organisations[number] = (key, name)
            elif found[1] != name:
                _change(session, Organisation, [{"id": found[0], "name": name}])

    def _sections(self, session: Session) -> None:
        for key, (facts, _) in self.plan.wanted.sections.items():
            found = self.stored.sections.get(key)
            values = {"name": facts.name, "office_id": self.stored.offices.get(facts.office)}
            if found is None:
                organisation = self.stored.organisations[key.organisation][0]
                number = _add(
                    session,
                    Section,
                    organisation_id=organisation,
                    number=key.section,
                    **values,
                )
                self.stored.sections[key] = (number, facts)
            elif found[1] != facts:
                _change(session, Section, [{"id": found[0], **values}])

    def _buildings(self, keys: Sequence[tuple[Any, str]]) -> None:
        with self.database.write() as session:
            for key in keys:
                section = self.stored.sections[key[0]][0]
                self.stored.buildings[key] = _add(
                    session, Building, section_id=section, number=key[1]
                )

    def _stairwells(self, keys: Sequence[StairwellKey]) -> None:
        fresh, changed = [], []
        for key in keys:
            facts = self.plan.wanted.stairwells[key][0]
            found = self.stored.stairwells.get(key)
            if found is None:
                building = self.stored.buildings[key.of_section, key.building]
                values = {"street": key.street, "house_number": key.house_number}
                fresh.append((key, {"building_id": building, **values, **facts._asdict()}))
            elif found[1] != facts:
                changed.append({"id": found[0], **facts._asdict()})
        if not fresh and not changed:
            return
        with self.database.write() as session:
            by = ("building_id", "street", "house_number")
            ids = _add_all(session, Stairwell, [values for _, values in fresh], *by)
            self.doors |= {key: ids[tuple(values[name] for name in by)] for key, values in fresh}
            _change(session, Stairwell, changed)

    def homes(self, progress: Progress) -> None:
        """Every step, at most 500 rows a transaction unless one home alone has more."""
        steps, done = self.plan.steps, 0
        progress(0, len(steps))
        for batch in _batches(steps):
            with self.database.write() as session:
                self._write(session, batch)
            done += len(batch)
            progress(done, len(steps))

    def _write(self, session: Session, steps: Sequence[Step]) -> None:
        self._write_persons(session, steps)
        homes = self._write_homes(session, steps)
        households = self._write_households(session, steps, homes)
        fresh = [
            {
                "household_id": households[step.key, member.household],
                "person_id": self.persons[member.person],
                "origin": Origin.IMPORT,
                "confirmed_at": self.now,
                **member.facts._asdict(),
            }
            for step in steps
            for member in step.members_new
        ]
        if fresh:
            session.connection().execute(insert(cast(Table, Member.__table__)), fresh)
        changed = [values for step in steps for values in step.members_changed]
        for values in changed:
            if "origin" in values:
                values["origin"] = Origin.IMPORT
            if "confirmed_at" in values:
                values["confirmed_at"] = self.now
        _change(session, Member, changed)

    def _write_persons(self, session: Session, steps: Iterable[Step]) -> None:
        fresh = [person for step in steps for person in step.persons_new]
        rows = [
            {
                "key": secrets.token_urlsafe(12),
                "administration_id": self.administration,
                "number": number,
                "created_at": self.now,
                "contact_number": e164(facts.contact_phone or ""),
                **facts._asdict(),
            }
            for number, facts in fresh
        ]
        ids = _add_all(session, Person, rows, "number")
        self.persons |= {number: key for (number,), key in ids.items()}
        changed = [values for step in steps for values in step.persons_changed]
        self._find_by_number(session, [values for values in changed if "contact_phone" in values])
        for values in changed:
            if "contact_email" in values:
                values["contact_email_let_go"] = False
            if "number" in values:
                values["administration_id"] = self.administration
                self.persons[values["number"]] = values["id"]
        _change(session, Person, changed)
        protected = [values["id"] for values in changed if values.get("protected")]
        if protected:
            hide_names(session, protected, self.name_copies)

    def _find_by_number(self, session: Session, changed: Sequence[dict[str, Any]]) -> None:
        """Let each be found by the phone the administration has now, unless they let go of it."""
        persons = [values["id"] for values in changed]
        asked = select(Person.id, Person.removed_number_hash).where(Person.id.in_(persons))
        gone = {person: removed for person, removed in session.execute(asked) if removed}
        for values in changed:
            person, number = values["id"], e164(values["contact_phone"] or "")
            left_alone = number and number_hash(self.key, person, number) == gone.get(person)
            values["contact_number"] = None if left_alone else number

    def _write_homes(self, session: Session, steps: Sequence[Step]) -> dict[HomeKey, int]:
        homes = {step.key: step.home for step in steps if step.home is not None}
        fresh, changed = [], []
        for step in steps:
            if step.home is None:
                values = {"stairwell_id": self.doors[step.key.stairwell], **step.home_values}
                fresh.append((step.key, {"number": step.key.number, **values}))
            elif step.home_values:
                values = {"id": step.home, **step.home_values}
                if door := values.pop("address", None):
                    values["stairwell_id"] = self.doors[door]
                changed.append(values)
        ids = _add_all(session, Home, [one for _, one in fresh], "stairwell_id", "number")
        _change(session, Home, changed)
        return homes | {key: ids[one["stairwell_id"], one["number"]] for key, one in fresh}

    def _write_households(
        self, session: Session, steps: Sequence[Step], homes: dict[HomeKey, int]
    ) -> dict[tuple[HomeKey, str], int]:
        households = {
            (step.key, number): key for step in steps for number, key in step.households.items()
        }
        fresh = [
            (
                (step.key, number),
                {
                    "home_id": homes[step.key],
                    "number": number,
                    "exempt": exempt,
                    **facts._asdict(),
                },
            )
            for step in steps
            for number, facts, exempt in step.households_new
        ]
        ids = _add_all(session, Household, [one for _, one in fresh], "home_id", "number")
        _change(session, Household, [one for step in steps for one in step.households_changed])
        return households | {key: ids[one["home_id"], one["number"]] for key, one in fresh}

    def deeds(self) -> None:
        """Write down, once an organisation, what an import changed there."""
        with self.database.write() as session:
            for number, counts in self.plan.report.of.items():
                key = self.stored.organisations[number][0]
                record(
                    session,
                    "imported_estate",
                    ("organisation", key),
                    actor=None,
                    organisation=key,
                    **{kind: counts[kind] for kind in KINDS},
                    refused=self.plan.wanted.refused_of[number],
                )


def _batches(steps: Sequence[Step]) -> Iterator[list[Step]]:
    batch: list[Step] = []
    rows = 0
    for step in steps:
        if batch and rows + step.rows > ROWS_AT_ONCE:
            yield batch
            batch, rows = [], 0
        batch.append(step)
        rows += step.rows
    if batch:
        yield batch


def _parts(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(things), ROWS_AT_ONCE):
        yield things[start : start + ROWS_AT_ONCE]


def _add(session: Session, model: type[Base], **values: Any) -> int:
    return next(iter(_add_all(session, model, [values], "id").values()))


def _add_all(
    session: Session, model: type[Base], rows: Sequence[dict[str, Any]], *by: str
) -> dict[tuple[Any, ...], int]:
    """Insert rows; returns their ids by the values of the columns `by`, in no order.

    Asking for the order of the rows would make SQLite insert one at a time.
    """
    if not rows:
        return {}
    table = cast(Table, model.__table__)
    statement = insert(table).returning(table.c.id, *(table.c[name] for name in by))
    return {tuple(row[1:]): row[0] for row in session.connection().execute(statement, rows)}


def _change(session: Session, model: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    """Update rows by id; each row names only the columns that change."""
    table = cast(Table, model.__table__)
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        given = {("row_id" if name == "id" else name): value for name, value in row.items()}
        alike.setdefault(tuple(sorted(given)), []).append(given)
    statement = update(table).where(table.c.id == bindparam("row_id"))
    for group in alike.values():
        session.connection().execute(statement, group)
