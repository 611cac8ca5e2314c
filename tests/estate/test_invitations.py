"""The letter: one code a household, each named adult once, dead with the tenancy or the reprint."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.access import actions as access
from estate.access.models import SignInSession
from estate.access.rules import Beginning
from estate.audit.models import Deed
from estate.codes.rules import shown_code
from estate.database import Database
from estate.invitations import actions
from estate.invitations.models import Invitation
from estate.invitations.queries import Batch, letter_of, letter_places, live_letter, ways_in_of
from estate.invitations.rules import told_apart
from estate.mails.models import Mail
from estate.notifications.models import Notification
from estate.people.models import Household, Member, Origin, Person
from estate.permissions import Permission, Role, Scope, ScopeKind, scope
from estate.refusals import Missing, Refused
from tests.builders import (
    LONG_AGO,
    Estate,
    add_household,
    add_person,
    build_estate,
    give_role,
    reader,
)

KEY = b"a key for tests"


def inhabit(session: Session) -> Estate:
    """The builders' estate, with Karim in Amina's household, a child, and one who waits."""
    estate = build_estate(session)
    household = estate.households["amina"]
    for name, adult, confirmed in (
        ("karim", True, True),
        ("lina", False, True),
        ("omar", True, False),
    ):
        person = add_person(session, name)
        estate.people[name] = person.id
        session.add(
            Member(
                household_id=household,
                person_id=person.id,
                adult=adult,
                origin=Origin.IMPORT if confirmed else Origin.TENANT,
                starts_on=LONG_AGO,
                confirmed_at=clock.now() if confirmed else None,
            )
        )
    session.flush()
    return estate


def letter(session: Session, estate: Estate, name: str = "amina", who: str = "office") -> str:
    """Print one household's letter; returns its code."""
    batch = Batch(household=estate.households[name], everybody=True)
    where = scope(reader(session, estate.people[who]), Permission.INVITE)
    ((_, code),) = actions.print_letters(session, KEY, where, batch, clock.now())
    session.flush()
    return code


def names(session: Session, code: str) -> list[str]:
    """Who may still come in by a code; empty when it opens nothing."""
    found = letter_of(session, KEY, code, clock.now())
    return [adult.name for adult in found.adults] if found else []


def enter(session: Session, code: str, name: str) -> int:
    """Come in as one of those the code page lists."""
    found = letter_of(session, KEY, code, clock.now())
    assert found is not None
    (member,) = [adult.member for adult in found.adults if adult.name == name]
    return actions.admit(session, KEY, code, member, clock.now())


def test_a_letter_lets_in_each_named_adult_once(database: Database) -> None:
    with database.write() as session:
        estate = inhabit(session)
        code = shown_code(letter(session, estate)).lower()
        assert names(session, code) == ["Amina", "Karim"]
        found = letter_of(session, KEY, code, clock.now())
        assert found is not None
        first = found.adults[0].member
        assert enter(session, code, "Amina") == estate.people["amina"]
        assert names(session, code) == ["Karim"]
        with pytest.raises(Missing):
            actions.admit(session, KEY, code, first, clock.now())
        assert enter(session, code, "Karim") == estate.people["karim"]
        assert names(session, code) == []


def test_a_letter_lets_in_nobody_of_another_household(database: Database) -> None:
    with database.write() as session:
        estate = inhabit(session)
        code = letter(session, estate)
        others = session.scalars(
            select(Member.id).where(Member.household_id != estate.households["amina"])
        ).all()
        named = (estate.people["lina"], estate.people["omar"])
        inside = session.scalars(select(Member.id).where(Member.person_id.in_(named))).all()
        for member in (*others, *inside, 0, 10**12):
            with pytest.raises(Missing):
                actions.admit(session, KEY, code, member, clock.now())


def test_a_letter_works_sixty_days(database: Database) -> None:
    with database.write() as session:
        estate = inhabit(session)
        code, now = letter(session, estate), clock.now()
        assert letter_of(session, KEY, code, now + timedelta(days=59)) is not None
        assert letter_of(session, KEY, code, now + timedelta(days=60, seconds=1)) is None


def test_a_letter_dies_with_the_tenancy(database: Database) -> None:
    with database.write() as session:
        estate = inhabit(session)
        code = letter(session, estate)
        session.execute(
            update(Household)
            .where(Household.id == estate.households["amina"])
            .values(ends_on=clock.today() - timedelta(days=1))
        )
        assert letter_of(session, KEY, code, clock.now()) is None


def test_whoever_moved_out_is_not_on_the_letter(database: Database) -> None:
    with database.write() as session:
        estate = inhabit(session)
        code = letter(session, estate)
        session.execute(
            update(Member)
            .where(Member.person_id == estate.people["karim"])
            .values(ends_on=clock.today() - timedelta(days=1))
        )
        assert names(session, code) == ["Amina"]


