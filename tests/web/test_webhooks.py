"""Webhooks, tried with a small receiving program that trusts nothing but the signature."""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import time_machine
from typing_extensions import override

from estate import clock
from estate.changes.actions import add_webhook, tell_of
from estate.changes.queries import webhook_states
from estate.database import Database
from estate.places.models import Organisation
from tests.builders import build_estate
from tests.loops import run
from web.webhooks import Crier


class Receiver(ThreadingHTTPServer):
    """The administration's side: checks each signature and answers what it was told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.secret = ""
        self.answers: list[int] = []
        self.heard: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self.tried: list[str] = []
        self.asked, self.let_go = threading.Event(), threading.Event()
        self.let_go.set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class Door(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        number, moment = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        key = base64.b64decode(self.server.secret.split("_", 1)[1])
        signed = f"{number}.{moment}.".encode() + body
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        self.server.tried.append(number)
        self.server.asked.set()
        self.server.let_go.wait(30)
        if self.headers["webhook-signature"] != f"v1,{wanted}":
            self.server.refused.append(number)
            return self.answer(401)
        if abs(int(moment) - clock.now().timestamp()) > 300:
            return self.answer(400)
        status = self.server.answers.pop(0) if self.server.answers else 200
        if status == 200:
            self.server.heard.append(json.loads(body))
        return self.answer(status)

    def answer(self, status: int) -> None:
        self.send_response(status)
        if status == 302:
            self.send_header("location", "http://127.0.0.1:1/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    @override
    def log_message(self, format: str, *args: object) -> None:
        return


@contextmanager
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def prepare(database: Database, server: Receiver, changes: int) -> int:
    with database.write() as session:
        estate = build_estate(session)
        server.secret = add_webhook(session, estate.administration, server.address)
        for number in range(changes):
            tell_of(session, estate.north, "member.added", number, {"navn": f"Åse {number}"})
    return estate.north


def deliver(database: Database) -> None:
    """Tell everybody what is due, and wait until they were told."""

    async def tell() -> None:
        async with Crier(database) as crier:
            await crier.tell_due()

    run(tell())


def test_two_refusals_then_everything_arrives_once_and_in_order(database: Database) -> None:
    with receiver() as server, time_machine.travel(clock.now(), tick=False) as moment:
        prepare(database, server, 5)
        server.answers = [200, 500, 500]
        deliver(database)
        assert len(server.heard) == 1
        deliver(database)  # not due yet
        assert len(server.tried) == 2
        moment.shift(timedelta(seconds=6))
        deliver(database)
        assert len(server.heard) == 1
        moment.shift(timedelta(minutes=6))
        deliver(database)
    assert [message["data"]["thing"] for message in server.heard] == [0, 1, 2, 3, 4]
    assert server.heard[0]["type"] == "member.added"
    assert server.heard[0]["data"]["data"] == {"navn": "Åse 0"}
    assert server.tried[1:4] == [server.tried[1]] * 3  # the same id each time
    assert server.refused == []


def test_a_receiver_that_knows_another_secret_hears_nothing(database: Database) -> None:
    with receiver() as server:
        prepare(database, server, 1)
        server.secret = "whsec_" + base64.b64encode(b"another").decode()
        deliver(database)
        assert server.heard == []
    assert server.refused
    with database.read() as session:
        assert webhook_states(session)[0].trouble == "HTTP 401"


def test_an_address_where_nobody_listens_is_tried_again_later(database: Database) -> None:
    with receiver() as server:
        prepare(database, server, 1)
    deliver(database)
    with database.read() as session:
        (state,) = webhook_states(session)
    assert state.attempts == 1
    assert state.trouble


def test_an_address_that_is_gone_for_good_is_told_no_more(database: Database) -> None:
    with receiver() as server:
        prepare(database, server, 2)
        server.answers = [410]
        deliver(database)
        assert len(server.tried) == 1
    with database.read() as session:
        assert webhook_states(session)[0].stopped_at is not None


def test_a_redirect_is_not_followed(database: Database) -> None:
    with receiver() as server:
        prepare(database, server, 1)
        server.answers = [302]
        deliver(database)
    with database.read() as session:
        assert webhook_states(session)[0].trouble == "HTTP 302"


def test_a_slow_address_holds_up_nobody_but_itself(database: Database) -> None:
    with receiver() as slow, receiver() as quick:
        slow.let_go = threading.Event()
        north = prepare(database, slow, 2)
        with database.write() as session:
            administration = session.get_one(Organisation, north).administration_id
            quick.secret = add_webhook(session, administration, quick.address)
            tell_of(session, north, "member.added", 2, {})

        async def tell() -> None:
            async with Crier(database) as crier:
                await crier.tell_due()
                assert await asyncio.to_thread(slow.asked.wait, 20)
                assert await asyncio.to_thread(quick.asked.wait, 20)
                with database.write() as session:
                    tell_of(session, north, "member.added", 3, {})
                while len(quick.heard) < 2:
                    await crier.tell_due()
                    await asyncio.sleep(0)
                assert slow.heard == []
                slow.let_go.set()

        run(tell())
    assert [message["data"]["thing"] for message in quick.heard] == [2, 3]
    assert [message["data"]["thing"] for message in slow.heard] == [0, 1, 2, 3]


def test_more_changes_than_are_fetched_at_once_all_arrive(sqlite_database: Database) -> None:
    with receiver() as server:
        prepare(sqlite_database, server, 230)
        deliver(sqlite_database)
    assert [message["data"]["thing"] for message in server.heard] == list(range(230))
