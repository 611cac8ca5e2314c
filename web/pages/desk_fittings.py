"""The cards of homes and common parts: what is fitted there, and where to shut off."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from engagement.cases.queries import Desk, at_place
from engagement.fittings import actions, queries
from engagement.fittings.queries import A_PAGE, FittingLine, Place
from engagement.fittings.rules import (
    FITTING,
    MOST_PHOTOS,
    Doing,
    Shutting,
    Writing,
    fitting_problems,
    shutting_problems,
)
from estate import clock
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.photos.queries import photos_of
from estate.refusals import Missing, Problems
from web.case_words import Row, rows
from web.forms import whole_number
from web.kept_photos import keep_photos, kept_photos
from web.routing import page
from web.shown_photos import SMALL, shown_photos
from web.visits import Answer, Visit

FIELDS: Mapping[str, str] = {
    "kind": N_("What it is"),
    "make": N_("Make"),
    "model": N_("Model"),
    "year": N_("Fitted in the year"),
    "room": N_("Room"),
    "note": N_("Note"),
    "stopcock": N_("Where the water is shut off"),
    "fuse": N_("Where the fuses are"),
    "photos": N_("Photos"),
}
DOINGS: Mapping[Doing, str] = {
    Doing.ADDED: N_("{name} wrote this down: {what}"),
    Doing.CHANGED: N_("{name} changed this: {what}"),
    Doing.REMOVED: N_("{name} took this off the card: {what}"),
    Doing.SHUTTING: N_("{name} changed where to shut off"),
}


def fitting_search(visit: Visit) -> Answer:
    """Homes by their address, and fitted things by make, model and place."""
    text = visit.asked("q")[:100]
    lines = queries.found(
        visit.session, visit.scope, text, visit.asked_number("before"), A_PAGE + 1
    )
    onward = urlencode({"q": text, "before": lines[A_PAGE - 1].id}) if lines[A_PAGE:] else ""
    return visit.show(
        "desk_fittings/list.html",
        q=text,
        homes=queries.homes_found(visit.session, visit.scope, text),
        lines=[(line, queries.kind_name(line.kind, visit.language)) for line in lines[:A_PAGE]],
        more=f"{visit.url_for('fitting_search')}?{onward}" if onward else "",
    )


def _home(visit: Visit) -> Place:
    found = queries.home_place(visit.session, visit.scope, visit.part("home"))
    if found is None:
        raise Missing
    return found


def _part(visit: Visit) -> Place:
    found = queries.part_place(visit.session, visit.scope, visit.part("code"))
    if found is None:
        raise Missing
    return found


def home_card(visit: Visit) -> Answer:
    """The card of a home."""
    return _card(visit, _home(visit))


def part_card(visit: Visit) -> Answer:
    """The card of a common part."""
    return _card(visit, _part(visit))


def _addresses(visit: Visit, place: Place) -> Mapping[str, str]:
    """Where the card of a place is, and where something is added to it."""
    if place.home is None:
        card, new = "part_card", "part_fitting_new"
        where: dict[str, object] = {"code": place.code}
    else:
        card, new, where = "home_card", "home_fitting_new", {"home": place.home}
    return {"card": visit.url_for(card, **where), "new": visit.url_for(new, **where)}


def _card(
    visit: Visit,
    place: Place,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, Message] | None = None,
) -> Answer:
    written = queries.shutting_at(visit.session, place)
    return visit.show(
        "desk_fittings/card.html",
        status=422 if problems else 200,
        place=place,
        earlier=_earlier(visit, place),
        files=visit.reader.may(Permission.HANDLE_CASES),
        lines=[_shown(visit, line) for line in queries.fittings_at(visit.session, place)],
        written=written,
        typed=typed if typed is not None else written.said._asdict(),
        problems=problems or {},
        fields=FIELDS,
        changes=[
            (change, say(DOINGS[change.doing], **_said(visit, change)), _before(visit, change))
            for change in queries.changes_at(visit.session, place)
        ],
        **_addresses(visit, place),
    )


class Earlier(NamedTuple):
    """A case of this place as its card shows it; `visits` is on which visit it was solved."""

    row: Row
    when: datetime
    visits: str


def _earlier(visit: Visit, place: Place) -> list[Earlier]:
    """What was reported here before; complaints only to whoever handles complaints."""
    desk = Desk(
        visit.scope_of(Permission.HANDLE_CASES), visit.scope_of(Permission.HANDLE_COMPLAINTS)
    )
    cases = at_place(visit.session, desk, place.home, place.part)
    shown = rows(visit, [case.line for case in cases])
    return [
        Earlier(row, case.line.received_at, case.visits)
        for row, case in zip(shown, cases, strict=True)
    ]


def _said(visit: Visit, change: queries.ChangeLine) -> Mapping[str, object]:
    what = " ".join([queries.kind_name(change.kind, visit.language), change.called]).strip()
    return {"name": change.by or say(N_("Somebody")), "what": what}


def _before(visit: Visit, change: queries.ChangeLine) -> list[tuple[str, str]]:
    """What a card said before, field by field; of a kind its name."""
    named = {"kind": lambda code: queries.kind_name(str(code), visit.language)}
    return [
        (FIELDS[field], named.get(field, str)(value))
        for field, value in change.before.items()
        if field in FIELDS and value not in {None, ""}
    ]


def _shown(visit: Visit, line: FittingLine) -> Mapping[str, Any]:
    def address(n: int) -> str:
        return visit.url_for("fitting_photo", fitting=line.id, n=n)

    return {
        "line": line,
        "kind": queries.kind_name(line.kind, visit.language),
        "photos": shown_photos(visit, FITTING, line.id, address),
    }


def home_card_keep(visit: Visit) -> Answer:
    """Write down where a home's water and power are shut off."""
    return _keep(visit, _home(visit))


