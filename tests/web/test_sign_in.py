"""Signing in over HTTP: the ways in, what is used up when, and what guessing meets."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from httpx2 import Response
from sqlalchemy import event, select, update
from starlette.testclient import TestClient

from estate import clock
from estate.access.models import SignInSession
from estate.access.rules import Beginning
from estate.database import Database
from estate.invitations import actions as invitations
from estate.invitations.queries import Batch
from estate.mails.models import Mail
from estate.passkeys import actions as passkeys
from estate.passkeys.queries import passkeys_of
from estate.people.models import Household, Person
from estate.permissions import Permission, scope
from estate.settings import Settings
from tests.browsers import Browser, browsers_of, sign_in
from tests.builders import Estate, add_person, build_estate, reader
from web.visits import SESSION_COOKIE

KEY = b"test-secret"
OWN = {"sec-fetch-site": "same-origin"}


@pytest.fixture
def house(database: Database, settings: Settings) -> Iterator[tuple[Database, Estate, Browser]]:
    """The application on both databases, its estate, and as many browsers as wanted."""
    with database.write() as session:
        estate = build_estate(session)
    with browsers_of(settings, database) as browser:
        yield database, estate, browser


def mails(database: Database) -> list[dict[str, Any]]:
    """What waits to be mailed, newest last."""
    with database.read() as session:
        found = session.scalars(select(Mail).order_by(Mail.id)).all()
        return [
            {"to": m.to, **{k: v for line in m.lines for k, v in line["values"].items()}}
            for m in found
        ]


def who(client: TestClient) -> str:
    """The name on one's own page; empty when nobody is signed in."""
    found = re.search(r'class="name">(\w+)</bdi>', client.get("/me").text)
    return found[1] if found else ""


def letter(database: Database, estate: Estate, name: str = "amina") -> str:
    """Print a letter; returns its code."""
    with database.write() as session:
        where = scope(reader(session, estate.people["office"]), Permission.INVITE)
        batch = Batch(household=estate.households[name], everybody=True)
        ((_, code),) = invitations.print_letters(session, KEY, where, batch, clock.now())
        return code


def member_of(answer: Response) -> str:
    """The first of those the code page lists."""
    found = re.search(r'name="member" value="(\d+)"', answer.text)
    assert found is not None
    return found[1]


def test_a_code_by_mail_signs_in_and_goes_where_one_was_going(house: Any) -> None:
    database, _, browser = house
    phone = browser()
    answer = phone.get("/me/devices")
    assert answer.status_code == 401
    assert 'name="next" value="/me/devices"' in answer.text
    sent = phone.post("/sign-in/email", data={"email": "amina@example.org", "next": "/me/devices"})
    assert sent.status_code == 200
    assert "amina@example.org" in sent.text
    (mail,) = mails(database)
    form = {"email": "amina@example.org", "code": mail["code"], "next": "/me/devices"}
    inside = phone.post("/sign-in/code", data=form, follow_redirects=False)
    assert (inside.status_code, inside.headers["location"]) == (303, "/me/devices")
    assert who(phone) == "Amina"
    again = browser().post("/sign-in/code", data=form)
    assert again.status_code == 422


def test_opening_the_link_uses_nothing_up_and_its_button_does(house: Any) -> None:
    database, _, browser = house
    browser().post("/sign-in/email", data={"email": "amina@example.org", "next": "/me"})
    path = mails(database)[0]["link"].removeprefix("http://localhost:8000")
    scanner, phone = browser(), browser()
    for _ in range(3):
        assert scanner.get(path).status_code == 200
        assert scanner.head(path).status_code == 200
    assert scanner.cookies.get(SESSION_COOKIE) is None
    page = phone.get(path)
    assert "Amina" in page.text
    assert 'name="next" value="/me"' in page.text
    assert phone.post(path, data={"next": "/me"}).status_code == 200
    assert who(phone) == "Amina"
    assert browser().get(path).status_code == 404
    assert browser().post(path, data={}).status_code == 404


