"""What Opgang keeps about me: a page that lists it, and two files that have it all."""

import json
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

from starlette.responses import Response, StreamingResponse

from estate.permissions import Permission
from web.arriving import ask_own
from web.personal import TOLD, as_json, everything_about
from web.personal_file import readable
from web.routing import page
from web.visits import Answer, Visit

CHUNK = 1 << 16


def my_data(visit: Visit) -> Answer:
    """What is kept about me, and how much of each kind."""
    found = everything_about(visit.session, visit.reader.id)
    return visit.show(
        "me/my_data.html",
        person=found["person"],
        homes=found["homes"],
        counts=[(label, len(found["own"].get(table, ()))) for table, label in TOLD.items()],
        trusted=visit.reader.trusted,
    )


def my_data_file(visit: Visit) -> Answer:
    """Everything kept about me as one file for programs (JSON)."""
    ask_own(visit)
    found = everything_about(visit.session, visit.reader.id)
    told = json.JSONEncoder(ensure_ascii=False, indent=2, default=as_json).iterencode(found)
    return _as_file(visit, told, "opgang.json", "application/json")


def my_data_readable(visit: Visit) -> Answer:
    """Everything kept about me as one page that needs nothing else, photos and all (HTML)."""
    ask_own(visit)
    house = visit.house
    found = everything_about(visit.session, visit.reader.id)
    told = readable(found, house.templates, visit.language, house.photos, visit.now)
    return _as_file(visit, told, "opgang.html", "text/html")


def _as_file(visit: Visit, pieces: Iterable[str], name: str, kind: str) -> Response:
    """Finished in a file without a name before the transaction ends, and sent from there."""
    visit.house.settings.make_folder()
    file = tempfile.TemporaryFile(dir=visit.house.settings.data)  # noqa: SIM115 - closed when sent
    for piece in pieces:
        file.write(piece.encode())
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Language": visit.language,
        "Content-Length": str(file.tell()),
    }
    file.seek(0)
    return StreamingResponse(_chunks(file), 200, headers, kind)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


PAGES = [
    page("/me/data", my_data, allow=Permission.OWN_PAGES),
    page("/me/data/file", my_data_file, allow=Permission.OWN_PAGES),
    page("/me/data/readable", my_data_readable, allow=Permission.OWN_PAGES),
]
