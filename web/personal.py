"""Everything the tables hold about one person, found by their references to `person`.

Complete by construction: a table that comes to refer to a person is in the export at once, and a
test asks which of the two kinds below each such column is.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from estate import clock
from estate.database import Base
from estate.files.queries import FileLine, files_of
from estate.language import DEFAULT, N_
from estate.letters.actions import OWNER
from estate.letters.queries import kind_of, pages_of, texts_of
from estate.people.rules import holds_on, short_address
from estate.receiving.queries import Received, received

OWN = frozenset(
    {
        "person_id",
        "author_id",
        "asker_id",
        "on_behalf_of_id",
        "owner_id",
        "reporter_id",
        "resident_id",
        "helper_id",
    }
)
"""Columns that make a row somebody's own. In any other, they acted on what is another's."""

OF_OTHERS = frozenset({("report", "author_id")})
"""Rows about somebody that are another's own: who reported a post, and why."""

SECRET = ("hash", "public_key", "credential_id", "p256dh", "auth", "endpoint", "search_words")
"""What column names end in that hold keys, or what only the search reads."""


TOLD: Mapping[str, str] = {
    "post": N_("Posts"),
    "wording": N_("Earlier wordings of posts"),
    "comment": N_("Answers under posts"),
    "thread": N_("Private conversations begun"),
    "thread_message": N_("Private messages written"),
    "attendance": N_("Answers to events"),
    "case": N_("What I wrote to the office and reported"),
    "case_entry": N_("What I wrote in cases"),
    "case_follower": N_("Cases I follow"),
    "absence": N_("Days I am or was away from work"),
    "complaint_date": N_("What I wrote in the log of a complaint"),
    "task_spell": N_("My working time at tasks"),
    "task_entry": N_("What I did and wrote at tasks"),
    "photo": N_("Photos"),
    "report": N_("Reports to moderation"),
    "ruling": N_("Decisions about what I wrote"),
    "posting_pause": N_("Pauses of my posting"),
    "board_visit": N_("How far I have read the noticeboard"),
    "member": N_("Households I belong or belonged to"),
    "helper": N_("Helpers, and whom I help"),
    "role_holding": N_("Tasks I hold or held"),
    "session": N_("Signed-in devices"),
    "passkey": N_("Passkeys"),
    "oidc_identity": N_("Sign-in with MitID or another provider"),
    "card": N_("Household cards"),
    "text_message": N_("SMS sent to me"),
    "sign_in_code": N_("Codes and links to sign in"),
    "challenge": N_("Questions to passkeys"),
    "invitation_use": N_("Letters I came in by"),
    "letter_opening": N_("Letters to my household that I opened"),
    "device": N_("Devices that get notifications"),
    "preference": N_("Choices about notifications"),
    "paper_follow": N_("Kinds of papers I follow"),
    "notification": N_("Notifications"),
    "notice": N_("Service messages I wrote"),
    "notice_told": N_("Service messages I was told of"),
    "delivery": N_("Notifications sent to a device"),
    "consent": N_("Consents"),
    "deed": N_("What was done on my behalf"),
    "submission": N_("Forms my phone has sent"),
    "job": N_("Files I asked for"),
}
"""What a person's own rows are called on their page, by table."""


def everything_about(session: Session, person: int) -> dict[str, Any]:
    """All rows of a person by table, where they live, and the numbers of what they acted on."""
    tables = Base.metadata
    own: dict[str, list[dict[str, Any]]] = {}
    acted: dict[str, list[Any]] = {}
    (self_row,) = _rows(session, tables.tables["person"], "id", [person])
    for table, column in references(tables):
        if column in OWN and (table.name, column) not in OF_OTHERS:
            own.setdefault(table.name, []).extend(_rows(session, table, column, [person]))
        elif "id" in table.columns:
            asked = sa.select(table.c.id).where(table.c[column] == person).order_by(table.c.id)
            acted.setdefault(f"{table.name}.{column}", []).extend(session.scalars(asked))
    _add_children(session, tables, own)
    return {
        "person": self_row,
        "homes": list(_homes(session, tables, own.get("member", []), clock.today())),
        "letters": list(_letters(session, person)),
        "mails": _mails(session, tables, self_row),
        "own": {name: rows for name, rows in sorted(own.items()) if rows},
        "acted_on": {name: numbers for name, numbers in sorted(acted.items()) if numbers},
    }