def test_the_answer_is_the_same_whether_or_not_an_address_is_known(house: Any) -> None:
    database, _, browser = house
    with database.write() as session:
        add_person(session, "couple", email="bent@example.org")
    answers = []
    for address in ("amina@example.org", "nobody@example.org", "bent@example.org"):
        phone = browser()
        sent = phone.post("/sign-in/email", data={"email": address}, follow_redirects=False)
        page = phone.get("/sign-in/code")
        wrong = phone.post("/sign-in/code", data={"email": address, "code": "000000"})
        answers.append(
            (
                sent.status_code,
                sent.headers["location"],
                sorted(set(sent.headers) - {"x-request-id"}),
                page.text.replace(address, ""),
                wrong.status_code,
                wrong.text.replace(address, ""),
            )
        )
    assert answers[0] == answers[1] == answers[2]
    assert [mail["to"] for mail in mails(database)] == [
        "amina@example.org",
        "nobody@example.org",
        "bent@example.org",
    ]


def statements(database: Database, work: Callable[[], object]) -> list[str]:
    """The statements a piece of work sends to the database, without their values."""
    seen: list[str] = []

    def note(*facts: Any) -> None:
        seen.append(facts[2].split(" ", 1)[0])

    event.listen(database.engine, "before_cursor_execute", note)
    work()
    event.remove(database.engine, "before_cursor_execute", note)
    return seen


def test_a_wrong_code_asks_the_database_the_same_for_every_address(house: Any) -> None:
    database, _, browser = house
    phone = browser()
    asked = [
        statements(
            database,
            lambda address=address: phone.post(  # type: ignore[misc]
                "/sign-in/code", data={"email": address, "code": "000000"}
            ),
        )
        for address in ("amina@example.org", "nobody@example.org")
    ]
    assert asked[0] == asked[1]


def test_ten_wrong_codes_and_one_has_to_wait(house: Any) -> None:
    database, _, browser = house
    with time_machine.travel("2026-11-23 12:00Z", tick=False) as traveller:
        phone = browser()
        phone.post("/sign-in/email", data={"email": "amina@example.org"})
        (mail,) = mails(database)
        right = mail["code"]
        wrong = "000000" if right != "000000" else "111111"
        form = {"email": "amina@example.org", "code": wrong}
        for _ in range(10):
            assert phone.post("/sign-in/code", data=form).status_code == 422
        stopped = phone.post("/sign-in/code", data={**form, "code": right})
        assert stopped.status_code == 429
        assert 0 < int(stopped.headers["retry-after"]) <= 901
        assert "virker den kode, vi har sendt, ikke længere" in stopped.text
        assert "om 15 minutter" in stopped.text
        assert 'action="/sign-in/email"' in stopped.text
        assert 'href="/sign-in?with=letter' in stopped.text
        assert 'href="/sign-in/card?' in stopped.text
        assert "tel:12345678" in stopped.text
        # Not even from elsewhere, nor with other capitals.
        other = browser().post("/sign-in/code", data={"email": "AMINA@example.org", "code": right})
        assert other.status_code == 429
        link = phone.get(mail["link"])
        assert link.status_code == 200
        assert "Log ind på denne enhed" in link.text
        traveller.shift(timedelta(minutes=16))
        assert phone.post("/sign-in/code", data=form).status_code == 422


def test_ten_wrong_letters_and_one_has_to_wait(house: Any) -> None:
    database, estate, browser = house
    code, phone = letter(database, estate), browser()
    for number in range(10):
        assert phone.get(f"/sign-in/{number:012}").status_code == 404
    stopped = phone.get(f"/sign-in/{code}")
    assert stopped.status_code == 429
    assert int(stopped.headers["retry-after"]) > 0
    assert re.search("Vent 1[45] minutter", stopped.text)
    typed = phone.post("/sign-in/letter", data={"letter": code})
    assert typed.status_code == 429
    for page in (stopped.text, typed.text):
        assert 'href="/sign-in/card?next=/"' in page
        assert 'href="/sign-in"' in page
        assert "tel:12345678" in page
    assert '<details class="disclosure" open id="letter">' in phone.get("/sign-in?with=letter").text


