"""Which rows belong to an organisation, found by the references between tables.

Complete by construction: a table that refers to a place of the organisation is in the export at
once, and a test asks of every table whether it belongs, is left out, or leads nowhere.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from estate.handover.rules import LEFT_OUT

DERIVED = re.compile(r"_fts(_|$)")
"""SQLite's search index, which triggers fill again from the rows; PostgreSQL's is computed."""

Condition = sa.ColumnElement[bool]


def written(table: sa.Table) -> list[sa.Column[Any]]:
    """The columns of a table that are written; the database computes the others itself."""
    return [column for column in table.columns if column.computed is None]


class Belonging:
    """For one organisation: each table's condition for the rows that are handed over."""

    def __init__(self, session: Session, organisation: int) -> None:
        reflected = sa.MetaData()
        reflected.reflect(session.connection())
        self.tables = {
            table.name: table
            for table in reflected.sorted_tables
            if table.name not in LEFT_OUT and not DERIVED.search(table.name)
        }
        self.organisation = organisation
        self.conditions: dict[str, Condition] = {}
        self._places()
        self._personal()
        self._owned(session)

    def rows(self, name: str) -> sa.Select[*tuple[object, ...]]:
        """The rows of a table that belong, in the order of their primary key."""
        table = self.tables[name]
        wanted = sa.select(*written(table)).where(self.conditions[name])
        return wanted.order_by(*table.primary_key)

    def _ids(self, name: str) -> sa.Select[*tuple[int]]:
        return sa.select(self.tables[name].c.id).where(self.conditions[name])

    def _places(self) -> None:
        """From the organisation down; offices and partnerships by what refers to them."""
        tables, own = self.tables, self.organisation
        organisation, section = tables["organisation"], tables["section"]
        shared = tables["partnership_organisation"]
        self.conditions["administration"] = tables["administration"].c.id.in_(
            sa.select(organisation.c.administration_id).where(organisation.c.id == own)
        )
        self.conditions["organisation"] = organisation.c.id == own
        self.conditions["office"] = tables["office"].c.id.in_(
            sa.select(section.c.office_id).where(section.c.organisation_id == own)
        )
        self.conditions["partnership"] = tables["partnership"].c.id.in_(
            sa.select(shared.c.partnership_id).where(shared.c.organisation_id == own)
        )
        self.conditions["partnership_organisation"] = shared.c.organisation_id == own
        self._below()
        self._spread()
        self._below()
        for name in ("role_holding", "local_value"):
            self.conditions[name] = self._scoped(tables[name])

    def _below(self) -> None:
        """Whatever refers to what belongs already, parents first."""
        for name, table in self.tables.items():
            road = self._road(table)
            if name not in self.conditions and road is not None:
                parent = road.column.table.name
                self.conditions[name] = road.parent.in_(self._ids(parent))

    def _spread(self) -> None:
        """What lies in several places at once, by the pairs that say in which.

        Two organisations may share it: each takes it along, with the pairs of its own places.
        """
        for pairs in [self.tables[name] for name in self.conditions]:
            for key in sorted(pairs.foreign_keys, key=lambda key: key.parent.name):
                name = key.column.table.name
                open_yet = name in self.tables and name not in {*self.conditions, "person"}
                if key.parent.primary_key and open_yet:
                    shared = sa.select(key.parent).where(self.conditions[pairs.name])
                    self.conditions[name] = key.column.in_(shared)

    def _road(self, table: sa.Table) -> sa.ForeignKey | None:
        """The reference through which a table belongs: one that is always set before others."""
        roads = [
            key
            for column in table.columns
            for key in column.foreign_keys
            if key.column.table.name in self.conditions
            and key.column.table.name not in {"administration", "person"}
        ]
        return min(roads, key=lambda key: bool(key.parent.nullable), default=None)

    def _scoped(self, table: sa.Table) -> Condition:
        kinds = ("organisation", "office", "section", "partnership", "project")
        return sa.or_(
            *(
                sa.and_(table.c.scope_kind == kind, table.c.scope_id.in_(self._ids(kind)))
                for kind in kinds
            )
        )

    def _personal(self) -> None:
        """Everybody a row refers to; what is a person's own, for members and role holders."""
        person = self.tables["person"]
        placed = [self.tables[name] for name in self.conditions]
        named = [self._named(column) for table in placed for column in _of_persons(table)]
        own = [
            sa.select(self.tables[name].c.person_id).where(self.conditions[name])
            for name in ("member", "role_holding")
        ]
        close = sa.or_(*(person.c.id.in_(one) for one in own))
        self.conditions["person"] = close
        residents = sa.select(person.c.id).where(close)
        for name, table in self.tables.items():
            columns = _of_persons(table)
            if name not in self.conditions and columns:
                self.conditions[name] = columns[0].in_(residents)
                named += [self._named(column) for column in columns[1:]]
        self.conditions["person"] = sa.or_(close, *(person.c.id.in_(one) for one in named))

    def _named(self, column: sa.Column[int]) -> sa.Select[*tuple[int]]:
        return sa.select(column).where(self.conditions[column.table.name], column.is_not(None))

    def _owned(self, session: Session) -> None:
        """Photos and files, by their owner's kind and number; consent texts, by who agreed."""
        for name in ("photo", "file"):
            table = self.tables[name]
            kinds = session.scalars(sa.select(table.c.owner_kind).distinct()).all()
            self.conditions[name] = sa.or_(
                sa.false(),
                *(
                    sa.and_(table.c.owner_kind == kind, table.c.owner_id.in_(self._ids(kind)))
                    for kind in kinds
                    if kind in self.conditions
                ),
            )
        consent = self.tables["consent"]
        agreed = sa.select(consent.c.text_id).where(self.conditions["consent"])
        self.conditions["consent_text"] = self.tables["consent_text"].c.id.in_(agreed)


def _of_persons(table: sa.Table) -> list[sa.Column[int]]:
    return [
        column
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name == "person"
    ]


def find_organisation(session: Session, number: str) -> Sequence[tuple[int, str, str]]:
    """Id, number and name of the organisations of this number; of all when it is empty."""
    organisation = sa.table("organisation", sa.column("id"), sa.column("number"), sa.column("name"))
    query = sa.select(organisation).order_by(organisation.c.id)
    if number:
        query = query.where(organisation.c.number == number)
    return [(row.id, row.number, row.name) for row in session.execute(query)]


def belonging_tables(belonging: Belonging) -> Iterator[str]:
    """The tables that are handed over, parents before children."""
    for name in belonging.tables:
        if name in belonging.conditions:
            yield name
