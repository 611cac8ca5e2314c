"""Contact, as residents, the office and strangers see it; and the accessibility statement."""

import re
from datetime import date, time
from urllib.parse import urlencode

import pytest
import time_machine
from httpx2 import Response
from starlette.testclient import TestClient

from estate.contacts.queries import topics
from estate.database import Database
from estate.places.models import Office, OfficeClosedDay, OfficeHours
from estate.settings import Settings
from tests.announcements import announce
from tests.builders import Estate
from tests.neighbours import Who
from web.app import create_app
from web.pages import PAGES
from web.pages.contact import HERE

House = tuple[Database, Estate, Who]
TYPED = {"name": "Lindeby Kommune", "phone": "+45 12 34 56 78", "email": "", "web": "", "note": ""}
MONDAY = "2026-11-23T10:00+01:00"


def open_office(house: House) -> None:
    database, estate, _ = house
    with database.write() as session:
        office = session.get_one(Office, estate.office)
        office.duty_phone, office.email = "70 20 30 40", "kontoret@example.org"
        for day in range(5):
            session.add(
                OfficeHours(office_id=office.id, weekday=day, opens=time(8), closes=time(12))
            )
        session.add(
            OfficeClosedDay(office_id=office.id, day=date(2026, 11, 26), reason="Personaledag")
        )


def shown(answer: Response) -> list[str]:
    """The topics that are not hidden, in their order."""
    rows = re.findall(r'<li data-topic="(\w+)"[^>]*?( hidden)?>', answer.text)
    return [name for name, hidden in rows if not hidden]


def test_a_resident_sees_whether_the_office_is_open_and_the_duty_phone(house: House) -> None:
    open_office(house)
    with time_machine.travel(MONDAY, tick=False):
        page = house[2]("amina").get("/contact").text
    for words in ("Open until 12:00", "tel:112", "tel:70203040", "tel:12345678", "Chair"):
        assert words in page
    assert "Closed Thursday 26 November" in page
    assert "Personaledag" in page


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-12-24T13:00+01:00", "Opens Monday 08:00"),  # Christmas days are holidays
        ("2026-03-29T02:59+02:00", "Opens Monday 08:00"),  # the night the clock jumps
        ("2026-10-25T02:30+02:00", "Opens Monday 08:00"),  # the hour that comes twice
        ("2026-10-26T07:30+01:00", "Opens today 08:00"),
        ("2026-06-30T10:00+00:00", "Opens Wednesday 08:00"),  # noon in Denmark
    ],
)
def test_an_office_goes_by_the_clock_on_a_danish_wall(house: House, moment: str, said: str) -> None:
    open_office(house)
    with time_machine.travel(moment, tick=False):
        page = house[2]("amina").get("/contact").text
    chips = re.findall(r'<span class="chip[^>]*>.*?</svg>([^<]*)</span>', page)
    assert chips[0] == said


def test_a_question_shows_what_it_is_about_first_and_hides_the_rest(house: House) -> None:
    open_office(house)
    amina = house[2]("amina")
    asked = urlencode({"q": "my keys are lost"})
    page = amina.get(f"/contact?{asked}")
    assert shown(page)[0] == "keys"
    assert len(shown(page)) < 5
    assert 'value="my keys are lost"' in page.text
    nothing = amina.get("/contact?q=qwertyuiop")
    assert shown(nothing) == []
    assert "Nothing found for that" in nothing.text
    assert len(shown(amina.get("/contact"))) > 40


def grouped(page: str) -> dict[str, list[str]]:
    """The topics of each group of a page, all of them folded."""
    found = re.split(r'<li data-group="(\w+)">', page.partition("data-groups")[2])
    assert " open>" not in "".join(found)
    return {
        name: re.findall(r'<li data-topic="(\w+)"', those)
        for name, those in zip(found[1::2], found[2::2], strict=True)
    }


