"""The tabs: five on a phone, all on the wide page's rail, and one current place."""

import re

from estate.database import Database
from tests.builders import Estate
from tests.neighbours import Who

House = tuple[Database, Estate, Who]


def rail(page: str) -> str:
    return page.split('<ul class="tabs">', 1)[1].split("</ul>", 1)[0]


def marked(page: str) -> dict[str, str]:
    return dict(re.findall(r'href="([^"]+)" aria-current="([^"]+)"', rail(page)))


def test_a_phone_shows_the_first_five_tabs_and_the_rail_all(house: House) -> None:
    tabs = re.findall("<li.*?>", rail(house[2]("office").get("/").text))
    assert len(tabs) > 5
    assert ["beyond" in tab for tab in tabs] == [number >= 5 for number in range(len(tabs))]


def test_one_tab_is_the_page_and_the_desk_holds_it(house: House) -> None:
    office = house[2]("office")
    assert marked(office.get("/desk/parts").text) == {"/desk": "true", "/desk/parts": "page"}
    assert marked(office.get("/desk").text) == {"/desk": "page"}
    assert marked(office.get("/").text) == {"/": "page"}


def test_two_tabs_of_a_phone_never_look_current_at_once(house: House) -> None:
    caretaker = house[2]("caretaker")
    for address in re.findall('<a href="([^"]+)"', rail(caretaker.get("/").text)):
        page = caretaker.get(address).text
        bar = re.findall('<li><a [^>]*aria-current="([^"]+)"', rail(page))
        assert len(bar) <= 1, address
        assert list(marked(page).values()).count("page") == 1, address


def test_the_desk_lists_what_its_reader_may_open(house: House) -> None:
    _, _, browser = house
    assert '"/desk/people"' in browser("office").get("/desk").text
    page = browser("caretaker").get("/desk").text
    assert '"/desk/parts"' in page
    assert '"/desk/people"' not in page
    assert browser("amina").get("/desk").status_code == 403
