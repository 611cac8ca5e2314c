"""Letters over HTTP: written, given by the worker, read at home, printed, and handed over."""

import csv
import io
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pypdf
import pytest
from page import ValidationProfile, validate_pdf_bytes
from PIL import Image
from pyzbar.pyzbar import decode
from sqlalchemy import delete, select, update

from estate import clock
from estate.database import Database
from estate.jobs.models import Job, JobState
from estate.letters.models import Letter
from estate.people.models import Household, Person
from estate.people.rules import LetterChannel
from estate.places.models import Section, Stairwell
from estate.proof.models import DoorVisit, LetterCopy
from estate.proof.rules import Manner
from tests.builders import Estate
from tests.neighbours import Neighbour, Who
from web.worker import Worker

House = tuple[Database, Estate, Who]
BODY = "Kære beboer.\n\nVi skifter vinduer i uge 9–11. Håndværkerne skal ind i din bolig i to dage."
ENGLISH = "Dear resident.\n\nWe are replacing the windows in weeks 9 to 11."


@pytest.fixture
def worker(house: House) -> Worker:
    """The worker of the same house, whose steps a test does itself."""
    client = house[2]("amina").client
    app = client.app
    return Worker(app.state.house, app.state.hub)  # type: ignore[attr-defined]


def work(worker: Worker) -> None:
    """Do all jobs there are, step by step."""
    while (task := worker._take("test")) is not None:
        following = worker.do_step(task)
        while following is not None:
            following = worker.do_step(following)


def form(estate: Estate, **more: object) -> dict[str, object]:
    return {
        "section": str(estate.section),
        "kind": "works",
        "places": f"section:{estate.section}",
        "title_da": "Varsling om nye vinduer",
        "body_da": BODY,
        "title_en": "Notice of new windows",
        "body_en": ENGLISH,
        "effective_on": "2027-03-01",
        **more,
    }


def given(house: House, worker: Worker, **more: object) -> int:
    """A letter that the office wrote and gave."""
    _, estate, browser = house
    office = browser("office")
    kept = office.post("/desk/letters/new", form(estate, **more))
    assert kept.status_code == 303, kept.text
    letter = int(kept.headers["location"].rsplit("/", 1)[1])
    shown = office.get(f"/desk/letters/{letter}")
    assert shown.status_code == 200
    sent = office.post(f"/desk/letters/{letter}/give", {"version": "1"})
    assert sent.status_code == 303
    assert office.get(sent.headers["location"]).status_code == 200
    work(worker)
    done = office.get(sent.headers["location"])
    assert (done.status_code, done.headers["location"]) == (303, f"/desk/letters/{letter}")
    assert "The letter has been given to the households." in done.headers["set-cookie"]
    return letter


def all_on_paper(database: Database) -> None:
    with database.write() as session:
        session.execute(update(Household).values(channel=LetterChannel.PAPER))
        session.execute(update(Stairwell).values(postcode="4999", city="Lindeby"))


def plain(text: str) -> str:
    """Text without regard to how it was broken into lines."""
    return " ".join(text.split())


def read_page(reader: Neighbour, letter: int) -> list[str]:
    """What a letter's page says, language by language, without its tags."""
    html = reader.get(f"/letters/{letter}").text
    articles = re.findall(
        r'<article class="card stack s letter-text".*?</article>', html, re.DOTALL
    )
    return [plain(re.sub(r"<[^>]+>", " ", article)).replace("&#39;", "'") for article in articles]


