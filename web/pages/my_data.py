"""What Opgang keeps about me: a page that lists it, and a file that has it all."""

import json

from starlette.responses import Response

from estate.permissions import Permission
from web.arriving import ask_own
from web.personal import TOLD, as_json, everything_about
from web.routing import page
from web.visits import Answer, Visit

NOT_KEPT = {
    "Cache-Control": "no-store",
    "Content-Disposition": 'attachment; filename="opgang.json"',
}


def my_data(visit: Visit) -> Answer:
    """What is kept about me, and how much of each kind."""
    found = everything_about(visit.session, visit.reader.id)
    return visit.show(
        "me/my_data.html",
        person=found["person"],
        homes=found["homes"],
        counts=[(label, len(found["own"].get(table, ()))) for table, label in TOLD.items()],
        trusted=visit.reader.trusted,
    )


def my_data_file(visit: Visit) -> Answer:
    """Everything kept about me as one file (JSON)."""
    ask_own(visit)
    found = everything_about(visit.session, visit.reader.id)
    told = json.dumps(found, ensure_ascii=False, indent=2, default=as_json)
    return Response(told, 200, NOT_KEPT, "application/json")


PAGES = [
    page("/me/data", my_data, allow=Permission.OWN_PAGES),
    page("/me/data/file", my_data_file, allow=Permission.OWN_PAGES),
]
