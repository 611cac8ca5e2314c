"""Papers with one of everything, for the walks."""

from datetime import timedelta

from sqlalchemy.orm import Session

from estate import clock
from estate.files.store import PdfStore
from tests.builders import Estate
from tests.papers import RULES, minutes_pdf, publish, publishing, work
from voting.imports.actions import bring
from voting.papers.actions import Brought
from voting.papers.rules import READING_JOB, Home


def lay(session: Session, estate: Estate, store: PdfStore) -> dict[str, object]:
    """House rules in force with new ones to come, minutes as a PDF that was read, an import."""
    written = publish(session, estate, store)
    ahead = clock.today() + timedelta(days=40)
    publish(session, estate, store, text=f"{RULES}\n\nNyt.", valid_from=ahead, note="Om grill.")
    day = clock.today() - timedelta(days=9)
    minutes = publish(
        session, estate, store, "minutes_board", by="chair", pdf=minutes_pdf(), day=day
    )
    work(session, store, READING_JOB)
    home = Home(estate.north, estate.section)
    office = publishing(session, estate)
    files = [Brought("Budget 2024.pdf", minutes_pdf("Budget for 2024.")), Brought("x.pdf", b"x")]
    number = bring(session, store, office, home, files, clock.now())
    return {"written": written.paper, "minutes": minutes.paper, "import": number}