def test_a_letter_is_written_given_and_read(house: House, worker: Worker) -> None:
    database, _, browser = house
    letter = given(house, worker)
    amina = browser("amina")
    assert "Notice of new windows" in amina.get("/").text
    assert "Not read" in amina.get("/letters").text
    page = amina.get(f"/letters/{letter}")
    assert page.text.index("Notice of new windows") < page.text.index("Varsling om nye vinduer")
    assert "What counts is the letter in Danish" in page.text
    assert "Not read" not in amina.get("/letters").text
    assert "Notice of new windows" not in amina.get("/").text
    with database.read() as session:
        copy = session.scalars(select(LetterCopy).where(LetterCopy.delivered_at.is_not(None))).one()
    assert copy.delivered_how is Manner.OPENED
    office = browser("office")
    assert "Proven delivered to 1 of 4 households" in office.get(f"/desk/letters/{letter}").text


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"Sec-Purpose": "prefetch"}),
        ("GET", {"Sec-Purpose": "prefetch;prerender"}),
        ("GET", {"Sec-Purpose": "prefetch; anonymous-client-ip"}),
        ("GET", {"Purpose": "prefetch"}),
        ("GET", {"X-Moz": "prefetch"}),
        ("GET", {"Opgang-Keep": "1"}),
    ],
)
def test_what_a_browser_fetches_by_itself_opens_no_letter(
    house: House, worker: Worker, method: str, headers: dict[str, str]
) -> None:
    database, _, browser = house
    letter = given(house, worker)
    amina = browser("amina")
    sent = {**amina.headers, **headers}
    answer = amina.client.request(method, f"/letters/{letter}", headers=sent)
    assert answer.status_code == 200
    assert "Not read" in amina.get("/letters").text
    with database.read() as session:
        assert session.scalars(select(LetterCopy.opened_at)).all() == [None] * 4


def test_a_form_with_problems_keeps_what_was_typed(house: House) -> None:
    _, estate, browser = house
    office = browser("office")
    answer = office.post(
        "/desk/letters/new", form(estate, title_da="", places="", kind="no", effective_on="soon")
    )
    assert answer.status_code == 422
    assert "Håndværkerne skal ind" in answer.text
    assert "Notice of new windows" in answer.text
    for field in ("kind", "places", "title_da", "effective_on"):
        assert f'id="f-{field}' in answer.text


def test_nobody_gives_or_overwrites_a_text_that_they_have_not_seen(house: House) -> None:
    database, estate, browser = house
    office, other = browser("office"), browser("organisation")
    address = office.post("/desk/letters/new", form(estate)).headers["location"]
    seen = {"version": "1"}
    assert 'name="version" value="1"' in office.get(address).text
    assert 'name="version" value="1"' in office.get(f"{address}/edit").text
    changed = form(estate, title_da="Uge 12 i stedet", **seen)
    assert other.post(f"{address}/edit", changed).status_code == 303

    shown = office.post(f"{address}/give", seen)
    assert shown.status_code == 409
    assert "Somebody else changed this letter meanwhile" in shown.text
    assert "Uge 12 i stedet" in shown.text
    assert 'name="version" value="2"' in shown.text
    assert office.post(f"{address}/give").status_code == 409

    mine = form(estate, title_da="Uge 13", body_da="Mine egne ord.", **seen)
    shown = office.post(f"{address}/edit", mine)
    assert shown.status_code == 422
    for text in ("Somebody else changed this letter", "Uge 12 i stedet", "Uge 13", "Mine egne ord"):
        assert text in shown.text
    assert office.post(f"{address}/edit", {**mine, "version": "2"}).status_code == 303
    with database.read() as session:
        (row,) = session.scalars(select(Letter)).all()
    assert (row.title, row.version, row.given_at) == ("Uge 13", 3, None)


def test_a_giving_cut_short_is_seen_by_all_who_may_and_goes_on(
    house: House, worker: Worker
) -> None:
    database, _, browser = house
    letter = given(house, worker)
    with database.write() as session:
        last = select(LetterCopy.id).order_by(LetterCopy.id.desc()).limit(1).scalar_subquery()
        session.execute(delete(LetterCopy).where(LetterCopy.id == last))
        session.execute(update(Job).values(state=JobState.FAILED))
    colleague = browser("organisation")
    page = colleague.get(f"/desk/letters/{letter}").text
    assert "1 household has not been given it" in page
    assert "Proven delivered to 0 of 4 households" in page
    assert (
        "1 household has not been given it" in colleague.get(f"/desk/letters/{letter}/proof").text
    )
    assert colleague.post(f"/desk/letters/{letter}/go-on").status_code == 303
    assert "Under way to the households" in colleague.get(f"/desk/letters/{letter}").text
    work(worker)
    page = colleague.get(f"/desk/letters/{letter}").text
    assert "has not been given it" not in page
    with database.read() as session:
        assert len(session.scalars(select(LetterCopy.id)).all()) == 4


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (6 * 7 - 1, "That day has passed"),
        (6 * 7, "There is little time"),
        (6 * 7 + 3, "There is little time"),
        (6 * 7 + 4, None),
    ],
)
def test_a_draft_says_that_its_time_is_short_or_over_and_may_be_given(
    house: House, days: int, said: str | None
) -> None:
    _, estate, browser = house
    office = browser("office")
    day = clock.today() + timedelta(days=days)
    kept = office.post("/desk/letters/new", form(estate, effective_on=day.isoformat()))
    page = office.get(kept.headers["location"]).text
    warnings = {"That day has passed", "There is little time"}
    assert {one for one in warnings if one in page} == ({said} if said else set())
    give = office.post(f"{kept.headers['location']}/give", {"version": "1", "late": "yes"})
    assert give.status_code == 303


