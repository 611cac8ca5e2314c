"""What waits in the outbox: replaced, counted, never lost."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

from sqlalchemy import select

from estate.database import Database
from estate.language import Message, pack, say, unpack
from estate.notifications.actions import notify
from estate.notifications.models import Notification
from tests.builders import build_estate


def tell(session, *persons: int, body: str = "{name} answered.", key: str = "post:7", **more):
    notify(
        session,
        kind="board.answers",
        persons=persons,
        title="Answers",
        body=body,
        values={"name": "Yasmin"},
        address="/board/7",
        merge_key=key,
        **more,
    )


def test_a_second_answer_before_the_first_went_out_takes_its_place_and_is_counted(
    database: Database,
) -> None:
    with database.write() as session:
        amina = build_estate(session).people["amina"]
        tell(session, amina)
    with database.write() as session:
        tell(session, amina, body="{name} answered again.", urgent=True)
    with database.read() as session:
        (row,) = session.scalars(select(Notification))
    assert (row.count, row.body, row.urgent) == (2, "{name} answered again.", True)


def test_everybody_hears_once_however_often_they_are_named(database: Database) -> None:
    with database.write() as session:
        people = build_estate(session).people
        tell(session, people["amina"], people["yasmin"], people["amina"])
        tell(session)
    with database.read() as session:
        rows = session.execute(select(Notification.person_id, Notification.count)).all()
    assert sorted(rows) == sorted([(people["amina"], 1), (people["yasmin"], 1)])


def test_values_keep_their_kind_on_the_way_through_the_outbox() -> None:
    values = {
        "moment": datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
        "day": date(2026, 11, 22),
        "time": time(7, 30),
        "amount": Decimal("12.50"),
        "inner": say("by {name}", name="Ali", on=date(2026, 1, 1)),
        "many": Message("{count} new", {"count": 3}, "{count} new"),
        "text": "æøå",
        "count": 3,
        "nothing": None,
    }
    assert unpack(pack(values)) == values
