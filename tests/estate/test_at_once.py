"""Two deeds of the estate's at the same moment, on PostgreSQL, where both are let in."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from estate import clock
from estate.database import Database
from estate.invitations import actions as invitations
from estate.invitations.models import Invitation
from estate.invitations.queries import Batch
from estate.passkeys import actions as passkeys
from estate.passkeys.models import Passkey
from estate.permissions import Permission, scope
from estate.refusals import Refused
from tests.builders import build_estate, reader
from tests.rivals import Deed, meet

KEY = b"a key for tests"


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    data = Database(postgres_url, origin="test")
    yield data
    data.close()


def test_of_two_printings_at_once_one_letter_is_alive(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)

    def reprint(session: Session) -> None:
        office = scope(reader(session, estate.people["office"]), Permission.INVITE)
        batch = Batch(household=estate.households["amina"], everybody=True)
        invitations.print_letters(session, KEY, office, batch, clock.now())

    assert meet(database, reprint, reprint) is None
    with database.read() as session:
        alive = select(func.count(Invitation.id)).where(Invitation.withdrawn_at.is_(None))
        assert session.scalar(alive) == 1
        assert session.scalar(select(func.count(Invitation.id))) == 2


def test_a_passkey_added_by_two_at_once_is_the_firsts(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)

    def adding(name: str) -> Deed:
        def add(session: Session) -> None:
            own = scope(reader(session, estate.people[name]), Permission.OWN_PAGES)
            passkeys.add_passkey(session, own, b"credential", b"key", 0, "Telefon", clock.now())

        return add

    assert isinstance(meet(database, adding("amina"), adding("bent")), Refused)
    with database.read() as session:
        assert session.scalar(select(Passkey.person_id)) == estate.people["amina"]