def test_a_question_shows_first_what_ones_own_home_is_told_of_already(house: House) -> None:
    database, estate, neighbour = house
    with database.write() as session:
        announce(session, estate)
    question = "/contact?q=hvornår kommer vandet igen"
    page = neighbour("amina").get(question)
    told = r'data-told>.*?<li data-notice="[^"]*\bvand\b[^"]*">.*?The water is off'
    assert re.search(told, page.text, re.DOTALL)
    assert shown(page)[0] == "no_water"
    assert "The water is off" not in neighbour("sofie").get(question).text
    for asked in ("/contact", "/contact?q=elevator", "/contact?q=hvornår"):
        assert not re.search(told, neighbour("amina").get(asked).text, re.DOTALL)


def test_unasked_the_topics_stand_folded_by_what_they_are_about(house: House) -> None:
    amina = house[2]("amina")
    with time_machine.travel(MONDAY, tick=False):
        winter = grouped(amina.get("/contact").text)
        assert grouped(amina.get("/contact?q=keys").text) == {name: [] for name in winter}
    assert next(iter(winter)) == "hurries"
    assert winter["hurries"][0] == "danger"
    assert "keys" in winter["house"]
    assert sorted(name for those in winter.values() for name in those) == sorted(
        topic.name for topic in topics()
    )
    assert max(len(those) for name, those in winter.items() if name != "hurries") < 10
    with time_machine.travel("2026-07-01T10:00+02:00", tick=False):
        summer = grouped(amina.get("/contact").text)
    for name, group in (("hurries", winter), ("water", summer)):
        assert "no_heat" in group[name]


def test_a_question_about_what_can_wait_asks_whether_it_is_worse(house: House) -> None:
    open_office(house)
    amina = house[2]("amina")
    page = amina.get("/contact?q=dripping")
    assert shown(page)[:2] == ["tap", "ceiling_water"]
    asked = re.search(r'data-topic="ceiling_water".*?</li>', page.text, re.DOTALL)
    assert asked is not None
    assert ">Is it coming through the ceiling?</span>" in asked[0]
    assert '<details class="disclosure">' in asked[0]
    assert ">Water is coming through the ceiling</span>" in amina.get("/contact").text
    urgent = amina.get("/contact?q=water+from+the+ceiling").text
    assert ">Water is coming through the ceiling</span>" in urgent


def test_an_answer_says_whether_the_office_is_open_and_leads_back_to_everything(
    house: House,
) -> None:
    open_office(house)
    with time_machine.travel(MONDAY, tick=False):
        page = house[2]("amina").get("/contact?q=keys").text
    below = re.search(r"<div[^>]*data-when-asked>.*?</div>", page, re.DOTALL)
    assert below is not None
    assert "Open until 12:00" in below[0]
    assert "data-show-all" in below[0]


def test_a_page_here_is_offered_to_whom_it_is_open(house: House) -> None:
    _, _, browser = house
    asked = urlencode({"q": "somebody moves in with me"})
    assert 'href="/me/household"' in browser("amina").get(f"/contact?{asked}").text
    assert 'href="/me/household"' not in browser("caretaker").get(f"/contact?{asked}").text


def test_every_page_that_a_topic_names_is_there() -> None:
    assert {topic.page for topic in topics() if topic.page} == set(HERE)
    assert {here.handler for here in HERE.values()} <= {route.name for route in PAGES}


def test_a_stranger_sees_the_office_and_nothing_of_a_section(
    house: House, settings: Settings
) -> None:
    open_office(house)
    database, estate, browser = house
    office = browser("office")
    place = f"organisation:{estate.north}"
    office.post("/desk/contacts/new", {**TYPED, "place": place, "who": "municipality"})
    app = create_app(settings.model_copy(update={"worker": "apart"}), database)
    with TestClient(app, base_url="http://localhost:8000") as client:
        page = client.get("/contact", headers={"accept-language": "en"})
    assert page.status_code == 200
    assert "tel:112" in page.text
    assert "tel:70203040" in page.text
    assert "Lindeby Kommune" not in page.text
    assert "Lærken" not in page.text


