"""From the outbox to the phone: switches, quiet hours, leases, pauses, giving up; nothing lost."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.access import actions as access
from estate.access.models import SignInSession
from estate.access.rules import Beginning
from estate.database import Database
from estate.deliveries import actions as deliveries
from estate.deliveries.actions import Parcel, Result
from estate.deliveries.models import Delivery, Device
from estate.deliveries.queries import devices_of, outbox_health
from estate.deliveries.rules import Outcome, endpoint_allowed, keys_allowed, outcome_of, tag
from estate.notifications.actions import move_switches, notify, set_quiet
from estate.notifications.models import Notification
from estate.notifications.rules import Channel, Digest, NotificationKind
from estate.outbox.rules import ATTEMPTS, LEASE, OutboxState, back_off
from estate.people.models import Helper, Household, Member, Person
from estate.permissions import Permission
from tests.builders import LONG_AGO, add_person, build_estate
from tests.watch import Watch, held

ANSWERS = NotificationKind("board.answers", "Answers")
SILENT = NotificationKind("board.silent", "Silent", push=False)
AT_HOME = NotificationKind("board.home", "Home", receivers=Permission.MANAGE_HOUSEHOLD)
READ = NotificationKind("board.read", "Read", receivers=Permission.READ_BOARD)
KINDS = {kind.name: kind for kind in (ANSWERS, SILENT, AT_HOME, READ)}
EVENING = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)  # 23.30 in Denmark


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return held(monkeypatch, EVENING)


@pytest.fixture
def amina(database: Database) -> int:
    """A resident with two phones."""
    with database.write() as session:
        person = build_estate(session).people["amina"]
        for name in ("old", "new"):
            phone(session, person, name)
    return person


def phone(session: Session, person: int, name: str, sign_in: int | None = None) -> None:
    """One device that agreed."""
    deliveries.subscribe(
        session,
        person=person,
        sign_in=sign_in,
        endpoint=f"https://push.example/{name}",
        p256dh="key",
        auth="secret",
        name=name,
    )


def tell(session: Session, person: int, body: str = "one", **more: object) -> None:
    """A notification of the usual kind."""
    values: dict[str, object] = {"kind": ANSWERS.name, "urgent": False, "merge_key": "post:7"}
    values |= more
    notify(
        session,
        persons=[person],
        title="Answers",
        body=body,
        repeated="{count} answers",
        address="/board/7",
        **values,  # type: ignore[arg-type]
    )


def take(database: Database, now: datetime) -> list[Parcel]:
    """Plan and claim, as the worker does."""
    with database.write() as session:
        deliveries.plan(session, KINDS, now)
    with database.write() as session:
        return deliveries.claim(session, KINDS, now, 100)


def end(database: Database, parcels: list[Parcel], outcome: Outcome, now: datetime) -> None:
    """End them all in one way."""
    with database.write() as session:
        results = [Result(parcel, outcome, "503 Busy") for parcel in parcels]
        deliveries.note_results(session, results, now)


def test_no_push_reaches_who_moved_out_or_helps_no_more(database: Database, watch: Watch) -> None:
    yesterday = clock.today() - timedelta(days=1)
    with database.write() as session:
        people = build_estate(session).people
        kim = add_person(session, "kim").id
        session.add(Helper(resident_id=people["bent"], helper_id=kim, starts_on=LONG_AGO))
        told = {"amina": people["amina"], "yasmin": people["yasmin"], "kim": kim}
        for name, person in told.items():
            phone(session, person, name)
            for kind in (ANSWERS, AT_HOME, READ):
                tell(session, person, kind=kind.name, merge_key=kind.name)
    with database.write() as session:
        deliveries.plan(session, KINDS, watch())
        session.execute(update(Helper).values(ends_on=yesterday))
        living = select(Member.household_id).where(Member.person_id == people["amina"])
        session.execute(update(Household).where(Household.id.in_(living)).values(ends_on=yesterday))
    sent = [
        (parcel.endpoint.rpartition("/")[2], parcel.merge_key) for parcel in take(database, watch())
    ]
    assert sorted(sent) == [
        ("amina", ANSWERS.name),
        ("kim", ANSWERS.name),
        *(("yasmin", kind.name) for kind in (ANSWERS, AT_HOME, READ)),
    ]
    assert take(database, watch()) == []


def test_each_phone_is_told_once(database: Database, amina: int, watch: Watch) -> None:
    with database.write() as session:
        tell(session, amina)
    parcels = take(database, watch())
    assert sorted(p.endpoint for p in parcels) == [
        "https://push.example/new",
        "https://push.example/old",
    ]
    end(database, parcels, Outcome.SENT, watch())
    assert take(database, watch.pass_by(timedelta(days=1))) == []
    with database.read() as session:
        assert {line.heard_at for line in devices_of(session, amina)} == {EVENING}


@pytest.mark.parametrize(
    ("kind", "moved", "reached"),
    [
        (ANSWERS, None, 2),
        (ANSWERS, False, 0),
        (SILENT, None, 0),
        (SILENT, True, 2),
    ],
)
def test_a_switch_decides_unless_nobody_moved_it(
    database: Database,
    amina: int,
    watch: Watch,
    kind: NotificationKind,
    moved: bool | None,
    reached: int,
) -> None:
    with database.write() as session:
        if moved is not None:
            move_switches(session, amina, {(kind, Channel.PUSH): moved})
        tell(session, amina, kind=kind.name)
    assert len(take(database, watch())) == reached


def test_what_comes_in_quiet_hours_waits_gathered_and_what_is_urgent_does_not(
    database: Database, amina: int, watch: Watch
) -> None:
    with database.write() as session:
        set_quiet(session, amina, time(22), time(7), Digest.DAILY)
        tell(session, amina)
    assert take(database, watch()) == []
    with database.write() as session:
        tell(session, amina, "two")
        tell(session, amina, "water", merge_key="flood", urgent=True)
    urgent = take(database, watch())
    assert [p.merge_key for p in urgent] == ["flood", "flood"]
    end(database, urgent, Outcome.SENT, watch())
    assert take(database, datetime(2026, 11, 23, 5, 59, tzinfo=UTC)) == []
    morning = take(database, datetime(2026, 11, 23, 6, 0, tzinfo=UTC))
    assert [p.words.times for p in morning] == [2, 2]


def test_a_repeat_that_is_urgent_brings_the_waiting_one_forward(
    database: Database, amina: int, watch: Watch
) -> None:
    with database.write() as session:
        set_quiet(session, amina, time(22), time(7), Digest.DAILY)
        tell(session, amina)
    assert take(database, watch()) == []
    with database.write() as session:
        tell(session, amina, "now", urgent=True)
    assert {(p.words.body, p.words.times) for p in take(database, watch())} == {("now", 2)}


def test_a_worker_killed_while_sending_leaves_what_the_next_one_sends(
    database: Database, amina: int, watch: Watch
) -> None:
    with database.write() as session:
        tell(session, amina)
    first = take(database, watch())
    assert len(first) == 2
    assert take(database, watch()) == []
    again = take(database, watch.pass_by(LEASE))
    assert {p.delivery for p in again} == {p.delivery for p in first}
    assert {p.attempts for p in again} == {2}


def test_trying_pauses_longer_each_time_and_then_gives_up_where_it_can_be_seen(
    database: Database, amina: int, watch: Watch
) -> None:
    with database.write() as session:
        tell(session, amina)
    for attempt in range(1, ATTEMPTS + 1):
        parcels = take(database, watch())
        assert {p.attempts for p in parcels} == {attempt}
        end(database, parcels, Outcome.AGAIN, watch())
        assert take(database, watch()) == []
        watch.pass_by(back_off(attempt))
    with database.read() as session:
        assert {line.silent_since for line in devices_of(session, amina)} == {EVENING}
        health = outbox_health(session, watch())
    assert (health.waiting, health.given_up, health.silent_devices) == (0, 2, 2)
    with database.write() as session:
        tell(session, amina)
    end(database, take(database, watch()), Outcome.SENT, watch())
    with database.read() as session:
        assert {line.silent_since for line in devices_of(session, amina)} == {None}


def test_an_asked_pause_is_kept_and_costs_no_try(
    database: Database, amina: int, watch: Watch
) -> None:
    with database.write() as session:
        tell(session, amina)
    parcels = take(database, watch())
    with database.write() as session:
        asked = timedelta(minutes=10)
        results = [
            Result(parcels[0], Outcome.AGAIN, "429", asked),
            Result(parcels[1], Outcome.HELD, "held", asked),
        ]
        deliveries.note_results(session, results, watch())
    assert take(database, watch.pass_by(timedelta(minutes=9))) == []
    later = take(database, watch.pass_by(timedelta(minutes=1)))
    assert sorted(p.attempts for p in later) == [1, 2]


def test_a_phone_that_is_gone_is_forgotten(database: Database, amina: int, watch: Watch) -> None:
    with database.write() as session:
        tell(session, amina)
    parcels = take(database, watch())
    end(database, parcels[:1], Outcome.GONE, watch())
    with database.read() as session:
        (left,) = session.scalars(select(Device.endpoint))
    assert left == parcels[1].endpoint


def test_signing_out_and_being_signed_out_leave_the_phone_in_peace(database: Database) -> None:
    with database.write() as session:
        person = build_estate(session).people["amina"]
        for name in ("one", "two"):
            access.begin_session(session, person, Beginning.PASSKEY)
            session.flush()
            newest = session.scalars(select(SignInSession.id).order_by(SignInSession.id.desc()))
            phone(session, person, name, newest.first())
        (first, _) = session.scalars(select(SignInSession.id).order_by(SignInSession.id))
    with database.write() as session:
        access.end_session(session, first, person)
    with database.read() as session:
        assert [line.name for line in devices_of(session, person)] == ["two"]


def test_a_phone_whose_sign_in_has_run_out_is_told_nothing(database: Database) -> None:
    with database.write() as session:
        person = build_estate(session).people["amina"]
        access.begin_session(session, person, Beginning.EMAIL)
        session.flush()
        number = session.scalars(select(SignInSession.id)).one()
        phone(session, person, "own", number)
        tell(session, person)
        session.execute(update(SignInSession).values(expires_at=clock.now()))
    assert take(database, clock.now() + timedelta(seconds=1)) == []


def test_a_shared_phone_tells_whoever_signed_in_last(database: Database) -> None:
    with database.write() as session:
        people = build_estate(session).people
        phone(session, people["amina"], "shared")
        phone(session, people["yasmin"], "shared")
    with database.read() as session:
        assert devices_of(session, people["amina"]) == []
        assert len(devices_of(session, people["yasmin"])) == 1


def test_what_waits_for_a_shared_phone_is_not_told_to_whoever_has_it_next(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        people = build_estate(session).people
        phone(session, people["amina"], "shared")
        phone(session, people["amina"], "own")
        tell(session, people["amina"])
        deliveries.plan(session, KINDS, watch())
        phone(session, people["yasmin"], "shared")
    (parcel,) = take(database, watch())
    assert (parcel.endpoint, parcel.person_key) == ("https://push.example/own", "key-amina")
    with database.read() as session:
        assert session.scalars(select(Delivery.id)).all() == [parcel.delivery]


def test_what_is_planned_while_a_phone_is_handed_on_is_told_to_nobody_there(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        people = build_estate(session).people
        phone(session, people["amina"], "shared")
        tell(session, people["amina"])
        deliveries.plan(session, KINDS, watch())
        session.execute(update(Device).values(person_id=people["yasmin"]))
    assert take(database, watch()) == []
    with database.read() as session:
        assert session.scalars(select(Delivery.id)).all() == []


def test_nobody_keeps_more_than_twenty_phones(database: Database) -> None:
    with database.write() as session:
        person = build_estate(session).people["amina"]
        for number in range(25):
            phone(session, person, str(number))
    with database.read() as session:
        names = {line.name for line in devices_of(session, person)}
    assert names == {str(number) for number in range(5, 25)}


def test_the_newest_arrives_last_and_what_it_overtakes_is_counted(
    database: Database, amina: int, watch: Watch
) -> None:
    with database.write() as session:
        tell(session, amina, "first")
    first = take(database, watch())
    with database.write() as session:
        tell(session, amina, "second")
    assert take(database, watch()) == [], "the newer waits while the older is on its way"
    end(database, first[:1], Outcome.SENT, watch())
    end(database, first[1:], Outcome.AGAIN, watch())
    second = {p.device: (p.words.body, p.words.times) for p in take(database, watch())}
    assert second == {first[0].device: ("second", 1), first[1].device: ("second", 2)}


STEPS = st.lists(
    st.sampled_from(["tell", "other", "send", "fail", "die", "wait", "night"]), max_size=25
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_whatever_happens_on_the_way_the_newest_arrives_last_and_the_counts_add_up(
    sqlite_database: Database, watch: Watch, steps: list[str]
) -> None:
    watch.moment = EVENING
    person = a_person_with_one_phone(sqlite_database)
    heard: dict[str, list[tuple[str, int]]] = {"a": [], "b": []}
    told: dict[str, list[str]] = {"a": [], "b": []}

    def arrive(parcels: list[Parcel]) -> None:
        for parcel in parcels:
            heard[parcel.merge_key].append((parcel.words.body, parcel.words.times))
        end(sqlite_database, parcels, Outcome.SENT, watch())

    for number, step in enumerate(steps):
        match step:
            case "tell" | "other":
                key = "a" if step == "tell" else "b"
                told[key].append(str(number))
                with sqlite_database.write() as session:
                    tell(session, person, str(number), merge_key=key)
            case "send":
                arrive(take(sqlite_database, watch()))
            case "fail":
                end(sqlite_database, take(sqlite_database, watch()), Outcome.AGAIN, watch())
                with sqlite_database.write() as session:  # giving up is another test's matter
                    session.execute(update(Delivery).values(attempts=0))
            case "die":
                take(sqlite_database, watch())
            case "wait":
                watch.pass_by(timedelta(minutes=2))
            case _:
                watch.pass_by(timedelta(hours=7))
    while waiting(sqlite_database):
        watch.pass_by(timedelta(hours=6))
        arrive(take(sqlite_database, watch()))
    for key, bodies in told.items():
        assert sum(times for _, times in heard[key]) == len(bodies)
        assert [body for body, _ in heard[key]][-1:] == bodies[-1:]


def a_person_with_one_phone(database: Database) -> int:
    """An emptied database but for one person."""
    with database.write() as session:
        for table in (Delivery, Notification, Device, Person):
            session.query(table).delete()
        person = Person(key="key", given_name="Amina", created_at=EVENING)
        session.add(person)
        session.flush()
        phone(session, person.id, "only")
        return person.id


def waiting(database: Database) -> bool:
    """Whether anything has not reached its end."""
    with database.write() as session:
        deliveries.plan(session, KINDS, clock.now())
        found = session.scalars(
            select(Delivery.id).where(Delivery.state == OutboxState.WAITING).limit(1)
        )
        return found.first() is not None


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.SENT),
        (201, Outcome.SENT),
        (202, Outcome.SENT),
        (301, Outcome.AGAIN),
        (400, Outcome.REFUSED),
        (403, Outcome.AGAIN),
        (404, Outcome.GONE),
        (410, Outcome.GONE),
        (413, Outcome.REFUSED),
        (429, Outcome.AGAIN),
        (500, Outcome.AGAIN),
    ],
)
def test_what_a_push_service_answers_decides(status: int, outcome: Outcome) -> None:
    assert outcome_of(status) is outcome


@pytest.mark.parametrize(
    ("endpoint", "anywhere", "at_home"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True, True),
        ("https://web.push.apple.com/Q:1", True, True),
        ("http://fcm.googleapis.com/fcm/send/abc", False, False),
        ("https://fcm.googleapis.com:8443/x", False, False),
        ("https://user:secret@fcm.googleapis.com/x", False, False),
        ("https://10.0.0.1/x", False, False),
        ("https://[::1]/x", False, False),
        ("https://intranet/x", False, False),
        ("http://localhost:9000/x", False, True),
        ("https://push.example/" + "x" * 1000, False, False),
        ("https://[bad/x", False, False),
        ("javascript:alert(1)", False, False),
        ("", False, False),
    ],
)
def test_only_an_address_of_a_push_service_is_taken(
    endpoint: str, anywhere: bool, at_home: bool
) -> None:
    assert endpoint_allowed(endpoint, local=False) is anywhere
    assert endpoint_allowed(endpoint, local=True) is at_home


GOOD_POINT = (  # from RFC 8291, appendix A
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
)


def test_keys_are_a_point_on_the_curve_and_sixteen_bytes() -> None:
    assert keys_allowed(GOOD_POINT, "BTBZMqHH6r4Tts7J_aSIgg")
    assert not keys_allowed(GOOD_POINT[:-2] + "AA", "BTBZMqHH6r4Tts7J_aSIgg")
    assert not keys_allowed(GOOD_POINT, "BTBZMqHH6r4Tts7J")
    assert not keys_allowed("", "")
    assert not keys_allowed("æ", "ø")


def test_a_tag_tells_neither_the_thing_nor_that_two_people_heard_of_it() -> None:
    assert tag("key-amina", "post:7") != tag("key-yasmin", "post:7")
    assert len(tag("key-amina", "post:7")) == 32
