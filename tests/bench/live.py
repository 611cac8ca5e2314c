"""One post to 1,000 open pages until the last has heard, beside `websockets.broadcast`."""

import contextlib
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import httpx2
from websockets.sync.client import connect

from tests.bench.beside import beside
from tests.bench.house import Measured, house_with
from tests.bench.rows import Row, median

SOCKETS = 1000
TAKES = 25
SECTION = re.compile(r'name="to" value="(section:\d+)"')


def measure() -> list[Row]:
    """Milliseconds from sending the form until the last socket has its word, in turns."""
    ours, theirs = [], []
    with (
        house_with(0) as house,
        beside("tests.bench.broadcasting") as reference,
        listeners(house.url.replace("http", "ws") + "/live", house.cookie) as pages,
        listeners(f"ws://{reference}") as sockets,
        post_form(house) as post,
        connect(f"ws://{reference}/say") as saying,
    ):
        for number in range(TAKES):
            begun = time.perf_counter()
            post(number)
            ours.append((float(heard(pages)) - begun) * 1000)
            time.sleep(0.1)
            begun = time.perf_counter()
            saying.send("now")
            theirs.append((float(heard(sockets)) - begun) * 1000)
            time.sleep(0.1)
    note = f"{SOCKETS} sockets, one server process, SQLite; the post's form and commit included"
    value, against = median(ours), median(theirs)
    return [Row("live", "ms", value, against, 3, at_most=True, note=note)]


@contextlib.contextmanager
def listeners(url: str, cookie: str = "") -> Iterator[subprocess.Popen[str]]:
    """So many open sockets in a process of their own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.listeners", url, str(SOCKETS), cookie],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if heard(process) != "ready":
            raise RuntimeError("The sockets did not open.")
        time.sleep(0.5)  # the last has shaken hands, and is put under its topics next
        yield process
    finally:
        process.kill()
        process.wait(10)


def heard(process: subprocess.Popen[str]) -> str:
    """The next line the listeners say."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


@contextlib.contextmanager
def post_form(house: Measured) -> Iterator[Callable[[int], None]]:
    """Sends the form of a post to the whole section, as a page does."""
    headers = {"Cookie": house.cookie, "Sec-Fetch-Site": "same-origin"}
    with httpx2.Client(base_url=house.url, headers=headers) as client:
        form = SECTION.search(client.get("/board/new").text)
        if form is None:
            raise RuntimeError("There is no form for a post to the section.")
        fields = {"kind": "other", "text": "Kom og se.", "to": form[1]}

        def post(number: int) -> None:
            own = {"title": f"Nummer {number}", "submission": f"bench-live-{number:04}"}
            answer = client.post("/board/new", data={**fields, **own})
            if answer.status_code != 303:
                raise RuntimeError(f"The post was not taken: {answer.status_code}")

        yield post