def test_staff_choose_among_their_sections_and_nobody_sees_anothers(house: House) -> None:
    _, estate, browser = house
    page = browser("office").get(f"/contact?section={estate.other_section}").text
    assert "Søen" in page
    assert "Lærken" in page
    page = browser("amina").get(f"/contact?section={estate.other_section}").text
    assert "Søen" not in page


def test_the_sheet_for_the_stairwell_leads_back_by_its_square(house: House) -> None:
    open_office(house)
    _, estate, browser = house
    page = browser("caretaker").get(f"/contact/sheet?section={estate.section}")
    assert page.status_code == 200
    for words in ("112", "70 20 30 40", "http://localhost:8000/contact", "<svg", "Chair"):
        assert words in page.text
    assert browser("amina").get("/contact/sheet").status_code == 200


def test_the_office_writes_down_who_helps_and_residents_find_it(house: House) -> None:
    _, estate, browser = house
    office, amina = browser("office"), browser("amina")
    form = {**TYPED, "place": f"section:{estate.section}", "who": "municipality"}
    answer = office.post("/desk/contacts/new", {**form, "submission": "contact-once"})
    assert answer.status_code == 303
    again = office.post("/desk/contacts/new", {**form, "submission": "contact-once"})
    assert again.status_code == 303
    page = amina.get("/contact?q=rats").text
    assert "Lindeby Kommune" in page
    assert "tel:+4512345678" in page
    assert "Lindeby Kommune" not in browser("sofie").get("/contact?q=rats").text
    (number,) = re.findall(r"/desk/contacts/(\d+)", office.get("/desk/contacts").text)
    changed = office.post(f"/desk/contacts/{number}", {**TYPED, "phone": "87 65 43 21"})
    assert changed.status_code == 303
    assert "tel:87654321" in amina.get("/contact?q=rats").text
    assert office.post(f"/desk/contacts/{number}/remove").status_code == 303
    assert "Lindeby Kommune" not in amina.get("/contact?q=rats").text
    assert office.get(f"/desk/contacts/{number}").status_code == 404


def test_a_wrong_contact_comes_back_as_it_was_typed(house: House) -> None:
    _, estate, browser = house
    office = browser("office")
    wrong = office.post("/desk/contacts/new", {**TYPED, "phone": "ring", "place": "", "who": "x"})
    assert wrong.status_code == 422
    assert 'value="Lindeby Kommune"' in wrong.text
    for problem in ("Choose for whom it is.", "Choose who it is.", "only digits"):
        assert problem in wrong.text
    form = {**TYPED, "place": f"section:{estate.section}", "who": "waste"}
    assert office.post("/desk/contacts/new", form).status_code == 303
    second = office.post("/desk/contacts/new", form)
    assert second.status_code == 422
    assert "There is one already." in second.text


def test_only_the_office_edits_contacts(house: House) -> None:
    for name in ("amina", "chair", "caretaker", "organisation"):
        assert house[2](name).get("/desk/contacts").status_code == 403, name


def test_a_number_of_the_desks_stays_on_one_line(house: House) -> None:
    _, estate, browser = house
    office = browser("office")
    form = {**TYPED, "place": f"section:{estate.section}", "who": "waste"}
    assert office.post("/desk/contacts/new", form).status_code == 303
    assert "+45\N{NO-BREAK SPACE}12\N{NO-BREAK SPACE}34" in office.get("/desk/contacts").text


def test_the_statement_answers_at_both_addresses_and_names_whom_to_tell(house: House) -> None:
    open_office(house)
    amina = house[2]("amina")
    assert amina.get("/accessibility").headers["location"] == "/was"
    page = amina.get("/was").text
    for words in (
        *("Boligforeningen Nord", "The pages comply partly with WCAG 2.1 AA", "axe-core"),
        *("tel:12345678", "mailto:kontoret@example.org", "Digitaliseringsstyrelsen", "20 16 36 12"),
    ):
        assert words in page
    assert '<a href="/was">' in amina.get("/").text
