"""The API: opened by a key, described by its own document, unharmed by odd questions."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select
from starlette.testclient import TestClient

from estate.changes.actions import make_key, revoke_key, tell_of
from estate.changes.models import ApiKey
from estate.database import Database
from estate.households.actions import add_member
from estate.permissions import Permission, scope
from estate.places.models import Administration
from estate.retention.log import ErasureLog
from estate.settings import Settings
from tests.builders import build_estate, reader
from web.api import API
from web.api.description import OPENAPI
from web.app import create_app

DESCRIPTION: dict[str, Any] = json.loads(OPENAPI.read_text(encoding="utf-8"))


@dataclass
class Door:
    client: TestClient
    key: str
    stranger: str
    database: Database
    administration: int

    def ask(self, query: str = "", key: str | None = None, **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {self.key if key is None else key}", **headers}
        return self.client.get(f"/api/changes{query}", headers=sent)


@pytest.fixture
def door(sqlite_database: Database, settings: Settings) -> Iterator[Door]:
    with sqlite_database.write() as session:
        estate = build_estate(session)
        other = Administration(name="En anden")
        session.add(other)
        session.flush()
        key = make_key(session, estate.administration, "unik")
        stranger = make_key(session, other.id, "theirs")
        for number in range(7):
            tell_of(session, estate.north, "member.added", number, {"navn": f"Åse {number}"})
    app = create_app(settings, sqlite_database)
    with TestClient(app, base_url="http://localhost:8000") as client:
        yield Door(client, key, stranger, sqlite_database, estate.administration)


def resolve(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Any = DESCRIPTION
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return resolve(found)


TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


def fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a value is what the description says: types, required and item schemas."""
    schema = resolve(schema)
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(isinstance(value, TYPES[kind]) for kind in kinds):
        return False
    if isinstance(value, dict):
        known = schema.get("properties", {})
        return all(name in value for name in schema.get("required", [])) and all(
            fits(value[name], known[name]) for name in value if name in known
        )
    return not isinstance(value, list) or all(fits(item, schema["items"]) for item in value)


def described(answer: Any, path: str = "/api/changes") -> bool:
    """Whether the description names this status and the body is what it says."""
    responses = DESCRIPTION["paths"][path]["get"]["responses"]
    response = resolve(responses.get(str(answer.status_code), {"missing": True}))
    if "missing" in response:
        return False
    content = response.get("content")
    if content is None:
        return bool(answer.content == b"")
    return fits(answer.json(), content["application/json"]["schema"])


def test_changes_are_read_page_by_page_until_there_are_no_more(door: Door) -> None:
    things, since, more = [], 0, True
    while more:
        answer = door.ask(f"?since={since}&limit=3")
        assert answer.status_code == 200
        assert described(answer)
        body = answer.json()
        things += [change["thing"] for change in body["changes"]]
        since, more = body["next"], body["more"]
    assert things == list(range(7))
    assert door.ask(f"?since={since}").json() == {"changes": [], "next": since, "more": False}


def test_one_administration_never_sees_anothers(door: Door) -> None:
    assert door.ask(key=door.stranger).json()["changes"] == []


def test_an_unchanged_answer_is_not_sent_again(door: Door) -> None:
    first = door.ask()
    again = door.ask(**{"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert described(again)


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer opg_" + "A" * 43, "opg_x"]
)
def test_without_a_good_key_nothing_is_told(door: Door, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = door.client.get("/api/changes", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert described(answer)


def test_a_revoked_key_opens_no_more_and_a_used_one_is_noted(
    door: Door, erasures: ErasureLog
) -> None:
    door.ask()
    with door.database.write() as session:
        used = session.scalars(select(ApiKey.used_at).where(ApiKey.name == "unik")).one()
        revoke_key(session, door.administration, "unik", erasures)
    assert used is not None
    assert door.ask().status_code == 401


@hypothesis_settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.dictionaries(
        st.sampled_from(["since", "limit", "other"]),
        st.one_of(st.integers().map(str), st.text(max_size=30)),
    )
)
def test_every_answer_to_odd_questions_is_one_of_those_described(
    door: Door, query: dict[str, str]
) -> None:
    answer = door.client.get(
        "/api/changes", params=query, headers={"Authorization": f"Bearer {door.key}"}
    )
    assert described(answer), (query, answer.status_code)


def test_the_description_names_every_route_of_the_api_and_no_other(door: Door) -> None:
    own = {route.path for route in API if route.path.startswith("/api/")}
    assert own == set(DESCRIPTION["paths"])  # GeoReport v2 describes itself
    answer = door.client.get("/api/openapi.json")
    assert answer.json() == DESCRIPTION
    assert described(answer, "/api/openapi.json")


def test_a_member_added_by_a_tenant_is_told_with_the_administrations_numbers(door: Door) -> None:
    with door.database.write() as session:
        person = session.connection().exec_driver_sql(
            "select id from person where key = 'key-amina'"
        )
        amina = reader(session, person.scalar_one())
        own = scope(amina, Permission.MANAGE_HOUSEHOLD)
        add_member(session, own, min(own.households), "Maja", "Holm", "maja@example.org")
    told = door.ask("?since=7").json()["changes"][-1]
    assert told["kind"] == "member.added"
    assert told["organisation"] == "N"
    assert told["data"]["section"] == "1"
    assert told["data"]["given_name"] == "Maja"
    assert told["data"]["person"] is None
