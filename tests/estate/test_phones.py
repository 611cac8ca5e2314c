"""One's own number beside the administration's: how it is found, taken, changed and let go."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.audit.models import Deed
from estate.channels.queries import adults_of
from estate.codes import actions as codes
from estate.codes.models import SignInCode
from estate.codes.rules import Purpose, address_problem, code_line, plain_address, typed_digits
from estate.database import Database
from estate.language import say
from estate.notifications.models import Notification
from estate.people.models import Member, Person
from estate.people.rules import number_hash
from estate.permissions import Permission, Scope, scope
from estate.phones import actions as phones
from estate.phones.queries import numbers_of
from estate.phones.rules import let_go
from estate.refusals import Refused
from estate.retention.log import ErasureLog
from estate.texts.models import TextMessage
from tests.builders import Estate, build_estate, reader
from tests.estate.files import KEY as IMPORTED
from tests.estate.files import import_estate, living, write

KEY = b"a key for tests"
OWN, OTHER = "+4520304050", "+4520304051"


def own(session: Session, person: int) -> Scope:
    return scope(reader(session, person), Permission.OWN_PAGES)


def texted(session: Session) -> list[TextMessage]:
    session.flush()
    return list(session.scalars(select(TextMessage).order_by(TextMessage.id)))


def ask(session: Session, number: str = OWN, now: datetime | None = None) -> None:
    codes.text_sign_in(session, KEY, number, "da", "opgang.example", now or clock.now())


def give(
    session: Session, person: int, *, contact: str | None = None, phone: str | None = None
) -> None:
    row = session.get_one(Person, person)
    row.contact_phone, row.contact_number, row.phone = contact, contact, phone
    session.flush()


NO_ADDRESS = "That does not look like an e-mail address. It needs an @ and a dot."
NO_NUMBER = "That is not a whole phone number: eight digits, or + and the country's code first."


@pytest.mark.parametrize(
    ("typed", "address", "problem"),
    [
        (" Amina@Example.org", "amina@example.org", None),
        ("20 30 40 50", OWN, None),
        ("٢٠٣٠٤٠٥٠", OWN, None),
        ("", "", "Write your e-mail address or your phone number."),
        ("amina", "", NO_ADDRESS),
        ("1234", "", NO_NUMBER),
        ("amina@example", "amina@example", NO_ADDRESS),
    ],
)
def test_one_field_takes_an_address_or_a_number(
    typed: str, address: str, problem: str | None
) -> None:
    assert plain_address(typed) == address
    assert address_problem(typed) == (None if problem is None else say(problem))


def test_a_code_is_the_same_in_anybodys_digits() -> None:
    assert typed_digits("١٢٣ ٤٥٦") == "123456"
    assert code_line("opgang.example", "123456") == "@opgang.example #123456"


def test_a_code_goes_to_a_number_that_is_known_and_to_no_other(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        give(session, estate.people["amina"], contact=OWN)
        ask(session, OTHER)
        assert texted(session) == []
        now = clock.now()
        ask(session, now=now)
        (text,) = texted(session)
        code = session.scalars(select(SignInCode)).one()
        assert (text.to, text.secret, text.person_id) == (OWN, True, estate.people["amina"])
        assert text.until == code.code_expires_at
        digits = text.text["values"]["code"]
        assert text.ending == f"@opgang.example #{digits}"
        assert code.link_hash is None
        spend = codes.spend_code
        assert spend(session, KEY, "amina@example.org", digits, now) is None
        assert spend(session, KEY, OTHER, digits, now) is None
        assert spend(session, KEY, "20 30 40 50", digits, now) == estate.people["amina"]
        assert spend(session, KEY, OWN, digits, now) is None


def test_two_who_share_a_number_are_told_so_and_neither_comes_in(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        for name in ("amina", "yasmin"):
            give(session, estate.people[name], contact=OWN)
        ask(session)
        (text,) = texted(session)
        assert text.text["values"] == {}
        assert session.scalars(select(SignInCode)).all() == []
        phones.note_number(session, estate.people["amina"], OWN, clock.now())
        ask(session)
        code = session.scalars(select(SignInCode)).one()
        assert code.person_id == estate.people["amina"], "whose own it is goes before"


def test_children_and_those_who_wait_get_no_code(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        give(session, estate.people["amina"], contact=OWN)
        session.scalars(
            select(Member).where(Member.person_id == estate.people["amina"])
        ).one().adult = False
        ask(session)
        assert texted(session) == []


def test_a_code_that_came_back_makes_the_number_ones_own_unless_one_has_another(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        amina = estate.people["amina"]
        give(session, amina, contact="20 30 40 50")
        phones.note_number(session, amina, OWN, clock.now())
        assert numbers_of(session, amina) == (OWN, "20 30 40 50")
        phones.note_number(session, amina, OTHER, clock.now())
        assert numbers_of(session, amina).own == OWN


def test_a_changed_number_is_told_everywhere_and_the_administrations_stays(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        amina = estate.people["amina"]
        give(session, amina, contact="55 55 12 12", phone=OWN)
        now = clock.now()
        codes.text_own_code(
            session, KEY, own(session, amina), Purpose.NUMBER, OTHER, "da", "localhost", now
        )
        phones.change_number(session, KEY, own(session, amina), OTHER, now, erasures)
        person = session.get_one(Person, amina)
        assert (person.phone, person.phone_confirmed_at) == (OTHER, now)
        assert person.contact_phone == "55 55 12 12"
        assert [text.to for text in texted(session)] == [OTHER, OWN]
        assert session.scalars(select(Notification.person_id)).all() == [amina]
        assert session.scalars(select(Deed.verb)).all() == ["changed_phone"]
        with pytest.raises(Refused):
            phones.change_number(
                session, KEY, own(session, estate.people["bent"]), OTHER, now, erasures
            )


def test_a_number_let_go_is_gone_after_a_restore_too(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        amina = estate.people["amina"]
        give(session, amina, phone=OWN)
        phones.remove_number(session, KEY, own(session, amina), clock.now(), erasures)
        phones.remove_number(session, KEY, own(session, amina), clock.now(), erasures)
        assert numbers_of(session, amina).own is None
        (erasure,) = erasures.read()
        assert erasure.kind == "phone"
        assert list(erasure.ids) == [[amina, number_hash(KEY, amina, OWN)]]
        give(session, amina, contact=OWN, phone=OWN)
        phones.erase(session, erasure.ids)
        assert numbers_of(session, amina).own is None
        ask(session)
        assert texted(session) == []
    assert OWN not in Path(erasures.path).read_text()


def test_a_number_let_go_is_kept_by_no_more_than_a_hash_only_we_can_make(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        amina, bent = estate.people["amina"], estate.people["bent"]
        for person in (amina, bent):
            give(session, person, phone=OWN)
            phones.remove_number(session, KEY, own(session, person), clock.now(), erasures)
        rows = [kept(session, person) for person in (amina, bent)]
    assert OWN not in str(rows)
    hashes = [row["removed_number_hash"] for row in rows]
    assert hashes == [number_hash(KEY, amina, OWN), number_hash(KEY, bent, OWN)]
    assert len({*hashes, number_hash(b"another key", amina, OWN)}) == 3


def kept(session: Session, person: int) -> dict[str, Any]:
    asked = select(Person.__table__).where(Person.id == person)
    return dict(session.execute(asked).mappings().one())


@pytest.mark.parametrize(
    ("before", "contact", "found"),
    [(OWN, OWN, None), (OWN, OTHER, OTHER), (None, OWN, None), (OWN, None, None)],
)
def test_after_a_restore_the_administrations_number_is_used_where_it_is_another(
    database: Database, before: str | None, contact: str | None, found: str | None
) -> None:
    with database.write() as session:
        amina = build_estate(session).people["amina"]
        give(session, amina, contact=contact, phone=before)
        phones.erase(session, [amina])
        assert kept(session, amina)["contact_number"] == found


def import_phone(database: Database, folder: Path, phone: str) -> None:
    """The administration's file says that somebody, whom it calls 1, has this number."""
    import_estate(database, write(folder, [living("1", phone=phone)]))


