"""Identities at a provider: one person's each."""

import pytest
from sqlalchemy.orm import Session

from estate import clock
from estate.database import Database
from estate.identities import actions
from estate.permissions import Permission, Scope, scope
from estate.refusals import Refused
from tests.builders import build_estate, reader


def own(session: Session, person: int) -> Scope:
    """Where somebody's own pages hold."""
    return scope(reader(session, person), Permission.OWN_PAGES)


def test_an_identity_belongs_to_one_person(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        amina, bent, now = estate.people["amina"], estate.people["bent"], clock.now()
        actions.link(session, own(session, amina), "https://id.example", "s-1", now)
        actions.link(session, own(session, amina), "https://id.example", "s-1", now)
        session.flush()
        with pytest.raises(Refused):
            actions.link(session, own(session, bent), "https://id.example", "s-1", now)
