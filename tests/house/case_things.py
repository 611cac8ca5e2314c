"""A fault in amina's home with photos, an answer and a note, for the walks."""

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.absences.models import Absence
from engagement.cases import actions as cases
from engagement.cases.actions import Author, Words
from engagement.cases.models import CaseEntry
from engagement.cases.queries import Desk
from engagement.cases.rules import Draft, Kind, Origin, Private
from engagement.contractors import actions as contractors
from engagement.contractors.rules import Sending
from engagement.handling import actions as handling
from engagement.spots.queries import common_spots, home_places
from engagement.visits import actions as visits
from engagement.visits.rules import Slot
from estate import clock
from estate.permissions import Permission, scope
from estate.photos.store import Store, prepare
from tests.builders import Estate, reader
from tests.pictures import picture


def report(session: Session, estate: Estate, store: Store) -> dict[str, object]:
    """Amina's tap drips, and the caretaker has it; yasmin's lamp is out in the stairwell."""
    now = clock.now()
    amina = scope(reader(session, estate.people["amina"]), Permission.REPORT_CASES)
    yasmin = scope(reader(session, estate.people["yasmin"]), Permission.REPORT_CASES)
    caretaker = reader(session, estate.people["caretaker"])
    desk = Desk(
        scope(caretaker, Permission.HANDLE_CASES), scope(caretaker, Permission.HANDLE_COMPLAINTS)
    )
    drips = Draft(
        Kind.FAULT,
        "Den drypper hele natten.",
        category="tap_drip",
        private=Private(let_in=True, times="Formiddag", pets="En kat", phone="20304050"),
    )
    mine = Author(Origin.APP, reporter=amina.person)
    case = cases.open_case(session, mine, drips, home_places(amina)[0], now, now)
    cases.add_photo(session, store, case, prepare(picture()))
    handling.take(session, desk, case.id, now)
    shown = Words("Vi kommer med en ny pakning.", pictures=[prepare(picture("PNG"))])
    handling.answer(session, desk, case.id, shown, store, now)
    handling.note(session, desk, case.id, Words("Pakning nr. 12."), now)
    written = select(CaseEntry.id).where(CaseEntry.case_id == case.id, CaseEntry.text != "")
    entry = session.scalars(written.order_by(CaseEntry.id)).first()
    stairs = next(one for one in common_spots(session, yasmin) if one.key.startswith("door:"))
    dark = Draft(Kind.FAULT, "Lampen er gået.", category="common_light")
    hers = Author(Origin.APP, reporter=yasmin.person)
    common = cases.open_case(
        session,
        hers,
        dark,
        stairs.place._replace(household=estate.households["yasmin"]),
        now,
        now,
    )
    cases.follow(session, amina, common.id, now)
    day = datetime.combine(clock.local(now).date() + timedelta(days=1), time(9), clock.LOCAL)
    slots = [Slot(day + timedelta(hours=n), day + timedelta(hours=n + 2)) for n in (0, 4)]
    visits.propose(session, desk, case.id, slots, cases.NOTHING, now)
    visits.take(session, amina, case.id, slots[0].key, now)
    ill = clock.local(now).date() + timedelta(days=2)
    office = scope(reader(session, estate.people["office"]), Permission.HANDLE_CASES)
    handling.be_away(session, office, caretaker.id, (ill, ill), now)
    away = session.scalars(select(Absence.id)).one()
    firm = Sending("Nordens VVS", note="Ring på døren.")
    link = contractors.send(session, desk, case.id, firm, "https://x/{token}", now)
    return {"link_of_firm": link, "case": case.id, "entry": entry, "absence": away}
