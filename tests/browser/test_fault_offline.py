"""A fault reported from a cellar without network, with three photos."""

import re

import pytest
from PIL import Image
from playwright.sync_api import Page
from sqlalchemy import select

from engagement.cases.models import Case
from engagement.cases.rules import OWNER
from estate.photos.models import Photo
from estate.photos.store import Store
from tests.browser import phones
from tests.browser.phones import send, until, waiting, worker_ready
from tests.browser.watching import PageFor
from tests.serving import Serving

AMINA = "key-amina"
WORDS = "Hanen i køkkenet drypper."


@pytest.fixture
def page(page_for: PageFor) -> Page:
    """Amina's phone, which has only ever seen the list of faults: the form is kept by itself."""
    page = page_for("amina")
    page.goto("/faults")
    worker_ready(page)
    page.goto("/faults")
    phones.keeps(page, AMINA, "/faults/new")
    phones.keeps(page, AMINA, "/messages/new")
    return page


def cases(server: Serving) -> list[tuple[str, str]]:
    with server.database.read() as session:
        rows = session.execute(select(Case.category, Case.text).order_by(Case.id))
        return [(row.category, row.text) for row in rows]


def write_fault(page: Page, photos: int) -> None:
    page.check("[name=category][value=tap_drip]")
    page.check("[name=q-tap_drip-which][value=kitchen]")
    page.fill("form[data-outbox] [name=text]", WORDS)
    page.set_input_files("[data-photos-input]", [phones.photo() for _ in range(photos)])
    until(page, lambda: page.locator("[data-photos-item] img").count() == photos)


def test_a_fault_with_three_photos_written_in_a_cellar_arrives_once_and_without_its_place(
    page: Page, server: Serving
) -> None:
    page.context.set_offline(True)
    page.goto("/faults/new")
    write_fault(page, photos=3)
    send(page)
    page.wait_for_selector("[data-piece=queued]")
    assert cases(server) == []
    (item,) = waiting(page, AMINA)
    assert item["photos"] == 3
    page.context.set_offline(False)
    until(page, lambda: not waiting(page, AMINA))
    assert cases(server) == [("tap_drip", WORDS)]
    with server.database.read() as session:
        found = select(Photo.digest).where(Photo.owner_kind == OWNER).order_by(Photo.n)
        digests = session.scalars(found).all()
    assert len(digests) == 3
    store = Store(server.settings.data / "photos")
    for digest in digests:
        with Image.open(store.path(digest)) as kept:
            assert not kept.getexif()


def test_a_fault_sent_with_network_leads_to_its_page(page: Page, server: Serving) -> None:
    page.goto("/faults/new")
    write_fault(page, photos=1)
    send(page)
    page.wait_for_url(re.compile(r"/faults/\d+$"))
    assert WORDS in page.content()
    assert cases(server) == [("tap_drip", WORDS)]


def test_what_is_missing_stands_beside_its_field_before_anything_is_sent(
    page: Page, server: Serving
) -> None:
    page.goto("/faults/new")
    page.fill("form[data-outbox] [name=text]", WORDS)
    send(page)
    page.wait_for_selector("[data-errors]")
    assert cases(server) == []
    assert page.input_value("form[data-outbox] [name=text]") == WORDS
