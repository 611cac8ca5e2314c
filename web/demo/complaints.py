"""What belongs to a complaint of the demo: its log, what was tried, the office's first step."""

from datetime import date, datetime, timedelta

from engagement.complaints.models import Complaint, ComplaintDate, ComplaintStep
from engagement.complaints.queries import tried_before
from engagement.complaints.rules import MayTell
from web.demo.material import Told
from web.demo.people import Resident
from web.demo.rows import Rows


def complain(
    rows: Rows, plan: Told, case: int, writer: Resident, office: int, begun: datetime, today: date
) -> None:
    """Everything of a case that is a complaint; nothing of any other."""
    if "log" not in plan:
        return
    rows.add(
        Complaint,
        case_id=case,
        tried={code: code in plan["tried"] for code in tried_before(today)},
        may_tell=MayTell(plan["may_tell"]),
    )
    for days, hour, lasted, text in plan["log"]:
        rows.add(
            ComplaintDate,
            case_id=case,
            happened_on=begun.date() - timedelta(days=days),
            begun=hour,
            lasted=lasted,
            text=text,
            language="da",
            author_id=writer.person,
            at=begun,
        )
    rows.add(
        ComplaintStep,
        case_id=case,
        step="acknowledge",
        taken_on=begun.date(),
        note="Ringede og fortalte, hvem der kan se klagen.",
        language="da",
        by_id=office,
        at=begun,
    )