def references(tables: sa.MetaData) -> Iterator[tuple[sa.Table, str]]:
    """Every table and column that refers to a person."""
    for table in tables.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
            if key.column.table.name == "person":
                yield table, key.parent.name


def _rows(
    session: Session, table: sa.Table, column: str, values: list[Any]
) -> list[dict[str, Any]]:
    others = {key.parent.name for key in table.foreign_keys if key.column.table.name == "person"}
    hidden = others - {column}
    shown = [
        c
        for c in table.columns
        if c.computed is None and not c.name.endswith(SECRET) and c.name not in hidden
    ]
    found = []
    for start in range(0, len(values), 500):
        asked = sa.select(*shown).where(table.c[column].in_(values[start : start + 500]))
        found += [dict(row) for row in session.execute(asked).mappings()]
    return found


def _add_children(
    session: Session, tables: sa.MetaData, own: dict[str, list[dict[str, Any]]]
) -> None:
    """Rows that belong to the person's rows, and refer to nobody themselves."""
    about_somebody = {table.name for table, _ in references(tables)}
    for table in tables.sorted_tables:
        for key in table.foreign_keys:
            parents = [row["id"] for row in own.get(key.column.table.name, ()) if "id" in row]
            if table.name not in about_somebody and parents and key.ondelete == "CASCADE":
                rows = _rows(session, table, key.parent.name, parents)
                own.setdefault(table.name, []).extend(rows)
    photos = tables.tables["photo"]
    for kind in sorted({name for name in own if name in tables.tables}):
        rows = _photos(session, photos, kind, [row["id"] for row in own[kind] if "id" in row])
        if rows:
            own.setdefault("photo", []).extend(rows)


def _photos(
    session: Session, photos: sa.Table, kind: str, owners: list[int]
) -> list[dict[str, Any]]:
    found = []
    for start in range(0, len(owners), 500):
        asked = sa.select(photos).where(
            photos.c.owner_kind == kind, photos.c.owner_id.in_(owners[start : start + 500])
        )
        found += [dict(row) for row in session.execute(asked).mappings()]
    return found


def _homes(
    session: Session, tables: sa.MetaData, members: list[dict[str, Any]], today: date
) -> Iterator[Mapping[str, Any]]:
    """The tenancies somebody has or had part in: their addresses, and how letters come there."""
    household, home = tables.tables["household"], tables.tables["home"]
    stairwell = tables.tables["stairwell"]
    asked = (
        sa.select(
            household.c.id,
            household.c.number,
            household.c.starts_on,
            household.c.ends_on,
            household.c.channel,
            household.c.exempt,
            stairwell.c.street,
            stairwell.c.house_number,
            home.c.floor,
            home.c.side,
        )
        .join_from(household, home, household.c.home_id == home.c.id)
        .join(stairwell, home.c.stairwell_id == stairwell.c.id)
        .where(household.c.id.in_([row["household_id"] for row in members]))
        .order_by(household.c.starts_on)
    )
    rows = session.execute(asked).all()
    demands = _demands(session, tables, [row.id for row in rows])
    for row in rows:
        yield {
            "address": short_address(row.street, row.house_number, row.floor, row.side),
            "tenancy": row.number,
            "from": row.starts_on,
            "until": row.ends_on,
            **_way_of_letters(row, members, demands.get(row.id, ()), today),
        }


