"""The pages of messages and faults, for residents and at the desk."""

import re

import pytest
from httpx2 import Response
from sqlalchemy.orm import Session

from estate import clock
from estate.database import Database
from estate.places.models import Part
from estate.projects.models import Project, ProjectPlace, Stage
from estate.projects.rules import StageKind
from tests.builders import Estate
from tests.neighbours import Neighbour, Who
from tests.pictures import picture

House = tuple[Database, Estate, Who]


def number(answer: Response) -> int:
    """The case an answer leads to."""
    found = re.fullmatch(r".*/faults/(\d+)", answer.headers["location"])
    assert found, answer.headers
    return int(found[1])


def drips(estate: Estate, **more: object) -> dict[str, object]:
    return {
        "category": "tap_drip",
        "place": f"home:{estate.homes['amina']}",
        "text": "Den drypper.",
        "phone": "20304050",
        **answered(more.get("category", "tap_drip")),
        **more,
    }


def answered(category: object) -> dict[str, object]:
    return {"q-tap_drip-which": "kitchen"} if category == "tap_drip" else {}


def reported(browser: Neighbour, estate: Estate, **more: object) -> int:
    answer = browser.post("/faults/new", drips(estate, **more))
    assert answer.status_code == 303, answer.text
    return number(answer)


def test_a_fault_goes_from_a_dripping_tap_to_fixed(house: House) -> None:
    _, estate, browser = house
    amina, caretaker = browser("amina"), browser("caretaker")
    sent = amina.post(
        "/faults/new", drips(estate), [("photos", ("a.jpg", picture(), "image/jpeg"))]
    )
    case = number(sent)
    assert "Den drypper." in amina.get(f"/faults/{case}").text
    assert amina.get(f"/faults/{case}/photos/1").status_code == 200
    assert "20304050" not in amina.get(f"/faults/{case}").text
    desk = f"/desk/faults/{case}"
    assert f"/desk/faults/{case}" in caretaker.get("/desk/faults").text
    assert "20304050" in caretaker.get(desk).text
    assert caretaker.get(f"{desk}/photos/1").status_code == 200
    assert caretaker.post(f"{desk}/take").status_code == 303
    words = {"text": "Vi kommer i morgen."}
    assert caretaker.post(f"{desk}/answer", words).status_code == 303
    assert caretaker.post(f"{desk}/note", {"note": "Pakning 12"}).status_code == 303
    page = amina.get(f"/faults/{case}").text
    assert "Vi kommer i morgen." in page
    assert "Pakning 12" not in page
    assert amina.post(f"/faults/{case}/write", {"text": "Tak."}).status_code == 303
    assert "Tak." in caretaker.get(desk).text
    assert caretaker.post(f"{desk}/finish", {}).status_code == 422
    assert caretaker.post(f"{desk}/finish", {"visits": "2"}).status_code == 422
    assert caretaker.post(f"{desk}/finish", {"visits": "1"}).status_code == 303
    assert "Is it fixed?" in amina.get(f"/faults/{case}").text
    assert amina.post(f"/faults/{case}/fixed").status_code == 303
    assert "20304050" not in caretaker.get(desk).text
    assert amina.post(f"/faults/{case}/rate", {"face": "9"}).status_code == 422
    assert amina.post(f"/faults/{case}/rate", {"face": "5", "text": "Hurtigt."}).status_code == 303
    assert "Hurtigt." in amina.get(f"/faults/{case}").text
    assert f"/desk/faults/{case}" not in caretaker.get("/desk/faults").text


def test_a_neighbour_sees_neither_the_case_nor_its_photos(house: House) -> None:
    _, estate, browser = house
    case = reported(browser("amina"), estate)
    for name in ("yasmin", "jonas", "chair"):
        for path in (f"/faults/{case}", f"/faults/{case}/photos/1"):
            assert browser(name).get(path).status_code in {403, 404}
        assert browser(name).get(f"/desk/faults/{case}").status_code in {403, 404}
        assert browser(name).post(f"/faults/{case}/fixed").status_code in {403, 404}
        assert str(case) not in re.findall(r"/faults/(\d+)", browser(name).get("/faults").text)


