"""A phone's outbox as the server meets it: sends, forgets nothing, sends again until told 201."""

import random
import secrets
import threading
from dataclasses import dataclass, field

import httpx2

from tests.pictures import picture

PICTURE = picture("JPEG")


@dataclass
class Item:
    """One thing to send. `address` is what the server said it became, once it said so."""

    path: str
    submission: str
    fields: dict[str, str] = field(default_factory=dict)
    photo: bytes | None = None
    address: str = ""


class Phone:
    """One author's outbox; `sent` counts what the server acknowledged."""

    def __init__(self, url: str, cookie: str, destination: str, seed: int) -> None:
        self.url = url
        self.destination = destination
        self.dice = random.Random(seed)
        self.items: list[Item] = []
        self.sent = 0
        self.client = httpx2.Client(base_url=url, headers={"Cookie": cookie}, timeout=60)

    def write(self) -> Item:
        """A new post, with a photo or without."""
        number = secrets.token_urlsafe(12)
        words = {"kind": "borrow", "title": f"Opslag {number}", "text": "Har nogen en stige?"}
        photo = PICTURE if self.dice.random() < 0.4 else None
        item = Item("/board/new", number, {**words, "to": self.destination}, photo)
        self.items.append(item)
        return item

    def send(self, item: Item) -> None:
        """Send one item; raises TransportError when the server went away meanwhile."""
        headers = {"Opgang-Submission": item.submission, "Origin": self.url}
        files = {"photos": ("foto.jpg", item.photo, "image/jpeg")} if item.photo else None
        answer = self.client.post(item.path, data=item.fields, files=files, headers=headers)
        if answer.status_code != 201:
            raise AssertionError(f"{item.path}: {answer.status_code} {answer.text[:300]}")
        told = answer.json()
        if told["submission"] != item.submission or item.address not in {"", told["address"]}:
            raise AssertionError(f"{item}: {told}")
        item.address = told["address"]
        self.sent += 1

    def work(self, heard: threading.Event) -> None:
        """Write and send until the server goes away; now and then send something a second time."""
        while True:
            waiting = [item for item in self.items if not item.address]
            done = [item for item in self.items if item.address]
            if waiting:
                item = waiting[0]
            elif done and self.dice.random() < 0.1:
                item = self.dice.choice(done)
            else:
                item = self.write()
            try:
                self.send(item)
            except httpx2.TransportError:
                return
            heard.set()

    def finish(self) -> None:
        """Send what waits, and then everything once more."""
        for item in [item for item in self.items if not item.address] + self.items:
            self.send(item)

    def close(self) -> None:
        """Hang up."""
        self.client.close()