def test_no_file_brings_back_a_number_that_was_let_go_of(
    database: Database, tmp_path: Path, erasures: ErasureLog
) -> None:
    import_phone(database, tmp_path, "20 30 40 50")
    with database.write() as session:
        person = session.scalars(select(Person)).one()
        person.phone = "+4520304050"
        session.flush()
        phones.remove_number(session, IMPORTED, own(session, person.id), clock.now(), erasures)
    found = []
    for phone in ("20 30 40 50", "20304050", "21 34 56 78", "+45 20 30 40 50"):
        import_phone(database, tmp_path, phone)
        with database.read() as session:
            found.append(session.scalar(select(Person.contact_number)))
    assert found == [None, None, "+4521345678", None]


def test_no_file_brings_it_back_after_a_restore_either(
    database: Database, tmp_path: Path, erasures: ErasureLog
) -> None:
    import_phone(database, tmp_path, "21 34 56 78")
    backup = {"phone": "+4520304050", "removed_number_hash": None}
    with database.write() as session:
        person = session.scalars(select(Person.id)).one()
        session.execute(update(Person).values(backup))
        phones.remove_number(session, IMPORTED, own(session, person), clock.now(), erasures)
        session.execute(update(Person).values(backup))
        (erasure,) = erasures.read()
        phones.erase(session, erasure.ids)
    found = []
    for phone in ("20 30 40 50", "21 34 56 78"):
        import_phone(database, tmp_path, phone)
        with database.read() as session:
            found.append(session.scalar(select(Person.contact_number)))
    assert found == [None, "+4521345678"]


