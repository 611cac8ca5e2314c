"""What waits in the outbox: replaced, counted, never lost; and when it may disturb somebody."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from estate import clock
from estate.database import Database
from estate.language import Message, pack, say, unpack
from estate.notifications.actions import forget, move_switches, notify
from estate.notifications.models import Notification, Preference
from estate.notifications.queries import switches
from estate.notifications.rules import (
    Channel,
    NotificationKind,
    after_quiet,
    quiet_problems,
    told,
    wanted,
)
from tests.builders import build_estate
from web.catalogues import Speech


def tell(
    session: Session,
    *persons: int,
    body: str = "{name} answered.",
    key: str = "post:7",
    urgent: bool = False,
) -> None:
    """A notification of the usual kind."""
    notify(
        session,
        kind="board.answers",
        persons=persons,
        title="Answers",
        body=body,
        values={"name": "Yasmin"},
        address="/board/7",
        merge_key=key,
        urgent=urgent,
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


def test_two_deeds_at_the_same_moment_count_as_two(postgres_url: str) -> None:
    database = Database(postgres_url)
    with database.write() as session:
        amina = build_estate(session).people["amina"]
    both = threading.Barrier(2)

    def deed(number: int) -> None:
        with database.write() as session:
            both.wait(10)
            tell(session, amina, body=str(number))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(deed, range(2)))
    with database.read() as session:
        assert session.scalars(select(Notification.count)).all() == [2]
    database.close()


NIGHT = (time(22), time(7))


@pytest.mark.parametrize(
    ("hours", "moment", "loud"),
    [
        # an ordinary night: one minute before, at the start, before and after midnight, at the end
        (NIGHT, "2026-11-22T20:59:00Z", "2026-11-22T20:59:00Z"),
        (NIGHT, "2026-11-22T21:00:00Z", "2026-11-23T06:00:00Z"),
        (NIGHT, "2026-11-22T22:59:00Z", "2026-11-23T06:00:00Z"),
        (NIGHT, "2026-11-22T23:30:00Z", "2026-11-23T06:00:00Z"),
        (NIGHT, "2026-11-23T05:59:59Z", "2026-11-23T06:00:00Z"),
        (NIGHT, "2026-11-23T06:00:00Z", "2026-11-23T06:00:00Z"),
        # the same in summer, two hours ahead of UTC
        (NIGHT, "2026-07-01T20:00:00Z", "2026-07-02T05:00:00Z"),
        # a nap by day
        ((time(13), time(15)), "2026-11-23T12:00:00Z", "2026-11-23T14:00:00Z"),
        ((time(13), time(15)), "2026-11-23T14:00:00Z", "2026-11-23T14:00:00Z"),
        # the night that is an hour shorter (29 March 2026, 02:00 becomes 03:00)
        (NIGHT, "2026-03-28T22:00:00Z", "2026-03-29T05:00:00Z"),
        ((time(22), time(2, 30)), "2026-03-28T22:00:00Z", "2026-03-29T01:30:00Z"),
        ((time(2, 15), time(2, 45)), "2026-03-29T00:59:00Z", "2026-03-29T00:59:00Z"),
        # the night that is an hour longer (25 October 2026, 03:00 becomes 02:00)
        (NIGHT, "2026-10-24T22:00:00Z", "2026-10-25T06:00:00Z"),
        ((time(22), time(2, 30)), "2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z"),
        ((time(22), time(2, 30)), "2026-10-25T00:40:00Z", "2026-10-25T00:40:00Z"),
        ((time(22), time(2, 30)), "2026-10-25T01:10:00Z", "2026-10-25T01:30:00Z"),
        # never quiet
        ((None, None), "2026-11-22T23:30:00Z", "2026-11-22T23:30:00Z"),
        ((time(22), None), "2026-11-22T23:30:00Z", "2026-11-22T23:30:00Z"),
        ((time(7), time(7)), "2026-11-22T23:30:00Z", "2026-11-22T23:30:00Z"),
    ],
)
def test_quiet_hours_end_when_the_clock_on_the_wall_says_so(
    hours: tuple[time | None, time | None], moment: str, loud: str
) -> None:
    local = clock.local(datetime.fromisoformat(moment))
    assert after_quiet(local, *hours).astimezone(UTC) == datetime.fromisoformat(loud)


@given(
    moment=st.integers(1_767_225_600, 1_830_297_600).map(lambda s: datetime.fromtimestamp(s, UTC)),
    start=st.times(),
    end=st.times(),
)
def test_nothing_waits_longer_than_a_day_or_goes_back_in_time(
    moment: datetime, start: time, end: time
) -> None:
    loud = after_quiet(clock.local(moment), start, end).astimezone(UTC)
    assert timedelta(0) <= loud - moment <= timedelta(hours=25)
    again = after_quiet(clock.local(loud), start, end).astimezone(UTC)
    assert again - loud <= timedelta(hours=1), "only the hour that comes twice may be quiet twice"


def test_several_speak_as_one_sentence_and_one_speaks_for_itself() -> None:
    speech = Speech("en")
    values = {"name": "Yasmin"}

    def said(repeated: str, count: int) -> str:
        return speech.say(told("Answers", "{name} answered.", repeated, values, count).body)

    assert said("{count} answers", 1) == "Yasmin answered."
    assert said("{count} answers", 3) == "3 answers"
    assert said("", 3) == "Yasmin answered. (3 new)"


ALWAYS = NotificationKind("always", "Always", fixed=True)
QUIETLY = NotificationKind("quietly", "Quietly", push=False)


@pytest.mark.parametrize(
    ("kind", "chosen", "push", "email"),
    [
        (ALWAYS, False, True, True),
        (QUIETLY, None, False, True),
        (QUIETLY, True, True, True),
        (QUIETLY, False, False, False),
    ],
)
def test_a_switch_stands_where_it_was_put_unless_it_is_fixed(
    kind: NotificationKind, chosen: bool | None, push: bool, email: bool
) -> None:
    assert wanted(kind, Channel.PUSH, chosen) is push
    assert wanted(kind, Channel.EMAIL, chosen) is email


def test_moving_a_switch_back_leaves_no_trace(database: Database) -> None:
    kind = NotificationKind("board.answers", "Answers", email=False)
    with database.write() as session:
        amina = build_estate(session).people["amina"]
        move_switches(session, amina, {(kind, Channel.PUSH): False, (kind, Channel.EMAIL): False})
        assert switches(session, amina, [kind, ALWAYS]) == [(kind, False, False, None)]
        move_switches(session, amina, {(kind, Channel.PUSH): True, (kind, Channel.EMAIL): False})
        assert session.scalars(select(Preference.kind)).all() == []


def test_quiet_hours_are_both_times_or_neither() -> None:
    assert quiet_problems(None, None) == {} == quiet_problems(*NIGHT)
    assert list(quiet_problems(time(22), None)) == ["quiet_until"]
    assert list(quiet_problems(None, time(7))) == ["quiet_from"]


def test_what_is_past_its_time_goes_in_steps(database: Database) -> None:
    with database.write() as session:
        amina = build_estate(session).people["amina"]
        tell(session, amina)
        tell(session, amina, key="post:8")
    later = clock.now() + timedelta(days=1)
    with database.write() as session:
        assert len(forget(session, later)) == 2
        assert forget(session, later) == []
