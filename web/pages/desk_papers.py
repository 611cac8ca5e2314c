"""Publishing papers: new ones, new versions, taking one back, and bringing in old PDFs."""

from collections.abc import Mapping, Sequence
from datetime import date

from estate.clock import local
from estate.files import pdf
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.photos.store import shown_name
from estate.refusals import Missing
from voting.imports.actions import bring, own_kinds, say_kind
from voting.imports.queries import own_import
from voting.imports.rules import AT_ONCE
from voting.papers import actions as papers
from voting.papers import queries, rules
from voting.papers.actions import Brought
from voting.papers.queries import PaperView, PlaceLine, VersionLine
from voting.papers.rules import Draft, Home, Kind
from web.forms import File
from web.kept_pdfs import brought_pdf, keep_pdf
from web.routing import page
from web.visits import Answer, Visit

PUBLISH = Permission.PUBLISH_PAPERS
ONE_PDF, MANY_PDFS = 22_000_000, 80_000_000


def desk_papers(visit: Visit) -> Answer:
    """The papers of the sections I publish for, and the ways to publish more."""
    places = queries.places(visit.session, visit.scope)
    place = _chosen(visit, places)
    before = rules.from_cursor(visit.asked("before"))
    scope, today = visit.scope, _today(visit)
    lasting: Sequence[queries.Line] = ()
    listing = queries.Listing(())
    if place is not None:
        listing = queries.dated(visit.session, scope, place.home, today, before=before)
        if before is None:
            lasting = queries.lasting(visit.session, scope, place.home, today)
    return visit.show(
        "papers/desk.html",
        block="papers",
        places=places,
        place=place,
        lasting=lasting,
        dated=listing.lines,
        more=_address(visit, place, listing.next) if place and listing.next else "",
        first_page=before is None,
    )


def _today(visit: Visit) -> date:
    return local(visit.now).date()


def _chosen(visit: Visit, places: Sequence[PlaceLine]) -> PlaceLine | None:
    asked = visit.asked_number("section")
    if asked is None:
        return places[0] if places else None
    found = [place for place in places if place.section == asked]
    if not found:
        raise Missing
    return found[0]


def _address(visit: Visit, place: PlaceLine, before: str) -> str:
    return f"{visit.url_for('desk_papers')}?section={place.section}&before={before}"


def look(files: Sequence[File]) -> Mapping[str, Message]:
    """What is wrong with a PDF that was chosen: asked before anything is locked."""
    for file in files:
        found = pdf.inspect(file.content, shown_name(file.name), queries.pdf_limits())
        if isinstance(found, Message):
            return {"file": found}
    return {}


def paper_new(visit: Visit) -> Answer:
    """The form to publish a paper."""
    typed = {"valid_from": _today(visit).isoformat(), "home": _home_asked(visit)}
    return _form(visit, typed, {})


def _home_asked(visit: Visit) -> str:
    section = visit.asked_number("section")
    return f"section:{section}" if section else ""


def _form(visit: Visit, typed: Mapping[str, str], problems: Mapping[str, Message]) -> Answer:
    homes = _homes(visit)
    kinds = [kind for kind in queries.kinds().values() if _publishes(visit, kind, homes)]
    return visit.show(
        "papers/new.html",
        status=422 if problems else 200,
        typed=typed,
        problems=problems,
        homes=[(home.value, name) for home, name in homes],
        kinds=[(kind.key, kind.name(visit.language)) for kind in kinds],
        kept_pdf=None if "file" in problems else keep_pdf(visit),
        limits=queries.pdf_limits(),
        text_length=rules.TEXT_LENGTH,
    )


def _homes(visit: Visit) -> list[tuple[Home, str]]:
    """The places this person publishes something for: sections, then whole organisations."""
    places = queries.places(visit.session, visit.scope)
    homes = [(place.home, place.name) for place in places]
    homes += list({Home(p.organisation): p.organisation_name for p in places}.items())
    return [(home, name) for home, name in homes if own_kinds(visit.scope, home)]


def _publishes(visit: Visit, kind: Kind, homes: Sequence[tuple[Home, str]]) -> bool:
    return any(rules.may_publish(visit.reader, kind, home) for home, _ in homes)


