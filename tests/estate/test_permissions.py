"""What each role may do, and where."""

from estate.database import Database
from estate.permissions import Permission, scope
from tests.builders import build_estate, reader


def test_a_permission_holds_only_where_its_own_role_reaches(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        chair = reader(session, estate.people["chair"])
        amina = reader(session, estate.people["amina"])
    assert scope(chair, Permission.MODERATE).sections == {estate.section}
    assert scope(amina, Permission.MODERATE).sections == frozenset()
    assert scope(amina, Permission.READ_BOARD).stairwells == {estate.stairwell}


def test_an_organisation_moderates_only_sections_without_a_board(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        organisation = reader(session, estate.people["organisation"])
    assert scope(organisation, Permission.MODERATE).sections == frozenset()
