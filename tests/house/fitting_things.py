"""The cards of amina's home and of the lift, for the walks."""

from sqlalchemy.orm import Session

from engagement.fittings import actions as fittings
from engagement.fittings.queries import home_place, part_place
from engagement.fittings.rules import Shutting, Writing
from estate.permissions import Permission, scope
from estate.photos.store import Store, prepare
from estate.retention.log import ErasureLog
from tests.builders import Estate, reader
from tests.pictures import picture


def fit(session: Session, estate: Estate, store: Store) -> dict[str, object]:
    """A tap with a photo and the stopcock in amina's home; a motor on the lift."""
    keeper = scope(reader(session, estate.people["caretaker"]), Permission.KEEP_FITTINGS)
    home = home_place(session, keeper, estate.homes["amina"])
    lift = part_place(session, keeper, "lift-b-label")
    assert home is not None
    assert lift is not None
    tap = Writing("tap", "Grohe", "Eurosmart", 2019, "Køkken", "Pakningen er skiftet i foråret.")
    number = fittings.add(session, keeper, home, tap, "da")
    log = ErasureLog(store.folder.parent / "erasures.log")
    fittings.change_photos(session, keeper, store, number, (), [prepare(picture())], log)
    fittings.change(session, keeper, number, tap._replace(year=2020), 1, "da")
    fittings.keep_shutting(
        session, keeper, home, Shutting("I køkkenskabet længst til venstre.", "I entréen."), "da"
    )
    fittings.add(session, keeper, lift, Writing("motor", "Løfteværk", "L-12"), "da")
    return {"home": home.home, "fitting": number}
