"""Signing in by an OpenID Connect provider, against a small real one."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog
import time_machine
from httpx2 import Response
from joserfc.jwk import RSAKey
from sqlalchemy import select
from starlette.testclient import TestClient

from estate import clock
from estate.access import actions as access
from estate.access.models import SignInSession
from estate.access.rules import Beginning
from estate.database import Database
from estate.identities.models import OidcIdentity
from estate.settings import Settings
from tests.browsers import browsers_of, sign_in
from tests.builders import Estate, build_estate
from tests.web.provider import CLIENT, SECRET, Provider, running
from web.app import create_app
from web.visits import SESSION_COOKIE


@pytest.fixture(scope="module")
def served() -> Iterator[Provider]:
    with running() as provider:
        yield provider


@pytest.fixture
def provider(served: Provider) -> Provider:
    """The provider, honest again for each test."""
    served.subject, served.wrong, served.signs_with_other_key = "mitid-1", {}, False
    served.asked.clear()
    served.says, served.keys_asked = {}, 0
    return served


@dataclass
class House:
    """The application with a provider."""

    database: Database
    estate: Estate
    browser: Callable[..., TestClient]


@pytest.fixture
def house(sqlite_database: Database, tmp_path: Path, provider: Provider) -> Iterator[House]:
    with sqlite_database.write() as session:
        estate = build_estate(session)
    settings = Settings(
        data=tmp_path / "var",
        database_url=sqlite_database.url,
        secret="test-secret",
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
    )
    with browsers_of(settings, sqlite_database) as browser:
        yield House(sqlite_database, estate, browser)


def leave(phone: TestClient, link: str = "") -> str:
    """Off to the provider and approved there; returns the address one is sent back to."""
    start = phone.get(f"/sign-in/provider?next=/me{link}", follow_redirects=False)
    assert start.status_code == 303
    answer = httpx2.get(start.headers["location"])
    return str(answer.headers["location"])


def finish(phone: TestClient, page: Response, **changed: str) -> Response:
    """Press the one button."""
    fields = dict(re.findall(r'name="(subject|until|seal)" value="([^"]*)"', page.text))
    return phone.post("/sign-in/provider/finish", data={**fields, **changed})


def connect(house: House, phone: TestClient, name: str = "amina") -> Response:
    """Sign in another way and connect the provider."""
    sign_in(phone, house.database, house.estate.people[name], Beginning.EMAIL)
    return finish(phone, phone.get(leave(phone, "&link=yes")))


def identities(house: House) -> list[tuple[str, int]]:
    with house.database.read() as session:
        rows = session.execute(select(OidcIdentity.subject, OidcIdentity.person_id))
        return [(row[0], row[1]) for row in rows]


def test_a_connected_person_signs_in_by_the_provider(house: House) -> None:
    assert connect(house, house.browser()).status_code == 200
    assert identities(house) == [("mitid-1", house.estate.people["amina"])]
    phone = house.browser()
    inside = finish(phone, phone.get(leave(phone)))
    assert inside.url.path == "/me"
    with house.database.read() as session:
        began = session.scalars(select(SignInSession.began)).all()
    assert Beginning.OIDC in began


def test_what_a_provider_answered_lets_in_once(house: House) -> None:
    connect(house, house.browser())
    phone = house.browser()
    asking = phone.get(leave(phone))
    assert finish(phone, asking).url.path == "/me"
    phone.post("/sign-out")
    assert finish(phone, asking).status_code == 409  # gone back to on a shared computer
    assert phone.cookies.get(SESSION_COOKIE) is None


def test_a_subject_nobody_connected_is_never_guessed(house: House, provider: Provider) -> None:
    provider.subject = "somebody else"
    provider.wrong = {"email": "amina@example.org", "name": "Amina Prøve"}
    phone = house.browser()
    assert finish(phone, phone.get(leave(phone))).status_code == 403
    assert phone.cookies.get(SESSION_COOKIE) is None


def test_one_subject_belongs_to_one_person(house: House) -> None:
    connect(house, house.browser(), "amina")
    assert connect(house, house.browser(), "bent").status_code == 409


def test_disconnecting_ends_it(house: House) -> None:
    phone = house.browser()
    connect(house, phone)
    phone.post("/me/devices/provider/remove")
    assert identities(house) == []
    other = house.browser()
    assert finish(other, other.get(leave(other))).status_code == 403


def test_a_session_somebody_else_began_connects_nothing(house: House) -> None:
    phone = house.browser()
    with house.database.write() as session:
        amina = house.estate.people["amina"]
        phone.cookies.set(SESSION_COOKIE, access.begin_session(session, amina, Beginning.OFFICE))
    assert phone.get("/sign-in/provider?link=yes").status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"aud": "another client"},
        {"nonce": "another nonce"},
        {"exp": 1},
        {"sub": ""},
    ],
)
def test_a_token_that_is_not_for_us_is_not_believed(
    house: House, provider: Provider, wrong: dict[str, Any]
) -> None:
    provider.wrong = wrong
    phone = house.browser()
    assert phone.get(leave(phone)).status_code == 409


def test_a_token_signed_with_another_key_is_not_believed(house: House, provider: Provider) -> None:
    provider.signs_with_other_key = True
    phone = house.browser()
    assert phone.get(leave(phone)).status_code == 409


def test_an_answer_belongs_to_the_browser_that_asked(house: House) -> None:
    asked, other = house.browser(), house.browser()
    back = leave(asked)
    assert other.get(back).status_code == 409
    leave(other)
    assert other.get(back).status_code == 409
    assert asked.get(back).status_code == 200
    assert asked.get(back).status_code == 409  # the provider's code works once


def test_a_refusal_at_the_provider_is_told(house: House) -> None:
    phone = house.browser()
    state = re.search(r"state=([^&]+)", leave(phone))
    assert state is not None
    for said in (f"error=access_denied&state={state[1]}", "state=ø", "code=x", ""):
        assert phone.get(f"/sign-in/provider/back?{said}").status_code == 409


def test_what_failed_at_the_end_leads_to_another_way_in_and_not_to_the_provider(
    house: House,
) -> None:
    phone = house.browser(language="en")
    failed = finish(phone, phone.get(leave(phone)), seal="0" * 64)
    assert failed.status_code == 409
    assert 'data-answered="/sign-in"' in failed.text
    refused = phone.get("/sign-in/provider/back?error=access_denied")
    assert refused.status_code == 409
    for told in (failed, refused):
        assert re.search(r'href="/sign-in"[^>]*>(<svg.*?</svg>)?Sign in another way', told.text)


def test_a_subject_cannot_be_made_up(house: House) -> None:
    connect(house, house.browser())
    phone = house.browser()
    page = phone.get(leave(phone))
    assert finish(phone, page, subject="mitid-2").status_code == 409
    assert finish(phone, page, seal="0" * 64).status_code == 409
    assert finish(phone, page, seal="ø").status_code == 409
    assert finish(phone, page, until=str(int(time.time()) + 9999)).status_code == 409
    assert finish(phone, page, until="x").status_code == 409
    assert finish(phone, page).status_code == 200


def test_a_provider_that_is_away_is_told_readably(
    sqlite_database: Database, tmp_path: Path
) -> None:
    settings = Settings(
        data=tmp_path / "var",
        database_url=sqlite_database.url,
        secret="test-secret",
        oidc_issuer="http://127.0.0.1:9",
        oidc_client_id=CLIENT,
    )
    with sqlite_database.write() as session:
        build_estate(session)
    app = create_app(settings, sqlite_database)
    with TestClient(app, base_url="http://localhost:8000") as phone:
        assert "MitID" in phone.get("/sign-in").text
        assert phone.get("/sign-in/provider").status_code == 409


@pytest.mark.parametrize(
    "says",
    [
        {"jwks_uri": None},
        {"authorization_endpoint": None},
        {"token_endpoint": 7},
        {"issuer": "https://evil.example"},
        {"jwks_uri": "http://127.0.0.1:9/keys"},
        {"jwks_uri": "{issuer}/.well-known/openid-configuration"},
    ],
)
def test_a_provider_that_says_too_little_of_itself_is_told_readably_and_logged(
    house: House, provider: Provider, says: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.says = {
        name: value.replace("{issuer}", provider.issuer) if isinstance(value, str) else value
        for name, value in says.items()
    }
    phone = house.browser()
    with structlog.testing.capture_logs() as logged:
        answer = phone.get("/sign-in/provider", headers={"accept-language": "en"})
    assert answer.status_code == 409
    assert "MitID cannot be reached just now" in answer.text
    assert [line["event"] for line in logged if line["log_level"] == "warning"] == ["provider"]
    provider.says = {}
    assert phone.get("/sign-in/provider").status_code == 409  # not asked by everybody meanwhile
    later = clock.now() + timedelta(seconds=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert leave(phone)


def test_a_provider_may_change_its_key_within_the_hour(house: House, provider: Provider) -> None:
    old = provider.key
    with time_machine.travel(clock.now(), tick=True) as traveller:
        connect(house, house.browser())
        provider.key = RSAKey.generate_key(2048, {"kid": "2"})
        phone = house.browser()
        assert phone.get(leave(phone)).status_code == 409  # asked less than a minute ago
        assert provider.keys_asked == 1
        traveller.shift(timedelta(minutes=2))
        assert phone.get(leave(phone)).status_code == 200
        assert provider.keys_asked == 2
    provider.key = old