def test_a_reprint_ends_the_letter_before(database: Database) -> None:
    with database.write() as session:
        estate = inhabit(session)
        first, second = letter(session, estate), letter(session, estate)
        assert names(session, first) == []
        assert names(session, second) == ["Amina", "Karim"]
        live = live_letter(session, estate.households["amina"], clock.now())
        assert live is not None
        assert live.uses == 0


def test_a_code_is_kept_only_as_a_keyed_hash(database: Database) -> None:
    with database.write() as session:
        estate = inhabit(session)
        code = letter(session, estate)
        kept = session.scalars(select(Invitation.code_hash)).one()
        assert code not in kept
        assert letter_of(session, b"another key", code, clock.now()) is None


def test_a_protected_person_is_an_alias_on_the_letter_too(database: Database) -> None:
    with database.write() as session:
        estate = inhabit(session)
        session.execute(
            update(Person).where(Person.id == estate.people["karim"]).values(protected=True)
        )
        where = scope(reader(session, estate.people["office"]), Permission.INVITE)
        batch = Batch(household=estate.households["amina"])
        ((to, code),) = actions.print_letters(session, KEY, where, batch, clock.now())
        session.flush()
        assert list(to.names) == ["Amina Prøve", "Beboer"]
        assert names(session, code) == ["Amina", "Beboer"]


def test_an_office_prints_no_letter_outside_its_sections(database: Database) -> None:
    with database.write() as session:
        estate = inhabit(session)
        for who in ("chair", "organisation", "amina", "caretaker"):
            with pytest.raises(Missing):
                letter(session, estate, "sofie", who)
        assert session.scalar(select(func.count()).select_from(Invitation)) == 0


def test_a_stairwells_letters_are_one_printing_for_those_not_yet_in(database: Database) -> None:
    with database.write() as session:
        estate = inhabit(session)
        access.begin_session(session, estate.people["yasmin"], Beginning.EMAIL)
        session.flush()
        where = scope(reader(session, estate.people["office"]), Permission.INVITE)
        batch = Batch(stairwell=estate.stairwell)
        made = actions.print_letters(session, KEY, where, batch, clock.now())
        assert [list(to.names) for to, _ in made] == [["Amina Prøve", "Karim Prøve"]]
        assert made[0][0].street == "Lærkevej 8, 2. tv."
        everybody = Batch(stairwell=estate.stairwell, everybody=True)
        again = actions.print_letters(session, KEY, where, everybody, clock.now())
        assert {to.household for to, _ in again} == {
            estate.households["amina"],
            estate.households["yasmin"],
        }
        session.flush()
        deeds = session.scalars(select(Deed.verb).where(Deed.verb == "printed_letter")).all()
        assert len(deeds) == 3