def test_five_mails_to_one_address_and_one_has_to_wait(house: Any) -> None:
    database, _, browser = house
    for _ in range(5):
        sent = browser().post("/sign-in/email", data={"email": "bent@example.org"})
        assert sent.status_code == 200
    stopped = browser().post("/sign-in/email", data={"email": "Bent@Example.org"})
    assert stopped.status_code == 429
    assert len(mails(database)) == 5


def test_a_letter_asks_who_one_is_and_lets_each_in_once(house: Any) -> None:
    database, estate, browser = house
    code, phone = letter(database, estate), browser()
    typed = phone.post("/sign-in/letter", data={"letter": f"{code[:4]} {code[4:].lower()}"})
    assert typed.status_code == 200
    assert typed.url.path == f"/sign-in/{code}"
    assert "Lærkevej 8, 2. tv." in typed.text
    path, member = f"/sign-in/{code}", member_of(typed)
    assert phone.post(path, data={}).status_code == 422
    assert phone.post(path, data={"member": member}).status_code == 200
    assert who(phone) == "Amina"
    assert browser().post(path, data={"member": member}).status_code == 404


@pytest.mark.parametrize(("chosen", "spoken"), [(None, "ar"), ("da", "da"), ("en", "en")], ids=str)
def test_who_comes_in_by_letter_is_told_in_what_they_read_unless_they_chose(
    house: Any, chosen: str | None, spoken: str
) -> None:
    database, estate, browser = house
    amina = Person.id == estate.people["amina"]
    with database.write() as session:
        session.execute(update(Person).where(amina).values(language=chosen))
    phone, path = browser(), f"/sign-in/{letter(database, estate)}"
    phone.headers["accept-language"] = "ar-EG,ar;q=0.9,en;q=0.5"
    page = phone.get(path)
    assert '<html lang="ar" dir="rtl"' in page.text
    phone.post(path, data={"member": member_of(page)})
    assert who(phone) == "Amina"
    with database.read() as session:
        assert session.scalar(select(Person.language).where(amina)) == spoken


def test_a_letter_is_dead_after_moving_out_and_after_a_reprint(house: Any) -> None:
    database, estate, browser = house
    first = letter(database, estate)
    member = member_of(browser().get(f"/sign-in/{first}"))
    second = letter(database, estate)
    assert browser().get(f"/sign-in/{first}").status_code == 404
    assert browser().post(f"/sign-in/{first}", data={"member": member}).status_code == 404
    with database.write() as session:
        session.execute(
            update(Household)
            .where(Household.id == estate.households["amina"])
            .values(ends_on=clock.today() - timedelta(days=1))
        )
    assert browser().get(f"/sign-in/{second}").status_code == 404
    assert browser().post(f"/sign-in/{second}", data={"member": member}).status_code == 404


@pytest.mark.parametrize("member", ["0", "-1", "999999", "9" * 30, "x", "1;2", ""])
def test_a_letter_lets_in_nobody_it_does_not_name(house: Any, member: str) -> None:
    database, estate, browser = house
    code, phone = letter(database, estate), browser()
    theirs = member_of(browser().get(f"/sign-in/{letter(database, estate, 'bent')}"))
    for sent in (member, theirs):
        answer = phone.post(f"/sign-in/{code}", data={"member": sent})
        assert answer.status_code in (404, 422)
    assert phone.cookies.get(SESSION_COOKIE) is None


@pytest.mark.parametrize(
    "code", ["%00", "a" * 2000, "%F0%9F%92%A9", "'--", "%E2%80%AE", "-", "%20"]
)
def test_an_odd_code_is_only_a_code_that_does_not_work(house: Any, code: str) -> None:
    _, _, browser = house
    assert browser().get(f"/sign-in/{code}").status_code == 404


