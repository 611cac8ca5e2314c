"""The caretaker's round with letters, in a stairwell without network."""

from playwright.sync_api import Page, expect
from sqlalchemy import func, select, update

from estate import clock
from estate.giving.actions import give_notice
from estate.letters.rules import Draft, PlaceKind
from estate.people.models import Household
from estate.people.rules import LetterChannel
from estate.proof.models import DoorVisit, LetterCopy
from estate.proof.rules import Manner, Receiver
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


def at_the_table(page: Page, server: Serving, section: int) -> None:
    """The caretaker has the round before them, on a phone that can show it again."""
    page.goto("/desk")
    worker_ready(page)
    hand_out(page, server, section)
    page.goto(ROUND)
    phones.keeps(page, CARETAKER, ROUND)


def test_a_wrong_tick_is_taken_back_where_it_was_made(
    page_for: PageFor, server: Serving, estate: Estate
) -> None:
    page = page_for("caretaker")
    at_the_table(page, server, estate.section)
    page.wait_for_selector("[data-live-state=on]")
    door = page.locator(".door").first
    door.locator("[value=letterbox]").click()
    expect(door.locator(".chip.ok")).to_be_visible()
    expect(page.locator(".bar .detail")).to_contain_text("3")
    expect(door.locator("[aria-disabled=true]")).to_have_count(0)
    door.locator("form button").click()
    expect(door.locator("[value=letterbox]")).to_be_enabled()
    expect(door.locator("[aria-disabled=true]")).to_have_count(0)
    expect(page.locator(".bar .detail")).to_contain_text("4")
    assert delivered(server) == []


def test_a_waiting_tick_stands_at_its_door_and_can_be_taken_back(
    page_for: PageFor, server: Serving, estate: Estate
) -> None:
    page = page_for("caretaker")
    at_the_table(page, server, estate.section)
    page.context.set_offline(True)
    page.goto(ROUND)
    doors = page.locator(".door")
    waits = page.locator("[data-waits]")
    doors.nth(0).locator("[value=letterbox]").click()
    doors.nth(1).locator("summary").click()
    doors.nth(1).locator("select").select_option("wrong_name")
    doors.nth(1).locator("[value=not_possible]").click()
    expect(waits).to_have_count(2)
    page.goto(ROUND)
    expect(waits).to_have_count(2)
    expect(doors.nth(0).locator("[data-waits]")).to_contain_text("I postkassen")
    expect(doors.nth(1).locator("[data-waits]")).to_contain_text("Der bor en anden")
    expect(doors.nth(1).locator("[type=submit][aria-disabled=true]")).to_have_count(4)
    expect(page.locator("[data-waiting-here]").first).to_contain_text("2")
    doors.nth(1).locator("[data-take-back]").click()
    expect(waits).to_have_count(1)
    expect(doors.nth(1).locator("[aria-disabled=true]")).to_have_count(0)
    page.goto("/offline")
    card = page.locator("[data-waiting-list] > li")
    expect(card).to_have_count(1)
    expect(card.locator("h3")).to_have_text("Lærkevej 8, 1. th.")
    expect(card.locator("[data-item-words]")).to_have_text("I postkassen")
    page.context.set_offline(False)
    until(page, lambda: delivered(server) == [Manner.LETTERBOX])


def test_a_letter_ticked_off_without_network_is_delivered_once(
    page_for: PageFor, server: Serving, estate: Estate
) -> None:
    page = page_for("caretaker")
    at_the_table(page, server, estate.section)
    page.context.set_offline(True)
    page.goto(ROUND)
    door = page.locator(".door").first
    door.locator("[value=letterbox]").click()
    expect(door.locator("[data-waits]")).to_be_visible()
    another = page.locator(".door").nth(1)
    another.locator("summary").click()
    another.locator("[value=household]").click()
    expect(another.locator("[data-waits]")).to_contain_text("en anden voksen")
    assert delivered(server) == []
    page.context.set_offline(False)
    both = {Manner.LETTERBOX, Manner.HANDED}
    until(page, lambda: set(delivered(server)) == both)
    page.goto(ROUND)
    expect(page.locator(".door").filter(has=page.locator(".chip.ok"))).to_have_count(2)
    with server.database.read() as session:
        hands = session.scalars(select(DoorVisit.handed_to).order_by(DoorVisit.id)).all()
        assert hands == [None, Receiver.HOUSEHOLD]
