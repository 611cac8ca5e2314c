"""A case in a firm's hands: sent from the desk, and opened by a link that needs no account."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import FileResponse

from engagement.cases import queries as cases
from engagement.cases.actions import Words
from engagement.cases.queries import Desk
from engagement.cases.rules import MOST_PHOTOS, OWNER, Kind
from engagement.contractors import actions, queries, rules
from engagement.contractors.queries import Job
from engagement.contractors.rules import SHARES, LinkState, Sending, Share
from estate import clock
from estate.language import N_, Message, say
from estate.people.rules import email_problem, plain_email
from estate.permissions import Permission
from estate.photos.queries import photo
from estate.refusals import Missing
from web.case_words import title
from web.routing import page
from web.shown_photos import SMALL, shown_photos
from web.visits import Answer, House, Show, Visit

HANDLE, VISIT = Permission.HANDLE_CASES, Permission.VISIT
CLOSED_BOOK = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
"""The address opens the case: nothing keeps the page, and no search engine lists it."""

FIELDS: Mapping[str, Message] = {
    "firm": say(N_("The firm’s name")),
    "email": say(N_("E-mail")),
    "phone": say(N_("Phone number")),
    "note": say(N_("To the firm")),
}

STATES: Mapping[LinkState, str] = {
    LinkState.OPEN: N_("Opens"),
    LinkState.EXPIRED: N_("Its time is over"),
    LinkState.REVOKED: N_("Ended by the staff"),
    LinkState.OVER: N_("Ended with the case"),
}


def _desk(visit: Visit) -> Desk:
    return Desk(visit.scope_of(HANDLE), visit.scope_of(Permission.HANDLE_COMPLAINTS))


# The staff's side


def desk_firms(visit: Visit) -> Answer:
    """To which firms a case was sent, and the form to send it."""
    return _firms(visit, {})


def _firms(visit: Visit, problems: Mapping[str, Message], link: str = "") -> Show:
    number, desk = visit.part("case"), _desk(visit)
    case = cases.to_handle(visit.session, desk, number)
    values = {
        "number": number,
        "sent": queries.sent(visit.session, desk, number, visit.now),
        "states": STATES,
        "open_state": LinkState.OPEN,
        "can_send": case.line.kind is Kind.FAULT and case.line.is_open,
        "shares": [(share.value, say(label)) for share, label in SHARES.items()],
        "ticked": visit.form.all("shares"),
        "fields": FIELDS,
        "typed": {} if link else visit.form.typed(),
        "problems": problems,
        "link": link,
    }
    status = 422 if problems else 200
    return Show("desk_cases/firms.html", values, status=status, headers=CLOSED_BOOK)


def desk_firm_send(visit: Visit) -> Answer:
    """Send the case to a firm; the link is shown this once."""
    number, form = visit.part("case"), visit.form
    cases.to_handle(visit.session, _desk(visit), number)
    sending = Sending(
        firm=" ".join(form.text("firm").split()),
        email=plain_email(form.text("email")),
        phone=form.text("phone"),
        note=form.text("note"),
        shares=frozenset(Share(one) for one in form.all("shares") if one in set(Share)),
    )
    problems = rules.problems(sending, email_problem(sending.email))
    if problems:
        return _firms(visit, problems)
    address = visit.house.settings.base_url + "/firm/{token}"
    token = actions.send(visit.session, _desk(visit), number, sending, address, visit.now)
    return _firms(visit, {}, address.format(token=token))


def desk_firm_end(visit: Visit) -> Answer:
    """Let a firm's link open no more."""
    number, link = visit.part("case"), visit.form.number("link")
    cases.to_handle(visit.session, _desk(visit), number)
    if link is None:
        return _firms(visit, {"link": say(N_("Choose which link ends."))})
    actions.revoke(visit.session, _desk(visit), number, link, visit.now)
    return visit.go("desk_firms", say(N_("The link opens no more.")), case=number)


# The firm's side


def firm_job(visit: Visit) -> Answer:
    """The one case a firm was sent."""
    return _job(visit, {})


def _job(visit: Visit, problems: Mapping[str, Message]) -> Show:
    token = visit.part("firm")
    job = queries.job(visit.session, token, visit.now)
    values = {
        "job": job,
        "token": token,
        "title": title(visit, job.case),
        "until": clock.local(job.expires_at).date(),
        "share": {one.value: one in job.shares for one in Share},
        "photos": shown_photos(
            visit, OWNER, job.case.id, lambda n: visit.url_for("firm_photo", firm=token, n=n)
        ),
        "typed": visit.form.typed() if problems else {},
        "problems": problems,
        "fields": {"text": say(N_("Your message")), "photos": say(N_("Photos"))},
        "most_photos": MOST_PHOTOS,
    }
    status = 422 if problems else 200
    return Show("cases/firm.html", values, status=status, headers=CLOSED_BOOK)


def firm_photo(visit: Visit) -> Answer:
    """One photo of the report, to the firm it was sent to."""
    job: Job = queries.job(visit.session, visit.part("firm"), visit.now)
    found = photo(visit.session, OWNER, job.case.id, visit.part("n"))
    if found is None:
        raise Missing
    store, small = visit.house.photos, visit.asked("w") == SMALL
    path = store.small_path(found.digest) if small else store.path(found.digest)
    if not path.exists():
        raise Missing
    return FileResponse(path, headers=CLOSED_BOOK, media_type="image/webp")


def _words(visit: Visit, *, empty: bool) -> tuple[Words, dict[str, Message]]:
    text, pictures = visit.form.text("text"), visit.form.pictures
    problems: dict[str, Message] = {}
    if not empty and not text and not pictures:
        problems["text"] = say(N_("Write something first."))
    if len(text) > rules.ANSWER_LENGTH:
        most = rules.ANSWER_LENGTH
        problems["text"] = say(N_("At most {count} letters, please."), count=most)
    return Words(text, visit.language, pictures=pictures), {**problems, **visit.problems}


def firm_answer(visit: Visit) -> Answer:
    """What the firm writes, with photos; the staff are told."""
    words, problems = _words(visit, empty=False)
    if problems:
        return _job(visit, problems)
    token = visit.part("firm")
    actions.answer(visit.session, visit.house.photos, token, words, visit.now)
    return visit.go("firm_job", say(N_("Sent. The office is told.")), firm=token)


def firm_done(visit: Visit) -> Answer:
    """The firm's work is done; the staff finish the case."""
    words, problems = _words(visit, empty=True)
    if problems:
        return _job(visit, problems)
    token = visit.part("firm")
    actions.done(visit.session, visit.house.photos, token, words, visit.now)
    return visit.go("firm_job", say(N_("Thank you. The office is told.")), firm=token)


def known_firm(house: House, request: Request) -> None:
    """Asked before files are read: only whom a link that opens brought may send any."""
    with house.database.write() as session:
        actions.admit(session, house.key, request.path_params["firm"], clock.now())


AT, DESK = "/firm/{firm}", "/desk/faults/{case:int}/firms"

PAGES = [
    page(DESK, desk_firms, allow=HANDLE),
    page(DESK, desk_firm_send, allow=HANDLE, method="POST"),
    page(f"{DESK}/end", desk_firm_end, allow=HANDLE, method="POST"),
    page(AT, firm_job, allow=VISIT),
    page(f"{AT}/answer", firm_answer, allow=VISIT, method="POST", photos=3, gate=known_firm),
    page(f"{AT}/done", firm_done, allow=VISIT, method="POST", photos=3, gate=known_firm),
    page(f"{AT}/photos/{{n:int}}", firm_photo, allow=VISIT),
]
