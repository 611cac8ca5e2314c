"""My notifications, privacy and jobs, as their pages."""

import base64
import html
import os
import re
from datetime import datetime, time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select, update
from starlette.testclient import TestClient

from engagement.moderation.rules import REPORTED
from estate import clock
from estate.access import actions as access
from estate.access.rules import Beginning
from estate.database import Database
from estate.deliveries.models import Device
from estate.deliveries.queries import devices_of
from estate.jobs import actions as jobs
from estate.jobs.rules import Progress
from estate.language import N_, say
from estate.notifications.actions import move_switches
from estate.notifications.models import Notification, Preference
from estate.notifications.queries import moved_switches, quiet_of
from estate.notifications.rules import Channel, Digest
from estate.people.models import Household, Person
from estate.people.rules import LetterChannel
from estate.permissions import SIGNED_IN, TABLE, Role
from estate.settings import Settings
from tests.builders import Estate, build_estate
from web.app import create_app
from web.catalogues import speeches
from web.kinds import NOTIFICATION_KINDS, RETENTIONS


@pytest.fixture
def estate(sqlite_database: Database) -> Estate:
    """The builders' estate."""
    with sqlite_database.write() as session:
        return build_estate(session)


@pytest.fixture
def app_settings(settings: Settings) -> Settings:
    """No worker: what is put in the outbox stays there."""
    return settings.model_copy(update={"worker": "apart"})


@pytest.fixture
def browsers(
    sqlite_database: Database, app_settings: Settings, estate: Estate
) -> dict[str, TestClient]:
    """The browsers of two residents, the chair and somebody of the office."""
    app = create_app(app_settings, sqlite_database)
    opened = {}
    for who in ("amina", "yasmin", "chair", "office"):
        with sqlite_database.write() as session:
            agent = "Mozilla/5.0 (Linux; Android 14; Pixel 7) Chrome/130.0 Mobile"
            token = access.begin_session(session, estate.people[who], Beginning.PASSKEY, agent)
        client = TestClient(app, base_url="http://localhost:8000", follow_redirects=False)
        client.headers.update({"Sec-Fetch-Site": "same-origin", "User-Agent": agent})
        client.cookies.set("opgang", token)
        opened[who] = client
    return opened


def subscription(name: str) -> dict[str, object]:
    """What a browser's PushSubscription says."""
    point = (
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    )
    keys = {
        "p256dh": base64.urlsafe_b64encode(point).rstrip(b"=").decode(),
        "auth": base64.urlsafe_b64encode(os.urandom(16)).rstrip(b"=").decode(),
    }
    return {"endpoint": f"https://push.example/{name}", "expirationTime": None, "keys": keys}


