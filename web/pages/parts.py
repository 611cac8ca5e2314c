"""Building parts: the page a label's QR opens, the list for staff, and labels on paper."""

from urllib.parse import urlencode

from estate.permissions import Permission
from estate.places.queries import (
    PartLine,
    office_of,
    part_by_code,
    parts_in,
    sections_in,
    system_name,
)
from estate.refusals import Missing
from web.print import qr
from web.routing import page
from web.visits import Answer, Visit

A_PAGE = 50
A_SHEET = 14
"""Labels on one A4 sheet: two by seven, as `print.css` lays them."""

SHEETS = 10


def part_view(visit: Visit) -> Answer:
    """One part, with its place filled in; what only staff need to know is shown to staff."""
    part = part_by_code(visit.session, visit.part("code"))
    if part is None:
        raise Missing
    return visit.show(
        "places/part.html",
        part=part,
        system=system_name(part.system, visit.language),
        office=office_of(visit.session, part.section, visit.now),
        staff=_is_staff_there(visit, part),
        may_report=part.closed_on is None and _lives_there(visit, part),
    )


def _lives_there(visit: Visit, part: PartLine) -> bool:
    if visit.maybe_reader is None:
        return False
    return part.section in visit.scope_of(Permission.REPORT_CASES).sections


def _is_staff_there(visit: Visit, part: PartLine) -> bool:
    if visit.maybe_reader is None:
        return False
    return part.section in visit.scope_of(Permission.SEE_PARTS).sections


def part_list(visit: Visit) -> Answer:
    """The parts of one's sections by name, or those that match some words."""
    parts = _asked_for(visit, A_PAGE)
    return visit.show(
        "places/parts.html",
        parts=[(part, system_name(part.system, visit.language)) for part in parts[:A_PAGE]],
        more=_onward(visit, "part_list", parts, A_PAGE),
        labels=_address(visit, "label_sheet"),
        sections=[(one.id, one.name) for one in sections_in(visit.session, visit.scope)],
        section=visit.asked_number("section"),
        q=_words(visit),
    )


def _words(visit: Visit) -> str:
    return visit.asked("q")[:100]


def _asked_for(visit: Visit, most: int) -> list[PartLine]:
    """A page of the parts asked for, and one more where it goes on."""
    return parts_in(
        visit.session,
        visit.scope,
        section=visit.asked_number("section"),
        text=_words(visit),
        after=visit.asked_number("after"),
        limit=most + 1,
    )


def _address(visit: Visit, handler: str, **more: int) -> str:
    """The same parts on a handler's page."""
    asked = {"q": _words(visit), "section": visit.asked_number("section"), **more}
    kept = urlencode({name: value for name, value in asked.items() if value})
    return visit.url_for(handler) + (f"?{kept}" if kept else "")


def _onward(visit: Visit, handler: str, parts: list[PartLine], most: int) -> str:
    return _address(visit, handler, after=parts[most - 1].id) if len(parts) > most else ""


def label_sheet(visit: Visit) -> Answer:
    """Labels to cut out and put up, a sheet of A4 at a time."""
    most = A_SHEET * SHEETS
    parts = _asked_for(visit, most)
    base = visit.house.settings.base_url
    labels = [(part, f"{base}{visit.url_for('part_view', code=part.code)}") for part in parts]
    return visit.show(
        "places/labels.html",
        sheets=[labels[start : start + A_SHEET] for start in range(0, len(labels[:most]), A_SHEET)],
        count=len(labels[:most]),
        more=_onward(visit, "label_sheet", parts, most),
        qr=qr,
        back=_address(visit, "part_list"),
    )


PAGES = [
    page("/parts/{code}", part_view, allow=Permission.VISIT),
    page("/desk/parts", part_list, allow=Permission.SEE_PARTS),
    page("/desk/parts/labels", label_sheet, allow=Permission.SEE_PARTS),
]
