"""`/api/changes`: what Opgang owns and the administration's system wants to know."""

import hashlib
import json
from datetime import timedelta

from starlette.responses import JSONResponse, Response

from estate.changes.actions import note_key_used
from estate.changes.queries import MOST, Machine, changes_since, machine_by_key
from estate.permissions import Permission
from web.forms import LARGEST_ID
from web.routing import page
from web.visits import Answer, Visit

USED_EVERY = timedelta(hours=1)


def change_list(visit: Visit) -> Answer:
    """The changes after `since`, oldest first; `next` is the `since` of the next call."""
    machine = machine_of(visit)
    if machine is None:
        return JSONResponse(
            {"error": "Send an API key: Authorization: Bearer opg_…"},
            401,
            {"WWW-Authenticate": 'Bearer realm="opgang"', "Cache-Control": "no-store"},
        )
    since = _number(visit, "since", 0, LARGEST_ID)
    limit = _number(visit, "limit", 100, MOST)
    if since is None or limit is None or limit == 0:
        text = f"since is a whole number, limit one from 1 to {MOST}."
        return JSONResponse({"error": text}, 422, {"Cache-Control": "no-store"})
    changes = changes_since(visit.session, machine.administration, since, limit)
    body = {
        "changes": [change.as_json() for change in changes],
        "next": changes[-1].id if changes else since,
        "more": len(changes) == limit,
    }
    return _answer(visit, json.dumps(body, ensure_ascii=False).encode())


def machine_of(visit: Visit) -> Machine | None:
    """The program whose key came along; notes at most hourly that it was used."""
    scheme, _, key = visit.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        return None
    machine = machine_by_key(visit.session, key.strip())
    if machine and (machine.used_at is None or visit.now - machine.used_at > USED_EVERY):
        with visit.house.database.write() as session:
            note_key_used(session, machine.key, visit.now)
    return machine


def _number(visit: Visit, name: str, default: int, most: int) -> int | None:
    text = visit.asked(name)
    if not text:
        return default
    return visit.asked_number(name, most)


def _answer(visit: Visit, body: bytes) -> Response:
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if visit.request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


PAGES = [page("/api/changes", change_list, allow=Permission.MACHINE, machine=True)]
