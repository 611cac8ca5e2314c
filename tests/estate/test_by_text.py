"""What goes by SMS beside the push: to whom, when, and in which words."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.database import Database
from estate.deliveries import actions as deliveries
from estate.deliveries.models import Delivery
from estate.deliveries.queries import outbox_health
from estate.digests.actions import gather_digests
from estate.language import unpack_message
from estate.mails.models import Mail
from estate.notifications.actions import move_switches, notify
from estate.notifications.models import Notification
from estate.notifications.queries import switches
from estate.notifications.rules import ByText, Channel, NotificationKind, goes_by_text, wanted
from estate.outbox.rules import OutboxState
from estate.people.models import Household, Member, Person
from estate.people.rules import LetterChannel
from estate.permissions import Permission
from estate.texts import actions as texts
from estate.texts.actions import Outgoing
from estate.texts.models import TextMessage
from tests.builders import Estate, build_estate
from tests.watch import Watch
from web.catalogues import speeches

WATER = NotificationKind("water", "Service messages", sms=ByText.URGENT)
VISIT = NotificationKind("visit", "Agreed visits", sms=ByText.ALWAYS)
BOARD = NotificationKind("board", "The noticeboard")
ALWAYS = NotificationKind("sign_in_too", "Sign-in", fixed=True, sms=ByText.URGENT)
HERE = NotificationKind("here", "Here", receivers=Permission.READ_BOARD, sms=ByText.URGENT)
KINDS = {kind.name: kind for kind in (WATER, VISIT, BOARD, ALWAYS, HERE)}
NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
NUMBER = "+4520304050"


@pytest.mark.parametrize(
    ("kind", "chosen", "urgent", "goes"),
    [
        (WATER, True, True, True),
        (WATER, True, False, False),
        (WATER, None, True, False),  # off until wished
        (WATER, False, True, False),
        (VISIT, True, False, True),
        (VISIT, True, True, True),
        (VISIT, None, True, False),
        (BOARD, True, True, False),  # not offered at all
        (ALWAYS, None, True, False),  # what cannot be switched off elsewhere is off here, too
        (ALWAYS, True, True, True),
    ],
)
def test_an_sms_is_wished_and_cannot_wait(
    kind: NotificationKind, chosen: bool | None, urgent: bool, goes: bool
) -> None:
    assert goes_by_text(kind, chosen, urgent=urgent) is goes
    assert wanted(BOARD, Channel.SMS, True) is False


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """The house's clock, in the test's hand."""
    own = Watch(NOON)
    monkeypatch.setattr(clock, "now", own)
    return own


@pytest.fixture
def estate(database: Database, watch: Watch) -> Estate:
    """Amina has a number and wishes everything by SMS; bent has one and wishes nothing."""
    with database.write() as session:
        built = build_estate(session)
        for name in ("amina", "bent"):
            own = update(Person).where(Person.id == built.people[name])
            session.execute(own.values(phone=NUMBER, quiet_from=time(22), quiet_until=time(7)))
        for name in ("amina", "yasmin"):
            wish = {(kind, Channel.SMS): True for kind in KINDS.values()}
            move_switches(session, built.people[name], wish)
    return built


def tell(
    session: Session,
    estate: Estate,
    kind: NotificationKind = WATER,
    body: str = "Kl. 10",
    **more: bool,
) -> None:
    notify(
        session,
        kind=kind.name,
        persons=[estate.people[name] for name in ("amina", "bent", "yasmin")],
        title="Vandet er lukket",
        body=body,
        address="/notices/7",
        merge_key="notice-7",
        **{"urgent": True, **more},
    )


def plan(database: Database, watch: Watch) -> None:
    with database.write() as session:
        while deliveries.plan(session, KINDS, watch()):
            pass


def claim(database: Database, watch: Watch) -> list[Outgoing]:
    with database.write() as session:
        return deliveries.claim_texts(session, KINDS, watch(), 10)


def said(text: Outgoing) -> str:
    return speeches()["da"].say(unpack_message(text.text))


def end(database: Database, text: Outgoing, watch: Watch, *, sent: bool = True) -> None:
    with database.write() as session:
        if sent:
            texts.note_sent(session, text, watch())
        else:
            texts.note_failed(session, text, "away", watch(), final=False)


def test_who_wished_it_and_has_a_number_is_texted_beside_the_push(
    database: Database, estate: Estate, watch: Watch
) -> None:
    with database.write() as session:
        deliveries.subscribe(
            session,
            person=estate.people["amina"],
            sign_in=None,
            endpoint="https://push.example/1",
            p256dh="p",
            auth="a",
        )
        tell(session, estate)
    plan(database, watch)
    (text,) = claim(database, watch)
    assert (text.to, said(text), text.ending) == (NUMBER, "Vandet er lukket: Kl. 10", "/notices/7")
    with database.read() as session:
        assert len(session.scalars(select(Delivery)).all()) == 1
        assert session.scalars(select(TextMessage.person_id)).all() == [estate.people["amina"]]


def test_what_can_wait_is_not_texted_but_an_agreed_visit_is(
    database: Database, estate: Estate, watch: Watch
) -> None:
    with database.write() as session:
        tell(session, estate, urgent=False)
        tell(session, estate, BOARD)
    plan(database, watch)
    assert claim(database, watch) == []
    with database.write() as session:
        tell(session, estate, VISIT, urgent=False)
    plan(database, watch)
    assert len(claim(database, watch)) == 1


def test_quiet_hours_hold_for_an_sms_unless_it_cannot_wait(
    database: Database, estate: Estate, watch: Watch
) -> None:
    watch.moment = NIGHT
    with database.write() as session:
        tell(session, estate, VISIT, urgent=False)
    plan(database, watch)
    assert claim(database, watch) == []
    watch.moment = NIGHT + timedelta(hours=5)
    assert len(claim(database, watch)) == 1, "at seven in Denmark"
    watch.moment = NIGHT
    with database.write() as session:
        tell(session, estate)
    plan(database, watch)
    assert len(claim(database, watch)) == 1


def test_what_was_merged_before_it_went_out_is_one_sms_with_the_newest_words(
    database: Database, estate: Estate, watch: Watch
) -> None:
    with database.write() as session:
        tell(session, estate)
    plan(database, watch)
    with database.write() as session:
        tell(session, estate, body="Kl. 11")
    plan(database, watch)
    (text,) = claim(database, watch)
    assert said(text).startswith("Vandet er lukket: Kl. 11")
    end(database, text, watch)
    with database.write() as session:
        tell(session, estate, body="Åbent igen")
    plan(database, watch)
    (text,) = claim(database, watch)
    assert said(text) == "Vandet er lukket: Åbent igen"


def test_a_newer_word_is_never_followed_by_an_older_one_that_was_held_up(
    database: Database, estate: Estate, watch: Watch
) -> None:
    with database.write() as session:
        tell(session, estate)
    plan(database, watch)
    (older,) = claim(database, watch)
    end(database, older, watch, sent=False)
    with database.write() as session:
        tell(session, estate, body="Åbent igen")
    plan(database, watch)
    watch.pass_by(timedelta(minutes=5))
    (newer,) = claim(database, watch)
    assert said(newer) == "Vandet er lukket: Åbent igen"
    with database.read() as session:
        states = session.scalars(select(TextMessage.state).order_by(TextMessage.id)).all()
    assert list(states) == [OutboxState.REPLACED, OutboxState.WAITING]


def test_a_number_let_go_before_it_went_out_is_not_texted(
    database: Database, estate: Estate, watch: Watch
) -> None:
    with database.write() as session:
        tell(session, estate)
    plan(database, watch)
    with database.write() as session:
        session.execute(update(Person).values(phone=None))
    assert claim(database, watch) == []
    with database.read() as session:
        assert session.scalars(select(TextMessage)).all() == []


def test_a_household_that_gets_its_letters_by_sms_is_texted_until_it_chooses_otherwise(
    database: Database, estate: Estate, watch: Watch
) -> None:
    def choose(channel: LetterChannel) -> None:
        with database.write() as session:
            home = update(Household).where(Household.id == estate.households["bent"])
            session.execute(home.values(channel=channel))

    with database.write() as session:
        session.execute(update(Person).values(phone=None))
        known = update(Person).where(Person.id == estate.people["bent"])
        session.execute(known.values(contact_number=NUMBER))
    choose(LetterChannel.SMS)
    with database.write() as session:
        tell(session, estate, BOARD)
        tell(session, estate)
    plan(database, watch)
    choose(LetterChannel.DIGITAL)
    assert claim(database, watch) == [], "they chose otherwise before it went out"
    choose(LetterChannel.SMS)
    with database.write() as session:
        tell(session, estate, body="Kl. 12")
        stands = switches(session, estate.people["bent"], [WATER, BOARD])
    plan(database, watch)
    (text,) = claim(database, watch)
    assert (text.to, said(text)) == (NUMBER, "Vandet er lukket: Kl. 12")
    assert [one.sms for one in stands] == [True, None]


def test_a_digest_tells_nothing_again_that_an_sms_has_told(
    database: Database, estate: Estate, watch: Watch
) -> None:
    with database.write() as session:
        session.execute(update(Person).values(digest_sent_at=NOON - timedelta(days=1)))
        tell(session, estate)
    plan(database, watch)
    (text,) = claim(database, watch)
    end(database, text, watch)
    watch.moment = NOON + timedelta(hours=6)
    with database.write() as session:
        gather_digests(
            session, KINDS, watch(), base_url="http://localhost", settings_path="/me/notifications"
        )
    with database.read() as session:
        assert sorted(session.scalars(select(Mail.to))) == [
            "bent@example.org",
            "yasmin@example.org",
        ]


def test_what_somebody_may_no_longer_hear_is_not_texted_either(
    database: Database, estate: Estate, watch: Watch
) -> None:
    with database.write() as session:
        tell(session, estate, HERE)
    plan(database, watch)
    with database.write() as session:
        session.execute(update(Member).values(ends_on=NOON.date() - timedelta(days=1)))
    assert claim(database, watch) == []


def test_what_an_erased_notification_was_to_text_is_erased_with_it(
    database: Database, estate: Estate, watch: Watch
) -> None:
    with database.write() as session:
        tell(session, estate)
    plan(database, watch)
    with database.write() as session:
        session.delete(session.scalars(select(Notification)).first())
    with database.read() as session:
        assert session.scalars(select(TextMessage)).all() == []


def test_the_figures_know_what_waits_and_what_was_given_up(
    database: Database, estate: Estate, watch: Watch
) -> None:
    with database.write() as session:
        tell(session, estate)
    plan(database, watch)
    with database.read() as session:
        assert outbox_health(session, watch()).texts_waiting == 1
    (text,) = claim(database, watch)
    with database.write() as session:
        texts.note_failed(session, text, "no", watch(), final=True)
    with database.read() as session:
        health = outbox_health(session, watch())
    assert (health.texts_waiting, health.texts_given_up) == (0, 1)


def test_a_switch_stands_only_where_an_sms_is_offered_and_off_by_itself(
    database: Database, estate: Estate
) -> None:
    with database.read() as session:
        bent = switches(session, estate.people["bent"], list(KINDS.values()))
        amina = switches(session, estate.people["amina"], list(KINDS.values()))
    assert [(one.kind, one.sms) for one in bent] == [
        (WATER, False),
        (VISIT, False),
        (BOARD, None),
        (HERE, False),
    ]
    assert [one.sms for one in amina] == [True, True, None, True]
