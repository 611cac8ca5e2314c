"""Making a card at the counter, coming in with it, and ending it."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.access.actions import end_sessions_begun, tell_of_sign_in
from estate.access.queries import beginning_of, works_here
from estate.access.rules import BY_CARD
from estate.audit.actions import record
from estate.cards.models import Card
from estate.cards.queries import Held, Holder, holder, living_card
from estate.cards.rules import CardState, pin_hash, pin_right
from estate.codes.actions import new_code
from estate.codes.rules import code_hash
from estate.database import one_at_a_time, stale
from estate.language import N_
from estate.people.models import Household, Member
from estate.permissions import Scope
from estate.refusals import Missing, Refused
from estate.retention.actions import erase_some
from estate.values.queries import default_number


class Made(NamedTuple):
    """A card just made: whose, and the code that is shown only now."""

    holder: Holder
    code: str


def issue_card(
    session: Session, key: bytes, scope: Scope, household: int, person: int, now: datetime
) -> Made:
    """A card for an adult of a household within scope; the one before ends with what it opened.

    The deed is logged where the person sees it, and they are told. Missing out of scope, Refused
    for those who work here.
    """
    day = clock.local(now).date()
    found = holder(session, scope, household, person, day)
    if found is None:
        raise Missing
    if works_here(session, person, day):
        raise Refused(N_("This person works here and signs in with their own e-mail address."))
    one_at_a_time(session, f"card person:{person}")
    _end(session, person, now)
    code = new_code()
    session.add(
        Card(
            person_id=person,
            household_id=household,
            code_hash=code_hash(key, "card", code),
            issued_by_id=scope.person,
            issued_at=now,
        )
    )
    record(
        session,
        "issued_card",
        ("person", person),
        actor=scope.person,
        on_behalf_of=person,
        organisation=found.organisation,
    )
    tell_of_sign_in(
        session,
        person,
        N_("The office made you a household card"),
        N_("With it and a PIN one signs in as you. You did not ask for it? Tell the office."),
    )
    return Made(found, code)


def _end(session: Session, person: int, now: datetime, spared: int | None = None) -> bool:
    """End the card somebody has, and every session begun with it but `spared`; was there one?"""
    stale(session, f"person:{person}", "devices")
    ended = update(Card).where(Card.person_id == person, Card.ended_at.is_(None))
    issued = session.scalars(ended.values(ended_at=now).returning(Card.issued_at)).all()
    if issued:
        end_sessions_begun(session, person, BY_CARD, min(issued), spared)
    return bool(issued)


def choose_pin(session: Session, key: bytes, card: Held, pin: str, now: datetime) -> None:
    """The first to come with a card chooses its PIN. Refused when somebody was faster."""
    _refuse_staff(session, card, now)
    chosen = session.scalars(
        update(Card)
        .where(Card.id == card.id, Card.pin_hash.is_(None), Card.ended_at.is_(None))
        .values(pin_hash=pin_hash(key, pin), chosen_at=now, used_at=now)
        .returning(Card.id)
    ).all()
    if not chosen:
        raise Refused(N_("This card has a PIN already. Sign in with it."))
    record(session, "chose_pin", ("person", card.person), actor=card.person)
    stale(session, f"person:{card.person}", "devices")


def try_pin(session: Session, key: bytes, card: Held, pin: str, now: datetime) -> CardState | None:
    """Whether a PIN opens a card: READY when it is right, None when it is wrong.

    LOCKED once too many were wrong; its person hears of the lock. Several at once are counted one
    by one, since the card is held.
    """
    _refuse_staff(session, card, now)
    if card.state is not CardState.READY or card.pin_hash is None:
        return CardState.LOCKED if card.state is CardState.LOCKED else None
    if pin_right(key, pin, card.pin_hash):
        session.execute(update(Card).where(Card.id == card.id).values(wrong=0, used_at=now))
        return CardState.READY
    counted = update(Card).where(Card.id == card.id).values(wrong=Card.wrong + 1)
    wrong = session.scalars(counted.returning(Card.wrong)).one()
    if wrong < default_number("card_wrong_pins", clock.local(now).date()):
        return None
    _lock(session, card, now)
    return CardState.LOCKED


def _refuse_staff(session: Session, card: Held, now: datetime) -> None:
    if works_here(session, card.person, clock.local(now).date()):
        raise Refused(
            N_("You work here, so no card lets you in: sign in with your own e-mail address.")
        )


def _lock(session: Session, card: Held, now: datetime) -> None:
    # Sessions go on: whoever guesses has not come in, and could sign its person out from anywhere.
    session.execute(update(Card).where(Card.id == card.id).values(locked_at=now))
    record(session, "locked_card", ("person", card.person), actor=None)
    tell_of_sign_in(
        session,
        card.person,
        N_("Your household card is locked"),
        N_("Somebody typed a wrong PIN too often. The office can make you a new card."),
    )
    stale(session, f"person:{card.person}", "devices")


def revoke_card(session: Session, scope: Scope, now: datetime) -> None:
    """End the reader's own card, if they have one, and sign out what it opened but this device."""
    if _end(session, scope.person, now, scope.reader.session):
        record(session, "ended_card", ("person", scope.person), actor=scope.person)


def vouch(session: Session, scope: Scope, now: datetime) -> None:
    """The reader says, in a session that is trusted, that the card is theirs.

    From now on it opens as much as a code sent to them would.
    """
    session.execute(
        update(Card)
        .where(
            Card.person_id == scope.person,
            Card.ended_at.is_(None),
            Card.chosen_at.is_not(None),
            Card.confirmed_at.is_(None),
        )
        .values(confirmed_at=now)
    )
    stale(session, f"person:{scope.person}", "devices")


def vouch_by_session(session: Session, scope: Scope, now: datetime) -> None:
    """A session that began with the card was confirmed by an own channel: so is the card."""
    begun = beginning_of(session, scope)
    card = living_card(session, scope.person, clock.local(now).date())
    if begun.how in BY_CARD and card is not None and begun.at >= card.issued_at:
        vouch(session, scope, now)


def end_cards(session: Session, now: datetime) -> None:
    """Let no card that was made so far open anything any more."""
    session.execute(update(Card).where(Card.ended_at.is_(None)).values(ended_at=now))


def forget(session: Session, before: datetime) -> int:
    """Erase some cards that ended, or whose tenancy did, before a moment; returns how many."""
    day = clock.local(before).date()
    moved_out = select(Member.id).join(Household, Member.household_id == Household.id)
    over = moved_out.where(
        Member.person_id == Card.person_id,
        Member.household_id == Card.household_id,
        or_(Member.ends_on < day, Household.ends_on < day),
    )
    return len(erase_some(session, Card, or_(Card.ended_at < before, over.exists())))