def _draft(visit: Visit) -> Draft:
    form = visit.form
    homes = {home.value: home for home, _ in _homes(visit)}
    return Draft(
        kind=queries.kinds().get(form.text("kind")),
        home=homes.get(form.text("home")),
        title=form.text("title"),
        day=form.day("day"),
        valid_from=form.day("valid_from"),
        note=form.text("note"),
        text=form.text("text"),
        pdf=brought_pdf(visit) is not None,
    )


def _brought(visit: Visit) -> Brought | None:
    found = brought_pdf(visit)
    return Brought(*found) if found else None


def paper_publish(visit: Visit) -> Answer:
    """Publish a paper; of one that is there already it is a new version."""
    draft = _draft(visit)
    problems = {**rules.problems(draft, _today(visit)), **visit.problems}
    if not problems and draft.kind and draft.home:
        problems |= _not_theirs(visit, draft.kind, draft.home)
    if problems:
        return _form(visit, visit.form.typed(), problems)
    published = papers.publish(
        visit.session, visit.house.files, visit.scope, draft, _brought(visit), visit.now
    )
    return visit.go("desk_paper", _published(published.n), paper=published.paper)


def _not_theirs(visit: Visit, kind: Kind, home: Home) -> dict[str, Message]:
    if rules.may_publish(visit.reader, kind, home):
        return {}
    return {"kind": say(N_("Papers of this kind are published by somebody else there."))}


def _published(n: int) -> Message:
    if n == 1:
        return say(N_("It is published. Those who follow papers of this kind are told."))
    return say(N_("It is published as version {n}. Those who follow it are told."), n=n)


def desk_paper(visit: Visit) -> Answer:
    """One paper with its versions, and the form for one more."""
    return _show_paper(visit, {"valid_from": _today(visit).isoformat()}, {})


def _show_paper(visit: Visit, typed: Mapping[str, str], problems: Mapping[str, Message]) -> Answer:
    paper = _paper(visit)
    now, ahead = queries.now_and_next(paper.versions, _today(visit))
    return visit.show(
        "papers/desk_paper.html",
        status=422 if problems else 200,
        block="paper",
        paper=paper,
        now=now,
        ahead=ahead,
        mine=rules.may_publish(visit.reader, paper.kind, paper.home),
        typed=typed,
        problems=problems,
        kept_pdf=None if "file" in problems else keep_pdf(visit),
        limits=queries.pdf_limits(),
        text_length=rules.TEXT_LENGTH,
    )


def _paper(visit: Visit) -> PaperView:
    return queries.published_paper(visit.session, visit.scope, visit.part("paper"))


def version_add(visit: Visit) -> Answer:
    """Publish one more version of a paper; the earlier ones stay to be read."""
    paper = _paper(visit)
    form = visit.form
    draft = Draft(
        kind=paper.kind,
        home=paper.home,
        title=paper.title,
        day=paper.day,
        valid_from=form.day("valid_from"),
        note=form.text("note"),
        text=form.text("text"),
        pdf=brought_pdf(visit) is not None,
    )
    problems = {**rules.version_problems(draft, _today(visit)), **visit.problems}
    if problems:
        return _show_paper(visit, form.typed(), problems)
    published = papers.publish(
        visit.session, visit.house.files, visit.scope, draft, _brought(visit), visit.now
    )
    return visit.go("desk_paper", _published(published.n), paper=published.paper)


def version_withdraw_form(visit: Visit) -> Answer:
    """Asks why a version is taken back: what it says is then gone for good."""
    return _ask_why(visit, {})


def _ask_why(visit: Visit, problems: Mapping[str, Message]) -> Answer:
    paper = _paper(visit)
    return visit.show(
        "papers/withdraw.html",
        status=422 if problems else 200,
        paper=paper,
        version=_version(visit, paper),
        typed=visit.form.typed(),
        problems=problems,
    )


def _version(visit: Visit, paper: PaperView) -> VersionLine:
    for version in paper.versions:
        if version.n == visit.part("n") and version.withdrawn_at is None:
            return version
    raise Missing


def version_withdraw(visit: Visit) -> Answer:
    """Take a version back for good, with a reason that everybody reads."""
    paper, why = _paper(visit), visit.form.text("why")
    problems = rules.why_problems(why)
    if problems:
        return _ask_why(visit, problems)
    version = _version(visit, paper)
    log = visit.house.erasures
    papers.withdraw(visit.session, visit.scope, paper.id, version.n, why, visit.now, log)
    return visit.go("desk_paper", say(N_("It is taken back.")), paper=paper.id)


