"""`python -m tests.bench.profile [PATH]`: where the time of a page goes, by what is at work.

The application is called without a socket, so the server's own work is not in it.
"""

import asyncio
import cProfile
import os
import pstats
import sys
import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from starlette.types import Message

from estate.database import Database
from estate.settings import Settings
from tests.bench.house import Measured, house_folder
from web.app import create_app
from web.logs import configure_logs

TAKES = 2000
GROUPS = (
    ("templates", ("<template>", "/jinja2/", "/markupsafe/")),
    ("dates and numbers", ("/babel/", "catalogues.py", "/gettext.py")),
    ("SQLAlchemy", ("/sqlalchemy/",)),
    ("SQLite", ("sqlite3",)),
    ("logs and figures", ("/structlog/", "/logging/", "/prometheus_client/", "logs.py")),
    ("Starlette", ("/starlette/", "/anyio/")),
    ("Opgang", ("/estate/", "/engagement/", "/web/")),
)


def group_of(file: str, function: str) -> str:
    """What is at work in a function."""
    for name, marks in GROUPS:
        if any(mark in file or mark in function for mark in marks):
            return name
    return "Python"


async def ask(app: object, scope: dict[str, object]) -> bytes:
    """One request by its ASGI scope; returns the body."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(dict(scope), receive, send)  # type: ignore[operator]
    if sent[0]["status"] != 200:
        raise RuntimeError(f"The page answered {sent[0]['status']}.")
    return b"".join(message.get("body", b"") for message in sent)


def scope_of(house: Measured, path: str) -> dict[str, object]:
    """What a server would say of a browser's request."""
    headers = [(b"host", b"localhost:8000"), (b"cookie", house.cookie.encode())]
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }


async def take(app: object, scope: dict[str, object], count: int) -> float:
    """Milliseconds a request, over so many."""
    begun = time.perf_counter()
    for _ in range(count):
        await ask(app, scope)
    return (time.perf_counter() - begun) * 1000 / count


def shares(profile: cProfile.Profile) -> Counter[str]:
    """Own seconds by group; what C functions use counts for whoever is named in them."""
    spent: Counter[str] = Counter()
    for (file, _, function), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        spent[group_of(file, function)] += own
    return spent


def main(path: str) -> None:
    """Print milliseconds a request and the share of each group."""
    console = Console()
    with house_folder(10_000) as house, Path(os.devnull).open("w") as nowhere:
        sys.stderr = nowhere
        configure_logs(pretty=False)
        settings = Settings(data=house.folder, database_url=house.database_url, worker="apart")
        database = Database(settings.database_url)
        app, scope = create_app(settings, database), scope_of(house, path)
        asyncio.run(take(app, scope, 200))
        plain = asyncio.run(take(app, scope, TAKES))
        profile = cProfile.Profile()
        profile.enable()
        asyncio.run(take(app, scope, TAKES))
        profile.disable()
        sys.stderr = sys.__stderr__
        database.close()
    console.print(f"{path}: {plain:.2f} ms a request without the profiler")
    spent = shares(profile)
    for name, seconds in spent.most_common():
        console.print(f"{seconds / spent.total():6.1%}  {name}")
    pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "/board")