def part_card_keep(visit: Visit) -> Answer:
    """Write down where a common part's water and power are shut off."""
    return _keep(visit, _part(visit))


def _keep(visit: Visit, place: Place) -> Answer:
    shutting = Shutting(visit.form.text("stopcock"), visit.form.text("fuse"))
    problems = shutting_problems(shutting)
    if problems:
        return _card(visit, place, visit.form.typed(), problems)
    actions.keep_shutting(visit.session, visit.scope, place, shutting, visit.language)
    return _back(visit, place, say(N_("The card is up to date.")))


def _back(visit: Visit, place: Place, flash: Message) -> Answer:
    """To the case that was just done, else to the card."""
    case = visit.form.number("case")
    if case is not None:
        return visit.go("desk_case", flash, case=case)
    if place.home is None:
        return visit.go("part_card", flash, code=place.code)
    return visit.go("home_card", flash, home=place.home)


class CardPhoto(NamedTuple):
    """A photo on the card already, with its tick to take it off."""

    n: int
    tick: str
    thumb: str
    removed: bool


def home_fitting_new(visit: Visit) -> Answer:
    """The form to write down something in a home."""
    return _form(visit, _home(visit), {"kind": visit.asked("kind")})


def part_fitting_new(visit: Visit) -> Answer:
    """The form to write down something of a common part."""
    return _form(visit, _part(visit), {"kind": visit.asked("kind")})


def _form(
    visit: Visit,
    place: Place,
    typed: Mapping[str, str],
    problems: Mapping[str, Message] | None = None,
    line: FittingLine | None = None,
) -> Answer:
    addresses = _addresses(visit, place)
    return visit.show(
        "desk_fittings/form.html",
        status=422 if problems else 200,
        place=place,
        line=line,
        typed=typed,
        problems=problems or {},
        fields=FIELDS,
        kinds=[(kind.code, kind.name(visit.language)) for kind in queries.kinds().values()],
        photos=_photos(visit, line.id) if line else [],
        kept_photos=keep_photos(visit) if problems else [],
        most_photos=MOST_PHOTOS,
        address=visit.url_for("fitting_change", fitting=line.id) if line else addresses["new"],
        card=addresses["card"],
        case=_case(visit),
    )


def _case(visit: Visit) -> int | None:
    """The case that was just done here, if the form was offered after one."""
    return visit.form.number("case") or visit.asked_number("case")


def _photos(visit: Visit, fitting: int) -> list[CardPhoto]:
    ticked = set(visit.form.all("remove"))
    found = []
    for photo in photos_of(visit.session, FITTING, fitting):
        thumb = visit.url_for("fitting_photo", fitting=fitting, n=photo.n) + f"?w={SMALL}"
        tick = f"{photo.n}-{photo.digest[:16]}"
        found.append(CardPhoto(photo.n, tick, thumb, tick in ticked))
    return found


def _typed(visit: Visit) -> Writing:
    form = visit.form
    names = {name: " ".join(form.text(name).split()) for name in ("kind", "make", "model", "room")}
    return Writing(**names, year=whole_number(form.text("year"), 9999), note=form.text("note"))