def test_a_browser_agrees_and_takes_it_back(
    browsers: dict[str, TestClient], sqlite_database: Database, estate: Estate
) -> None:
    own = subscription("one")
    assert browsers["amina"].post("/me/devices/push", json=own).status_code == 201
    assert browsers["amina"].post("/me/devices/push", json=own).status_code == 201
    with sqlite_database.read() as session:
        (line,) = devices_of(session, estate.people["amina"])
    assert line.session is not None
    assert "Chrome" in line.name
    theirs = {"endpoint": own["endpoint"], "unsubscribe": True}
    assert browsers["yasmin"].post("/me/devices/push", json=theirs).json() == {"told": False}
    with sqlite_database.read() as session:
        assert len(devices_of(session, estate.people["amina"])) == 1, "it is not hers to end"
    browsers["amina"].post("/me/devices/push", json=theirs)
    with sqlite_database.read() as session:
        assert devices_of(session, estate.people["amina"]) == []


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"endpoint": 7}',
        b'{"endpoint": "https://push.example/x"}',
        b'{"endpoint": "https://push.example/x", "keys": "none"}',
        b'{"endpoint": "https://10.0.0.1/x", "keys": {"p256dh": "AA", "auth": "AA"}}',
        b'{"keys": {"p256dh": {"deeper": {"still": 1}}, "auth": [1]}}',
        b"\xff\xfe",
        b"[" * 10_000,
    ],
)
def test_what_is_no_subscription_is_refused_in_a_sentence(
    browsers: dict[str, TestClient], sqlite_database: Database, sent: bytes
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = browsers["amina"].post("/me/devices/push", content=sent, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["error"]
    with sqlite_database.read() as session:
        assert session.scalars(select(Device.id)).all() == []


def test_nobody_subscribes_from_another_site_or_without_signing_in(
    browsers: dict[str, TestClient],
) -> None:
    own = subscription("one")
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    answer = browsers["amina"].post("/me/devices/push", json=own, headers=elsewhere)
    assert answer.status_code == 403
    browsers["amina"].cookies.clear()
    assert browsers["amina"].post("/me/devices/push", json=own).status_code == 401


def test_switches_quiet_hours_and_the_digest_are_kept_and_shown(
    browsers: dict[str, TestClient], sqlite_database: Database, estate: Estate
) -> None:
    amina = browsers["amina"]
    mine = SIGNED_IN | TABLE[Role.RESIDENT]
    own = [k for k in NOTIFICATION_KINDS if not k.fixed and k.receivers in mine]
    fields = {f"kind-{kind.name}": "push" for kind in own} | {
        "quiet_from": "22:15",
        "quiet_until": "06:45",
        "digest": "weekly",
    }
    assert amina.post("/me/notifications", data=fields).status_code == 303
    with sqlite_database.read() as session:
        quiet = quiet_of(session, estate.people["amina"])
        kept = session.scalars(select(Preference.kind).where(Preference.wanted.is_(False))).all()
    assert (quiet.start, quiet.end, quiet.digest) == (time(22, 15), time(6, 45), Digest.WEEKLY)
    assert set(kept) == {kind.name for kind in own if kind.email}
    page = amina.get("/me/notifications").text
    assert 'value="22:15"' in page
    assert 'value="weekly" checked' in page


@pytest.mark.parametrize(
    ("who", "told", "never"),
    [
        ("amina", {"board.stairwell", "board.comment", "household"}, {"moderation.reported"}),
        ("chair", {"moderation.reported", "board.comment"}, {"board.stairwell", "household"}),
        ("office", {"board.comment"}, {"moderation.reported", "board.section", "household"}),
    ],
)
def test_only_what_somebody_can_be_told_of_has_a_switch(
    browsers: dict[str, TestClient], who: str, told: set[str], never: set[str]
) -> None:
    whole = browsers[who].get("/me/notifications").text
    again = browsers[who].post("/me/notifications", data={"quiet_from": "22:15"}).text
    for page in (whole, again):
        offered = set(re.findall(r'name="kind-([^"]+)"', page))
        assert told <= offered
        assert not never & offered


def test_what_was_chosen_for_a_role_outlives_a_save_without_it(
    browsers: dict[str, TestClient], sqlite_database: Database, estate: Estate
) -> None:
    amina = estate.people["amina"]
    with sqlite_database.write() as session:
        chosen = {(REPORTED, Channel.PUSH): False}
        move_switches(session, amina, chosen)
    browsers["amina"].post("/me/notifications", data={"digest": "daily"})
    with sqlite_database.read() as session:
        moved = moved_switches(session, [amina], Channel.EMAIL)
        assert moved[amina, "household"] is False
        assert (amina, REPORTED.name) not in moved, "nobody was asked about it"
        assert moved_switches(session, [amina], Channel.PUSH)[amina, REPORTED.name] is False


def test_what_cannot_wait_comes_by_sms_to_a_household_on_sms_until_it_is_switched_off(
    browsers: dict[str, TestClient], sqlite_database: Database, estate: Estate
) -> None:
    amina, person = browsers["amina"], estate.people["amina"]

    def known(number: str | None) -> None:
        with sqlite_database.write() as session:
            mine = update(Person).where(Person.id == person)
            session.execute(mine.values(contact_number=number))

    def moved() -> object:
        with sqlite_database.read() as session:
            return moved_switches(session, [person], Channel.SMS).get((person, "notice"))

    with sqlite_database.write() as session:
        home = update(Household).where(Household.id == estate.households["amina"])
        session.execute(home.values(channel=LetterChannel.SMS))
    switch = '<input type="checkbox" id="k-notice-sms" name="kind-notice" value="sms"'
    assert switch not in amina.get("/me/notifications").text
    amina.post("/me/notifications", data={"digest": "daily"})
    assert moved() is None, "nobody was asked about it"
    known("+4520304050")
    assert f"{switch} checked" in amina.get("/me/notifications").text
    amina.post("/me/notifications", data={"digest": "daily", "kind-notice": ["push", "sms"]})
    assert moved() is None
    amina.post("/me/notifications", data={"digest": "daily", "kind-notice": "push"})
    assert moved() is False
    assert f"{switch}>" in amina.get("/me/notifications").text


def test_half_of_the_quiet_hours_is_asked_about_and_nothing_typed_is_lost(
    browsers: dict[str, TestClient], sqlite_database: Database, estate: Estate
) -> None:
    answer = browsers["amina"].post(
        "/me/notifications", data={"quiet_from": "22:15", "digest": "never"}
    )
    assert answer.status_code == 422
    assert 'value="22:15"' in answer.text
    assert 'value="never" checked' in answer.text
    with sqlite_database.read() as session:
        assert quiet_of(session, estate.people["amina"]).start is None


def test_what_was_moved_stays_moved_when_the_form_comes_back_and_nothing_is_kept(
    browsers: dict[str, TestClient], sqlite_database: Database
) -> None:
    kind = next(kind for kind in NOTIFICATION_KINDS if kind.push and not kind.fixed)
    answer = browsers["amina"].post("/me/notifications", data={"quiet_from": "22:15"})
    start = answer.text.index(f'name="kind-{kind.name}" value="push"')
    assert "checked" not in answer.text[start : answer.text.index(">", start)]
    with sqlite_database.read() as session:
        assert session.scalars(select(Preference.kind)).all() == []


def test_a_test_goes_to_the_outbox_once_there_is_a_device(
    browsers: dict[str, TestClient], sqlite_database: Database
) -> None:
    amina = browsers["amina"]
    assert amina.post("/me/notifications/test").status_code == 303
    with sqlite_database.read() as session:
        assert session.scalars(select(Notification.id)).all() == []
    amina.post("/me/devices/push", json=subscription("one"))
    amina.post("/me/notifications/test")
    with sqlite_database.read() as session:
        (note,) = session.scalars(select(Notification))
    assert (note.kind, note.urgent) == ("test", True)


def test_a_phone_that_was_not_reached_is_shown_with_the_moment_it_last_was(
    browsers: dict[str, TestClient], sqlite_database: Database
) -> None:
    amina = browsers["amina"]
    amina.post("/me/devices/push", json=subscription("one"))
    reached = datetime.fromisoformat("2026-11-01T12:00:00+01:00")
    with sqlite_database.write() as session:
        session.execute(update(Device).values(heard_at=reached))
    assert speeches()["da"].moment(reached) not in amina.get("/me/notifications").text
    with sqlite_database.write() as session:
        session.execute(update(Device).values(silent_since=clock.now()))
    assert speeches()["da"].moment(reached) in amina.get("/me/notifications").text


def test_a_device_is_only_its_owners_to_leave_in_peace(
    browsers: dict[str, TestClient], sqlite_database: Database
) -> None:
    browsers["amina"].post("/me/devices/push", json=subscription("one"))
    with sqlite_database.read() as session:
        (number,) = session.scalars(select(Device.id))
    address = f"/me/notifications/devices/{number}"
    assert browsers["yasmin"].post(address).status_code == 404
    assert browsers["amina"].post(address).status_code == 303
    assert browsers["amina"].post(address).status_code == 404


def test_every_period_is_on_the_privacy_page_for_everybody(
    browsers: dict[str, TestClient],
) -> None:
    browsers["amina"].cookies.clear()
    page = browsers["amina"].get("/privacy")
    assert page.status_code == 200
    text = html.unescape(page.text)
    danish = speeches()["da"]
    assert all(danish.say(say(kept.purpose)) in text for kept in RETENTIONS)


def test_a_job_is_shown_to_its_owner_and_its_file_fetched_under_a_name(
    browsers: dict[str, TestClient],
    sqlite_database: Database,
    estate: Estate,
    app_settings: Settings,
) -> None:
    with sqlite_database.write() as session:
        job = jobs.ask(session, "export", estate.people["amina"])
        task = jobs.take(session, "one", clock.now())
        assert task is not None
        following = jobs.advance(session, task, Progress(3, 8, {}), clock.now())
    assert following is not None
    assert 'value="3" max="8"' in browsers["amina"].get(f"/jobs/{job}").text
    assert browsers["yasmin"].get(f"/jobs/{job}").status_code == 404
    assert browsers["amina"].get(f"/jobs/{job}/file").status_code == 404
    folder = app_settings.data / "jobs"
    folder.mkdir(parents=True)
    (folder / f"{job}.zip").write_bytes(b"result")
    with sqlite_database.write() as session:
        progress = Progress(8, 8, {}, result=f"{job}.zip", title="Mine data.zip")
        jobs.advance(session, following, progress, clock.now())
    answer = browsers["amina"].get(f"/jobs/{job}/file")
    assert answer.content == b"result"
    assert "Mine%20data.zip" in answer.headers["content-disposition"]
    assert browsers["yasmin"].get(f"/jobs/{job}/file").status_code == 404
    assert f"/jobs/{job}/file" in browsers["amina"].get(f"/jobs/{job}").text


def test_a_job_that_refused_says_why_on_its_page(
    browsers: dict[str, TestClient], sqlite_database: Database, estate: Estate
) -> None:
    with sqlite_database.write() as session:
        job = jobs.ask(session, "export", estate.people["amina"])
        task = jobs.take(session, "one", clock.now())
        assert task is not None
        refusal = say(N_("This post no longer hangs on the board."))
        jobs.note_refusal(session, task, refusal, clock.now())
    page = browsers["amina"].get(f"/jobs/{job}").text
    assert speeches()["da"].say(refusal) in html.unescape(page)


def test_a_job_without_a_file_leads_on_to_the_page_it_was_asked_for_on(
    browsers: dict[str, TestClient], sqlite_database: Database, estate: Estate
) -> None:
    with sqlite_database.write() as session:
        job = jobs.ask(session, "export", estate.people["amina"], address="/me/data")
        task = jobs.take(session, "one", clock.now())
        assert task is not None
    amina = browsers["amina"]
    assert amina.get(f"/jobs/{job}", follow_redirects=False).status_code == 200
    with sqlite_database.write() as session:
        jobs.advance(session, task, Progress(8, 8, task.given), clock.now())
    answer = amina.get(f"/jobs/{job}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/data")
    piece = amina.get(f"/jobs/{job}", headers={"HX-Request-Type": "partial"})
    assert "data-live-onward" in piece.text