def _demands(
    session: Session, tables: sa.MetaData, households: Sequence[int]
) -> Mapping[int, Sequence[dict[str, Any]]]:
    """The demands for other than digital letters, by household."""
    demand = tables.tables["digital_demand"]
    asked = (
        sa.select(demand.c.household_id, demand.c.party, demand.c.demanded_on, demand.c.ended_on)
        .where(demand.c.household_id.in_(households))
        .order_by(demand.c.id)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in session.execute(asked).mappings():
        told = dict(row)
        found.setdefault(told.pop("household_id"), []).append(told)
    return found


def _way_of_letters(
    household: Any,
    members: Sequence[Mapping[str, Any]],
    demands: Sequence[Mapping[str, Any]],
    today: date,
) -> Mapping[str, Any]:
    """How letters come to a household, as far as it was so while somebody counted in it.

    What came to hold after they had left is the others'.
    """
    stays = [
        (row["starts_on"], row["ends_on"])
        for row in members
        if row["household_id"] == household.id and row["adult"] and row["confirmed_at"]
    ]
    last = min(household.ends_on or today, today)
    now = any(holds_on(last, *stay) for stay in stays)
    return {
        "channel": household.channel if now else None,
        "exempt": household.exempt if now else None,
        "demands": [
            one
            for one in demands
            if any(meet(stay, (one["demanded_on"], one["ended_on"])) for stay in stays)
        ],
    }


Days = tuple[date, date | None]
"""From a day to the last; None goes on."""


def meet(one: Days, other: Days) -> bool:
    """Whether two times have a day in common."""
    return (one[1] is None or other[0] <= one[1]) and (other[1] is None or one[0] <= other[1])


def _letters(session: Session, person: int) -> Iterator[Mapping[str, Any]]:
    """Somebody's letters as they were worded and delivered; a PDF by its name and where it is."""
    found = received(session, person)
    numbers = [one.letter for one in found]
    texts, files = texts_of(session, numbers), files_of(session, OWNER, numbers)
    pages = pages_of(session, numbers)
    for one in found:
        came = one._asdict()
        # The moment of the file; nobody has said when, or whether, it was printed.
        came["print_file_made_at"] = came.pop("printed_at")
        said = dict(texts[one.letter])
        title, text = said.pop(DEFAULT)
        yield {
            "given_at": one.given_at,
            "title": title,
            "text": text,
            "translations": {tag: {"title": a, "text": b} for tag, (a, b) in said.items()},
            "file": _named_file(one, files.get(one.letter)),
            "pages": [page.text for page in pages.get(one.letter, ())],
            **came,
            "visits": [visit._asdict() for visit in one.visits],
        }


def _named_file(letter: Received, file: FileLine | None) -> Mapping[str, Any] | None:
    if file is None:
        return None
    formal = kind_of(letter.kind).matter.formal
    where = "" if formal else f"/letters/{letter.letter}/file"
    return {"name": file.name, "size": file.size, "sha256": file.digest, "address": where}


def _mails(
    session: Session, tables: sa.MetaData, person: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The mails to a person's addresses, which is all that a mail knows of anybody.

    Without what signs in: whoever reads this file later must not come in by it.
    """
    mine = {person["email"], person["contact_email"]} - {None}
    addresses = [one for one in sorted(mine) if _is_theirs(session, tables, person, one)]
    rows = _rows(session, tables.tables["mail"], "to", addresses)
    return [row | {"lines": []} if row["secret"] else row for row in rows]


def _is_theirs(
    session: Session, tables: sa.MetaData, person: Mapping[str, Any], address: str
) -> bool:
    """Whether the mails to an address are this person's: shown to be, or nobody else has it.

    The administration's address of one is another's own after a typo, or when they parted.
    """
    if address == person["email"] and person["email_confirmed_at"] is not None:
        return True
    known = tables.tables["person"]
    others = sa.select(known.c.id).where(
        known.c.id != person["id"],
        sa.or_(known.c.email == address, known.c.contact_email == address),
    )
    return session.scalar(others.limit(1)) is None


def as_json(value: object) -> str:
    """A value JSON has no word for: moments in UTC, the rest as Python writes it."""
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat()
    return str(value)
