"""Signing in by a code in an SMS, and one's own number, over HTTP."""

import functools
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from estate import clock
from estate.access.models import SignInSession
from estate.access.rules import Beginning
from estate.database import Database
from estate.mails.models import Mail
from estate.people.models import Person
from estate.settings import Settings
from estate.texts.models import TextMessage
from tests.browsers import Browser, browsers_of, sign_in
from tests.builders import Estate, build_estate
from tests.watch import held

AMINA, BENT, NOBODY = "+4520304050", "+4520304051", "+4520304099"


@pytest.fixture
def house(database: Database, settings: Settings) -> Iterator[tuple[Database, Estate, Browser]]:
    """The application on both databases, with a number of amina's, and one that two share."""
    with database.write() as session:
        estate = build_estate(session)
        session.execute(update(Person).values(language="en"))
        numbers = {"amina": AMINA, "bent": BENT, "sofie": BENT}
        for name, number in numbers.items():
            session.execute(
                update(Person)
                .where(Person.id == estate.people[name])
                .values(contact_phone=number[3:], contact_number=number)
            )
    with browsers_of(settings, database) as browser:
        yield database, estate, functools.partial(browser, language="en")


def texted(database: Database) -> list[tuple[str, str]]:
    """What waits to be texted: to whom, and the line that stands last."""
    with database.read() as session:
        rows = session.scalars(select(TextMessage).order_by(TextMessage.id))
        return [(row.to, row.ending) for row in rows]


def code_in(ending: str) -> str:
    found = re.fullmatch(r"@localhost #(\d{6})", ending)
    assert found is not None, "a phone offers the code to our pages only"
    return found[1]


def person(database: Database, estate: Estate, name: str = "amina") -> Person:
    with database.read() as session:
        found = session.get_one(Person, estate.people[name])
        session.expunge(found)
        return found


def test_a_code_by_sms_signs_in_and_makes_the_number_ones_own(house: Any) -> None:
    database, estate, browser = house
    phone = browser()
    asked = phone.post("/sign-in/email", data={"email": "20 30 40 50", "next": "/me/devices"})
    assert asked.status_code == 200
    assert "+45 20 30 40 50" in asked.text
    assert 'autocomplete="one-time-code"' in asked.text
    ((to, ending),) = texted(database)
    assert to == AMINA
    form = {"email": AMINA, "code": code_in(ending), "next": "/me/devices"}
    inside = phone.post("/sign-in/code", data=form)
    assert inside.url.path == "/me/devices"
    assert "Signed in with a code by SMS" in inside.text
    amina = person(database, estate)
    assert (amina.phone, amina.contact_phone) == (AMINA, "20304050")
    assert amina.phone_confirmed_at is not None
    with database.read() as session:
        assert session.scalars(select(SignInSession.began)).all() == [Beginning.SMS]
    assert browser().post("/sign-in/code", data=form).status_code == 422
    assert "+45 20 30 40 50" in phone.get("/me").text


def test_the_answer_is_the_same_whether_or_not_a_number_is_known(house: Any) -> None:
    database, _, browser = house
    answers = []
    for number in (AMINA, NOBODY, BENT):
        phone = browser()
        sent = phone.post("/sign-in/email", data={"email": number}, follow_redirects=False)
        page = phone.get("/sign-in/code")
        wrong = phone.post("/sign-in/code", data={"email": number, "code": "000000"})
        shown = re.compile(re.escape(number) + r"|\+45 20 30 40 \d\d")
        answers.append(
            (
                sent.status_code,
                sent.headers["location"],
                sorted(set(sent.headers) - {"x-request-id"}),
                shown.sub("", page.text),
                wrong.status_code,
                shown.sub("", wrong.text),
            )
        )
    assert answers[0] == answers[1] == answers[2]
    told = texted(database)
    assert [to for to, _ in told] == [AMINA, BENT]
    assert told[1][1] == "", "the number of two opens for neither"


def test_five_sms_to_one_number_and_one_has_to_wait(house: Any) -> None:
    database, _, browser = house
    for typed in ("20304050", "+4520304050", "20 30 40 50", "0045 20304050", "٢٠٣٠٤٠٥٠"):
        assert browser().post("/sign-in/email", data={"email": typed}).status_code == 200
    assert browser().post("/sign-in/email", data={"email": AMINA}).status_code == 429
    assert len(texted(database)) == 5