def test_what_others_reported_of_a_common_place_is_shown_before_it_is_sent_again(
    house: House,
) -> None:
    _, estate, browser = house
    dark = {"category": "common_light", "place": f"door:{estate.stairwell}"}
    case = reported(browser("amina"), estate, **dark)
    again = browser("yasmin").post("/faults/new", drips(estate, **dark))
    assert again.status_code == 422
    assert f"/faults/{case}" in again.text
    assert browser("yasmin").post(f"/faults/{case}/follow").status_code == 303
    assert "You hear of every answer." in browser("yasmin").get(f"/faults/{case}").text
    assert reported(browser("yasmin"), estate, **dark, another="yes") != case


def test_everyday_words_find_what_is_wrong_and_what_to_try_first(house: House) -> None:
    _, _, browser = house
    page = browser("amina").get("/faults/new?q=gas").text
    values = re.findall(r'name="category" value="(\w+)"', page)
    assert values[0] == "fire_danger"
    assert len(values) == len(set(values)) == 31
    assert 'href="tel:112"' in page


def test_a_label_opens_the_form_with_its_place(house: House) -> None:
    database, estate, browser = house
    with database.write() as session:
        session.add(
            Part(
                section_id=estate.section, number="E-1", code="lift-b", name="Lift B", system="lift"
            )
        )
    assert "/faults/new?part=lift-b" in browser("amina").get("/parts/lift-b").text
    page = browser("amina").get("/faults/new?part=lift-b").text
    assert 'value="part:lift-b" selected' in page
    case = reported(
        browser("amina"),
        estate,
        category="elevator",
        place="part:lift-b",
        **{"q-elevator-trapped": "yes"},
    )
    page = browser("amina").get(f"/faults/{case}").text
    assert "Lift B" in page
    assert "Is somebody trapped in the lift?" in page


def test_a_message_is_answered_by_the_phrase_book_in_each_ones_language(house: House) -> None:
    _, estate, browser = house
    amina, office = browser("amina"), browser("office")
    assert amina.post("/messages/new", {"text": ""}).status_code == 422
    sent = amina.post("/messages/new", {"title": "Festlokale", "text": "Er det ledigt?"})
    case = number(sent)
    page = office.get(f"/desk/faults/{case}").text
    code = re.search(r'<option value="(\w+)">[^<]*</option>', page)
    assert code
    sentence = office.post(f"/desk/faults/{case}/answer", {"phrase": code[1]})
    if sentence.status_code == 422:
        filled = {"day": "2026-12-01", "begins": "10:00", "ends": "12:00", "count": "2"}
        filled |= {"phrase": code[1], "name": "Bo", "phone": "12345678"}
        assert office.post(f"/desk/faults/{case}/answer", filled).status_code == 303
    amina.headers["cookie"] += "; language=ar"
    arabic = amina.get(f"/faults/{case}").text
    assert re.search(r'<p class="small soft" lang="da" dir="ltr">', arabic)
    turned = office.post(f"/desk/faults/{case}/turn", {"category": "no_water"})
    assert turned.status_code == 303
    assert office.post(f"/desk/faults/{case}/turn", {"category": "no_water"}).status_code == 409
    assert estate.section


@pytest.mark.parametrize(
    "wrong",
    [
        {"category": ""},
        {"category": "nonsense"},
        {"place": ""},
        {"place": "home:999999999999999999999"},
        {"place": "part:nothing"},
        {"place": "door:1;drop"},
        {"category": "elevator", "q-elevator-trapped": "maybe"},
        {"q-tap_drip-which": "roof"},
        {"text": "x" * 4001},
        {"phone": "1" * 201},
    ],
)
def test_a_report_that_cannot_be_sent_keeps_what_was_typed(
    house: House, wrong: dict[str, str]
) -> None:
    _, estate, browser = house
    answer = browser("amina").post("/faults/new", drips(estate, **wrong))
    assert answer.status_code == 422
    if "text" not in wrong:
        assert "Den drypper." in answer.text


