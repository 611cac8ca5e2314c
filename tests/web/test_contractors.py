"""A case in a firm's hands: by a link that opens it alone, and ends with it."""

import re
from datetime import timedelta

from sqlalchemy import select, update
from starlette.testclient import TestClient

from engagement.cases.models import CaseEntry
from engagement.contractors.models import ContractorLink
from estate import clock
from estate.database import Database
from estate.mails.models import Mail
from estate.notifications.models import Notification
from tests.builders import Estate
from tests.neighbours import OWN, Neighbour, Who
from tests.pictures import picture
from tests.web.test_cases import reported

House = tuple[Database, Estate, Who]
PRIVATE = {"times": "Kun onsdag", "pets": "En vred kat", "let_in": "yes"}


def sent(caretaker: Neighbour, case: int, **more: object) -> str:
    """The path of a link to a firm."""
    form = {"firm": "Nordens VVS", "email": "vvs@example.org", **more}
    page = caretaker.post(f"/desk/faults/{case}/firms", form)
    assert page.status_code == 200, page.text
    assert page.headers["cache-control"] == "no-store"
    found = re.search(r"/firm/[\w-]{30,}", page.text)
    assert found
    return found[0]


class Firm:
    """Somebody without an account, who has the link."""

    def __init__(self, client: TestClient, link: str) -> None:
        self.client, self.link = client, link

    def look(self, more: str = "") -> tuple[int, str]:
        """The page as it is shown without a session."""
        answer = self.client.get(self.link + more, headers={"accept-language": "en"})
        return answer.status_code, answer.text

    def say(self, what: str, files: object = None, **form: str) -> int:
        """Send a form of the page."""
        return self.client.post(
            f"{self.link}/{what}",
            data=form,
            files=files,  # type: ignore[arg-type]
            headers=OWN,
            follow_redirects=False,
        ).status_code


def test_a_firm_sees_the_one_case_answers_with_a_photo_and_is_done(house: House) -> None:
    database, estate, browser = house
    amina, caretaker = browser("amina"), browser("caretaker")
    shown = [("photos", ("a.jpg", picture(), "image/jpeg"))]
    case = reported(amina, estate, **PRIVATE)
    assert amina.post(f"/faults/{case}/write", {"text": "Se her."}, shown).status_code == 303
    caretaker.post(f"/desk/faults/{case}/take")
    assert caretaker.post(f"/desk/faults/{case}/firms").status_code == 422
    link = sent(caretaker, case, note="Ring på døren.", shares="times")
    firm = Firm(caretaker.client, link)
    answer = caretaker.client.get(link)
    assert "noindex" in answer.headers["x-robots-tag"]
    assert answer.headers["cache-control"] == "no-store"
    for told in ("Den drypper.", "Ring på døren.", "Kun onsdag"):
        assert told in answer.text
    for private in ("20304050", "En vred kat", "Amina", "Se her."):
        assert private not in answer.text
    assert firm.look("/photos/1")[0] == 404  # the report had none
    assert firm.say("answer") == 422
    assert firm.say("answer", text="Vi kommer torsdag.", files=shown) == 303
    assert firm.say("answer", files=[("photos", ("a.jpg", b"<svg/>", "image/jpeg"))]) == 422
    desk = caretaker.get(f"/desk/faults/{case}").text
    assert "Nordens VVS" in desk
    assert "Vi kommer torsdag." in desk
    assert "Vi kommer torsdag." not in amina.get(f"/faults/{case}").text
    assert "Vi kommer torsdag." in firm.look()[1]
    assert firm.say("done") == 303
    assert "says that the work is done" in caretaker.get(f"/desk/faults/{case}").text
    with database.read() as session:
        heard = session.scalars(
            select(Notification.title).where(
                Notification.person_id == estate.people["caretaker"],
                Notification.kind == "case.work",
            )
        )
        assert "The firm says that its work is done" in set(heard)
        token = link.rsplit("/", 1)[1]
        assert token not in session.scalars(select(ContractorLink.link_hash)).one()
        assert session.scalars(select(Mail.secret).where(Mail.to == "vvs@example.org")).one()
        entries = session.scalars(select(CaseEntry))
        assert all(token not in str(one.values) for one in entries)


def test_a_link_that_was_ended_or_ran_out_or_whose_case_closed_says_so(house: House) -> None:
    database, estate, browser = house
    amina, caretaker = browser("amina"), browser("caretaker")
    case = reported(amina, estate)
    ended, late, last = (Firm(caretaker.client, sent(caretaker, case)) for _ in range(3))
    end = f"/desk/faults/{case}/firms/end"
    assert browser("yasmin").post(end, {"link": "1"}).status_code == 403
    assert caretaker.post(end).status_code == 422
    assert caretaker.post(end, {"link": "1"}).status_code == 303
    with database.write() as session:
        yesterday = clock.now() - timedelta(days=1)
        over = update(ContractorLink).where(ContractorLink.id == 2)
        session.execute(over.values(expires_at=yesterday))
    assert last.look()[0] == 200
    assert amina.post(f"/faults/{case}/fixed").status_code == 303
    for firm in (ended, late, last):
        status, page = firm.look()
        assert (status, "Call the office" in page) == (410, True)
        assert firm.say("answer", text="Hej") == 410
        assert firm.say("done") == 410
        assert firm.look("/photos/1")[0] == 410
    assert Firm(caretaker.client, "/firm/guessed").look()[0] == 404
    assert caretaker.post(f"/desk/faults/{case}/firms", {"firm": "X"}).status_code == 409


def test_a_complaint_is_sent_to_no_firm_and_one_link_sends_only_so_much(house: House) -> None:
    _, estate, browser = house
    amina, office = browser("amina"), browser("office")
    quarrel = reported(amina, estate, category="noise_neighbour")
    answer = office.post(f"/desk/faults/{quarrel}/firms", {"firm": "Nordens VVS"})
    assert answer.status_code == 409
    case = reported(amina, estate)
    firm = Firm(office.client, sent(office, case))
    assert {firm.say("answer", text="x") for _ in range(41)} == {303, 429}
