"""What to bring to a fault: by its category, and by what the card of the place knows."""

from engagement.bringing.queries import bring_for, things
from engagement.bringing.rules import Fitted, to_ask
from engagement.cases import actions as cases
from engagement.cases.actions import Author
from engagement.cases.queries import Desk, at_place
from engagement.cases.rules import Draft, Kind, Origin
from engagement.categories.queries import categories
from engagement.categories.rules import COMPLAINT
from engagement.fittings import actions as fittings
from engagement.fittings.queries import home_place, kinds
from engagement.fittings.rules import Writing
from engagement.spots.queries import home_places
from estate import clock
from estate.database import Database
from estate.permissions import Permission, scope
from tests.builders import build_estate, reader

DAY = clock.local(clock.now()).date()


def test_what_is_brought_is_for_known_categories_and_fits_known_things() -> None:
    assert set(things(DAY)) < set(categories(DAY)) - {COMPLAINT}
    for rows in things(DAY).values():
        for one in rows:
            assert set(one.fittings) <= set(kinds())
            assert all(one.names.values())


def test_make_and_model_are_asked_for_where_the_card_does_not_say_them() -> None:
    wanted = things(DAY)["tap_drip"]
    assert to_ask(wanted, []) == ["mixer"]
    assert to_ask(wanted, [Fitted("tap", "Grohe", "")]) == ["tap"]
    assert to_ask(wanted, [Fitted("tap", "Grohe", "Eurosmart")]) == []


def test_a_card_tells_the_staff_what_to_bring_and_nobody_of_a_complaint(
    database: Database,
) -> None:
    now = clock.now()
    with database.write() as session:
        estate = build_estate(session)
        person = reader(session, estate.people["caretaker"])
        keep = scope(person, Permission.KEEP_FITTINGS)
        complaints = scope(person, Permission.HANDLE_COMPLAINTS)
        desk = Desk(scope(person, Permission.HANDLE_CASES), complaints)
        amina = scope(reader(session, estate.people["amina"]), Permission.REPORT_CASES)
        place = home_places(amina)[0]
        author = Author(Origin.APP, reporter=amina.person)
        drips = Draft(Kind.FAULT, "Drypper.", category="tap_drip")
        case = cases.open_case(session, author, drips, place, now, now).id
        noise = Draft(Kind.FAULT, "Musik om natten.", category=COMPLAINT)
        cases.open_case(session, author, noise, place, now, now)
        assert bring_for(session, desk, keep, case, DAY).ask == ["mixer"]
        card = home_place(session, keep, estate.homes["amina"])
        assert card is not None
        fittings.add(session, keep, card, Writing("mixer", "Grohe", "Eurosmart", 2019), "da")
        told = bring_for(session, desk, keep, case, DAY)
        assert [one.called for one in told.card] == ["Grohe Eurosmart"]
        assert not told.ask
        assert [one.line.id for one in at_place(session, desk, card.home, None)] == [case]
        office = reader(session, estate.people["office"])
        all_of_it = Desk(
            scope(office, Permission.HANDLE_CASES), scope(office, Permission.HANDLE_COMPLAINTS)
        )
        assert len(at_place(session, all_of_it, card.home, None)) == 2