def _problems(visit: Visit, writing: Writing, photos: int) -> dict[str, Message]:
    this_year = clock.local(visit.now).year
    found = fitting_problems(writing, queries.kinds(), visit.form.text("year"), this_year)
    if photos > MOST_PHOTOS:
        found["photos"] = say(N_("At most {count} photos."), count=MOST_PHOTOS)
    return {**found, **visit.problems}


def home_fitting_add(visit: Visit) -> Answer:
    """Write down something fitted in a home."""
    return _add(visit, _home(visit))


def part_fitting_add(visit: Visit) -> Answer:
    """Write down something of a common part."""
    return _add(visit, _part(visit))


def _add(visit: Visit, place: Place) -> Answer:
    writing = _typed(visit)
    pictures = [*kept_photos(visit), *visit.form.pictures]
    problems = _problems(visit, writing, len(pictures))
    if problems:
        return _form(visit, place, visit.form.typed(), problems)
    number = actions.add(visit.session, visit.scope, place, writing, visit.language)
    house = visit.house
    actions.change_photos(
        visit.session, visit.scope, house.photos, number, (), pictures, house.erasures
    )
    return _back(visit, place, say(N_("Written down on the card.")))


def _fitting(visit: Visit) -> tuple[FittingLine, Place]:
    found = queries.fitting(visit.session, visit.scope, visit.part("fitting"))
    if found is None:
        raise Missing
    return found


def fitting_edit(visit: Visit) -> Answer:
    """The form to change what is written about a fitted thing."""
    line, place = _fitting(visit)
    typed = {name: "" if value is None else str(value) for name, value in line._asdict().items()}
    return _form(visit, place, typed, None, line)


def fitting_change(visit: Visit) -> Answer:
    """Write down something else about a fitted thing, words and photos together."""
    line, place = _fitting(visit)
    writing, photos = _typed(visit), _photos(visit, line.id)
    pictures = [*kept_photos(visit), *visit.form.pictures]
    staying = sum(not photo.removed for photo in photos)
    problems = _problems(visit, writing, staying + len(pictures))
    if not problems:
        problems = _changed(visit, line, writing)
    if problems:
        typed = {**visit.form.typed(), "version": str(line.version)}
        return _form(visit, place, typed, problems, line)
    gone = [photo.n for photo in photos if photo.removed]
    house = visit.house
    actions.change_photos(
        visit.session, visit.scope, house.photos, line.id, gone, pictures, house.erasures
    )
    return _back(visit, place, say(N_("The card is up to date.")))


def _changed(visit: Visit, line: FittingLine, writing: Writing) -> dict[str, Message]:
    """Change it; returns what stands against that."""
    version = visit.form.number("version") or 0
    try:
        actions.change(visit.session, visit.scope, line.id, writing, version, visit.language)
    except Problems as found:
        return dict(found.problems)
    return {}


def fitting_remove(visit: Visit) -> Answer:
    """Say that a fitted thing is no longer there."""
    line, place = _fitting(visit)
    actions.remove(visit.session, visit.scope, line.id, visit.house.erasures)
    return _back(visit, place, say(N_("It is off the card. What it was stays below.")))


KEEP = Permission.KEEP_FITTINGS
HOME, PART, FITTED = (
    "/desk/homes/{home:int}/card",
    "/desk/parts/{code}/card",
    "/desk/fittings/{fitting:int}",
)


PAGES = [
    page("/desk/fittings", fitting_search, allow=KEEP),
    page(HOME, home_card, allow=KEEP),
    page(HOME, home_card_keep, allow=KEEP, method="POST", once=True),
    page(f"{HOME}/new", home_fitting_new, allow=KEEP),
    page(f"{HOME}/new", home_fitting_add, allow=KEEP, method="POST", once=True, photos=MOST_PHOTOS),
    page(PART, part_card, allow=KEEP),
    page(PART, part_card_keep, allow=KEEP, method="POST", once=True),
    page(f"{PART}/new", part_fitting_new, allow=KEEP),
    page(f"{PART}/new", part_fitting_add, allow=KEEP, method="POST", once=True, photos=MOST_PHOTOS),
    page(FITTED, fitting_edit, allow=KEEP),
    page(FITTED, fitting_change, allow=KEEP, method="POST", once=True, photos=MOST_PHOTOS),
    page(f"{FITTED}/remove", fitting_remove, allow=KEEP, method="POST"),
]
