"""The household's own page and the office's, over HTTP."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from starlette.testclient import TestClient

from engagement.board.models import Post
from estate import clock
from estate.access import actions as access
from estate.access.models import SignInSession
from estate.access.rules import Beginning
from estate.audit.models import Deed
from estate.database import Database
from estate.invitations.queries import live_letter
from estate.language import LANGUAGES, unpack
from estate.mails.models import Mail
from estate.notifications.models import Notification
from estate.people.models import Helper, Member, Person
from estate.people.queries import persons_by_email
from estate.permissions import Role, ScopeKind
from estate.places.models import Office, Organisation
from estate.settings import Settings
from estate.tries.queries import limit
from tests.browsers import browsers_of, sign_in
from tests.builders import Estate, add_person, build_estate, give_role
from web.visits import SESSION_COOKIE


@dataclass
class House:
    """The application with a browser for everybody."""

    database: Database
    estate: Estate
    as_: Callable[[str], TestClient]


@pytest.fixture
def house(sqlite_database: Database, settings: Settings) -> Iterator[House]:
    with sqlite_database.write() as session:
        estate = build_estate(session)
        north = add_person(session, "north").id
        give_role(session, north, Role.OFFICE, ScopeKind.ORGANISATION, estate.north)
        estate.people["north"] = north
    with browsers_of(settings, sqlite_database) as fresh:

        def browser(name: str) -> TestClient:
            client = fresh()
            sign_in(client, sqlite_database, estate.people[name], Beginning.PASSKEY)
            return client

        yield House(sqlite_database, estate, browser)


KARIM = {
    "given_name": "Karim",
    "family_name": "Holm",
    "email": "karim@example.org",
    "adult": "yes",
}


def test_an_adult_is_added_confirmed_and_comes_in(house: House) -> None:
    amina, office = house.as_("amina"), house.as_("office")
    number = house.estate.households["amina"]
    added = amina.post(f"/me/household/{number}/members", data=KARIM)
    assert added.status_code == 200
    assert "Karim Holm" in added.text
    listed = office.get("/desk/people")
    assert "Karim Holm" in listed.text
    page = office.get(f"/desk/people/{number}")
    confirm = re.search(r'action="([^"]+/confirm)"', page.text)
    assert confirm is not None
    assert office.post(confirm[1]).status_code == 200
    assert office.post(confirm[1]).status_code == 409
    with house.database.read() as session:
        told = session.scalars(select(Notification.kind)).all()
        assert list(told) == ["household"]
    karim = TestClient(
        amina.app, base_url="http://localhost:8000", headers={"sec-fetch-site": "same-origin"}
    )
    karim.post("/sign-in/email", data={"email": "karim@example.org"})
    with house.database.read() as session:
        mail = session.scalars(select(Mail)).one()
        code = mail.lines[0]["values"]["code"]
    inside = karim.post("/sign-in/code", data={"email": "karim@example.org", "code": code})
    assert inside.url.path == "/"
    karim.close()


def test_who_let_somebody_in_at_the_counter_makes_no_member_through_them(house: House) -> None:
    amina, office = house.as_("amina"), house.as_("office")
    number, clerk = house.estate.households["amina"], house.estate.people["office"]
    members = f"/me/household/{number}/members"
    with house.database.write() as session:
        token = access.begin_session(
            session, house.estate.people["amina"], Beginning.OFFICE, begun_by=clerk
        )
    amina.cookies.set(SESSION_COOKIE, token)
    assert amina.post(members, data=KARIM).status_code == 403
    assert amina.post(f"{members}/1/leave").status_code == 403
    with house.database.write() as session:
        begun = SignInSession.begun_by_id == clerk
        session.execute(update(SignInSession).where(begun).values(confirmed_at=clock.now()))
    assert amina.post(members, data=KARIM).status_code == 200
    confirm = re.search(r'action="([^"]+/confirm)"', office.get(f"/desk/people/{number}").text)
    assert confirm is not None
    assert office.post(confirm[1]).status_code == 409
    with house.database.write() as session:
        colleague = add_person(session, "colleague").id
        house.estate.people["colleague"] = colleague
        give_role(session, colleague, Role.OFFICE, ScopeKind.OFFICE, house.estate.office)
    assert house.as_("colleague").post(confirm[1]).status_code == 200


def test_what_was_typed_stays_when_something_is_missing(house: House) -> None:
    amina = house.as_("amina")
    number = house.estate.households["amina"]
    answer = amina.post(
        f"/me/household/{number}/members", data={**KARIM, "family_name": "", "email": "nonsense"}
    )
    assert answer.status_code == 422
    assert 'value="Karim"' in answer.text
    assert 'value="nonsense"' in answer.text
    assert 'id="f-family_name-problem"' in answer.text
    assert " checked" in answer.text


def test_an_adult_added_by_a_double_tap_is_added_once(house: House) -> None:
    amina = house.as_("amina")
    number = house.estate.households["amina"]
    form = {**KARIM, "submission": "one-tap-and-another"}
    for _ in range(2):
        assert amina.post(f"/me/household/{number}/members", data=form).status_code == 200
    with house.database.read() as session:
        waiting = session.scalars(select(Member.id).where(Member.confirmed_at.is_(None))).all()
    assert len(waiting) == 1


def test_another_organisations_people_are_not_there(house: House) -> None:
    north = house.as_("north")
    theirs = house.estate.households["sofie"]
    assert "Sofie" not in north.get("/desk/people").text
    assert "Sofie" not in north.get("/desk/people?q=sofie").text
    assert "Sofie" not in north.get(f"/desk/people?after={theirs - 1}").text
    assert "Søvej" not in north.get("/desk/people/letters").text
    for path in ("", "/letter", f"/people/{house.estate.people['sofie']}/link"):
        address = f"/desk/people/{theirs}{path}"
        answer = north.post(address) if path else north.get(address)
        assert answer.status_code == 404
    paper = north.post("/desk/people/letters", data={"section": str(house.estate.other_section)})
    assert "Sofie" not in paper.text
    mixed = f"/desk/people/{house.estate.households['amina']}/people/{house.estate.people['sofie']}"
    assert north.post(f"{mixed}/link").status_code == 404


def test_letters_that_work_end_only_after_a_question(house: House) -> None:
    office, number = house.as_("office"), house.estate.households["amina"]

    def printed_at() -> datetime:
        with house.database.read() as session:
            letter = live_letter(session, number, clock.now())
        assert letter is not None
        return letter.created_at

    def letters(data: dict[str, str]) -> int:
        answer = office.post("/desk/people/letters", data=data)
        assert answer.status_code == 200
        return answer.text.count('class="code"')

    section = {"section": str(house.estate.other_section)}
    stairwell = {"stairwell": str(house.estate.stairwell)}
    assert letters(section) == 1, "there is none to end"
    office.post(f"/desk/people/{number}/letter")
    before = printed_at()
    office.cookies.set("language", "en")
    asked = office.post("/desk/people/letters", data=stairwell)
    assert "1 household has a letter that works" in asked.text
    assert "Print 2 letters?" in asked.text
    assert "Lærkevej 8" in asked.text
    assert printed_at() == before
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', asked.text)
    assert dict(hidden) == {**stairwell, "confirmed": "yes"}
    assert letters(dict(hidden)) == 2
    assert printed_at() > before
    before, own = printed_at(), f"/desk/people/{number}/letter"
    asked = office.post(own)
    assert "Print 1 letter?" in asked.text
    assert "Lærkevej 8, 2. tv." in asked.text
    assert printed_at() == before
    hidden = re.findall(rf'action="{own}"|<input type="hidden" name="(\w+)"', asked.text)
    assert hidden == ["", "confirmed"]
    assert office.post(own, data={"confirmed": "yes"}).text.count('class="code"') == 1
    assert printed_at() > before


def test_a_request_can_be_taken_back_until_it_is_answered(house: House) -> None:
    amina, office = house.as_("amina"), house.as_("office")
    number = house.estate.households["amina"]
    own = amina.post(f"/me/household/{number}/members", data=KARIM).text
    assert "/leave" not in own
    back = re.search(r'action="([^"]+/withdraw)"', own)
    assert back is not None
    office.cookies.set("language", "en")
    assert "1 waits to be confirmed" in office.get("/desk/people").text
    assert "Waiting to be confirmed" in office.get(f"/desk/people/{number}").text
    assert house.as_("bent").post(back[1]).status_code == 404
    assert "Karim" not in amina.post(back[1]).text
    assert "Karim" not in office.get(f"/desk/people/{number}").text


def test_the_office_is_led_to_those_who_wait_and_to_nobody_else(house: House) -> None:
    office, amina = house.as_("office"), house.as_("amina")
    number = house.estate.households["amina"]
    amina.post(f"/me/household/{number}/members", data=KARIM)
    office.cookies.set("language", "en")
    today = office.get("/").text
    assert "1 new resident to confirm" in today
    assert f'href="/desk/people/{number}"' in today
    bent = house.estate.households["bent"]
    house.as_("bent").post(f"/me/household/{bent}/members", data={**KARIM, "given_name": "Kim"})
    assert 'href="/desk/people/waiting"' in office.get("/").text
    page = office.get("/desk/people/waiting").text
    assert f'href="/desk/people/{number}"' in page
    assert f'href="/desk/people/{bent}"' in page
    assert f"/desk/people/{house.estate.households['sofie']}" not in page


@pytest.mark.parametrize("q", ["%00", "%F0%9F%92%A9", "a" * 5000, "%25", "_", "'", "%C3%86"])
def test_any_search_is_answered(house: House, q: str) -> None:
    assert house.as_("office").get(f"/desk/people?q={q}").status_code == 200


@pytest.mark.parametrize("after", ["0", "-1", "x", "9" * 18, "9" * 40])
def test_any_place_to_go_on_from_is_answered(house: House, after: str) -> None:
    assert house.as_("office").get(f"/desk/people?after={after}").status_code == 200


def test_an_address_is_changed_by_a_code_sent_to_it(house: House) -> None:
    amina = house.as_("amina")
    asked = amina.post("/me/email", data={"email": " New@Example.org "})
    assert asked.status_code == 200
    assert "new@example.org" in asked.text
    with house.database.read() as session:
        code = session.scalars(select(Mail)).one().lines[0]["values"]["code"]
    wrong = "000000" if code != "000000" else "111111"
    form = {"email": "new@example.org", "code": wrong}
    assert amina.post("/me/email/code", data=form).status_code == 422
    other = house.as_("bent").post("/me/email/code", data={**form, "code": code})
    assert other.status_code == 422


def test_the_right_code_changes_the_address_and_tells_the_old_one(house: House) -> None:
    amina = house.as_("amina")
    amina.post("/me/email", data={"email": "new@example.org"})
    with house.database.read() as session:
        code = session.scalars(select(Mail)).one().lines[0]["values"]["code"]
    done = amina.post("/me/email/code", data={"email": "new@example.org", "code": code})
    assert done.url.path == "/me"
    with house.database.read() as session:
        person = session.get_one(Person, house.estate.people["amina"])
        assert person.email == "new@example.org"
        assert person.email_confirmed_at is not None
        to = session.scalars(select(Mail.to).order_by(Mail.id)).all()
    assert list(to) == ["new@example.org", "amina@example.org"]


def test_the_language_one_chooses_is_kept_for_the_person(house: House) -> None:
    amina = house.as_("amina")
    assert '<html lang="da"' in amina.get("/me").text
    assert '<html lang="en"' in amina.post("/me/language", data={"language": "en"}).text
    assert '<html lang="en"' in house.as_("amina").get("/me").text
    assert amina.post("/me/language", data={"language": "tlh"}).status_code == 422


def test_a_tap_in_the_footer_changes_the_language_of_that_browser(house: House) -> None:
    amina = house.as_("amina")
    amina.post("/me/language", data={"language": "da"})
    assert '<html lang="en"' in amina.get("/languages/en").text
    assert '<html lang="en"' in amina.get("/me").text
    assert '<html lang="da"' in house.as_("amina").get("/me").text


def test_ones_own_device_is_listed_by_name_and_others_are_signed_out(house: House) -> None:
    amina, elsewhere = house.as_("amina"), house.as_("amina")
    page = amina.get("/me/devices").text
    ends = re.findall(r'action="(/me/devices/\d+/end)"', page)
    assert len(ends) == 1
    assert house.as_("bent").post(ends[0]).status_code == 404
    assert amina.post(ends[0]).status_code == 200
    assert elsewhere.get("/me").status_code == 401
    assert amina.get("/me").status_code == 200


def test_a_person_chooses_an_alias_for_what_they_write_from_now_on(house: House) -> None:
    amina = house.as_("amina")
    assert "/me/name" in amina.get("/me").text
    saved = amina.post("/me/name", data={"shown": "alias", "alias": "  Havefrøen "})
    assert "Havefrøen" in saved.text
    form = amina.get("/board/new").text
    to = re.search(
        r'name="to"[^>]*value="(section[^"]*)"|value="(section[^"]*)"[^>]*name="to"', form
    )
    assert to is not None
    draft = {"kind": "other", "title": "Hej alle", "to": to[1] or to[2]}
    post = amina.post("/board/new", data=draft)
    assert post.status_code == 200
    with house.database.read() as session:
        row = session.execute(select(Post.author_name, Post.author_place)).one()
    assert tuple(row) == ("Havefrøen", "")
    amina.post("/me/name", data={"shown": "name", "alias": "Havefrøen"})
    with house.database.read() as session:
        assert session.get_one(Person, house.estate.people["amina"]).alias is None


def test_an_alias_has_the_same_initials_wherever_it_stands(house: House) -> None:
    amina = house.as_("amina")
    amina.post("/me/name", data={"shown": "alias", "alias": "Fru Blomst"})
    to = f"section:{house.estate.section}"
    form = amina.get("/board/new").text
    found = re.search(rf'value="({to}[^"]*)"', form)
    assert found is not None
    written = amina.post("/board/new", data={"kind": "other", "title": "Hej", "to": found[1]})
    pages = [written, amina.post(f"{written.url.path}/comments", data={"text": "Ja"})]
    for page in [*pages, amina.get("/board"), amina.get("/me")]:
        marks = re.findall(r'class="avatar[^>]*>([^<]*)</span>', page.text)
        assert set(marks) == {"FB"}


@pytest.mark.parametrize("alias", ["", "x", "Bestyrelsen", "Yasmin", "a" * 31, "<b>"])
def test_an_alias_that_is_refused_is_kept_in_the_form(house: House, alias: str) -> None:
    amina = house.as_("amina")
    answer = amina.post("/me/name", data={"shown": "alias", "alias": alias})
    assert answer.status_code == 422
    assert 'href="#f-alias"' in answer.text
    with house.database.read() as session:
        assert session.get_one(Person, house.estate.people["amina"]).alias is None


def test_no_alias_asks_whether_a_protected_person_lives_here(house: House) -> None:
    with house.database.write() as session:
        yasmin = session.get_one(Person, house.estate.people["yasmin"])
        yasmin.protected, yasmin.alias = True, "Nattevagten"
    amina = house.as_("amina")
    taken = amina.post("/me/name", data={"shown": "alias", "alias": "Nattevagten"})
    assert taken.status_code == 422
    for alias in ("Yasmin", "Yasmin Prøve"):
        saved = amina.post("/me/name", data={"shown": "alias", "alias": alias})
        assert saved.status_code == 200


def test_a_protected_person_has_an_alias_or_none_but_never_their_name(house: House) -> None:
    with house.database.write() as session:
        session.get_one(Person, house.estate.people["amina"]).protected = True
    amina = house.as_("amina")
    page = amina.get("/me/name").text
    assert "Amina" not in page
    assert 'name="shown"' not in page
    amina.post("/me/name", data={"shown": "name", "alias": "Nattevagten"})
    assert "Nattevagten" in amina.get("/me").text
    amina.post("/me/name", data={"alias": ""})
    assert "Beboer" in amina.get("/me").text


DAUGHTER = {"name": "Samira Holm", "email": "samira@example.org"}


def test_a_helper_is_named_told_seen_and_ended(house: House) -> None:
    amina, office = house.as_("amina"), house.as_("office")
    today = clock.today().isoformat()
    named = amina.post("/me/household/helpers", data={**DAUGHTER, "starts_on": today})
    assert "Samira Holm" in named.text
    number = house.estate.households["amina"]
    assert "Samira Holm" in office.get(f"/desk/people/{number}").text
    with house.database.read() as session:
        helper = session.scalars(select(Helper)).one()
        mail = session.scalars(select(Mail)).one()
        assert mail.to == "samira@example.org"
        assert session.scalars(select(Deed.verb)).all() == ["named_helper"]
    house.estate.people["samira"] = helper.helper_id
    samira = house.as_("samira")
    assert samira.get("/board").status_code == 200
    assert samira.get("/board/new").status_code == 403
    assert "Amina" in samira.get("/me/helping").text
    end = f"/me/helping/{helper.id}/end"
    assert house.as_("yasmin").post(end).status_code == 404
    assert amina.post(end).status_code == 200
    assert samira.get("/board").status_code == 403
    assert amina.post(end).status_code == 404


@pytest.mark.parametrize(("protected", "shown"), [(False, "Amina"), (True, "Havefrøen")])
def test_a_stranger_reads_no_words_of_ones_own_choice(
    house: House, protected: bool, shown: str
) -> None:
    with house.database.write() as session:
        amina = session.get_one(Person, house.estate.people["amina"])
        amina.alias, amina.protected = "Havefrøen", protected
    sent = {**DAUGHTER, "starts_on": clock.today().isoformat()}
    house.as_("amina").post("/me/household/helpers", data=sent)
    with house.database.read() as session:
        mail = session.scalars(select(Mail)).one()
    names = [unpack(part["values"]).get("name") for part in (mail.subject, *mail.lines)]
    assert {str(name) for name in names if name} == {shown}


def test_only_so_many_are_named_a_helper_and_one_address_is_not_written_to_for_ever(
    house: House,
) -> None:
    day = clock.today()

    def name(who: str, email: str) -> int:
        sent = {"name": "H", "email": email, "starts_on": day.isoformat()}
        answer = house.as_(who).post("/me/household/helpers", data=sent).status_code
        with house.database.write() as session:
            session.execute(delete(Helper))
        return answer

    most = limit("helper", day).tries
    answers = [name("amina", f"h{n}@example.org") for n in range(most + 1)]
    assert answers == [200] * most + [429]
    most = limit("address", day).tries
    answers = [name("bent", "one@example.org") for _ in range(most + 1)]
    assert answers[-1] == 429
    assert (
        house.as_("yasmin").post("/me/email", data={"email": "one@example.org"}).status_code == 429
    )


def test_a_helper_known_by_their_address_helps_with_the_account_they_have(house: House) -> None:
    with house.database.write() as session:
        session.get_one(Person, house.estate.people["sofie"]).email = "samira@example.org"
    amina = house.as_("amina")
    sent = {**DAUGHTER, "starts_on": clock.today().isoformat()}
    page = amina.post("/me/household/helpers", data=sent).text
    assert "Samira Holm" in page
    assert "Sofie" not in page
    sofie = house.as_("sofie")
    assert "/me/helping" in sofie.get("/me").text
    ended = re.search(r'action="([^"]+/end)"', sofie.get("/me/helping").text)
    assert ended is not None
    sofie.post(ended[1])
    assert "Samira Holm" not in amina.get("/me/household").text


def test_both_days_of_a_helper_are_asked_for_at_once(house: House) -> None:
    days = {"starts_on": "2020-02-02", "ends_on": "2020-01-01"}
    answer = house.as_("amina").post("/me/household/helpers", data={**DAUGHTER, **days})
    assert re.findall(r'href="#f-(\w+)"', answer.text) == ["starts_on", "ends_on"]


def test_ones_own_address_is_asked_for_again_beside_its_field(house: House) -> None:
    sent = {"name": "Mig", "email": "amina@example.org", "starts_on": clock.today().isoformat()}
    answer = house.as_("amina").post("/me/household/helpers", data=sent)
    assert answer.status_code == 422
    assert re.findall(r'href="#f-(\w+)"', answer.text) == ["email"]


def test_nobody_is_named_twice_at_once(house: House) -> None:
    amina = house.as_("amina")
    sent = {**DAUGHTER, "starts_on": clock.today().isoformat()}
    amina.post("/me/household/helpers", data=sent)
    again = amina.post("/me/household/helpers", data=sent)
    assert again.status_code == 409
    assert amina.get("/me/household").text.count("Samira Holm") == 1


def test_a_helper_who_moves_in_is_one_person(house: House) -> None:
    amina, bent = house.as_("amina"), house.as_("bent")
    amina.post("/me/household/helpers", data={**DAUGHTER, "starts_on": clock.today().isoformat()})
    bent.post("/me/email", data={"email": DAUGHTER["email"]})
    with house.database.read() as session:
        mails = session.scalars(select(Mail).where(Mail.to == DAUGHTER["email"]).order_by(Mail.id))
        code = mails.all()[-1].lines[0]["values"]["code"]
    bent.post("/me/email/code", data={"email": DAUGHTER["email"], "code": code})
    with house.database.read() as session:
        helper = session.scalars(select(Helper)).one()
        assert helper.helper_id == house.estate.people["bent"]
        assert [p.id for p in persons_by_email(session, DAUGHTER["email"])] == [helper.helper_id]
    assert "Amina" in bent.get("/me/helping").text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"email": "nobody"}, "email"),
        ({"starts_on": "2020-01-01"}, "starts_on"),
        ({"starts_on": "soon"}, "starts_on"),
        ({"ends_on": "2020-01-01"}, "ends_on"),
        ({"ends_on": "never"}, "ends_on"),
    ],
)
def test_a_helper_badly_named_is_asked_for_again(
    house: House, wrong: dict[str, str], field: str
) -> None:
    sent = {**DAUGHTER, "starts_on": clock.today().isoformat(), **wrong}
    answer = house.as_("amina").post("/me/household/helpers", data=sent)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text


def test_nobody_has_more_than_three_helpers(house: House) -> None:
    amina = house.as_("amina")
    day = clock.today().isoformat()
    answers = [
        amina.post(
            "/me/household/helpers",
            data={"name": f"Hjælper {n}", "email": f"h{n}@example.org", "starts_on": day},
        ).status_code
        for n in range(4)
    ]
    assert answers == [200, 200, 200, 409]


def test_the_office_stands_where_people_look_for_help(house: House) -> None:
    with house.database.write() as session:
        office = session.scalars(select(Office)).first()
        assert office is not None
        office.phone, office.duty_phone = "55 55 10 10", "55 55 10 11"
    amina = house.as_("amina")
    for address in ("/me/household", "/privacy"):
        page = amina.get(address).text
        assert "tel:55551010" in page
        assert "tel:55551011" in page
    amina.cookies.clear()
    assert "tel:55551010" in amina.get("/sign-in").text
    assert "datatilsynet.dk" in amina.get("/privacy").text


def test_my_data_is_listed_and_comes_as_a_file(house: House) -> None:
    amina = house.as_("amina")
    amina.post("/me/name", data={"shown": "alias", "alias": "Havefrøen"})
    page = amina.get("/me/data").text
    assert "Havefrøen" in page
    assert "/me/data/file" in page
    file = amina.get("/me/data/file")
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.headers["cache-control"] == "no-store"
    assert file.json()["person"]["alias"] == "Havefrøen"


def test_a_task_is_shown_with_the_place_it_is_for(house: House) -> None:
    page = house.as_("north").get("/me").text
    with house.database.read() as session:
        name = session.get_one(Organisation, house.estate.north).name
    assert name in page


def test_a_letter_says_its_last_day_and_has_its_square_beside_the_code(house: House) -> None:
    office = house.as_("office")
    number = house.estate.households["amina"]
    paper = office.post(f"/desk/people/{number}/letter").text
    last = clock.last_day(clock.now() + timedelta(days=60))
    assert f"{last.day}. " in paper
    assert str(last.year) in paper
    assert "60" not in re.sub(r"<svg.*?</svg>|<head>.*?</head>", "", paper, flags=re.DOTALL)
    box = paper[paper.index('class="ways-in"') :]
    assert box.index("<svg") < box.index('class="code"') < box.index("</section>")
    assert 'lang="en"' in box


def test_a_letter_says_the_way_in_step_by_step_in_every_other_language(house: House) -> None:
    number = house.estate.households["amina"]
    paper = house.as_("office").post(f"/desk/people/{number}/letter").text
    for language, direction in (("en", "ltr"), ("ar", "rtl")):
        begin = paper.index(f'<section class="briefly" lang="{language}" dir="{direction}">')
        help_ = paper[begin : paper.index("</section>", begin)]
        assert help_.count("<li>") == 4
        assert LANGUAGES[language] in help_


def test_a_wide_desk_has_the_list_beside_the_household(house: House) -> None:
    number = house.estate.households["amina"]
    page = house.as_("office").get(f"/desk/people/{number}?q=Amina").text
    assert 'value="Amina"' in page
    assert 'class="return" href="/desk/people?q=Amina"' in page
    assert "On paper, to the door" not in page, "the choices are in Danish as all the rest"
    link = re.search(r'action="([^"]+/link[^"]*)"', page)
    assert link is not None
    back = f'class="return" href="/desk/people/{number}?q=Amina"'
    assert back in house.as_("office").post(link[1]).text
    assert re.search(rf'href="/desk/people/{number}\?q=Amina"[^>]*aria-current="true"', page)