def test_another_ones_home_is_no_place_to_report(house: House) -> None:
    _, estate, browser = house
    theirs = drips(estate, place=f"home:{estate.homes['yasmin']}")
    assert browser("amina").post("/faults/new", theirs).status_code == 422


def test_a_form_sent_twice_is_one_case(house: House) -> None:
    _, estate, browser = house
    once = drips(estate, submission="a" * 32)
    first, second = (browser("amina").post("/faults/new", once) for _ in range(2))
    assert number(first) == number(second)


def test_a_complaint_is_the_offices_and_neither_the_caretaker_nor_the_board_finds_it(
    house: House,
) -> None:
    _, estate, browser = house
    case = reported(browser("amina"), estate, category="noise_neighbour", text="Larm hver nat.")
    assert "Larm hver nat." in browser("office").get(f"/desk/faults/{case}").text
    assert browser("caretaker").get(f"/desk/faults/{case}").status_code == 404
    assert str(case) not in re.findall(
        r"/faults/(\d+)", browser("caretaker").get("/desk/faults").text
    )
    assert browser("chair").get(f"/desk/faults/{case}").status_code == 403


def test_two_cases_become_one_at_the_desk(house: House) -> None:
    _, estate, browser = house
    first, second = (reported(browser("amina"), estate) for _ in range(2))
    desk = f"/desk/faults/{second}"
    assert browser("office").post(f"{desk}/merge", {}).status_code == 422
    assert browser("office").post(f"{desk}/merge", {"into": "999999"}).status_code == 404
    assert browser("office").post(f"{desk}/merge", {"into": str(first)}).status_code == 303
    assert f"/faults/{first}" in browser("amina").get(f"/faults/{second}").text


def test_the_inbox_is_filtered_by_its_address(house: House) -> None:
    _, estate, browser = house
    case = reported(browser("amina"), estate)
    caretaker = browser("caretaker")
    for query, there in (
        ("whose=free", True),
        ("whose=mine", False),
        ("kind=fault", True),
        ("kind=message", False),
        ("kind=complaint", False),
        ("kind=nonsense", True),
        ("turn=yes", True),
        (f"section={estate.section}", True),
        (f"section={estate.other_section}", False),
        ("section=x", True),
    ):
        found = re.findall(r"/desk/faults/(\d+)", caretaker.get(f"/desk/faults?{query}").text)
        assert (str(case) in found) is there, query


def test_what_somebody_tells_at_the_counter_is_written_down_for_their_household(
    house: House,
) -> None:
    _, estate, browser = house
    caretaker = browser("caretaker")
    found = caretaker.get("/desk/faults/new?q=Lærkevej 8 2 tv").text
    assert f"/desk/faults/new?home={estate.homes['amina']}" in found
    assert caretaker.get(f"/desk/faults/new?home={estate.homes['amina']}").status_code == 200
    assert caretaker.get("/desk/faults/new?home=999999").status_code == 404
    told = {"home": estate.homes["amina"], "category": "tap_drip", "text": "Drypper."}
    assert caretaker.post("/desk/faults/new", told).status_code == 422
    assert caretaker.post("/desk/faults/new", {**told, "origin": "app"}).status_code == 422
    told["origin"] = "counter"
    assert caretaker.post("/desk/faults/new", {**told, "text": ""}).status_code == 422
    assert caretaker.post("/desk/faults/new", {**told, "category": "elevator"}).status_code == 422
    assert caretaker.post("/desk/faults/new", {**told, "home": 999999}).status_code == 404
    card = caretaker.get(f"/desk/homes/{told['home']}/card").text
    assert f"/desk/faults/new?home={told['home']}&amp;origin=counter" in card
    form = caretaker.get(f"/desk/faults/new?home={told['home']}&origin=counter").text
    assert 'name="origin" value="counter"' in form
    assert 'name="topic" value="keys"' in form
    case = number(caretaker.post("/desk/faults/new", told))
    assert "Drypper." in browser("amina").get(f"/faults/{case}").text
    assert browser("yasmin").get(f"/faults/{case}").status_code == 404
    assert browser("amina").get("/desk/faults/new").status_code == 403