def test_a_session_the_office_began_may_not_change_how_one_signs_in(house: Any) -> None:
    database, estate, browser = house
    phone = browser()
    amina = estate.people["amina"]
    sign_in(phone, database, amina, Beginning.OFFICE)
    assert phone.get("/me/devices").status_code == 200
    assert phone.get("/me/devices/passkey").status_code == 403
    assert phone.post("/me/devices/passkey/options").status_code == 403
    assert phone.post("/me/devices/passkey", data={"credential": "{}"}).status_code == 403
    assert phone.post("/me/email", data={"email": "new@example.org"}).status_code == 403
    assert phone.post("/me/email/code", data={"email": "a@b.dk", "code": "1"}).status_code == 403
    with database.write() as session:
        session.execute(
            update(Person).where(Person.id == amina).values(email_confirmed_at=clock.now())
        )
    assert phone.post("/me/devices/confirm/mail").status_code == 200
    code = mails(database)[-1]["code"]
    wrong = "000000" if code != "000000" else "111111"
    assert phone.post("/me/devices/confirm/code", data={"code": wrong}).status_code == 422
    assert phone.post("/me/devices/confirm/code", data={"code": code}).status_code == 200
    assert phone.get("/me/devices/passkey").status_code == 200
    assert phone.post("/me/email", data={"email": "new@example.org"}).status_code == 200


def test_a_session_the_office_began_ends_no_other_way_in(house: Any) -> None:
    database, estate, browser = house
    own, counter, amina = browser(), browser(), estate.people["amina"]
    sign_in(own, database, amina, Beginning.PASSKEY)
    sign_in(counter, database, amina, Beginning.OFFICE)
    with database.write() as session:
        (theirs,) = session.scalars(
            select(SignInSession.id).where(SignInSession.began == Beginning.PASSKEY)
        )
        where = scope(reader(session, amina), Permission.OWN_PAGES)
        passkeys.add_passkey(session, where, b"one", b"key", 0, "Telefon", clock.now())
        session.flush()
        (key,) = [line.id for line in passkeys_of(session, amina)]
    for path in (
        f"/me/devices/{theirs}/end",
        "/me/devices/others/end",
        f"/me/devices/passkeys/{key}/remove",
        f"/me/devices/passkeys/{key}/name",
        "/me/devices/provider/remove",
    ):
        assert counter.post(path, data={"name": "x"}).status_code == 403, path
    assert 'action="/me/devices' not in counter.get("/me/devices").text
    assert who(own) == "Amina"
    assert counter.post("/sign-out").status_code == 200
    assert who(counter) == ""
    assert own.post(f"/me/devices/passkeys/{key}/remove").status_code == 200


def test_a_sign_in_code_does_not_confirm_and_a_confirming_code_does_not_sign_in(
    house: Any,
) -> None:
    database, estate, browser = house
    phone, amina = browser(), estate.people["amina"]
    sign_in(phone, database, amina, Beginning.COMMAND)
    with database.write() as session:
        session.execute(
            update(Person).where(Person.id == amina).values(email_confirmed_at=clock.now())
        )
    phone.post("/me/devices/confirm/mail")
    confirming = mails(database)[-1]["code"]
    form = {"email": "amina@example.org", "code": confirming}
    assert browser().post("/sign-in/code", data=form).status_code == 422
    browser().post("/sign-in/email", data={"email": "amina@example.org"})
    entering = mails(database)[-1]["code"]
    assert phone.post("/me/devices/confirm/code", data={"code": entering}).status_code == 422


def test_somebody_at_the_counter_is_handed_a_code(house: Any) -> None:
    database, estate, browser = house
    desk, phone, other = browser(), browser(), browser()
    sign_in(desk, database, estate.people["office"], Beginning.EMAIL)
    sign_in(other, database, estate.people["amina"], Beginning.EMAIL)
    path = f"/desk/people/{estate.households['amina']}/people/{estate.people['amina']}/link"
    shown = desk.post(path)
    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    assert "<svg" in shown.text
    assert "style=" not in shown.text
    (code,) = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", shown.text)
    page = phone.post("/sign-in/letter", data={"letter": code})
    assert phone.post(page.url.path, data={}).status_code == 200
    assert who(phone) == "Amina"
    told = other.get("/me/devices").text
    assert "Ejendomskontoret lavede en kode til dig" in told
    theirs = f"/desk/people/{estate.households['bent']}/people/{estate.people['amina']}/link"
    assert desk.post(theirs).status_code == 404
    assert other.post(path).status_code == 403