def test_ten_sms_a_day_to_one_number_are_enough_however_they_are_spread(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, estate, browser = house
    watch = held(monkeypatch, clock.now())

    def ask(number: str) -> int:
        watch.pass_by(timedelta(minutes=16))
        answer = browser().post("/sign-in/email", data={"email": number})
        return int(answer.status_code)

    assert [ask(AMINA) for _ in range(11)] == [200] * 10 + [429]
    assert len(texted(database)) == 10
    assert [ask(NOBODY) for _ in range(11)] == [200] * 10 + [429], "the same for who is unknown"
    bent = browser()
    sign_in(bent, database, estate.people["bent"], Beginning.EMAIL)
    wanted = {"phone": AMINA}
    assert bent.post("/me/phone", data=wanted).status_code == 429, "nor by changing one's own"
    assert len(texted(database)) == 10
    watch.pass_by(timedelta(days=1))
    assert ask(AMINA) == 200


def test_codes_that_came_back_are_not_counted_for_the_day(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, _, browser = house
    watch = held(monkeypatch, clock.now())
    for _ in range(12):
        watch.pass_by(timedelta(minutes=16))
        phone = browser()
        assert phone.post("/sign-in/email", data={"email": AMINA}).status_code == 200
        form = {"email": AMINA, "code": code_in(texted(database)[-1][1])}
        assert phone.post("/sign-in/code", data=form).status_code == 200


def test_ten_wrong_codes_end_the_right_one_and_say_what_else_there_is(house: Any) -> None:
    database, _, browser = house
    browser().post("/sign-in/email", data={"email": AMINA})
    code = code_in(texted(database)[0][1])
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(10):
        form = {"email": AMINA, "code": wrong}
        assert browser().post("/sign-in/code", data=form).status_code == 422
    stopped = browser().post("/sign-in/code", data={"email": AMINA, "code": code})
    assert stopped.status_code == 429
    assert int(stopped.headers["retry-after"]) > 0
    assert "The link in the mail" not in stopped.text
    assert 'href="/sign-in/card?' in stopped.text


@pytest.mark.parametrize("typed", ["1234", "203040", "+45 1", "", "99999999999999999999"])
def test_what_is_no_number_is_said_beside_the_field(house: Any, typed: str) -> None:
    database, _, browser = house
    answer = browser().post("/sign-in/email", data={"email": typed})
    assert answer.status_code == 422
    assert 'id="f-email-problem"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert texted(database) == []


def test_an_address_still_gets_a_mail_and_no_sms(house: Any) -> None:
    database, _, browser = house
    browser().post("/sign-in/email", data={"email": "amina@example.org"})
    with database.read() as session:
        assert session.scalars(select(Mail.to)).all() == ["amina@example.org"]
    assert texted(database) == []


def test_a_new_number_is_confirmed_by_a_code_and_the_old_one_is_told(house: Any) -> None:
    database, estate, browser = house
    phone = browser()
    sign_in(phone, database, estate.people["amina"], Beginning.EMAIL)
    assert phone.post("/me/phone", data={"phone": "12"}).status_code == 422
    asked = phone.post("/me/phone", data={"phone": "20 30 40 60"})
    assert asked.url.path == "/me/phone"
    assert "+45 20 30 40 60" in asked.text
    code = code_in(texted(database)[-1][1])
    wrong = phone.post("/me/phone/code", data={"phone": "+4520304060", "code": "000000x"})
    assert wrong.status_code == 422
    other = phone.post("/me/phone/code", data={"phone": AMINA, "code": code})
    assert other.status_code == 422, "the code is good for the number it went to"
    taken = phone.post("/me/phone/code", data={"phone": "+4520304060", "code": code})
    assert taken.url.path == "/me"
    assert person(database, estate).phone == "+4520304060"
    phone.post("/me/phone", data={"phone": "20304070"})
    code = code_in(texted(database)[-1][1])
    phone.post("/me/phone/code", data={"phone": "20304070", "code": code})
    assert person(database, estate).phone == "+4520304070"
    assert texted(database)[-1] == ("+4520304060", "")
    assert phone.post("/me/phone/remove").status_code == 200
    assert person(database, estate).phone is None


def test_a_code_to_change_the_number_signs_nobody_in(house: Any) -> None:
    database, estate, browser = house
    phone = browser()
    sign_in(phone, database, estate.people["amina"], Beginning.EMAIL)
    phone.post("/me/phone", data={"phone": AMINA})
    code = code_in(texted(database)[0][1])
    assert browser().post("/sign-in/code", data={"email": AMINA, "code": code}).status_code == 422


def test_ten_numbers_a_day_are_enough_for_one_person(house: Any) -> None:
    database, estate, browser = house
    phone = browser()
    sign_in(phone, database, estate.people["amina"], Beginning.EMAIL)
    for number in range(10):
        asked = phone.post("/me/phone", data={"phone": f"2030405{number}"})
        assert asked.status_code == 200
    assert phone.post("/me/phone", data={"phone": "20304060"}).status_code == 429
    assert len(texted(database)) == 10


def test_a_session_others_began_changes_no_number_and_is_confirmed_by_one(house: Any) -> None:
    database, estate, browser = house
    amina = estate.people["amina"]
    counter = browser()
    sign_in(counter, database, amina, Beginning.OFFICE)
    assert "Show that it is me" in counter.get("/me/phone").text
    for path in ("/me/phone", "/me/phone/code", "/me/phone/remove"):
        assert counter.post(path, data={"phone": BENT, "code": "1"}).status_code == 403
    assert counter.post("/me/devices/confirm/sms").status_code == 409, "not the administration's"
    with database.write() as session:
        session.get_one(Person, amina).phone = AMINA
    sent = counter.post("/me/devices/confirm/sms")
    assert "+45 20 30 40 50" in sent.text
    code = code_in(texted(database)[0][1])
    by_mail = counter.post("/me/devices/confirm/code", data={"code": code, "by": "mail"})
    assert by_mail.status_code == 422
    mine = counter.post("/me/devices/confirm/code", data={"code": code, "by": "sms"})
    assert mine.url.path == "/me/devices"
    assert counter.get("/me/devices/passkey").status_code == 200