def test_a_complaint_told_to_the_caretaker_goes_to_the_office_alone(house: House) -> None:
    _, estate, browser = house
    told = {
        "home": estate.homes["amina"],
        "category": "noise_neighbour",
        "text": "Larm.",
        "origin": "phone",
    }
    answer = browser("caretaker").post("/desk/faults/new", told)
    assert answer.headers["location"].endswith("/desk/faults")
    assert "Larm." not in browser("caretaker").get("/desk/faults").text
    assert browser("office").get("/desk/faults?kind=complaint").text.count("/desk/faults/1") == 1


def test_an_enquiry_at_the_counter_takes_two_taps_and_is_called_by_what_it_is_about(
    house: House,
) -> None:
    _, estate, browser = house
    caretaker, amina = browser("caretaker"), browser("amina")
    tapped = {"home": estate.homes["amina"], "origin": "counter", "topic": "keys"}
    assert caretaker.post("/desk/faults/new", {**tapped, "topic": "nothing"}).status_code == 422
    case = number(caretaker.post("/desk/faults/new", tapped))
    assert "Keys and tags" in caretaker.get("/desk/faults").text
    assert "Keys and tags" in amina.get(f"/faults/{case}").text
    empty = {"topic": "keys", "text": ""}
    assert amina.post("/messages/new", empty).status_code == 422
    asked = number(amina.post("/messages/new", {"topic": "pets", "text": "Må vi få en hund?"}))
    assert "Pets" in caretaker.get(f"/desk/faults/{asked}").text


def test_where_a_case_belongs_is_put_right_and_what_it_was_stays(house: House) -> None:
    database, estate, browser = house
    with database.write() as session:
        build_project(session, estate, "Nye vinduer")
    caretaker = browser("caretaker")
    case = reported(browser("amina"), estate)
    page = caretaker.get(f"/desk/faults/{case}").text
    assert "Building project: Nye vinduer: Works" in page
    assert "Nye vinduer" not in browser("amina").get(f"/faults/{case}").text
    put = f"/desk/faults/{case}/project"
    assert caretaker.post(put, {"work": "999"}).status_code == 409
    assert caretaker.post(put, {"work": ""}).status_code == 303
    page = caretaker.get(f"/desk/faults/{case}").text
    assert "Building project: " not in page
    assert "You said where it belongs: no building project, not Nye vinduer: Works" in page
    assert "belongs" not in browser("amina").get(f"/faults/{case}").text
    assert browser("amina").post(put, {"work": ""}).status_code == 403


def build_project(session: Session, estate: Estate, name: str) -> None:
    today = clock.local(clock.now()).date()
    project = Project(organisation_id=estate.north, name=name, starts_on=today)
    session.add(project)
    session.flush()
    session.add(ProjectPlace(project_id=project.id, section_id=estate.section))
    session.add(Stage(project_id=project.id, kind=StageKind.WORKS, starts_on=today))


def test_a_fault_done_asks_what_is_fitted_there_and_the_card_has_its_earlier_cases(
    house: House,
) -> None:
    _, estate, browser = house
    caretaker, case = browser("caretaker"), reported(browser("amina"), estate)
    card = f"/desk/homes/{estate.homes['amina']}/card"
    page = caretaker.get(f"/desk/faults/{case}").text
    assert "Cartridge or washer set for the tap" in page
    assert "The card does not say make and model of: Mixer tap. Ask for them." in page
    done = caretaker.post(f"/desk/faults/{case}/finish", {"visits": "1"}).headers["location"]
    assert done == f"{card}/new?case={case}&kind=mixer"
    form = caretaker.get(done).text
    assert '<option value="mixer" selected>' in form
    assert f'href="/desk/faults/{case}"' in form
    told = {"kind": "mixer", "make": "Grohe", "model": "Eurosmart", "case": case}
    saved = caretaker.post(f"{card}/new", told)
    assert saved.headers["location"] == f"/desk/faults/{case}"
    shown = caretaker.get(card).text
    assert "solved on visit 1" in shown
    again = reported(browser("amina"), estate)
    assert "Grohe Eurosmart" in caretaker.get(f"/desk/faults/{again}").text
    assert "solved on visit" not in browser("amina").get("/home").text
