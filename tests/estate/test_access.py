"""Sessions: how they begin, how long they last, who ends them, and who may have one."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from estate import clock
from estate.access import actions, rules
from estate.access.models import SignInSession
from estate.access.queries import presence, sessions_of
from estate.access.rules import Beginning
from estate.database import Database
from estate.notifications.models import Notification
from estate.permissions import Permission, Role, Scope, scope
from estate.refusals import Missing
from tests.builders import build_estate, reader


def own(session: Session, person: int, *, session_id: int | None = None) -> Scope:
    """Where somebody's own pages hold."""
    found = replace(reader(session, person), session=session_id)
    return scope(found, Permission.OWN_PAGES)


@given(st.text())
def test_no_text_at_all_confuses_a_device_or_a_path(text: str) -> None:
    rules.device_name(text)
    assert rules.own_path(text).startswith("/")


@pytest.mark.parametrize(
    ("address", "there"),
    [
        ("/board?q=1", "/board?q=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\nb", "/"),
        ("", "/"),
    ],
)
def test_signing_in_never_leads_to_another_site(address: str, there: str) -> None:
    assert rules.own_path(address) == there


@pytest.mark.parametrize(
    ("user_agent", "named"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            ("Safari", "iPhone"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) "
            "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
            ("Samsung Internet", "Android"),
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
            ("Edge", "Windows"),
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            ("Firefox", "Linux"),
        ),
        ("curl/8.5", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_device_is_called_what_people_call_it(user_agent: str, named: tuple[str, str]) -> None:
    assert rules.device_name(user_agent) == named


@pytest.mark.parametrize("role", list(Role))
def test_an_office_makes_no_link_for_those_who_work_here(role: Role) -> None:
    working = {"caretaker", "office", "editor", "partner", "organisation", "auditor"}
    assert rules.lets_others_in(frozenset({role})) is (role.value not in working)


def test_a_session_lasts_a_year_and_no_longer(database: Database) -> None:
    with time_machine.travel("2026-11-23 12:00Z", tick=False) as traveller:
        with database.write() as session:
            estate = build_estate(session)
            token = actions.begin_session(session, estate.people["amina"], Beginning.EMAIL)
        traveller.shift(timedelta(days=364))
        with database.read() as session:
            assert presence(session, token, clock.now()) is not None
        traveller.shift(timedelta(days=2))
        with database.read() as session:
            assert presence(session, token, clock.now()) is None


@pytest.mark.parametrize("began", list(Beginning))
def test_only_what_somebody_else_began_is_trusted_less(
    sqlite_database: Database, began: Beginning
) -> None:
    with sqlite_database.write() as session:
        estate = build_estate(session)
        token = actions.begin_session(session, estate.people["amina"], began)
        told = session.scalars(select(Notification.person_id)).all()
        found = presence(session, token, clock.now())
    others = {Beginning.BORROWED, Beginning.CARD, Beginning.OFFICE, Beginning.COMMAND}
    assert found is not None
    assert found.trusted is (began not in others)
    assert list(told) == ([estate.people["amina"]] if began in others else [])


def test_a_session_is_kept_as_a_hash(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        estate = build_estate(session)
        token = actions.begin_session(session, estate.people["amina"], Beginning.EMAIL)
        kept = session.scalars(select(SignInSession.token_hash)).one()
    assert kept != token
    assert len(kept) == 64


def test_one_signs_out_only_ones_own_devices(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        amina, bent = estate.people["amina"], estate.people["bent"]
        for person in (amina, amina, amina, bent):
            actions.begin_session(session, person, Beginning.EMAIL)
        session.flush()
        first, second, _ = sorted(
            line.id for line in sessions_of(session, own(session, amina), clock.now())
        )
        (theirs,) = sessions_of(session, own(session, bent), clock.now())
        mine = own(session, amina, session_id=first)
        with pytest.raises(Missing):
            actions.revoke_session(session, mine, theirs.id)
        actions.revoke_session(session, mine, second)
        actions.revoke_other_sessions(session, mine)
        left = session.scalars(select(SignInSession.id).order_by(SignInSession.id)).all()
    assert list(left) == [first, theirs.id]