def test_letters_come_at_most_a_hundred_at_a_time(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        for number in range(120):
            person = add_person(session, f"p{number}", email=None).id
            add_household(
                session,
                estate.homes["bent"],
                person,
                starts=date(2020, 1, 2) + timedelta(days=number),
            )
        where = scope(reader(session, estate.people["office"]), Permission.INVITE)
        first = actions.print_letters(
            session, KEY, where, Batch(section=estate.section), clock.now()
        )
        last = first[-1][0].household
        rest = actions.print_letters(
            session, KEY, where, Batch(section=estate.section, after=last), clock.now()
        )
        assert len(first) == 100
        assert len(first) + len(rest) == 124
        assert len({code for _, code in first + rest}) == 124


def test_the_office_sees_how_far_the_letters_have_come(database: Database) -> None:
    with database.write() as session:
        estate = inhabit(session)
        enter(session, letter(session, estate), "Karim")
        where = scope(reader(session, estate.people["office"]), Permission.INVITE)
        places = {p.address: p for p in letter_places(session, where, clock.today())}
        assert places["Lærkevej 8"].households == 2
        assert (places["Lærkevej 8"].adults, places["Lærkevej 8"].inside) == (3, 1)
        assert set(places) == {"Lærkevej 8", "Lærkevej 10", "Lærkevej 12", "Søvej 1"}
        amina = scope(reader(session, estate.people["amina"]), Permission.INVITE)
        assert letter_places(session, amina, clock.today()) == []


def counter(session: Session, estate: Estate, at: timedelta) -> Scope:
    """Amina's own pages on a device that the office signed in, so long from now."""
    amina, office = estate.people["amina"], estate.people["office"]
    access.begin_session(session, amina, Beginning.OFFICE, begun_by=office)
    session.flush()
    number = session.scalars(select(func.max(SignInSession.id))).one()
    session.execute(
        update(SignInSession).where(SignInSession.id == number).values(began_at=clock.now() + at)
    )
    where = scope(reader(session, amina), Permission.OWN_PAGES)
    return replace(where, reader=replace(where.reader, session=number, trusted=False))


def second_office(session: Session, estate: Estate) -> None:
    """A colleague of the office's."""
    estate.people["colleague"] = add_person(session, "colleague").id
    give_role(session, estate.people["colleague"], Role.OFFICE, ScopeKind.OFFICE, estate.office)


def test_ones_own_letter_confirms_a_session_that_the_office_began(database: Database) -> None:
    with database.write() as session:
        estate = inhabit(session)
        second_office(session, estate)
        theirs = letter(session, estate, "bent", "colleague")
        code = letter(session, estate, "amina", "colleague")
        mine = counter(session, estate, timedelta(minutes=5))
        assert not actions.confirm_by_letter(session, KEY, mine, theirs, clock.now())
        assert actions.confirm_by_letter(session, KEY, mine, code, clock.now())
        assert not actions.confirm_by_letter(session, KEY, mine, code, clock.now())
        assert session.scalars(select(SignInSession.confirmed_at)).one() is not None


@pytest.mark.parametrize(("printer", "minutes"), [("office", 5), ("colleague", -5)])
def test_a_letter_from_the_same_hand_or_printed_since_confirms_nothing(
    database: Database, printer: str, minutes: int
) -> None:
    with database.write() as session:
        estate = inhabit(session)
        second_office(session, estate)
        code = letter(session, estate, "amina", printer)
        mine = counter(session, estate, timedelta(minutes=minutes))
        with pytest.raises(Refused):
            actions.confirm_by_letter(session, KEY, mine, code, clock.now())
        assert session.scalars(select(SignInSession.confirmed_at)).one() is None
        assert names(session, code) == ["Amina", "Karim"]


def told(session: Session, person: int) -> list[str]:
    return list(
        session.scalars(
            select(Notification.title).where(
                Notification.person_id == person, Notification.kind == "sign_in"
            )
        )
    )


def test_whoever_has_come_in_before_hears_that_a_letter_was_used(database: Database) -> None:
    with database.write() as session:
        estate = inhabit(session)
        amina, karim = estate.people["amina"], estate.people["karim"]
        session.execute(
            update(Person).where(Person.id == amina).values(email_confirmed_at=clock.now())
        )
        code = letter(session, estate)
        enter(session, code, "Amina")
        enter(session, code, "Karim")
        assert told(session, amina) == ["Signed in with a letter"]
        assert told(session, karim) == []  # the first time there is nobody to tell
        assert session.scalars(select(Mail.to)).all() == ["amina@example.org"]
        access.begin_session(session, karim, Beginning.INVITATION)
        enter(session, letter(session, estate), "Karim")
        assert told(session, karim) == ["Signed in with a letter"]


def test_one_sees_which_letters_were_printed_and_that_somebody_came_in(database: Database) -> None:
    with database.write() as session:
        estate = inhabit(session)
        amina, karim = estate.people["amina"], estate.people["karim"]
        enter(session, letter(session, estate), "Amina")
        session.flush()
        verbs = [way.verb for way in ways_in_of(session, amina)]
        assert verbs == ["came_in_by_letter", "printed_letter"]
        assert [way.verb for way in ways_in_of(session, karim)] == ["printed_letter"]
        assert ways_in_of(session, estate.people["bent"]) == []
        session.execute(
            update(Member)
            .where(Member.person_id == karim)
            .values(ends_on=clock.today() - timedelta(days=1))
        )
        assert ways_in_of(session, karim) == []


def test_no_letter_lets_in_somebody_who_works_here(database: Database) -> None:
    with database.write() as session:
        estate = inhabit(session)
        give_role(session, estate.people["amina"], Role.OFFICE, ScopeKind.OFFICE, estate.office)
        code = letter(session, estate)
        with pytest.raises(Refused, match="work here"):
            enter(session, code, "Amina")
        assert enter(session, code, "Karim") == estate.people["karim"]


@pytest.mark.parametrize("what", [Member, Household])
def test_a_letter_lets_nobody_in_before_they_move_in(
    database: Database, what: type[Member | Household]
) -> None:
    first = clock.today() + timedelta(days=10)
    with database.write() as session:
        estate = inhabit(session)
        whose = (
            Member.person_id == estate.people["karim"]
            if what is Member
            else Household.id == estate.households["amina"]
        )
        session.execute(update(what).where(whose).values(starts_on=first))
        code = letter(session, estate)
        with pytest.raises(Refused) as refusal:
            enter(session, code, "Karim")
        assert refusal.value.message.values == {"day": first}
        (member,) = session.scalars(
            select(Member.id).where(Member.person_id == estate.people["karim"])
        )
        later = clock.now() + timedelta(days=10)
        assert actions.admit(session, KEY, code, member, later) == estate.people["karim"]


def test_letters_are_forgotten_after_their_time(database: Database) -> None:
    with database.write() as session:
        estate = inhabit(session)
        enter(session, letter(session, estate), "Amina")
        assert actions.forget(session, clock.now()) == 0
        assert actions.forget(session, clock.now() + timedelta(days=61)) == 1


def test_two_of_the_same_name_in_a_household_are_told_apart() -> None:
    assert told_apart(["Jens", "Ida", "Jens"]) == ["Jens (1)", "Ida", "Jens (2)"]