@pytest.mark.parametrize("number", ["abc", "99999999999999999999", "9" * 5000, "٤٢", "-1", ""])
def test_a_place_that_is_none_is_a_problem_of_the_form(house: House, number: str) -> None:
    _, estate, browser = house
    office = browser("office")
    wrong = form(estate, places=f"household:{number}", title_da="")
    answer = office.post("/desk/letters/new", wrong)
    assert answer.status_code == 422
    assert 'id="f-places' in answer.text
    kept = office.post("/desk/letters/new", form(estate)).headers["location"]
    assert office.post(f"{kept}/edit", wrong).status_code == 422


def test_what_was_ticked_is_ticked_still_beside_a_problem(house: House) -> None:
    _, estate, browser = house
    office = browser("office")
    for place in (f"stairwell:{estate.stairwell}", f"household:{estate.households['amina']}"):
        answer = office.post("/desk/letters/new", form(estate, places=place, title_da=""))
        assert re.search(rf'<input[^>]*value="{place}"[^>]*checked', answer.text), place


def test_a_neighbour_reads_no_letter_of_another_section(house: House, worker: Worker) -> None:
    letter = given(house, worker)
    assert house[2]("sofie").get(f"/letters/{letter}").status_code == 404
    assert house[2]("caretaker").get(f"/desk/letters/{letter}").status_code == 403


@dataclass
class Printed:
    letter: int
    files: dict[str, bytes]


@pytest.fixture
def printed(house: House, worker: Worker) -> Printed:
    """A letter printed for every household of the section."""
    database, _, browser = house
    all_on_paper(database)
    letter = given(house, worker)
    office = browser("office")
    asked = office.post(f"/desk/letters/{letter}/print")
    assert asked.status_code == 303
    work(worker)
    page = office.get(f"/desk/letters/{letter}/print").text
    links = re.findall(rf'href="(/desk/letters/{letter}/print/\d+)".*?class="name">([^<]+)', page)
    return Printed(letter, {name: office.get(link).content for link, name in links})


def test_while_letters_are_laid_out_nobody_has_them_laid_out_again(
    house: House, worker: Worker
) -> None:
    database, _, browser = house
    all_on_paper(database)
    letter = given(house, worker)
    office, address = browser("office"), f"/desk/letters/{letter}/print"
    assert "Make the print files" in office.get(address).text
    assert office.post(address).status_code == 303
    with database.write() as session:
        session.execute(update(Job).values(owner_id=None))  # a colleague asked
    page = office.get(address).text
    assert "Make the print files" not in page
    assert "Letters are being laid out" in page
    assert office.post(address).status_code == 409
    work(worker)
    page = office.get(address).text
    assert "Letters are being laid out" not in page
    assert "Make them anew" in page


def test_there_is_one_print_file_a_stairwell_in_the_order_of_the_doors(printed: Printed) -> None:
    assert list(printed.files) == ["Lærkevej 8", "Lærkevej 10", "Lærkevej 12"]
    reader = pypdf.PdfReader(io.BytesIO(printed.files["Lærkevej 8"]))
    texts = [page.extract_text() for page in reader.pages]
    doors = [re.search(r"Lærkevej 8, (.*)", text) for text in texts]
    assert [door[1] for door in doors if door] == ["1. th.", "2. tv."]


