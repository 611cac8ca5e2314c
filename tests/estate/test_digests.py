"""The mail that gathers what no phone was told: when it goes, what it tells, in which words."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select, update

from estate import clock
from estate.database import Database
from estate.deliveries import actions as deliveries
from estate.deliveries.actions import Result
from estate.deliveries.rules import Outcome
from estate.digests.actions import gather_digests
from estate.digests.rules import last_digest_time
from estate.language import unpack_message
from estate.mails.models import Mail
from estate.notifications.actions import move_switches, notify, set_quiet
from estate.notifications.rules import Channel, Digest, NotificationKind
from estate.people.models import Household, Person
from estate.permissions import Permission
from tests.builders import build_estate
from tests.watch import Watch
from web.catalogues import Speech

ANSWERS = NotificationKind("board.answers", "Answers")
SILENT = NotificationKind("board.silent", "Silent", email=False)
AT_HOME = NotificationKind("board.home", "Home", receivers=Permission.MANAGE_HOUSEHOLD)
KINDS = {kind.name: kind for kind in (ANSWERS, SILENT, AT_HOME)}
PHONE = "https://p.example/1"
FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # 16.00 in Denmark


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """The house's clock, in the test's hand: Friday before the mail goes."""
    own = Watch(FRIDAY - timedelta(hours=3))
    monkeypatch.setattr(clock, "now", own)
    return own


@pytest.fixture
def amina(database: Database, watch: Watch) -> int:
    """Somebody with an address and no phone."""
    with database.write() as session:
        person = build_estate(session).people["amina"]
        session.execute(update(Person).values(email=None))
        session.execute(
            update(Person)
            .where(Person.id == person)
            .values(email="amina@example.org", language="en", created_at=watch.moment)
        )
    return person


def tell(database: Database, person: int, body: str, kind: NotificationKind = ANSWERS) -> None:
    """A notification of its own."""
    with database.write() as session:
        notify(
            session,
            kind=kind.name,
            persons=[person],
            title="Answers",
            body=body,
            repeated="{count} answers",
            address="/board/7",
            merge_key=body,
        )


def gather(database: Database, now: datetime) -> list[str]:
    """The texts of the mails that this queues, as their readers see them."""
    with database.write() as session:
        gather_digests(
            session,
            KINDS,
            now,
            base_url="https://opgang.example",
            settings_path="/me/notifications",
        )
        rows = session.scalars(select(Mail.lines).order_by(Mail.id)).all()
        session.query(Mail).delete()
    speech = Speech("en")
    return ["\n\n".join(speech.say(unpack_message(line)) for line in lines) for lines in rows]


def subscribe(database: Database, person: int) -> None:
    """A phone of theirs."""
    with database.write() as session:
        deliveries.subscribe(
            session, person=person, sign_in=None, endpoint=PHONE, p256dh="", auth=""
        )


def push(database: Database, now: datetime, outcome: Outcome) -> int:
    """Plan and send what is due, ending like this; how many pushes that was."""
    with database.write() as session:
        deliveries.plan(session, KINDS, now)
        parcels = deliveries.claim(session, KINDS, now, 9)
        deliveries.note_results(session, [Result(parcel, outcome) for parcel in parcels], now)
    return len(parcels)


def test_it_tells_what_no_phone_was_told_once(database: Database, amina: int, watch: Watch) -> None:
    tell(database, amina, "Yasmin answered.")
    tell(database, amina, "Jonas too.")
    assert gather(database, watch()) == []
    (text,) = gather(database, watch.pass_by(timedelta(hours=3)))
    assert text.split("\n\n") == [
        "Answers: Jonas too.\nhttps://opgang.example/board/7",
        "Answers: Yasmin answered.\nhttps://opgang.example/board/7",
        "You choose what you hear, and how: https://opgang.example/me/notifications",
    ]
    assert gather(database, watch.pass_by(timedelta(days=1))) == []


def test_it_leaves_out_what_a_phone_was_told_and_what_was_switched_off(
    database: Database, amina: int, watch: Watch
) -> None:
    subscribe(database, amina)
    tell(database, amina, "on the phone")
    push(database, watch(), Outcome.SENT)
    tell(database, amina, "silent", SILENT)
    push(database, watch(), Outcome.REFUSED)
    assert gather(database, watch.pass_by(timedelta(hours=3))) == []
    with database.write() as session:
        move_switches(session, amina, {(SILENT, Channel.EMAIL): True})
    tell(database, amina, "wanted", SILENT)
    push(database, watch(), Outcome.REFUSED)
    (text,) = gather(database, watch.pass_by(timedelta(days=1)))
    assert "wanted" in text


def test_it_leaves_out_what_who_moved_out_may_no_longer_hear(
    database: Database, amina: int, watch: Watch
) -> None:
    tell(database, amina, "From the stairwell", AT_HOME)
    with database.write() as session:
        session.execute(update(Household).values(ends_on=FRIDAY.date() - timedelta(days=1)))
    assert gather(database, FRIDAY) == []
    tell(database, amina, "About oneself")
    watch.moment = FRIDAY + timedelta(days=1)
    (mail,) = gather(database, watch.moment + timedelta(hours=1))
    assert "About oneself" in mail
    assert "From the stairwell" not in mail


@pytest.mark.parametrize(("digest", "days"), [(Digest.DAILY, 1), (Digest.WEEKLY, 7)])
def test_what_comes_in_the_evening_is_told_by_the_next_mail(
    database: Database, amina: int, watch: Watch, digest: Digest, days: int
) -> None:
    with database.write() as session:
        set_quiet(session, amina, None, None, digest)
    watch.pass_by(timedelta(hours=10))
    tell(database, amina, "at eleven in the evening")
    found = []
    while watch() < FRIDAY + timedelta(days=days, hours=1):
        if gather(database, watch()):
            found.append(watch())
        watch.pass_by(timedelta(hours=1))
    assert found == [FRIDAY + timedelta(days=days)]


def test_who_chooses_a_weekly_mail_gets_it_on_friday_not_at_once(
    database: Database, amina: int, watch: Watch
) -> None:
    with database.write() as session:
        set_quiet(session, amina, None, None, Digest.NEVER)
    tell(database, amina, "on Friday")
    watch.pass_by(timedelta(days=4))
    with database.write() as session:
        set_quiet(session, amina, None, None, Digest.WEEKLY)
    assert gather(database, watch.pass_by(timedelta(minutes=5))) == []
    assert "on Friday" in gather(database, FRIDAY + timedelta(days=7))[0]


@pytest.mark.parametrize(("outcome", "mails"), [(Outcome.SENT, 0), (Outcome.REFUSED, 1)])
def test_what_waits_for_the_end_of_quiet_hours_comes_by_push_or_by_the_next_mail(
    database: Database, amina: int, watch: Watch, outcome: Outcome, mails: int
) -> None:
    subscribe(database, amina)
    with database.write() as session:
        set_quiet(session, amina, time(13), time(22), Digest.DAILY)
    watch.pass_by(timedelta(hours=1))
    tell(database, amina, "while she sleeps")
    watch.moment = FRIDAY
    assert gather(database, watch()) == []  # not given to her phone yet
    assert push(database, watch(), outcome) == 0
    assert gather(database, watch.pass_by(timedelta(minutes=5))) == []
    assert push(database, watch.pass_by(timedelta(hours=6)), outcome) == 1
    assert gather(database, watch.pass_by(timedelta(minutes=5))) == []
    assert len(gather(database, FRIDAY + timedelta(days=1))) == mails
    assert gather(database, FRIDAY + timedelta(days=2)) == []


@pytest.mark.parametrize(
    ("digest", "days_with_mail"),
    [(Digest.DAILY, [0, 1, 2, 3, 4, 5, 6, 7]), (Digest.WEEKLY, [0, 7]), (Digest.NEVER, [])],
)
def test_it_goes_as_often_as_one_wants_it(
    database: Database, amina: int, watch: Watch, digest: Digest, days_with_mail: list[int]
) -> None:
    with database.write() as session:
        set_quiet(session, amina, None, None, digest)
    watch.pass_by(timedelta(hours=3))
    found = []
    for day in range(8):
        tell(database, amina, f"on day {day}")
        if gather(database, watch()):
            found.append(day)
        watch.pass_by(timedelta(days=1))
    assert found == days_with_mail


def test_nobody_without_an_address_is_written_to_and_nothing_old_is_told(
    database: Database, amina: int, watch: Watch
) -> None:
    tell(database, amina, "old")
    tell(database, amina + 1, "to somebody without an address")
    watch.pass_by(timedelta(days=16))
    tell(database, amina, "fresh")
    (text,) = gather(database, watch.pass_by(timedelta(days=1)))
    assert "fresh" in text
    assert "old" not in text


def test_a_long_one_ends_with_how_many_more(database: Database, amina: int, watch: Watch) -> None:
    for number in range(23):
        tell(database, amina, f"number {number}")
    (text,) = gather(database, watch.pass_by(timedelta(hours=3)))
    paragraphs = text.split("\n\n")
    assert len(paragraphs) == 22
    assert paragraphs[-2] == "And 3 more."


@pytest.mark.parametrize(
    ("digest", "now", "moment"),
    [
        (Digest.DAILY, "2026-11-20T15:59+01:00", "2026-11-19T16:00+01:00"),
        (Digest.DAILY, "2026-11-20T16:00+01:00", "2026-11-20T16:00+01:00"),
        (Digest.WEEKLY, "2026-11-20T15:59+01:00", "2026-11-13T16:00+01:00"),
        (Digest.WEEKLY, "2026-11-20T16:00+01:00", "2026-11-20T16:00+01:00"),
        (Digest.WEEKLY, "2026-11-24T08:00+01:00", "2026-11-20T16:00+01:00"),
        # over both changes of the clock it stays four in the afternoon
        (Digest.DAILY, "2026-03-29T12:00+02:00", "2026-03-28T16:00+01:00"),
        (Digest.WEEKLY, "2026-10-26T12:00+01:00", "2026-10-23T16:00+02:00"),
        (Digest.NEVER, "2026-11-20T16:00+01:00", None),
    ],
)
def test_it_goes_at_four_in_the_afternoon_and_weekly_on_friday(
    digest: Digest, now: str, moment: str | None
) -> None:
    local = clock.local(datetime.fromisoformat(now))
    expected = datetime.fromisoformat(moment) if moment else None
    assert last_digest_time(digest, local) == expected
