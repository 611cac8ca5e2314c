"""Household cards: whom they are made for, what opens them, and what ends them."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.access import actions as access
from estate.access.models import SignInSession
from estate.access.queries import presence
from estate.access.rules import Beginning
from estate.audit.models import Deed
from estate.cards import actions as cards
from estate.cards.models import Card
from estate.cards.queries import Held, card_of, cards_in, living_card
from estate.cards.rules import CardState, pin_hash, pin_problem, pin_right, typed_pin
from estate.database import Database
from estate.notifications.models import Notification
from estate.people.models import Household, Member, Person
from estate.permissions import Permission, Role, ScopeKind, scope
from estate.refusals import Missing, Refused
from tests.builders import Estate, build_estate, give_role, reader

KEY = b"a key for tests"
PIN = "4711"


def issue(session: Session, estate: Estate, name: str = "amina", by: str = "office") -> str:
    """A card from the counter; returns its code."""
    where = scope(reader(session, estate.people[by]), Permission.ISSUE_CARD)
    household, person = estate.households[name], estate.people[name]
    return cards.issue_card(session, KEY, where, household, person, clock.now()).code


def held(session: Session, code: str, now: datetime | None = None) -> Held:
    found = card_of(session, KEY, code, now or clock.now())
    assert found is not None
    return found


def ready(session: Session, estate: Estate) -> str:
    """A card whose PIN was chosen; returns its code."""
    code = issue(session, estate)
    cards.choose_pin(session, KEY, held(session, code), PIN, clock.now())
    return code


@pytest.mark.parametrize(
    ("pin", "good"),
    [
        ("4711", True),
        ("20304050", True),
        ("112233", True),
        ("471", False),
        ("471100000", False),
        ("", False),
        ("47a1", False),
        ("0000", False),
        ("77777777", False),
        ("1234", False),
        ("456789", False),
        ("8901", False),
        ("4321", False),
        ("٤٧١١", False),  # only as `typed_pin` gives it
    ],
)
def test_a_pin_has_four_to_eight_digits_that_are_not_the_first_to_be_tried(
    pin: str, good: bool
) -> None:
    assert (pin_problem(pin) is None) is good


def test_a_pin_is_the_same_in_anybodys_digits_and_with_spaces() -> None:
    assert typed_pin(" 47 11 ") == typed_pin("٤٧١١") == "4711"


@settings(max_examples=5, deadline=None)
@given(st.from_regex(r"[0-9]{4,8}", fullmatch=True))
def test_a_pin_is_kept_so_that_it_tells_nothing_without_the_key(pin: str) -> None:
    kept = pin_hash(KEY, pin)
    assert pin_right(KEY, pin, kept)
    assert not pin_right(b"another key", pin, kept)
    assert not pin_right(KEY, pin + "0", kept)
    assert pin_hash(KEY, pin) != kept, "two who choose the same are not seen to"


def test_the_first_chooses_the_pin_and_then_it_opens(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        code = issue(session, estate)
        card = held(session, f"{code[:4]}-{code[4:].lower()}")
        assert (card.state, card.name, card.confirmed) == (CardState.NEW, "Amina", False)
        assert card.issued_by == estate.people["office"]
        assert cards.try_pin(session, KEY, card, PIN, clock.now()) is None
        cards.choose_pin(session, KEY, card, PIN, clock.now())
        with pytest.raises(Refused):
            cards.choose_pin(session, KEY, card, "9182", clock.now())
        card = held(session, code)
        assert cards.try_pin(session, KEY, card, "4712", clock.now()) is None
        assert cards.try_pin(session, KEY, card, PIN, clock.now()) is CardState.READY
        row = session.scalars(select(Card)).one()
    assert code not in row.code_hash


def test_five_wrong_pins_lock_a_card_and_a_right_one_begins_the_count_anew(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        code = ready(session, estate)
        session.get_one(Person, estate.people["amina"]).email_confirmed_at = clock.now()
        for pin in (*("0001",) * 4, PIN, *("0002",) * 4):
            cards.try_pin(session, KEY, held(session, code), pin, clock.now())
        assert held(session, code).state is CardState.READY
        locked = cards.try_pin(session, KEY, held(session, code), "0003", clock.now())
        assert locked is CardState.LOCKED
        assert cards.try_pin(session, KEY, held(session, code), PIN, clock.now()) is locked
        told = session.scalars(select(Notification.title)).all()
        assert "Your household card is locked" in told
        fresh = issue(session, estate)
        assert card_of(session, KEY, code, clock.now()) is None
        assert held(session, fresh).state is CardState.NEW


def test_wrong_pins_at_the_same_moment_are_counted_one_by_one(database: Database) -> None:
    with database.write() as session:
        code = ready(session, build_estate(session))
    ended: list[CardState | None] = []

    def guess(number: int) -> None:
        with database.write() as session:
            card = held(session, code)
            ended.append(cards.try_pin(session, KEY, card, f"90{number:02}", clock.now()))

    guessing = [threading.Thread(target=guess, args=(number,)) for number in range(8)]
    for one in guessing:
        one.start()
    for one in guessing:
        one.join(30)
    assert ended.count(None) == 4
    assert ended.count(CardState.LOCKED) == 4


def test_a_new_card_ends_the_one_before_and_is_seen_by_its_person(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        first, second = ready(session, estate), issue(session, estate)
        now, day, amina = clock.now(), clock.today(), estate.people["amina"]
        assert card_of(session, KEY, first, now) is None
        line = living_card(session, amina, day)
        assert line is not None
        assert line.chosen_at is None
        assert set(cards_in(session, estate.households["amina"], day)) == {amina}
        made = select(Deed.verb).where(Deed.on_behalf_of_id == amina)
        assert list(session.scalars(made)) == ["issued_card", "issued_card"]
        told = session.scalars(select(Notification.person_id)).all()
        assert set(told) == {amina}
        own = scope(reader(session, amina), Permission.OWN_PAGES)
        cards.revoke_card(session, own, now)
        assert card_of(session, KEY, second, now) is None
        assert living_card(session, amina, day) is None


def move_out(session: Session, estate: Estate, day: date) -> None:
    household = estate.households["amina"]
    session.execute(update(Household).where(Household.id == household).values(ends_on=day))


def leave(session: Session, estate: Estate, day: date) -> None:
    amina = estate.people["amina"]
    session.execute(update(Member).where(Member.person_id == amina).values(ends_on=day))


def restore(session: Session, estate: Estate, day: date) -> None:
    cards.end_cards(session, clock.now())


@pytest.mark.parametrize("end", [move_out, leave, restore])
def test_a_card_dies_with_the_tenancy_the_membership_and_a_restore(
    database: Database, end: Callable[[Session, Estate, date], None]
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        code = ready(session, estate)
        yesterday = clock.today() - timedelta(days=1)
        end(session, estate, yesterday)
        session.flush()
        assert card_of(session, KEY, code, clock.now()) is None
        assert living_card(session, estate.people["amina"], clock.today()) is None
        assert cards.forget(session, clock.now() - timedelta(days=90)) == 0
        assert cards.forget(session, clock.now() + timedelta(days=2)) == 1


def test_a_card_goes_with_its_person(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        issue(session, estate)
        amina = estate.people["amina"]
        session.execute(delete(Member).where(Member.person_id == amina))
        session.execute(delete(Person).where(Person.id == amina))
        assert session.scalars(select(Card)).all() == []


def test_a_card_is_made_by_whoever_serves_the_section_for_who_lives_there(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        office = scope(reader(session, estate.people["office"]), Permission.ISSUE_CARD)
        now = clock.now()
        households, people = estate.households, estate.people
        with pytest.raises(Missing):  # bent lives elsewhere
            cards.issue_card(session, KEY, office, households["amina"], people["bent"], now)
        for name in ("caretaker", "chair", "amina"):
            nobody = scope(reader(session, people[name]), Permission.ISSUE_CARD)
            with pytest.raises(Missing):
                cards.issue_card(session, KEY, nobody, households["amina"], people["amina"], now)
        give_role(session, people["bent"], Role.CARETAKER, ScopeKind.OFFICE, estate.office)
        with pytest.raises(Refused):  # a colleague's card would lend out the colleague's rights
            cards.issue_card(session, KEY, office, households["bent"], people["bent"], now)
        code = ready(session, estate)
        give_role(session, people["amina"], Role.OFFICE, ScopeKind.OFFICE, estate.office)
        with pytest.raises(Refused):
            cards.try_pin(session, KEY, held(session, code), PIN, now)


def begin(session: Session, card: Held) -> str:
    """Come in with a card, as the page does."""
    by = None if card.confirmed else card.issued_by
    return access.begin_session(
        session, card.person, Beginning.CARD, "Library", by, confirmed=card.confirmed
    )


def trusted(session: Session, token: str) -> bool:
    found = presence(session, token, clock.now())
    assert found is not None
    return found.trusted


def test_a_card_opens_little_until_an_own_channel_says_it_is_ones_own(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        code = ready(session, estate)
        token = begin(session, held(session, code))
        assert not trusted(session, token)
        row = session.scalars(select(SignInSession)).one()
        assert row.begun_by_id == estate.people["office"]
        here = reader(session, estate.people["amina"])
        own = scope(replace(here, session=row.id), Permission.OWN_PAGES)
        access.confirm_session(session, own, clock.now())
        cards.vouch_by_session(session, own, clock.now())
        assert trusted(session, token)
        assert held(session, code).confirmed
        assert trusted(session, begin(session, held(session, code)))
        fresh = issue(session, estate)
        assert not held(session, fresh).confirmed, "a new card begins at the counter again"


def living(session: Session, *tokens: str) -> list[bool]:
    """Which of these sessions go on."""
    return [presence(session, token, clock.now()) is not None for token in tokens]


def test_a_new_card_signs_out_whoever_came_in_with_the_one_before(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        code = ready(session, estate)
        by_card = begin(session, held(session, code))
        by_mail = access.begin_session(session, estate.people["amina"], Beginning.EMAIL)
        other = access.begin_session(session, estate.people["yasmin"], Beginning.CARD)
        issue(session, estate)
        assert living(session, by_card, by_mail, other) == [False, True, True]


def test_who_ends_their_card_is_signed_out_where_it_opened_but_not_here(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        code = ready(session, estate)
        here = begin(session, held(session, code))
        elsewhere = begin(session, held(session, code))
        found = presence(session, here, clock.now())
        assert found is not None
        now_reading = replace(reader(session, estate.people["amina"]), session=found.session)
        cards.revoke_card(session, scope(now_reading, Permission.OWN_PAGES), clock.now())
        assert living(session, here, elsewhere) == [True, False]


def test_wrong_pins_from_anywhere_sign_nobody_out(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        code = ready(session, estate)
        here = begin(session, held(session, code))
        for _ in range(5):
            cards.try_pin(session, KEY, held(session, code), "0001", clock.now())
        assert held(session, code).state is CardState.LOCKED
        assert living(session, here) == [True]
        issue(session, estate)
        assert living(session, here) == [False]


def test_another_session_that_is_confirmed_says_nothing_of_the_card(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        amina = estate.people["amina"]
        access.begin_session(session, amina, Beginning.OFFICE)
        row = session.scalars(select(SignInSession)).one()
        code = ready(session, estate)
        here = reader(session, amina)
        own = scope(replace(here, session=row.id), Permission.OWN_PAGES)
        cards.vouch_by_session(session, own, clock.now())
        assert not held(session, code).confirmed
        cards.vouch(session, own, clock.now())
        assert held(session, code).confirmed
