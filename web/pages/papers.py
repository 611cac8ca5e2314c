"""Papers: what holds in one's section, the search in them, a paper with its versions, paper."""

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

from starlette.responses import FileResponse, Response

from estate.clock import local
from estate.files.queries import file_of
from estate.language import N_, say
from estate.permissions import Permission, Role
from estate.refusals import Missing
from voting.following.actions import follow
from voting.following.queries import followed
from voting.papers import queries, rules
from voting.papers.queries import PaperView, PlaceLine, VersionLine
from voting.papers.rules import DESCRIBES, Group, Reading
from web.print import qr
from web.routing import page
from web.visits import Answer, Visit

READ = Permission.READ_PAPERS
AT_HOME = Permission.MANAGE_HOUSEHOLD
"""Only those are told of new papers who live where they hold."""

GROUPS: tuple[tuple[str, str], ...] = (
    ("", N_("All")),
    (Group.RULES, N_("Rules")),
    (Group.MONEY, N_("Finances")),
    (Group.MINUTES, N_("Minutes")),
    (Group.OTHER, N_("Other")),
)

SEALED = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "private, no-cache",
    "Vary": "Cookie",
}
"""A PDF may hold scripts and files: it is fetched, and never opened as a page of ours."""


def paper_list(visit: Visit) -> Answer:
    """What holds in my section, what is to come, and what was decided; or what holds some words."""
    places = queries.places(visit.session, visit.scope)
    place = _chosen(visit, places)
    group = Group(visit.asked("group")) if visit.asked("group") in set(Group) else None
    before = rules.from_cursor(visit.asked("before"))
    listing = hits = None
    lasting: Sequence[queries.Line] = ()
    if place is not None and visit.asked("q"):
        hits = _found(visit, place)
    elif place is not None:
        scope, home, today = visit.scope, place.home, _today(visit)
        if before is None:
            lasting = queries.lasting(visit.session, scope, home, today, group)
        listing = queries.dated(visit.session, scope, home, today, group=group, before=before)
    return visit.show(
        "papers/list.html",
        block="papers",
        places=places,
        place=place,
        groups=_groups(visit, place, group),
        group=group,
        lasting=lasting,
        dated=listing.lines if listing else (),
        hits=hits.lines if hits else (),
        asked_for=visit.asked("q"),
        more=_onward(visit, place, group, hits.next if hits else listing.next if listing else ""),
        first_page=not visit.asked("before"),
        may_publish=visit.reader.may(Permission.PUBLISH_PAPERS),
        may_follow=_lives_there(visit, place),
    )


def _today(visit: Visit) -> date:
    return local(visit.now).date()


def _chosen(visit: Visit, places: Sequence[PlaceLine]) -> PlaceLine | None:
    """The section asked for; else where the reader lives, else the first there is."""
    asked = visit.asked_number("section")
    if asked is not None and all(place.section != asked for place in places):
        raise Missing
    own = {n for s in visit.reader.standings if s.home is not None for n in s.sections}
    order = sorted(places, key=lambda place: (place.section != asked, place.section not in own))
    return order[0] if order else None


def _lives_there(visit: Visit, place: PlaceLine | None) -> bool:
    return place is not None and any(
        standing.role is Role.RESIDENT and place.section in standing.sections
        for standing in visit.reader.standings
    )


def _found(visit: Visit, place: PlaceLine) -> queries.Hits:
    after = rules.found_from(visit.asked("before"))
    words = visit.asked("q")[:200]
    return queries.found_pages(visit.session, visit.scope, place.home, _today(visit), words, after)


def _address(visit: Visit, place: PlaceLine | None, **more: str) -> str:
    asked = {"section": str(place.section)} if place and visit.asked("section") else {}
    together = urlencode({**asked, **{name: value for name, value in more.items() if value}})
    return visit.url_for("paper_list") + (f"?{together}" if together else "")


def _groups(
    visit: Visit, place: PlaceLine | None, group: Group | None
) -> list[tuple[str, str, bool]]:
    speak = visit.house.templates.speeches[visit.language].say
    current = None if visit.asked("q") else group or ""
    return [
        (_address(visit, place, group=name), speak(say(label)), name == current)
        for name, label in GROUPS
    ]


def _onward(visit: Visit, place: PlaceLine | None, group: Group | None, cursor: str) -> str:
    if not cursor:
        return ""
    return _address(visit, place, group=group or "", q=visit.asked("q"), before=cursor)


def paper_page(visit: Visit) -> Answer:
    """One paper: the version in force, or another that is asked for, and all there are."""
    paper = queries.paper(visit.session, visit.scope, visit.part("paper"))
    version, state = _version(visit, paper)
    written = version.reading is Reading.WRITTEN
    return visit.show(
        "papers/paper.html",
        block="paper",
        paper=paper,
        version=version,
        state=state,
        pieces=rules.pieces(queries.written_text(visit.session, version.id)) if written else (),
        pages=() if written else queries.pages_read(visit.session, version.id),
        file=file_of(visit.session, DESCRIBES, version.id),
        others=_others(visit, paper, version),
        may_publish=rules.may_publish(visit.reader, paper.kind, paper.home),
    )