def test_the_text_on_paper_is_the_text_on_the_page(house: House, printed: Printed) -> None:
    english, danish = read_page(house[2]("amina"), printed.letter)
    reader = pypdf.PdfReader(io.BytesIO(printed.files["Lærkevej 8"]))
    texts = [plain(page.extract_text()) for page in reader.pages]
    assert len(texts) == 4  # two letters, each with its help on the second page
    shown = danish.removeprefix("The letter in Danish, which counts ")
    helping = english.split("letter in Danish. ", 1)[1]
    for first, second in ((texts[0], texts[1]), (texts[2], texts[3])):
        assert _said_alike(shown, first)
        assert helping in second


def _said_alike(page: str, paper: str) -> bool:
    """The frame on the page speaks the reader's language, the letter itself never does."""
    return page in paper


def test_the_print_file_is_tagged_as_pdf_ua_asks(printed: Printed) -> None:
    for content in printed.files.values():
        reader = pypdf.PdfReader(io.BytesIO(content))
        root = reader.trailer["/Root"]
        assert root["/Lang"] == "da"
        assert root["/MarkInfo"]["/Marked"]
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        assert "/StructTreeRoot" in root
        assert b"pdfuaid" in root["/Metadata"].get_data()
        assert reader.metadata is not None
        assert reader.metadata.title == "Varsling om nye vinduer – Boligforeningen Nord"
        assert all(page["/Tabs"] == "/S" for page in reader.pages)
        kinds = set(_struct_types(root["/StructTreeRoot"]))
        assert {"/Document", "/H1", "/P", "/Figure"} <= kinds
        assert _figures_speak(root["/StructTreeRoot"])