def import_new(visit: Visit) -> Answer:
    """The form to bring in several old PDFs at once."""
    return _import_form(visit, {"home": _home_asked(visit)}, {})


def _import_form(visit: Visit, typed: Mapping[str, str], problems: Mapping[str, Message]) -> Answer:
    return visit.show(
        "papers/import_new.html",
        status=422 if problems else 200,
        typed=typed,
        problems=problems,
        homes=[(home.value, name) for home, name in _homes(visit)],
        most=AT_ONCE,
        limits=queries.pdf_limits(),
    )


def import_bring(visit: Visit) -> Answer:
    """Keep the files; the worker looks into them one by one."""
    homes = {home.value: home for home, _ in _homes(visit)}
    home = homes.get(visit.form.text("home"))
    brought = [Brought(shown_name(file.name), file.content) for file in visit.form.files]
    problems = {"files": visit.problems["file"]} if visit.problems else {}
    if home is None:
        problems["home"] = say(N_("Choose whose papers they are."))
    if not brought:
        problems["files"] = say(N_("Choose at least one PDF."))
    if problems or home is None:
        return _import_form(visit, visit.form.typed(), problems)
    files = visit.house.files
    number = bring(visit.session, files, visit.scope, home, brought, visit.now)
    return visit.go("import_view", number=number)


def import_view(visit: Visit) -> Answer:
    """How far the files are that I brought in, what came of each, and what some of them are."""
    return _show_import(visit, {})


def _show_import(visit: Visit, problems: Mapping[str, Message]) -> Answer:
    brought = own_import(visit.session, visit.scope, visit.part("number"))
    kinds = own_kinds(visit.scope, brought.home)
    return visit.show(
        "papers/import.html",
        status=422 if problems else 200,
        block="import",
        brought=brought,
        kinds=[(kind.key, kind.name(visit.language)) for kind in kinds],
        typed=visit.form.typed(),
        picked=visit.form.numbers("file") if problems else [one.id for one in brought.asking],
        problems=problems,
    )


def import_kind(visit: Visit) -> Answer:
    """Say what those files are whose names do not say it; the worker then takes them in."""
    number, form = visit.part("number"), visit.form
    kind, picked = queries.kinds().get(form.text("kind")), form.numbers("file")
    problems = {}
    if kind is None:
        problems["kind"] = say(N_("Choose what kind of paper they are."))
    if not picked:
        problems["file"] = say(N_("Choose at least one of them."))
    if problems or kind is None:
        return _show_import(visit, problems)
    days = {file: form.day(f"day-{file}") for file in picked}
    say_kind(visit.session, visit.scope, number, kind, days)
    return visit.go("import_view", number=number)


PAGES = [
    page("/desk/papers", desk_papers, allow=PUBLISH),
    page("/desk/papers/new", paper_new, allow=PUBLISH),
    page(
        "/desk/papers/new",
        paper_publish,
        allow=PUBLISH,
        method="POST",
        once=True,
        pdfs=1,
        look=look,
        max_body_size=ONE_PDF,
    ),
    page("/desk/papers/import", import_new, allow=PUBLISH),
    page(
        "/desk/papers/import",
        import_bring,
        allow=PUBLISH,
        method="POST",
        once=True,
        pdfs=AT_ONCE,
        max_body_size=MANY_PDFS,
    ),
    page("/desk/papers/import/{number:int}", import_view, allow=PUBLISH),
    page(
        "/desk/papers/import/{number:int}/kind",
        import_kind,
        allow=PUBLISH,
        method="POST",
        once=True,
    ),
    page("/desk/papers/{paper:int}", desk_paper, allow=PUBLISH),
    page(
        "/desk/papers/{paper:int}/versions",
        version_add,
        allow=PUBLISH,
        method="POST",
        once=True,
        pdfs=1,
        look=look,
        max_body_size=ONE_PDF,
    ),
    page(
        "/desk/papers/{paper:int}/versions/{n:int}/withdraw", version_withdraw_form, allow=PUBLISH
    ),
    page(
        "/desk/papers/{paper:int}/versions/{n:int}/withdraw",
        version_withdraw,
        allow=PUBLISH,
        method="POST",
    ),
]