def _version(visit: Visit, paper: PaperView) -> tuple[VersionLine, str]:
    """The version asked for, else the one in force, else the one to come; and how it stands."""
    now, ahead = queries.now_and_next(paper.versions, _today(visit))
    asked = visit.asked_number("n")
    there = [one for one in paper.versions if one.withdrawn_at is None]
    wanted = [one for one in there if one.n == asked] if asked else [now or ahead or there[0]]
    if not wanted:
        raise Missing
    return wanted[0], _state(wanted[0], now, _today(visit))


def _state(version: VersionLine, now: VersionLine | None, today: date) -> str:
    if version.withdrawn_at is not None:
        return "withdrawn"
    if version == now:
        return "now"
    return "coming" if version.valid_from > today else "earlier"


def _others(visit: Visit, paper: PaperView, shown: VersionLine) -> list[tuple[VersionLine, str]]:
    now, _ = queries.now_and_next(paper.versions, _today(visit))
    today = _today(visit)
    return [(one, _state(one, now, today)) for one in paper.versions if one != shown]


def paper_file(visit: Visit) -> Answer:
    """A version's PDF as it was brought, to be fetched and never opened as a page."""
    paper = queries.paper(visit.session, visit.scope, visit.part("paper"))
    version = next((one for one in paper.versions if one.n == visit.part("n")), None)
    file = file_of(visit.session, DESCRIBES, version.id) if version else None
    if version is None or file is None or version.withdrawn_at is not None:
        raise Missing
    etag = f'"{file.digest[:24]}"'
    if visit.request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={**SEALED, "ETag": etag})
    path = visit.house.files.path(file.digest)
    if not path.exists():
        raise Missing
    return FileResponse(
        path,
        headers={**SEALED, "ETag": etag},
        media_type="application/pdf",
        filename=f"{paper.title}.pdf",
    )


def paper_print(visit: Visit) -> Answer:
    """A paper that was written here, on A4."""
    paper = queries.paper(visit.session, visit.scope, visit.part("paper"))
    version, state = _version(visit, paper)
    if version.reading is not Reading.WRITTEN:
        raise Missing
    here = visit.url_for("paper_page", paper=paper.id)
    return visit.show(
        "papers/print.html",
        paper=paper,
        version=version,
        state=state,
        pieces=rules.pieces(queries.written_text(visit.session, version.id)),
        address=visit.house.settings.base_url + here,
        qr=qr,
        back=here,
    )


def papers_print(visit: Visit) -> Answer:
    """The list of what holds in a section, on A4 for the stairwell, with the way to it."""
    place = _chosen(visit, queries.places(visit.session, visit.scope))
    if place is None:
        raise Missing
    scope, home, today = visit.scope, place.home, _today(visit)
    return visit.show(
        "papers/print_list.html",
        place=place,
        lasting=queries.lasting(visit.session, scope, home, today),
        dated=queries.dated(visit.session, scope, home, today).lines,
        today=today,
        address=visit.house.settings.base_url + visit.url_for("paper_list"),
        qr=qr,
        back=_address(visit, place),
    )


def papers_following(visit: Visit) -> Answer:
    """Of which kinds of papers I hear in my section."""
    place = _own_place(visit)
    switches = followed(visit.session, visit.reader.id, place.section)
    return visit.show(
        "papers/following.html",
        place=place,
        chosen=[key for key, on in switches.items() if on],
        kinds=[(kind.key, kind.name(visit.language)) for kind in queries.kinds().values()],
    )


def _own_place(visit: Visit) -> PlaceLine:
    """The section asked for where this person lives, else the first of those."""
    places = queries.places(visit.session, visit.scope_of(READ))
    own = [place for place in places if _lives_there(visit, place)]
    asked = visit.asked_number("section") or visit.form.number("section")
    found = [place for place in own if place.section == asked] if asked else own
    if not found:
        raise Missing
    return found[0]


def papers_follow(visit: Visit) -> Answer:
    """Hear of these kinds from now on."""
    place = _own_place(visit)
    chosen = frozenset(visit.form.all("kind"))
    follow(visit.session, visit.reader.id, place.section, chosen)
    return visit.go("papers_following", say(N_("Saved.")))


PAGES = [
    page("/papers", paper_list, allow=READ),
    page("/papers/print", papers_print, allow=READ),
    page("/papers/following", papers_following, allow=AT_HOME),
    page("/papers/following", papers_follow, allow=AT_HOME, method="POST"),
    page("/papers/{paper:int}", paper_page, allow=READ),
    page("/papers/{paper:int}/print", paper_print, allow=READ),
    page("/papers/{paper:int}/versions/{n:int}.pdf", paper_file, allow=READ),
]