def test_an_independent_checker_finds_the_print_files_to_be_pdf_ua(printed: Printed) -> None:
    for content in printed.files.values():
        report = validate_pdf_bytes(content, profile=ValidationProfile.PDF_UA_1)
        assert [f"{failure.rule_id}: {failure.message}" for failure in report.failures] == []
        assert report.rules.passed > 100
        assert not any("/Annots" in page for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def _struct_types(node: object) -> Iterator[str]:
    for kid in _kids(node):
        if "/S" in kid:
            yield kid["/S"]
        yield from _struct_types(kid)


def _kids(node: object) -> list[dict[str, object]]:
    held = node.get("/K", [])  # type: ignore[attr-defined]
    held = held.get_object() if hasattr(held, "get_object") else held
    many = held if isinstance(held, list) else [held]
    found = [one.get_object() if hasattr(one, "get_object") else one for one in many]
    return [one for one in found if isinstance(one, dict)]


def _figures_speak(node: object) -> bool:
    return all(
        (kid.get("/S") != "/Figure" or kid.get("/Alt")) and _figures_speak(kid)
        for kid in _kids(node)
    )


def test_the_squares_on_paper_lead_to_the_page(printed: Printed, tmp_path: Path) -> None:
    file = tmp_path / "print.pdf"
    file.write_bytes(printed.files["Lærkevej 8"])
    command = ["pdftoppm", "-r", "110", "-gray", "-png", str(file), str(tmp_path / "page")]
    subprocess.run(command, check=True)
    found = [
        code.data.decode()
        for png in sorted(tmp_path.glob("*.png"))
        for code in decode(Image.open(png))
    ]
    assert found == [f"http://localhost:8000/letters/{printed.letter}"] * 2


def test_a_letter_is_ticked_off_at_the_door_once_and_can_be_undone(
    house: House, printed: Printed
) -> None:
    database, estate, browser = house
    caretaker = browser("caretaker")
    page = caretaker.get("/desk/letters/round").text
    assert page.count("Lærkevej 8") >= 1
    assert "Prøve" not in page  # a door needs no name
    copy = _copy(database, estate.households["amina"])
    address = f"/desk/letters/round/{copy}"
    sent = {"outcome": "letterbox", "submission": "tick-once-0001"}
    assert caretaker.post(address, sent).status_code == 303
    assert caretaker.post(address, sent).status_code == 303
    assert caretaker.post(address, {"outcome": "handed"}).status_code == 303
    with database.read() as session:
        assert len(session.scalars(select(DoorVisit.id)).all()) == 1
        row = session.get_one(LetterCopy, copy)
        assert (row.delivered_how, row.delivered_by_id) == (
            Manner.LETTERBOX,
            estate.people["caretaker"],
        )
    assert caretaker.post(f"{address}/undo").status_code == 303
    assert caretaker.post(f"{address}/undo").status_code == 303
    with database.read() as session:
        assert session.get_one(LetterCopy, copy).delivered_at is None


def _copy(database: Database, household: int) -> int:
    with database.read() as session:
        wanted = select(LetterCopy.id).where(LetterCopy.household_id == household)
        return session.scalars(wanted).one()


def test_a_door_that_did_not_open_is_listed_and_tried_again(house: House, printed: Printed) -> None:
    database, estate, browser = house
    caretaker, office = browser("caretaker"), browser("office")
    address = f"/desk/letters/round/{_copy(database, estate.households['bent'])}"
    assert caretaker.post(address, {"outcome": "not_possible"}).status_code == 422
    assert caretaker.post(address, {"outcome": "flown"}).status_code == 422
    assert (
        caretaker.post(address, {"outcome": "not_possible", "reason": "no_access"}).status_code
        == 303
    )
    page = office.get(f"/desk/letters/{printed.letter}").text
    assert "1 could not be handed over" in page
    assert "I could not get into the stairwell" in page
    assert caretaker.post(address, {"outcome": "handed"}).status_code == 303
    page = office.get(f"/desk/letters/{printed.letter}").text
    assert "could not be handed over" not in page
    assert "Proven delivered to 1 of 4 households" in page


def test_the_proof_lists_every_household(house: House, printed: Printed) -> None:
    database, estate, browser = house
    office = browser("office")
    caretaker = browser("caretaker")
    for name in ("amina", "yasmin", "jonas", "bent"):
        address = f"/desk/letters/round/{_copy(database, estate.households[name])}"
        assert caretaker.post(address, {"outcome": "handed"}).status_code == 303
    sheet = office.get(f"/desk/letters/{printed.letter}/proof").text
    assert "Proven delivered to 4 of 4 households" in sheet
    assert "It has to be there by " in sheet
    for head in ("Household", "Channel", "Sent", "Delivered"):
        assert f'<th scope="col">{head}</th>' in sheet
    assert sheet.count("On paper, to the door") == 4
    assert sheet.count("Print file made: ") == 4
    answer = office.get(f"/desk/letters/{printed.letter}/proof.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 5
    assert {row[-1] for row in rows[1:]} == {"Delivered"}
    assert "Printed" not in rows[0]
    assert {(row[2], row[3], len(row[4])) for row in rows[1:]} == {
        ("Varsling om nye vinduer", "1", 64)
    }
    assert {row[rows[0].index("Sent")] for row in rows[1:]} == {""}
    assert [row[0] for row in rows[1:]] == [
        *("Lærkevej 8, 1. th.", "Lærkevej 8, 2. tv."),
        *("Lærkevej 10, st. tv.", "Lærkevej 12, 1. tv."),
    ]


def pdf(pages: int) -> bytes:
    writer = pypdf.PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_letter_brought_as_pdf_gets_a_cover_for_each_household(
    house: House, worker: Worker
) -> None:
    database, estate, browser = house
    all_on_paper(database)
    office = browser("office")
    brought = {"file": ("varsling.pdf", pdf(3), "application/pdf")}
    kept = office.post("/desk/letters/new", form(estate, body_da=""), files=brought)
    assert kept.status_code == 303, kept.text
    address = kept.headers["location"]
    assert office.post(f"{address}/give", {"version": "1"}).status_code == 303
    work(worker)
    assert office.post(f"{address}/print").status_code == 303
    work(worker)
    page = office.get(f"{address}/print").text
    assert "for paper only" in page
    (link,) = re.findall(rf'href="({address}/print/\d+)".*?class="name">Lærkevej 10<', page)
    reader = pypdf.PdfReader(io.BytesIO(office.get(link).content))
    assert len(reader.pages) == 5  # cover, help in English, three pages
    letter = address.rsplit("/", 1)[1]
    served = browser("amina").get(f"/letters/{letter}/file")
    assert served.headers["content-disposition"].startswith("attachment")
    assert served.headers["content-security-policy"].startswith("sandbox")
    assert served.headers["x-content-type-options"] == "nosniff"


def locked() -> bytes:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(595, 842)
    writer.encrypt("secret")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"GIF89a", "is not a PDF"),
        (b"%PDF-1.7\nnothing", "cannot be read as a PDF"),
        (locked(), "locked"),
        (pdf(41), "has 41 pages; there is room for 40"),
        (pdf(0), "cannot be read as a PDF"),
    ],
)
def test_what_is_no_letter_is_refused_with_a_reason(
    house: House, content: bytes, said: str
) -> None:
    _, estate, browser = house
    brought = {"file": ("x.pdf", content, "application/pdf")}
    answer = browser("office").post("/desk/letters/new", form(estate, body_da=""), files=brought)
    assert answer.status_code == 422
    assert said in answer.text