def test_an_office_person_makes_at_most_twenty_codes_an_hour(house: Any) -> None:
    database, estate, browser = house
    desk = browser()
    sign_in(desk, database, estate.people["office"], Beginning.EMAIL)
    path = f"/desk/people/{estate.households['amina']}/people/{estate.people['amina']}/link"
    answers = [desk.post(path).status_code for _ in range(21)]
    assert answers == [200] * 20 + [429]


def test_signing_out_ends_the_session_and_empties_the_cache(house: Any) -> None:
    database, estate, browser = house
    phone = browser()
    sign_in(phone, database, estate.people["amina"], Beginning.EMAIL)
    answer = phone.post("/sign-out", follow_redirects=False)
    assert answer.headers["clear-site-data"] == '"cache"'
    with database.read() as session:
        assert session.scalars(select(SignInSession.id)).all() == []
    assert phone.get("/me").status_code == 401


def test_signing_in_anew_ends_the_session_before(house: Any) -> None:
    database, estate, browser = house
    phone = browser()
    sign_in(phone, database, estate.people["bent"], Beginning.EMAIL)
    code = letter(database, estate)
    member = member_of(phone.get(f"/sign-in/{code}"))
    phone.post(f"/sign-in/{code}", data={"member": member})
    with database.read() as session:
        rows = session.scalars(select(SignInSession.person_id)).all()
    assert list(rows) == [estate.people["amina"]]


def test_there_are_no_demo_roles_outside_the_demo(house: Any) -> None:
    _, _, browser = house
    assert browser().post("/sign-in/demo/resident").status_code == 404
    assert "demo" not in browser().get("/sign-in").text


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "{}",
        "[]",
        "null",
        '"text"',
        "{" * 5000,
        '{"id":"AA","rawId":"AA","type":"public-key","response":{}}',
        '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30",'
        '"authenticatorData":"AA","signature":"AA"}}',
        '{"id":1,"rawId":2,"type":3,"response":4}',
        "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    ],
)
def test_a_made_up_passkey_is_only_not_known(house: Any, credential: str) -> None:
    database, estate, browser = house
    phone = browser()
    answer = phone.post("/sign-in/passkey", data={"credential": credential})
    assert answer.status_code == 422
    sign_in(phone, database, estate.people["amina"], Beginning.EMAIL)
    answer = phone.post("/me/devices/passkey", data={"credential": credential})
    assert answer.status_code == 422


def test_a_letter_is_printed_with_a_square_that_a_camera_reads(house: Any) -> None:
    database, estate, browser = house
    desk = browser()
    sign_in(desk, database, estate.people["office"], Beginning.EMAIL)
    paper = desk.post(f"/desk/people/{estate.households['amina']}/letter")
    assert paper.status_code == 200
    assert paper.headers["cache-control"] == "no-store"
    assert " style=" not in paper.text
    (code,) = re.findall(r'class="code">([^<]+)<', paper.text)
    answer = browser().get(f"/sign-in/{code.replace('-', '')}")
    assert "Amina" in answer.text
    theirs = desk.post(f"/desk/people/{10**9}/letter")
    assert theirs.status_code == 404
    section = {"section": str(estate.section)}
    assert 'class="sheet"' not in desk.post("/desk/people/letters", data=section).text
    whole = desk.post("/desk/people/letters", data={**section, "confirmed": "yes"})
    assert len(re.findall('class="sheet"', whole.text)) == 4


def test_an_outsider_prints_nothing(house: Any) -> None:
    database, estate, browser = house
    phone = browser()
    sign_in(phone, database, estate.people["chair"], Beginning.EMAIL)
    for path in ("/desk/people", "/desk/people/letters", f"/desk/people/{1}"):
        assert phone.get(path).status_code == 403
    assert phone.post("/desk/people/letters", data={"section": "1"}).status_code == 403
