"""What phones are given: the manifest, the service worker, and scripts that phones of 2018 read."""

import gzip
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from estate.settings import Settings
from web.app import create_app
from web.templating import STATIC

NODE = Path(__file__).parent.parent / "node"
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
PARSE = """
const acorn = require("acorn"), fs = require("fs");
for (const file of process.argv.slice(1)) {
  try { acorn.parse(fs.readFileSync(file, "utf8"), {ecmaVersion: 2018, sourceType: "script"}); }
  catch (error) { console.log(file + ": " + error.message); }
}
"""
# Interfaces younger than Chrome 70 and Safari 12 that need no new syntax, so a parser is blind.
TOO_YOUNG = re.compile(
    r"globalThis|queueMicrotask|structuredClone|randomUUID|requestSubmit|replaceChildren"
    r"|\.(replaceAll|fromEntries|allSettled|flatMap|arrayBuffer\(|at\(|showModal)"
)
JAVASCRIPT_BUDGET = 40_000


@pytest.fixture
def visitor(settings: Settings) -> Iterator[TestClient]:
    """A browser that nobody has signed in with."""
    with TestClient(create_app(settings), base_url="http://localhost:8000") as client:
        yield client


def house(visitor: TestClient) -> dict[str, object]:
    """What the worker is told before its own source begins."""
    first = visitor.get("/service-worker.js").text.split("\n", 1)[0]
    told: dict[str, object] = json.loads(first.removeprefix("self.HOUSE = ").removesuffix(";"))
    return told


def test_our_scripts_are_in_the_language_of_2018() -> None:
    if not (NODE / "node_modules" / "acorn").exists():
        pytest.skip("acorn is not installed: script/tools")
    command = ["node", "-e", PARSE, *map(str, SCRIPTS)]
    found = subprocess.run(command, cwd=NODE, capture_output=True, text=True, check=True)
    assert len(SCRIPTS) >= 8
    assert found.stdout == ""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_our_scripts_ask_for_no_interface_that_phones_of_2018_lack(script: Path) -> None:
    assert not TOO_YOUNG.findall(script.read_text())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_our_scripts_never_make_code_or_markup_out_of_text(script: Path) -> None:
    dangerous = r"\beval\b|new Function|innerHTML|insertAdjacentHTML|document\.write"
    assert not re.findall(dangerous, script.read_text())


def test_the_scripts_of_a_page_stay_within_their_share_of_the_first_visit(
    visitor: TestClient,
) -> None:
    page = visitor.get("/install").text
    paths = re.findall(r'<script src="/static/([^?"]+)', page)
    total = sum(len(gzip.compress((STATIC / path).read_bytes(), 5)) for path in paths)
    assert paths
    assert total < JAVASCRIPT_BUDGET


@pytest.mark.parametrize(("tongue", "word"), [("da", "da"), ("en", "en"), ("xx", "da")])
def test_the_manifest_speaks_the_language_of_the_page_that_names_it(
    visitor: TestClient, tongue: str, word: str
) -> None:
    answer = visitor.get(f"/manifest.webmanifest?language={tongue}")
    manifest = answer.json()
    assert answer.headers["content-type"] == "application/manifest+json"
    assert (manifest["lang"], manifest["scope"], manifest["display"]) == (word, "/", "standalone")
    for icon in manifest["icons"]:
        assert visitor.get(icon["src"]).headers["content-type"] == "image/png"
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}


def test_the_worker_serves_the_whole_house_and_is_asked_for_afresh(visitor: TestClient) -> None:
    answer = visitor.get("/service-worker.js")
    assert answer.headers["service-worker-allowed"] == "/"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"].startswith("text/javascript")


def test_everything_a_page_needs_is_kept_for_when_there_is_no_network(visitor: TestClient) -> None:
    kept = set(house(visitor)["assets"])  # type: ignore[call-overload]
    for address in kept:
        assert visitor.get(address).status_code == 200
    for page in ("/offline", "/install"):
        text = visitor.get(page).text
        needed = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', text))
        spare = {a for a in needed if "print.css" in a or "apple-touch" in a}
        assert needed - spare <= kept


def test_a_changed_script_makes_a_new_worker(
    visitor: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = house(visitor)["version"]
    addresses = visitor.app.state.house.templates.addresses  # type: ignore[attr-defined]
    monkeypatch.setitem(addresses._assets, "js/forms.js", "/static/js/forms.js?v=other")
    assert house(visitor)["version"] != before


@pytest.mark.parametrize("path", ["/offline", "/install"])
def test_help_is_open_to_everybody(visitor: TestClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 200
    assert answer.headers["opgang-reader"] == ""


@pytest.mark.parametrize(
    ("method", "path", "host", "status"),
    [
        ("GET", "/bord", "localhost", 404),
        ("PUT", "/offline", "localhost", 405),
        ("GET", "/offline", "elsewhere.example", 421),
    ],
)
def test_a_refusal_at_the_door_does_not_say_that_nobody_is_signed_in(
    visitor: TestClient, method: str, path: str, host: str, status: int
) -> None:
    answer = visitor.request(method, path, headers={"host": host})
    assert answer.status_code == status
    assert "opgang-reader" not in answer.headers
    assert '<meta name="opgang-reader" content="" data-unknown>' in answer.text


def test_the_iphones_steps_are_there_without_script(visitor: TestClient) -> None:
    text = visitor.get("/install", headers={"accept-language": "en"}).text
    assert "Add to Home Screen" in text
    assert "iOS 16.4" in text
