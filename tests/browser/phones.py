"""What tests do with a phone: wait for its worker, look into its stores, write a post."""

import io
import time
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import FilePayload, Page
from sqlalchemy import select

from engagement.board.models import Post
from tests.serving import Serving

WITHIN = 12.0

CONTROLLED = """navigator.serviceWorker.ready.then(() => new Promise((resolve) => {
  if (navigator.serviceWorker.controller) resolve();
  else navigator.serviceWorker.addEventListener('controllerchange', () => resolve());
}))"""
KEPT = """(async () => {
  const found = [];
  for (const name of await caches.keys()) {
    if (!name.startsWith('opgang-pages-')) continue;
    for (const request of await (await caches.open(name)).keys()) {
      found.push([name.slice('opgang-pages-'.length), new URL(request.url).pathname]);
    }
  }
  return found;
})()"""

# Questions with one answer each that the form leaves open: the first answer will do.
CHOOSE_FIRST = """() => {
  const all = [...document.querySelectorAll('form[data-outbox] input[type=radio]')];
  for (const name of new Set(all.map((it) => it.name))) {
    const answers = all.filter((it) => it.name === name);
    if (!answers.some((it) => it.checked)) answers[0].checked = true;
  }
}"""


def until(page: Page, holds: Callable[[], object]) -> None:
    """Ask again and again, letting the page work meanwhile, until it holds."""
    deadline = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < deadline, "It did not come to hold."
        page.wait_for_timeout(50)


def worker_ready(page: Page) -> None:
    """Wait until the service worker has this page."""
    page.evaluate(CONTROLLED)


def keeps(page: Page, reader: str, path: str) -> None:
    """Wait until the phone can show this page to this reader without network."""
    until(page, lambda: [reader, path] in page.evaluate(KEPT))


def kept_pages(page: Page) -> list[list[str]]:
    """(reader, path) of every page in this phone's caches."""
    found: list[list[str]] = page.evaluate(KEPT)
    return found


def waiting(page: Page, reader: str) -> list[dict[str, object]]:
    """What one reader has waiting in the outbox; photos as how many they are."""
    found: list[dict[str, object]] = page.evaluate(
        "(reader) => opgang.outbox.list(reader).then((items) =>"
        " items.map((it) => Object.assign({}, it, { photos: it.photos.length })))",
        reader,
    )
    return found


def photo(width: int = 2400, height: int = 1800) -> FilePayload:
    """A camera's picture: large, lying down, with the camera's notes."""
    notes = Image.Exif()
    notes[0x0112] = 6  # to be turned a quarter
    notes[0x010F] = "Camera"
    notes.get_ifd(0x8825)[1] = "N"  # where it was taken
    data = io.BytesIO()
    noise = Image.effect_noise((width // 8, height // 8), 60)
    noise.resize((width, height)).save(data, "JPEG", exif=notes)
    return {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": data.getvalue()}


def write_post(page: Page, title: str, photos: int = 0) -> None:
    """Fill in the form for a new post, on the page where it is."""
    page.fill("form[data-outbox] [name=title]", title)
    page.fill("form[data-outbox] [name=text]", f"{title}, altså.")
    page.evaluate(CHOOSE_FIRST)
    if photos:
        page.set_input_files("[data-photos-input]", [photo() for _ in range(photos)])
        until(page, lambda: page.locator("[data-photos-item] img").count() == photos)


def send(page: Page) -> None:
    """Press the form's button."""
    page.click("form[data-outbox] button[type=submit]")


def hanging(server: Serving) -> list[tuple[str, int]]:
    """(title, how many photos) of every post on the board, oldest first."""
    with server.database.read() as session:
        rows = session.execute(select(Post.title, Post.photo_count).order_by(Post.id))
        return [(row.title, row.photo_count) for row in rows]


def picture_size(body: bytes) -> tuple[int, int]:
    """Width and height of the JPEG inside a multipart body."""
    with Image.open(io.BytesIO(body[body.index(b"\xff\xd8\xff") :])) as image:
        return image.size
