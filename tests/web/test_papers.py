"""Papers over HTTP: who reads and publishes them, files that mean harm, and what is kept."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import func, select

from estate import clock
from estate.database import STALE, Database
from estate.files.store import PdfStore
from estate.settings import Settings
from tests.builders import Estate
from tests.neighbours import Neighbour, Who
from tests.papers import (
    RULES,
    bomb_pdf,
    lively_pdf,
    locked_pdf,
    many_pages,
    minutes_pdf,
    publish,
    scanned_pdf,
    work,
)
from voting.papers.models import Paper, PaperVersion
from voting.papers.rules import Reading

House = tuple[Database, Estate, Who]


@pytest.fixture
def store(settings: Settings) -> PdfStore:
    return PdfStore(settings.data / "files")


def form(estate: Estate, **more: str) -> dict[str, str]:
    today = clock.today().isoformat()
    home = f"section:{estate.section}"
    return {"kind": "house_rules", "home": home, "valid_from": today, "text": RULES, **more}


def pdf(data: bytes, name: str = "Referat.pdf") -> dict[str, tuple[str, bytes, str]]:
    return {"file": (name, data, "application/pdf")}


def bring(who: Neighbour, estate: Estate, data: bytes, **more: str) -> int:
    day = clock.today().isoformat()
    sent = form(estate, **{"kind": "minutes_board", "day": day, "text": "", **more})
    return who.post("/desk/papers/new", sent, pdf(data)).status_code


def test_a_paper_written_here_is_read_where_it_holds_and_nowhere_else(house: House) -> None:
    _, estate, who = house
    sent = form(estate, submission="papers-001")
    office = who("office")
    answer = office.post("/desk/papers/new", sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/papers/1")
    assert office.post("/desk/papers/new", sent).headers["location"] == "/desk/papers/1"
    listed = who("amina").get("/papers").text
    assert "Husorden" in listed
    assert 'lang="da" dir="ltr"' in listed
    shown = who("amina").get("/papers/1").text
    assert "Grill er tilladt i gården." in shown
    assert "<h2>Vask</h2>" in shown
    assert who("sofie").get("/papers/1").status_code == 404
    assert "Husorden" not in who("sofie").get("/papers").text
    for name in ("helper", "chair", "caretaker", "organisation"):
        assert who(name).get("/papers/1").status_code == 200, name


def test_what_is_wrong_with_a_paper_stands_beside_its_field_and_nothing_is_lost(
    house: House,
) -> None:
    database, estate, who = house
    office = who("office")
    for wrong, field in (
        ({"kind": ""}, "kind"),
        ({"home": ""}, "home"),
        ({"home": f"section:{estate.section}99"}, "home"),
        ({"text": ""}, "file"),
        ({"valid_from": "i morgen"}, "valid_from"),
        ({"kind": "minutes_section"}, "day"),
        ({"kind": "other"}, "title"),
        ({"kind": "statutes"}, "home"),
        ({"note": "x" * 401}, "note"),
        ({"title": "x" * 161}, "title"),
    ):
        answer = office.post("/desk/papers/new", form(estate, **wrong))
        assert answer.status_code == 422, wrong
        assert f'id="f-{field}-problem"' in answer.text, wrong
        if "text" not in wrong:
            assert "Grill er tilladt i gården." in answer.text
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Paper)) == 0


def test_a_board_publishes_its_minutes_and_not_the_budget(house: House) -> None:
    _, estate, who = house
    chair = who("chair")
    day = clock.today().isoformat()
    asked = chair.get("/desk/papers/new").text
    assert 'value="minutes_board"' in asked
    assert 'value="budget"' not in asked
    assert chair.post("/desk/papers/new", form(estate, kind="minutes_board", day=day)).status_code
    answer = chair.post("/desk/papers/new", form(estate, kind="budget", day=day))
    assert answer.status_code == 422
    assert 'id="f-kind-problem"' in answer.text


def test_a_pdf_is_fetched_sealed_and_never_opened_as_a_page(house: House, store: PdfStore) -> None:
    _, estate, who = house
    data = lively_pdf()
    assert bring(who("office"), estate, data) == 303
    amina = who("amina")
    assert "/papers/1/versions/1.pdf" in amina.get("/papers/1").text
    answer = amina.get("/papers/1/versions/1.pdf")
    assert answer.content == data
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=utf-8''Referat")
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-cache"
    again = amina.get("/papers/1/versions/1.pdf", **{"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    assert who("sofie").get("/papers/1/versions/1.pdf").status_code == 404
    assert amina.get("/papers/1/versions/2.pdf").status_code == 404


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"MZ" + b"\0" * 5000, "is not a PDF"),
        (b"<html><script>alert(1)</script></html>", "is not a PDF"),
        (b"%PDF-1.7\n" + b"x" * 3000, "cannot be read as a PDF"),
        (minutes_pdf()[:200], "cannot be read as a PDF"),
        (locked_pdf(), "is locked with a password"),
        (many_pages(401), "has 401 pages; there is room for 400"),
        (b"%PDF-1.7\n" + b" " * 20_000_001, "is larger than 20 MB"),
    ],
    ids=["program", "page", "noise", "torn", "locked", "long", "large"],
)
def test_a_file_that_cannot_be_taken_in_is_refused_with_a_sentence(
    house: House, data: bytes, said: str
) -> None:
    database, estate, who = house
    sent = form(estate, kind="minutes_board", day=clock.today().isoformat(), text="")
    answer = who("office").post("/desk/papers/new", sent, pdf(data))
    assert answer.status_code == 422
    assert f"Referat.pdf {said}" in answer.text
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(PaperVersion)) == 0


def test_a_pdf_comes_along_when_the_form_is_shown_once_more_and_only_for_its_sender(
    house: House,
) -> None:
    _, estate, who = house
    office = who("office")
    day = clock.today().isoformat()
    sent = form(estate, kind="minutes_board", day="", text="")
    shown = office.post("/desk/papers/new", sent, pdf(minutes_pdf())).text
    token = re.search(r'name="kept" value="([0-9a-f.]+)"', shown)
    assert token is not None
    again = {**sent, "day": day, "kept": token[1], "kept_name": "Referat.pdf"}
    forged = {**again, "kept": token[1].partition(".")[0] + "." + "0" * 64}
    assert office.post("/desk/papers/new", forged).status_code == 422
    assert who("chair").post("/desk/papers/new", again).status_code == 422
    assert office.post("/desk/papers/new", {**again, "kept": ""}).status_code == 422
    assert office.post("/desk/papers/new", again).status_code == 303
    assert who("amina").get("/papers/1/versions/1.pdf").content == minutes_pdf()


def test_what_unpacks_to_very_much_is_published_and_said_to_be_unsearchable(
    house: House, store: PdfStore
) -> None:
    database, estate, who = house
    assert bring(who("office"), estate, bomb_pdf()) == 303
    with database.write() as session:
        work(session, store)
    with database.read() as session:
        version = session.scalars(select(PaperVersion)).one()
        assert version.reading in {Reading.NO_TEXT, Reading.FAILED}
    assert "Not searchable" in who("amina").get("/papers/1").text


def test_a_pdf_is_searched_once_it_is_read_and_a_scan_is_said_not_to_be(
    house: House, store: PdfStore
) -> None:
    database, estate, who = house
    office, amina = who("office"), who("amina")
    assert bring(office, estate, minutes_pdf("Intet nyt.", "Cykelskuret får nyt tag.")) == 303
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    assert bring(office, estate, scanned_pdf(), day=yesterday) == 303
    assert "about to be read" in amina.get("/papers/1").text
    assert "Nothing found" in amina.get("/papers?q=cykelskur").text
    with database.write() as session:
        work(session, store)
    found = amina.get("/papers?q=cykelskur").text
    assert "<mark>Cykelskuret</mark>" in found
    assert "Page 1" in found
    assert 'href="/papers/1?n=1#page-1"' in found
    assert 'id="page-1"' in amina.get("/papers/1").text
    assert "Not searchable" in amina.get("/papers/2").text
    assert "Nothing found" in who("sofie").get("/papers?q=cykelskur").text


def test_versions_stay_and_the_one_in_force_is_shown_first(house: House, store: PdfStore) -> None:
    database, estate, who = house
    day = clock.today()
    with database.write() as session:
        for days, word in ((-400, "gammel"), (-1, "nuværende"), (30, "kommende")):
            publish(
                session,
                estate,
                store,
                text=f"Den {word} husorden.",
                valid_from=day + timedelta(days=days),
            )
    amina = who("amina")
    assert "Den nuværende husorden." in amina.get("/papers/1").text
    assert "New from" in amina.get("/papers").text
    assert "Den gammel husorden." in amina.get("/papers/1?n=1").text
    assert "Earlier version" in amina.get("/papers/1?n=1").text
    assert "Den kommende husorden." in amina.get("/papers/1?n=3").text
    assert amina.get("/papers/1?n=4").status_code == 404
    found = amina.get("/papers?q=husorden").text
    assert "gammel" not in found
    assert found.index("In force") < found.index("nuværende") < found.index("Holds from")
    printed = amina.get("/papers/1/print?n=3").text
    assert "Den kommende husorden." in printed
    assert "<svg" in printed
    assert "Husorden" in amina.get("/papers/print").text


def test_a_version_taken_back_is_gone_from_every_page_but_its_reason(
    house: House, store: PdfStore
) -> None:
    database, estate, who = house
    with database.write() as session:
        publish(session, estate, store, valid_from=clock.today() - timedelta(days=9))
        publish(session, estate, store, text="Med Jonas’ navn.")
    office = who("office")
    path = "/desk/papers/1/versions/2/withdraw"
    assert office.get(path).status_code == 200
    assert office.post(path, {"why": ""}).status_code == 422
    assert office.post(path, {"why": "Et navn stod der."}).status_code == 303
    assert office.post(path, {"why": "Igen."}).status_code == 404
    amina = who("amina")
    shown = amina.get("/papers/1").text
    assert "Grill er tilladt" in shown
    assert "Et navn stod der." in shown
    assert amina.get("/papers/1?n=2").status_code == 404
    assert "Nothing found" in amina.get("/papers?q=jonas").text


def test_several_old_pdfs_come_in_by_their_names_and_each_says_what_came_of_it(
    house: House, store: PdfStore
) -> None:
    database, estate, who = house
    office = who("office")
    names = ("Budget 2024.pdf", "2024-05-14 referat afdelingsmøde.pdf", "ferie.pdf")
    files = [("files", (name, minutes_pdf(name), "application/pdf")) for name in names]
    files.append(("files", ("Regnskab 2023.pdf", locked_pdf(), "application/pdf")))
    sent = {"home": f"section:{estate.section}", "submission": "import-001"}
    answer = office.post("/desk/papers/import", sent, files)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/papers/import/1")
    waiting = office.get("/desk/papers/import/1").text
    assert '<progress value="0" max="4"' in waiting
    with database.write() as session:
        work(session, store)
    done = office.get("/desk/papers/import/1").text
    assert "2 added, 0 there already, 1 refused." in done
    assert "The name does not say what kind of paper it is." in done
    assert "is locked with a password" in done
    assert office.post("/desk/papers/import", {**sent, "submission": "import-002"}, files)
    with database.write() as session:
        work(session, store)
    assert "0 added, 2 there already, 1 refused." in office.get("/desk/papers/import/2").text
    assert who("organisation").get("/desk/papers/import/1").status_code == 404
    assert "Budget 2024" in who("amina").get("/papers?group=money").text


def test_of_old_pdfs_whose_names_say_nothing_the_kind_is_asked_and_none_is_lost(
    house: House, store: PdfStore
) -> None:
    database, estate, who = house
    office, page = who("office"), "/desk/papers/import/1"
    names = ("scan001.pdf", "scan 2024-03-01.pdf")
    files = [("files", (name, minutes_pdf(name), "application/pdf")) for name in names]
    office.post("/desk/papers/import", {"home": f"section:{estate.section}"}, files)
    with database.write() as session:
        work(session, store)
    asked = office.get(page).text
    assert "What are these?" in asked
    assert "2 wait for you" in asked
    assert re.findall(r'name="file" value="(\d+)" checked', asked) == ["1", "2"]
    unsaid = office.post(f"{page}/kind", {"kind": "", "file": ["1"], "day-1": "2024-02-02"})
    assert unsaid.status_code == 422
    assert "Choose what kind of paper they are." in unsaid.text
    assert 'value="2024-02-02"' in unsaid.text
    assert office.post(f"{page}/kind", {"kind": "minutes_board"}).status_code == 422
    statutes = {"kind": "statutes", "file": ["1"]}
    assert office.post(f"{page}/kind", statutes).status_code == 404
    assert who("chair").post(f"{page}/kind", {**statutes}).status_code in {403, 404}
    said = {"kind": "minutes_board", "file": ["1", "2"], "day-1": "", "day-2": ""}
    assert office.post(f"{page}/kind", said).status_code == 303
    with database.write() as session:
        work(session, store)
    left = office.get(page).text
    assert "What is this one?" in left
    assert "The name does not say the meeting’s day" in left
    said = {"kind": "minutes_board", "file": ["1"], "day-1": "2024-02-02"}
    assert office.post(f"{page}/kind", said).status_code == 303
    with database.write() as session:
        work(session, store)
        days = session.scalars(select(Paper.day).order_by(Paper.day)).all()
        assert [f"{day}" for day in days] == ["2024-02-02", "2024-03-01"]
    assert "2 added, 0 there already, 0 refused." in office.get(page).text


def test_too_many_files_at_once_are_named(house: House) -> None:
    _, estate, who = house
    files = [("files", (f"{n}.pdf", b"%PDF-", "application/pdf")) for n in range(21)]
    answer = who("office").post("/desk/papers/import", {"home": f"section:{estate.section}"}, files)
    assert answer.status_code in {400, 422}


def test_whom_a_kind_of_paper_concerns_is_chosen_by_oneself(house: House) -> None:
    _, _, who = house
    amina = who("amina")
    page = amina.get("/papers/following").text
    assert re.search(r'value="house_rules" checked', page)
    assert not re.search(r'value="minutes_board" checked', page)
    assert amina.post("/papers/following", {"kind": ["minutes_board"]}).status_code == 303
    page = amina.get("/papers/following").text
    assert re.search(r'value="minutes_board" checked', page)
    assert not re.search(r'value="house_rules" checked', page)
    assert who("office").get("/papers/following").status_code == 403


def test_the_list_goes_on_page_by_page_and_costs_the_same_however_long_it_is(
    house: House, store: PdfStore
) -> None:
    database, estate, who = house
    begun = clock.today() - timedelta(days=3000)
    with database.write() as session:
        for number in range(45):
            publish(
                session,
                estate,
                store,
                "minutes_board",
                text=f"Referat nummer {number}.",
                day=begun + timedelta(days=number * 30),
            )
    amina = who("amina")
    amina.get("/papers/following")
    asked: list[str] = []
    sql_event.listen(
        database.engine, "before_cursor_execute", lambda *given: asked.append(given[2])
    )
    address, seen, counts = "/papers", [], []
    while address:
        asked.clear()
        text = amina.get(address).text
        counts.append(sum("FROM paper" in statement for statement in asked))
        seen += re.findall(r'href="/papers/(\d+)"', text)
        onward = re.search(r'class="more" href="([^"]+)"', text)
        address = onward[1].replace("&amp;", "&") if onward else ""
    assert len(seen) == len(set(seen)) == 45
    assert [int(number) for number in seen] == sorted(map(int, seen), reverse=True)
    assert 0 < max(counts) <= min(counts) + 2


def test_a_new_paper_is_heard_by_the_open_lists_of_its_section_alone(
    house: House, store: PdfStore
) -> None:
    database, estate, who = house
    with database.write() as session:
        publish(session, estate, store)
        assert {topic for topic, _ in session.info[STALE]} >= {f"papers:{estate.section}"}
        assert f"papers:{estate.other_section}" not in {t for t, _ in session.info[STALE]}
    partial = who("amina").get("/papers", **{"hx-request-type": "partial"}).text
    assert partial.strip().startswith('<div id="papers"')
