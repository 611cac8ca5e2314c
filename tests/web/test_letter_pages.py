"""What a letter's pages say beside the letter: how it came, by when it has to be there, to whom."""

import re
from datetime import date, timedelta

from httpx2 import Response
from sqlalchemy import select, update

from estate import clock
from estate.database import Database
from estate.letters.models import Letter
from estate.people.models import Household, Person
from estate.people.rules import LetterChannel
from estate.places.models import Home
from estate.proof.models import LetterCopy
from estate.proof.rules import Manner
from tests.builders import Estate
from tests.letters import announce, give
from tests.neighbours import Neighbour, Who

House = tuple[Database, Estate, Who]


def given(house: House, **more: object) -> int:
    database, estate, _ = house
    with database.write() as session:
        announce(session, estate)
        return give(session, estate, **more)


def told(page: str) -> str:
    """What a page says of how the letter came, without its tags."""
    found = page.split('aria-labelledby="came"')[1].split("</section>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def test_a_resident_sees_how_the_letter_came_and_that_they_opened_it(house: House) -> None:
    database, estate, browser = house
    letter = given(house)
    shown = told(browser("bent").get(f"/letters/{letter}").text)
    assert "E-mail, and a message on the phone" in shown
    assert "Opened by you" in shown
    assert "Opened on its page by a tenant, signed in" in shown
    assert "does not count" not in shown
    with database.write() as session:
        session.execute(
            update(LetterCopy)
            .where(LetterCopy.household_id == estate.households["jonas"])
            .values(channel=LetterChannel.DIGITAL, paper_why="unlawful", printed_at=clock.now())
        )
    shown = told(browser("jonas").get(f"/letters/{letter}").text)
    assert "On paper as well. A digital letter does not count here." in shown
    assert "Print file made" in shown
    assert "Printed" not in shown


def test_a_reader_has_their_own_language_and_the_danish_open(house: House) -> None:
    texts = {
        "da": ("Nye vinduer", "I uge 9."),
        "en": ("New windows", "In week 9."),
        "ar": ("نوافذ", "أ."),
    }
    letter = given(house, texts=texts)
    page = house[2]("bent").get(f"/letters/{letter}").text
    marks = ('id="letter-en"', 'id="letter-da"', '<details class="disclosure">', 'id="letter-ar"')
    places = [page.index(mark) for mark in marks]
    assert places == sorted(places)


def test_today_says_of_a_letter_what_its_own_page_says(house: House) -> None:
    database, estate, browser = house
    letter = given(house)
    jonas = browser("jonas")
    assert "It does not count as delivered yet, but please read it." in jonas.get("/").text
    with database.write() as session:
        session.execute(
            update(LetterCopy)
            .where(LetterCopy.household_id == estate.households["jonas"])
            .values(delivered_at=clock.now(), delivered_how=Manner.LETTERBOX)
        )
    assert "It counts as delivered, so please read it." in jonas.get("/").text
    assert "does not count as delivered" not in jonas.get(f"/letters/{letter}").text


def test_who_reads_no_danish_is_told_that_there_is_no_translation_and_whom_to_ask(
    house: House,
) -> None:
    letter = given(house)
    jonas = house[2]("jonas")
    shown = jonas.get(f"/letters/{letter}").text
    assert "This letter is in Danish only" in shown
    assert "The office can tell you what it says." in shown
    both = {"da": ("Nye vinduer", "I uge 9."), "en": ("New windows", "In week 9.")}
    assert "in Danish only" not in jonas.get(f"/letters/{given(house, texts=both)}").text
    with house[0].write() as session:
        session.execute(update(Person).values(language="da"))
    danish = jonas.get(f"/letters/{letter}")
    assert '<html lang="da"' in danish.text
    assert "kun på dansk" not in danish.text


def test_before_it_is_given_a_draft_says_who_has_no_translation_and_how_many_are_printed(
    house: House,
) -> None:
    database, estate, browser = house
    with database.write() as session:
        session.execute(update(Person).values(language=None))
        for name, language in (("jonas", "ar"), ("bent", "en")):
            own = update(Person).where(Person.id == estate.people[name])
            session.execute(own.values(language=language))
    office = browser("office")
    shown = office.get(f"/desk/letters/{draft(office, estate)}").text
    assert "1 of the households reads Arabic" in shown
    assert "1 of the households reads English" in shown
    with database.write() as session:
        session.execute(update(Household).values(channel=LetterChannel.PAPER))
    on_paper = office.get(f"/desk/letters/{draft(office, estate)}").text
    assert "4 are printed as well" in on_paper
    helped = draft(office, estate, title_ar="نوافذ", body_ar="أ.")
    assert "reads Arabic" not in office.get(f"/desk/letters/{helped}").text


def late(database: Database, letter: int) -> None:
    with database.write() as session:
        passed = clock.today() - timedelta(days=1)
        session.execute(update(Letter).where(Letter.id == letter).values(deliver_by=passed))


def draft(office: Neighbour, estate: Estate, **more: object) -> int:
    sent = {
        "section": str(estate.section),
        "kind": "works",
        "places": f"section:{estate.section}",
        "title_da": "Nye vinduer",
        "body_da": "Vi skifter vinduer.",
        **more,
    }
    kept = office.post("/desk/letters/new", sent)
    assert kept.status_code == 303, kept.text
    return int(kept.headers["location"].rsplit("/", 1)[1])


def test_a_letter_that_comes_too_late_is_given_only_by_who_says_they_know(house: House) -> None:
    database, estate, browser = house
    office = browser("office")
    letter = draft(office, estate)
    late(database, letter)
    give_it = f"/desk/letters/{letter}/give"
    refused = office.post(give_it, {"version": "1"})
    assert refused.status_code == 422
    assert 'href="#f-late"' in refused.text
    with database.read() as session:
        assert session.get_one(Letter, letter).given_at is None
    assert office.post(give_it, {"version": "1", "late": "yes"}).status_code == 303
    with database.read() as session:
        assert session.get_one(Letter, letter).given_at is not None


def test_by_when_a_letter_has_to_be_there_is_told_with_who_says_so(house: House) -> None:
    _, estate, browser = house
    office = browser("office")
    form = office.get(f"/desk/letters/new?section={estate.section}").text
    assert "At least 6 weeks before (Almenlejeloven § 33, uden væsentlige gener)" in form
    assert "At least 1 month before" in form
    assert "No time is set by law." in form


def test_by_when_a_letter_has_to_be_there_is_told_in_danish(house: House) -> None:
    database, estate, browser = house
    with database.write() as session:
        mine = update(Person).where(Person.id == estate.people["office"])
        session.execute(mine.values(language="da"))
    form = browser("office").get(f"/desk/letters/new?section={estate.section}").text
    assert "Mindst 6 uger før (Almenlejeloven § 33, uden væsentlige gener)" in form
    kinds = form.split('name="kind"', 1)[1].split("</fieldset>", 1)[0]
    assert not re.search(r"weeks?\b|months?\b|chapter|law", kinds)


def test_what_is_stated_tells_for_how_many_it_counts_and_can_be_taken_back(house: House) -> None:
    _, estate, browser = house
    office = browser("office")
    state = {
        "place": f"section:{estate.section}",
        "key": "digital_announced_on",
        "day": "2020-03-01",
        "source": "Brev til alle",
    }
    told = "a notice of a meeting for %d."
    north = {"place": f"organisation:{estate.north}", "key": "statutes_adopted_on"}
    assert office.post("/desk/letters/facts", {**state, **north}).status_code == 303

    def page() -> str:
        return office.get("/desk/letters/facts").text

    assert told % 0 in page()
    assert office.post("/desk/letters/facts", {**state, "sure": "yes"}).status_code == 303
    assert told % 4 in page()
    back = {"place": state["place"], "key": state["key"], "sure": "yes"}
    assert office.post("/desk/letters/facts", back).status_code == 303
    assert told % 0 in page()
    assert "Nothing of its own" in page()


def test_the_register_is_searched_by_address_and_leads_to_each_household(house: House) -> None:
    database, estate, browser = house
    letter = given(house)
    with database.write() as session:
        session.execute(
            update(LetterCopy)
            .where(LetterCopy.household_id == estate.households["amina"])
            .values(delivered_at=clock.now(), delivered_how="opened")
        )
    office = browser("office")

    def found(question: str) -> list[int]:
        page = office.get(f"/desk/letters/{letter}?{question}").text
        return [int(one) for one in re.findall(r'href="/desk/people/(\d+)"', page)]

    home = estate.households
    assert len(found("q=")) == 4
    assert set(found("q=Lærkevej 8")) == {home["amina"], home["yasmin"]}
    assert found("q=lærkevej 8 2") == [home["amina"]]
    assert found("q=lærkevej 8&stage=delivered") == [home["amina"]]
    assert found("q=nobody") == []


def test_doors_are_listed_from_the_ground_up(house: House) -> None:
    database, estate, browser = house
    letter = given(house)
    with database.write() as session:
        home = select(Household.home_id).where(Household.id == estate.households["amina"])
        session.execute(update(Home).where(Home.id.in_(home)).values(floor="st"))
    page = browser("office").get(f"/desk/letters/{letter}").text
    assert page.index("Lærkevej 8, st. tv.") < page.index("Lærkevej 8, 1. th.")


def test_the_register_shows_one_stairwell_at_a_time(house: House) -> None:
    _, estate, browser = house
    letter = given(house)
    office = browser("office")

    def page(question: str) -> str:
        return office.get(f"/desk/letters/{letter}?{question}").text

    def found(question: str) -> set[int]:
        return {int(one) for one in re.findall(r'href="/desk/people/(\d+)"', page(question))}

    home = estate.households
    menu = re.findall(r'<option value="(\d+)"( selected)?>([^<]+)<', page(""))
    assert [name for _, _, name in menu] == ["Lærkevej 8", "Lærkevej 10", "Lærkevej 12"]
    assert menu[0][0] == str(estate.stairwell)
    here = f"stairwell={estate.stairwell}"
    assert found(here) == {home["amina"], home["yasmin"]}
    assert found(f"{here}&q=2. tv") == {home["amina"]}
    shown = page(here)
    assert f'<option value="{estate.stairwell}" selected' in shown
    assert f"&amp;{here}&amp;stage=" in shown, "one stage of it alone"
    assert '<span class="count">2</span>' in shown, "counted there"


def test_before_a_statement_takes_effect_it_is_said_for_whom_what_changes(house: House) -> None:
    database, estate, browser = house
    with database.write() as session:
        long_ago = update(Household).where(Household.id == estate.households["amina"])
        session.execute(long_ago.values(starts_on=date(2015, 4, 1)))
        later = update(Household).where(Household.id != estate.households["amina"])
        session.execute(later.values(starts_on=date(2019, 4, 1)))
    office = browser("office")

    def state(day: str, **more: str) -> Response:
        asked = {"place": f"section:{estate.section}", "key": "digital_announced_on", "day": day}
        return office.post("/desk/letters/facts", {**asked, "source": "Brev til alle", **more})

    def stands() -> bool:
        return "Stated: 1 March 2016" in office.get("/desk/letters/facts").text

    first = state("2016-03-01")
    assert first.status_code == 200
    assert "For 1 household a digital letter counts from now on" in first.text
    assert '<b>Lærkevej 8</b>: <span class="nowrap">2. tv.</span></li>' in first.text
    assert "Lærkevej 10" not in first.text
    assert 'name="day" value="2016-03-01"' in first.text
    assert not stands()
    assert state("2016-03-01", sure="yes").status_code == 303
    assert stands()
    assert state("2016-03-02").status_code == 303, "nothing changes for anybody"
    assert state("2016-03-01").status_code == 303
    back = state("")
    assert "a digital letter no longer counts: it gets paper as well" in back.text
    assert stands()
    assert state("", never="yes").status_code == 200