def test_a_number_let_go_signs_nobody_in_though_the_administration_still_has_it(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        amina, now = estate.people["amina"], clock.now()
        give(session, amina, contact=OWN, phone=OWN)
        me = own(session, amina)
        phones.remove_number(session, KEY, me, now, erasures)
        ask(session)
        assert texted(session) == []
        assert _texted_at(session, estate) is None, "no letter's SMS goes there either"
        phones.change_number(session, KEY, me, OTHER, now, erasures)
        phones.remove_number(session, KEY, me, now, erasures)
        ask(session)
        assert texted(session) == [], "letting go of another does not bring it back"
        phones.change_number(session, KEY, me, OWN, now, erasures)
        assert _texted_at(session, estate) == OWN
        ask(session)
        assert [text.to for text in texted(session)] == [OWN]


def _texted_at(session: Session, estate: Estate) -> str | None:
    household = estate.households["amina"]
    (adult,) = adults_of(session, [household], clock.today())[household]
    return adult.phone


@pytest.mark.parametrize(
    ("removed", "before", "contact", "chosen", "left_alone"),
    [
        (None, None, None, None, None),
        (None, OWN, None, None, OWN),
        (None, OWN, OWN, OTHER, OWN),
        (OWN, OTHER, OWN, None, OWN),
        (OWN, OTHER, None, None, OTHER),
        (OWN, None, OWN, OWN, None),
        (OWN, None, OWN, OTHER, OWN),
        (None, OWN, OTHER, OWN, None),
    ],
)
def test_of_two_numbers_let_go_the_administrations_is_remembered(
    removed: str | None,
    before: str | None,
    contact: str | None,
    chosen: str | None,
    left_alone: str | None,
) -> None:
    assert let_go(removed, before, contact, chosen) == left_alone


def test_a_number_of_somebody_who_may_not_come_in_hides_nobody_who_may(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        child = estate.people["yasmin"]
        give(session, child, phone=OWN)
        session.scalars(select(Member).where(Member.person_id == child)).one().adult = False
        give(session, estate.people["amina"], contact=OWN)
        ask(session)
        code = session.scalars(select(SignInCode)).one()
        assert code.person_id == estate.people["amina"]