def test_a_protected_name_stands_on_no_print_file(house: House, worker: Worker) -> None:
    database, estate, browser = house
    with database.write() as session:
        session.execute(
            update(Person).where(Person.id == estate.people["bent"]).values(protected=True)
        )
    all_on_paper(database)
    letter = given(house, worker)
    office = browser("office")
    office.post(f"/desk/letters/{letter}/print")
    work(worker)
    page = office.get(f"/desk/letters/{letter}/print").text
    (link,) = re.findall(
        rf'href="(/desk/letters/{letter}/print/\d+)".*?class="name">Lærkevej 12<', page
    )
    text = pypdf.PdfReader(io.BytesIO(office.get(link).content)).pages[0].extract_text()
    assert "Bent" not in text
    assert "Prøve" not in text
    assert "Beboer" in text


def test_the_tenant_and_the_office_choose_the_channel(house: House) -> None:
    database, estate, browser = house
    number = estate.households["amina"]
    amina, office = browser("amina"), browser("office")
    assert "How letters come to us" in amina.get("/me/household").text
    chosen = amina.post(f"/me/household/{number}/channel", {"channel": "sms"})
    assert chosen.status_code == 303
    with database.read() as session:
        assert session.get_one(Household, number).channel is LetterChannel.SMS
    assert office.post(f"/desk/people/{number}/channel", {"channel": "paper"}).status_code == 303
    assert office.post(f"/desk/people/{number}/channel", {"channel": "owl"}).status_code == 422
    noted = office.post(
        f"/desk/people/{number}/demands", {"party": "tenant", "demanded_on": "2026-01-02"}
    )
    assert noted.status_code == 303
    page = office.get(f"/desk/people/{number}").text
    assert "The tenant demanded other than digital letters" in page


def test_the_office_states_what_makes_digital_letters_lawful(house: House) -> None:
    database, estate, browser = house
    office = browser("office")
    place = f"organisation:{estate.north}"
    state = {"place": place, "key": "statutes_adopted_on", "day": "2020-03-01", "source": "Rep."}
    assert office.post("/desk/letters/facts", state).status_code == 303
    assert "1 March 2020" in office.get("/desk/letters/facts").text
    assert office.post("/desk/letters/facts", {**state, "day": "2999-01-01"}).status_code == 422
    unsaid = office.post("/desk/letters/facts", {**state, "source": ""})
    assert (unsaid.status_code, "Write where it stands" in unsaid.text) == (422, True)
    here = {"place": f"section:{estate.section}", "key": "digital_announced_on"}
    assert office.post("/desk/letters/facts", {**here, "never": "yes"}).status_code == 303
    assert "Stated: no such letter came here." in office.get("/desk/letters/facts").text
    foreign = {**state, "place": "organisation:99"}
    assert office.post("/desk/letters/facts", foreign).status_code == 404
    with database.write() as session:
        session.add(Section(organisation_id=estate.north, number="3", name="Engen"))
    assert office.post("/desk/letters/facts", state).status_code == 404, "not for all of it"
    page = office.get("/desk/letters/facts").text
    assert "Who serves every section of the organisation can state this." in page
    assert f'value="{place}"' not in page
    assert "1 March 2020" in page
    assert f'value="section:{estate.section}"' in page
