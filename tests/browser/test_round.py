"""The caretaker's round with letters, in a stairwell without network."""

from playwright.sync_api import Page, expect
from sqlalchemy import func, select, update

from estate import clock
from estate.giving.actions import give_notice
from estate.letters.rules import Draft, PlaceKind
from estate.people.models import Household
from estate.people.rules import LetterChannel
from estate.proof.models import DoorVisit, LetterCopy
from estate.proof.rules import Manner
from tests.browser import phones
from tests.browser.phones import until, worker_ready
from tests.browser.watching import PageFor
from tests.builders import Estate
from tests.serving import Serving

CARETAKER = "key-caretaker"
ROUND = "/desk/letters/round"


def hand_out(page: Page, server: Serving, section: int) -> None:
    """A letter for each household of the section lies printed on the caretaker's table."""
    text = ("Varsling om nye vinduer", "Vi skifter vinduer i uge 9.")
    with server.database.write() as session:
        session.execute(update(Household).values(channel=LetterChannel.PAPER))
        places = [(PlaceKind.SECTION, section)]
        give_notice(session, Draft(section, "works", {"da": text}, places), None, server.url)
    until(page, lambda: _count(server) == 4)
    with server.database.write() as session:
        session.execute(update(LetterCopy).values(printed_at=clock.now()))


def _count(server: Serving) -> int:
    with server.database.read() as session:
        return session.scalar(select(func.count()).select_from(LetterCopy)) or 0


def delivered(server: Serving) -> list[Manner | None]:
    """How the copies were delivered that are."""
    with server.database.read() as session:
        wanted = LetterCopy.delivered_how.is_not(None)
        return list(session.scalars(select(LetterCopy.delivered_how).where(wanted)))


def test_a_letter_ticked_off_without_network_is_delivered_once(
    page_for: PageFor, server: Serving, estate: Estate
) -> None:
    page = page_for("caretaker")
    page.goto("/desk")
    worker_ready(page)
    hand_out(page, server, estate.section)
    page.goto(ROUND)
    phones.keeps(page, CARETAKER, ROUND)
    page.context.set_offline(True)
    page.goto(ROUND)
    door = page.locator(".door").first
    door.locator("[value=letterbox]").click()
    expect(door.locator("[data-piece=queued]")).to_be_visible()
    assert delivered(server) == []
    page.context.set_offline(False)
    until(page, lambda: delivered(server) == [Manner.LETTERBOX])
    page.goto(ROUND)
    expect(page.locator(".door").filter(has=page.locator(".chip.ok"))).to_have_count(1)
    with server.database.read() as session:
        assert session.scalar(select(func.count()).select_from(DoorVisit)) == 1
