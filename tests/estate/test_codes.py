"""One-time codes and links: what opens what, for how long, and how often."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.access.queries import may_come_in
from estate.access.rules import Beginning
from estate.audit.models import Deed
from estate.channels.queries import adults_of
from estate.codes import actions, rules
from estate.codes.models import SignInCode
from estate.codes.queries import ticket_of
from estate.codes.rules import Purpose
from estate.database import Database
from estate.mails.models import Mail
from estate.people.models import Helper, Member, Origin, Person
from estate.people.queries import persons_by_email
from estate.people.rules import email_problem
from estate.permissions import Permission, Role, Scope, ScopeKind, scope
from estate.refusals import Refused
from estate.retention.log import ErasureLog
from tests.builders import add_person, build_estate, give_role, reader

KEY = b"a key for tests"
LINK = "http://localhost/sign-in/{token}"


def mailed(session: Session) -> Sequence[dict[str, Any]]:
    """What waits to be mailed: address, subject, and every value its sentences carry."""
    session.flush()
    mails = session.scalars(select(Mail).order_by(Mail.id)).all()
    return [
        {
            "to": mail.to,
            "language": mail.language,
            "subject": mail.subject["text"],
            "secret": mail.secret,
            **{k: v for line in mail.lines for k, v in line["values"].items()},
        }
        for mail in mails
    ]


def own(session: Session, person: int) -> Scope:
    """Where somebody's own pages hold."""
    return scope(reader(session, person), Permission.OWN_PAGES)


@given(st.text(rules.ALPHABET, min_size=12, max_size=12))
def test_a_code_is_the_same_however_it_is_typed(code: str) -> None:
    shown = rules.shown_code(code)
    assert rules.typed_code(shown) == code
    assert rules.typed_code(f"  {shown.lower()} ") == code
    assert rules.typed_code(shown.replace("-", " – ")) == code


@pytest.mark.parametrize(("typed", "meant"), [("O0", "00"), ("Il1", "111"), ("o-i l", "011")])
def test_letters_that_look_like_digits_are_taken_for_them(typed: str, meant: str) -> None:
    assert rules.typed_code(typed) == meant


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("amina@example.org", True),
        (" Amina@Example.org ", True),
        ("søren@blåbær.dk", True),
        ("", False),
        ("amina", False),
        ("amina@", False),
        ("@example.org", False),
        ("amina@example", False),
        ("a b@example.org", False),
        ("a@b@example.org", False),
        ("amina@example.org\nBcc: all@example.org", False),
        ("amina@example.org,bent@example.org", False),
        ("a" * 250 + "@example.org", False),
    ],
)
def test_an_address_needs_an_at_sign_and_a_dot(address: str, good: bool) -> None:
    assert (email_problem(address) is None) is good


@given(st.text())
def test_no_text_at_all_confuses_a_code(text: str) -> None:
    assert rules.typed_code(rules.typed_code(text)) == rules.typed_code(text)
    assert rules.typed_digits(rules.typed_digits(text)) == rules.typed_digits(text)


