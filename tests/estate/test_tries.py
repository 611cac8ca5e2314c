"""How often something may be tried, and by whom."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from estate import clock
from estate.database import Database
from estate.refusals import TooMany
from estate.tries import actions
from estate.tries.models import Tries
from estate.tries.queries import limit
from estate.tries.rules import network_of

KEY = b"a key for tests"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_home_with_ipv6_is_one_network(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize("kind", ["code", "address", "network", "counter", "helper"])
def test_a_full_window_says_how_long_to_wait_and_then_opens(database: Database, kind: str) -> None:
    now = clock.now()
    allowed = limit(kind, clock.today())
    with database.write() as session:
        for _ in range(allowed.tries):
            actions.count_try(session, KEY, kind, "it", now)
        later = now + timedelta(seconds=100)
        with pytest.raises(TooMany) as full:
            actions.count_try(session, KEY, kind, "it", later)
        assert full.value.seconds == allowed.seconds - 100 + 1
        actions.count_try(session, KEY, kind, "something else", later)
        actions.count_try(session, KEY, kind, "it", now + timedelta(seconds=allowed.seconds))


def test_what_turned_out_right_does_not_count(database: Database) -> None:
    now = clock.now()
    with database.write() as session:
        for _ in range(50):
            actions.count_try(session, KEY, "code", "it", now)
            actions.forgive_try(session, KEY, "code", "it")
        assert session.scalars(select(Tries.count)).one() == 0


def test_many_guesses_at_the_same_moment_are_all_counted(database: Database) -> None:
    allowed, now = limit("code", clock.today()).tries, clock.now()
    outcomes: list[str] = []

    def guess() -> None:
        try:
            with database.write() as session:
                actions.count_try(session, KEY, "code", "it", now)
            outcomes.append("tried")
        except TooMany:
            outcomes.append("stopped")

    threads = [threading.Thread(target=guess) for _ in range(allowed + 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("tried") == allowed
    assert outcomes.count("stopped") == 6
