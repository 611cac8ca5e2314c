"""Printing letters and letting people in by them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.access.actions import confirm_session, tell_of_sign_in
from estate.access.queries import beginning_of, known_already, works_here
from estate.audit.actions import record
from estate.codes.actions import new_code
from estate.codes.rules import code_hash
from estate.database import stale
from estate.invitations.models import Invitation, InvitationUse
from estate.invitations.queries import Addressee, Adult, Batch, addressees, letter_of
from estate.language import N_
from estate.passkeys.queries import passkeys_of
from estate.people.models import Household
from estate.permissions import Scope
from estate.refusals import Missing, Refused
from estate.retention.actions import erase_some
from estate.values.queries import default_number


def print_letters(
    session: Session, key: bytes, scope: Scope, batch: Batch, now: datetime
) -> list[tuple[Addressee, str]]:
    """New letters for a batch of households, each with its code; earlier letters end.

    At most `letters_at_once` of them; Missing when a single household is out of scope.
    """
    day = clock.local(now).date()
    found = addressees(session, scope, batch, day, default_number("letters_at_once", day))
    if not found and batch.household is not None:
        raise Missing
    _take_turns(session, [addressee.household for addressee in found])
    letters = [(addressee, new_code()) for addressee in found]
    _end_letters(session, [addressee.household for addressee in found], now)
    until = now + timedelta(days=default_number("invitation_days", day))
    rows = [
        {
            "household_id": addressee.household,
            "code_hash": code_hash(key, code),
            "printed_by_id": scope.person,
            "created_at": now,
            "expires_at": until,
        }
        for addressee, code in letters
    ]
    if rows:
        session.execute(insert(Invitation), rows)
    _note_letters(session, scope, found)
    return letters


def _take_turns(session: Session, households: Sequence[int]) -> None:
    """Of two printings at once the later waits, so that it ends the earlier one's letters."""
    rows = select(Household.id).where(Household.id.in_(households)).order_by(Household.id)
    session.execute(rows.with_for_update(key_share=True))


def _end_letters(session: Session, households: Sequence[int], now: datetime) -> None:
    session.execute(
        update(Invitation)
        .where(Invitation.household_id.in_(households), Invitation.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )


def withdraw_letters(session: Session, now: datetime) -> None:
    """Let no letter that was printed so far admit anybody any more."""
    session.execute(
        update(Invitation).where(Invitation.withdrawn_at.is_(None)).values(withdrawn_at=now)
    )


def _note_letters(session: Session, scope: Scope, found: Sequence[Addressee]) -> None:
    for addressee in found:
        record(
            session,
            "printed_letter",
            ("household", addressee.household),
            actor=scope.person,
            organisation=addressee.organisation,
        )
        stale(session, f"household:{addressee.household}", "devices")


def admit(session: Session, key: bytes, code: str, member: int, now: datetime) -> int:
    """Let one named adult in by their household's letter; returns the person.

    Missing when the letter admits nobody of that name any more; Refused before they move in, and
    for those who work here. Whoever has ways in of their own hears of it on all of them.
    """
    letter = letter_of(session, key, code, now)
    adult = next((one for one in letter.adults if one.member == member), None) if letter else None
    if letter is None or adult is None:
        raise Missing
    _refuse_those_it_does_not_open_for(session, adult, now)
    _use_letter(session, letter.invitation, adult.person, now)
    if known_already(session, adult.person, now) or passkeys_of(session, adult.person):
        title = N_("Signed in with a letter")
        body = N_(
            "Somebody signed in as you with your household's letter. Was it not you? Sign it out."
        )
        tell_of_sign_in(session, adult.person, title, body)
    return adult.person


def _refuse_those_it_does_not_open_for(session: Session, adult: Adult, now: datetime) -> None:
    if adult.early:
        raise Refused(N_("You can come in from {day}, when you move in."), day=adult.starts_on)
    if works_here(session, adult.person, clock.local(now).date()):
        raise Refused(
            N_("You work here, so no letter lets you in: sign in with your own e-mail address.")
        )


def confirm_by_letter(session: Session, key: bytes, scope: Scope, code: str, now: datetime) -> bool:
    """Trust the reader's session by a letter of their own household that they have not used.

    It must have come another way than the session: Refused for one that was printed since, or by
    whoever made the code at the counter.
    """
    letter = letter_of(session, key, code, now)
    adults = {adult.person: adult for adult in letter.adults} if letter else {}
    if letter is None or scope.person not in adults:
        return False
    _refuse_those_it_does_not_open_for(session, adults[scope.person], now)
    begun = beginning_of(session, scope)
    if letter.printed_at >= begun.at:
        raise Refused(
            N_(
                "This letter was printed after you were signed in here. "
                "Sign out, and sign in with the letter instead."
            )
        )
    if begun.by is not None and letter.printed_by == begun.by:
        raise Refused(
            N_(
                "Whoever signed you in here has printed this letter too. "
                "Show in another way that it is you."
            )
        )
    _use_letter(session, letter.invitation, scope.person, now)
    confirm_session(session, scope, now)
    return True


def _use_letter(session: Session, invitation: int, person: int, now: datetime) -> None:
    session.add(InvitationUse(invitation_id=invitation, person_id=person, used_at=now))
    record(session, "came_in_by_letter", ("person", person), actor=person)
    session.flush()


def forget(session: Session, before: datetime) -> int:
    """Erase some of the letters that ended before a moment; returns how many."""
    return len(erase_some(session, Invitation, Invitation.expires_at < before))