def test_a_code_is_kept_as_a_keyed_hash(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        build_estate(session)
        actions.mail_sign_in(session, KEY, "amina@example.org", "da", LINK, clock.now())
        (mail,) = mailed(session)
        code = session.scalars(select(SignInCode)).one()
    assert mail["code"] not in (code.code_hash, code.link_hash)
    assert code.code_hash != rules.code_hash(
        b"another key", "sign_in", "amina@example.org", mail["code"]
    )
    assert mail["secret"] is True


def test_a_code_lets_its_person_in_once(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        now = clock.now()
        actions.mail_sign_in(session, KEY, " Amina@Example.org", "da", LINK, now)
        (mail,) = mailed(session)
        typed = f" {mail['code'][:3]} {mail['code'][3:]} "
        assert (
            actions.spend_code(session, KEY, "amina@example.org", typed, now)
            == (estate.people["amina"])
        )
        assert actions.spend_code(session, KEY, "amina@example.org", typed, now) is None


def test_using_the_code_ends_the_link_and_every_earlier_code(database: Database) -> None:
    with database.write() as session:
        build_estate(session)
        now = clock.now()
        for _ in range(2):
            actions.mail_sign_in(session, KEY, "amina@example.org", "da", LINK, now)
        first, second = mailed(session)
        assert actions.spend_code(session, KEY, "amina@example.org", second["code"], now)
        assert actions.spend_code(session, KEY, "amina@example.org", first["code"], now) is None
        for mail in (first, second):
            token = mail["link"].rsplit("/", 1)[1]
            assert ticket_of(session, KEY, token, now) is None


def test_a_new_code_ends_the_digits_before_it(database: Database) -> None:
    email = "amina@example.org"
    with database.write() as session:
        amina, now = build_estate(session).people["amina"], clock.now()
        for _ in range(2):
            actions.mail_sign_in(session, KEY, email, "da", LINK, now)
        mail_own = (session, KEY, own(session, amina), Purpose.CONFIRM, email, "da", now)
        for _ in range(2):
            actions.mail_own_code(*mail_own)
        digits = [mail["code"] for mail in mailed(session)]
        purposes = [Purpose.SIGN_IN] * 2 + [Purpose.CONFIRM] * 2
        came_in = [
            actions.spend_code(session, KEY, email, code, now, purpose)
            for code, purpose in zip(digits, purposes, strict=True)
        ]
        assert came_in == [None, amina, None, amina]


def test_a_link_works_on_after_the_digits_beside_it_ended(database: Database) -> None:
    with database.write() as session:
        build_estate(session)
        for _ in range(2):
            actions.mail_sign_in(session, KEY, "amina@example.org", "da", LINK, clock.now())
        first = mailed(session)[0]["link"].rpartition("/")[2]
        assert ticket_of(session, KEY, first, clock.now()) is not None


def test_using_the_link_ends_the_code(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        now = clock.now()
        actions.mail_sign_in(session, KEY, "amina@example.org", "da", LINK, now)
        (mail,) = mailed(session)
        ticket = ticket_of(session, KEY, mail["link"].rsplit("/", 1)[1], now)
        assert ticket is not None
        assert ticket.person == estate.people["amina"]
        assert ticket.began is Beginning.EMAIL
        actions.spend_ticket(session, ticket.code, now)
        assert actions.spend_code(session, KEY, "amina@example.org", mail["code"], now) is None
        with pytest.raises(Refused):
            actions.spend_ticket(session, ticket.code, now)


def test_a_code_works_ten_minutes_and_a_link_a_day(database: Database) -> None:
    with database.write() as session:
        build_estate(session)
        now = clock.now()
        actions.mail_sign_in(session, KEY, "amina@example.org", "da", LINK, now)
        (mail,) = mailed(session)
        token = mail["link"].rsplit("/", 1)[1]
        late = now + timedelta(minutes=10, seconds=1)
        assert actions.spend_code(session, KEY, "amina@example.org", mail["code"], late) is None
        assert ticket_of(session, KEY, token, now + timedelta(hours=23)) is not None
        assert ticket_of(session, KEY, token, now + timedelta(hours=24, seconds=1)) is None


def test_a_code_opens_nothing_under_another_address_key_or_purpose(database: Database) -> None:
    with database.write() as session:
        build_estate(session)
        now = clock.now()
        actions.mail_sign_in(session, KEY, "amina@example.org", "da", LINK, now)
        (mail,) = mailed(session)
        code = mail["code"]
        assert actions.spend_code(session, KEY, "bent@example.org", code, now) is None
        assert actions.spend_code(session, b"other", "amina@example.org", code, now) is None
        for purpose in (Purpose.ADDRESS, Purpose.CONFIRM):
            assert actions.spend_code(session, KEY, "amina@example.org", code, now, purpose) is None
        assert ticket_of(session, KEY, code, now) is None


def test_every_address_gets_a_mail_and_only_the_right_one_a_code(database: Database) -> None:
    with database.write() as session:
        build_estate(session)
        add_person(session, "couple", email="bent@example.org")
        now = clock.now()
        for address in ("amina@example.org", "nobody@example.org", "bent@example.org"):
            actions.mail_sign_in(session, KEY, address, "en", LINK, now)
        known, stranger, shared = mailed(session)
    assert "code" in known
    assert "code" not in stranger
    assert "code" not in shared
    assert stranger["subject"] == "This address is not known to Opgang"
    assert shared["subject"] == "This address belongs to several people in Opgang"
    assert known["language"] == "da"  # the person's own choice before the browser's
    assert stranger["language"] == "en"


def test_the_administrations_address_works_until_the_person_gives_one(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        person = session.get_one(Person, estate.people["amina"])
        person.email, person.contact_email = None, "known@example.org"
        session.flush()
        now = clock.now()
        actions.mail_sign_in(session, KEY, "known@example.org", "da", LINK, now)
        (mail,) = mailed(session)
        found = actions.spend_code(session, KEY, "known@example.org", mail["code"], now)
        assert found == person.id
        actions.note_address(session, person.id, "known@example.org", now)
        session.refresh(person)
        assert person.email == "known@example.org"
        assert person.email_confirmed_at is not None


def test_nobody_under_18_and_nobody_unconfirmed_has_an_account(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        household, day = estate.households["amina"], clock.today()
        child = add_person(session, "child").id
        waiting = add_person(session, "waiting").id
        session.add(
            Member(
                household_id=household,
                person_id=child,
                adult=False,
                starts_on=day,
                confirmed_at=clock.now(),
            )
        )
        session.add(
            Member(household_id=household, person_id=waiting, origin=Origin.TENANT, starts_on=day)
        )
        session.flush()
        assert not may_come_in(session, child, day)
        assert not may_come_in(session, waiting, day)
        assert may_come_in(session, estate.people["amina"], day)
        assert may_come_in(session, estate.people["office"], day)
        for person in (child, waiting):
            with pytest.raises(Refused):
                actions.issue_link(session, person, Beginning.COMMAND, None)
        for name in ("child", "waiting"):
            actions.mail_sign_in(session, KEY, f"{name}@example.org", "da", LINK, clock.now())
        assert all("code" not in mail for mail in mailed(session))
        for helper in (child, waiting):
            session.add(Helper(resident_id=estate.people["amina"], helper_id=helper, starts_on=day))
        session.flush()
        assert not may_come_in(session, child, day)
        assert may_come_in(session, waiting, day)


def test_a_link_from_the_office_is_written_down_where_the_person_sees_it(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        amina, office = estate.people["amina"], estate.people["office"]
        code = actions.issue_counter_code(session, KEY, amina, office)
        session.flush()
        ticket = ticket_of(session, KEY, rules.shown_code(code).lower(), clock.now())
        deed = session.scalars(select(Deed).where(Deed.on_behalf_of_id == amina)).one()
    assert ticket is not None
    assert ticket.began is Beginning.OFFICE
    assert (deed.verb, deed.actor_id, deed.details["how"]) == ("issued_link", office, "office")


def test_a_new_counter_code_ends_the_persons_earlier_ones(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        amina, bent, office = (estate.people[name] for name in ("amina", "bent", "office"))
        first = actions.issue_counter_code(session, KEY, amina, office)
        others = actions.issue_counter_code(session, KEY, bent, office)
        second = actions.issue_counter_code(session, KEY, amina, office)
        session.flush()
        assert ticket_of(session, KEY, first, clock.now()) is None
        assert ticket_of(session, KEY, second, clock.now()) is not None
        assert ticket_of(session, KEY, others, clock.now()) is not None


def test_an_office_cannot_borrow_a_colleagues_rights(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        give_role(session, estate.people["amina"], Role.OFFICE, ScopeKind.OFFICE, estate.office)
        with pytest.raises(Refused):
            actions.issue_counter_code(
                session, KEY, estate.people["amina"], estate.people["office"]
            )


def test_a_changed_address_is_told_to_the_earlier_one(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        amina, now = estate.people["amina"], clock.now()
        mine = own(session, amina)
        actions.mail_own_code(session, KEY, mine, Purpose.ADDRESS, "new@example.org", "da", now)
        (mail,) = mailed(session)
        assert mail["to"] == "new@example.org"
        code = mail["code"]
        assert actions.spend_code(session, KEY, "new@example.org", code, now) is None
        found = actions.spend_code(session, KEY, "new@example.org", code, now, Purpose.ADDRESS)
        assert found == amina
        actions.change_address(session, mine, "New@example.org", now, erasures)
        assert session.get_one(Person, amina).email == "new@example.org"
        assert [m["to"] for m in mailed(session)] == ["new@example.org", "amina@example.org"]


@pytest.mark.parametrize(
    ("own_one", "told"),
    [("old@example.org", None), ("old@example.org", "old@example.org"), (None, "old@example.org")],
)
def test_an_address_let_go_of_signs_nobody_in_after_a_restore(
    database: Database, erasures: ErasureLog, own_one: str | None, told: str | None
) -> None:
    backup = {"email": own_one, "contact_email": told, "contact_email_let_go": False}
    with database.write() as session:
        estate = build_estate(session)
        amina, now = estate.people["amina"], clock.now()
        session.execute(update(Person).where(Person.id == amina).values(**backup))
        actions.change_address(session, own(session, amina), "new@example.org", now, erasures)
        (erasure,) = erasures.read()
        assert (erasure.kind, list(erasure.ids)) == ("email", [amina])
        session.execute(update(Person).where(Person.id == amina).values(**backup))
        actions.erase_addresses(session, erasure.ids)
        assert persons_by_email(session, "old@example.org") == []
        day, household = clock.today(), estate.households["amina"]
        (adult,) = adults_of(session, [household], day)[household]
        assert (adult.email, adult.confirmed) == (None, False)
    assert "example" not in erasures.path.read_text()


def test_an_address_confirmed_as_it_was_known_is_none_let_go_of(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        amina = build_estate(session).people["amina"]
        values = {"email": None, "contact_email": "a@example.org"}
        session.execute(update(Person).where(Person.id == amina).values(**values))
        mine = own(session, amina)
        for _ in range(2):
            actions.change_address(session, mine, "a@example.org", clock.now(), erasures)
    assert erasures.read() == []


def test_an_address_somebody_else_signs_in_with_is_refused(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        mine = own(session, estate.people["amina"])
        with pytest.raises(Refused):
            actions.change_address(session, mine, "bent@example.org", clock.now(), erasures)


def test_two_at_once_with_one_link_get_in_once(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        token = actions.issue_link(session, estate.people["amina"], Beginning.EMAIL, None)
    with database.read() as session:
        ticket = ticket_of(session, KEY, token, clock.now())
    assert ticket is not None
    number, together, outcomes = ticket.code, threading.Barrier(2), []

    def come_in() -> None:
        together.wait()
        try:
            with database.write() as session:
                actions.spend_ticket(session, number, clock.now())
            outcomes.append("in")
        except Refused:
            outcomes.append("refused")

    threads = [threading.Thread(target=come_in) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in", "refused"]
