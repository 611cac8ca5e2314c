"""The noticeboard: the list, and one post with everything its readers can do."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from engagement.board import actions as board
from engagement.board import queries, rules
from engagement.board.queries import Line, Listing, PostView, Read
from engagement.board.rules import PostKind
from engagement.comments import actions as comments
from engagement.comments.queries import comments as comments_under
from engagement.moderation.queries import OwnReport, own_reports, rulings_for
from engagement.moderation.rules import Decision
from engagement.news.actions import silence
from engagement.pauses.actions import refuse_when_paused
from engagement.pauses.queries import own_pauses
from engagement.threads.queries import threads
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.refusals import Missing
from web.routing import page
from web.shown_photos import photos_at
from web.visits import Answer, Visit

READ = Permission.READ_BOARD
WRITE = Permission.POST_ON_BOARD

CHOICES: tuple[tuple[str, str], ...] = (
    ("", N_("All")),
    ("unread", N_("New")),
    ("borrow", N_("Borrow")),
    ("give", N_("Give away")),
    ("help", N_("Help")),
    ("event", N_("Events")),
    ("lost", N_("Lost and found")),
    ("other", N_("Other")),
    ("mine", N_("My own")),
)


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """A page of posts as they stand this minute; `shared` when other readers get the very same.

    `next` is the address of the posts before these, `at` when it was read (rules.microseconds).
    """

    pinned: Sequence[Line]
    lines: Sequence[Line]
    states: Mapping[int, str]
    next: str
    at: int
    shared: bool


def post_list(visit: Visit) -> Answer:
    """What hangs on my board: all, one kind, the new, my own, or what holds some words."""
    chosen = _chosen(visit)
    person = visit.reader.id
    marks = visit.remember(("marks", person), lambda: queries.read_marks(visit.session, person))
    found = _board(visit, chosen, marks)
    new = frozenset(line.id for line in (*found.pinned, *found.lines) if marks.new(line, person))
    return visit.show(
        "board/list.html",
        block="posts",
        same_as=(found, new, visit.request.scope["query_string"]) if found.shared else None,
        board=found,
        new=new,
        chosen=chosen,
        chosen_word=say(dict(CHOICES)[chosen]),
        choices=_choices(visit, chosen),
        asked_for=visit.asked("q"),
        may_post=visit.reader.may(WRITE),
        first_page=not visit.asked("before"),
    )


def _chosen(visit: Visit) -> str:
    for name in ("unread", "mine"):
        if visit.asked(name):
            return name
    kind = visit.asked("kind")
    return kind if kind in set(PostKind) else ""


def _board(visit: Visit, chosen: str, marks: Read) -> Board:
    before = rules.from_cursor(visit.asked("before"))
    if visit.asked("q"):
        return _laid_out(visit, chosen, _found(visit))
    if chosen == "mine":
        return _laid_out(visit, chosen, queries.own_posts(visit.session, visit.scope, before))
    if chosen == "unread":
        return _laid_out(visit, chosen, _unread(visit, marks, before))
    key = ("board", rules.topics(visit.scope), chosen, before)
    shared = visit.version is not None
    return visit.remember(
        key, lambda: _laid_out(visit, chosen, _hanging(visit, chosen, before), shared=shared)
    )


Before = tuple[datetime, int] | None


def _hanging(visit: Visit, chosen: str, before: Before) -> Listing:
    kind = PostKind(chosen) if chosen else None
    return queries.listing(visit.session, visit.scope, visit.now, kind=kind, before=before)


def _found(visit: Visit) -> Listing:
    after = rules.found_from(visit.asked("before"))
    return queries.found_posts(visit.session, visit.scope, visit.now, visit.asked("q")[:200], after)


def _unread(visit: Visit, marks: Read, before: Before) -> Listing:
    since = marks.until or visit.now
    found = queries.listing(visit.session, visit.scope, visit.now, since=since, before=before)
    lines = [line for line in found.lines if marks.new(line, visit.reader.id)]
    return Listing((), lines, found.next)


def _laid_out(visit: Visit, chosen: str, found: Listing, *, shared: bool = False) -> Board:
    states = {line.id: state_of(line, visit.now) for line in found.lines}
    at = rules.microseconds(visit.now)
    onward = _next_page(visit, chosen, found.next)
    return Board(found.pinned, found.lines, states, onward, at, shared)


def _address(visit: Visit, chosen: str, **more: str) -> str:
    asked = {"kind": chosen} if chosen in set(PostKind) else {chosen: "yes"} if chosen else {}
    together = urlencode({**asked, **more})
    return visit.url_for("post_list") + (f"?{together}" if together else "")


def _choices(visit: Visit, chosen: str) -> tuple[tuple[str, str, bool], ...]:
    current = None if visit.asked("q") else chosen
    key = ("choices", visit.language, current)
    speak = visit.house.templates.speeches[visit.language].say
    return visit.remember(
        key,
        lambda: tuple(
            (_address(visit, name), speak(say(label)), name == current) for name, label in CHOICES
        ),
    )


def _next_page(visit: Visit, chosen: str, cursor: str) -> str:
    if not cursor:
        return ""
    asked_for = visit.asked("q")
    more = {"q": asked_for, "before": cursor} if asked_for else {"before": cursor}
    return _address(visit, "" if asked_for else chosen, **more)


def state_of(line: Line | PostView, now: datetime) -> str:
    """How a post stands, in one word (rules.state)."""
    over = line.ends_at or line.starts_at
    return rules.state(now, over, line.expires_at, line.withdrawn_at, line.hidden_at)


def board_read(visit: Visit) -> Answer:
    """Remember how far I have read; sent by the page once I have had it before me."""
    until, opened = visit.form.text("until"), visit.form.number("opened")
    board.mark_read(
        visit.session,
        visit.reader.id,
        visit.now,
        until=rules.moment_of(until),
        opened=opened or None,
    )
    if "hx-request" in visit.request.headers:
        return Response(status_code=204)
    return visit.go("post_list")


def post_page(visit: Visit) -> Answer:
    """One post. Where it came down, an open page is told so in place, and who reported it why."""
    try:
        return _show_post(visit, {})
    except Missing:
        reported = any(report.decision is not Decision.KEPT for report in _reports(visit))
        if visit.whole and reported:
            return visit.go("own_reports")
        if visit.whole:
            return _on_from_gone(visit)
        return visit.show("board/gone.html", block="piece", reported=reported)


def _on_from_gone(visit: Visit) -> Answer:
    """Who wrote privately about a post that has come down reads on there. Raises Missing."""
    own = threads(visit.session, visit.scope_of(WRITE), post=visit.part("post"))
    if not own:
        raise Missing
    withdrawn = queries.is_withdrawn(visit.session, visit.part("post"))
    flash = say(N_("Taken down by whoever wrote it.")) if withdrawn else None
    return visit.go("thread_page", flash, post=own[0].post_id, thread=own[0].id)


def _show_post(visit: Visit, problems: Mapping[str, Message]) -> Answer:
    scope, session = visit.scope, visit.session
    post = queries.view(queries.post(session, scope, visit.part("post"), visit.now))
    mine = post.author_id == visit.reader.id
    answers, earlier = comments_under(session, scope, post.id, visit.asked_number("before"))
    own_threads = threads(session, scope, post=post.id)
    writing = visit.scope_of(WRITE)
    may_write = post.section_id in writing.sections and (
        mine or post.topic in rules.topics(writing)
    )
    tells_home = visit.reader.protected and post.audience in rules.NEAR_HOME
    reports = _reports(visit)
    pauses = own_pauses(session, visit.reader.id, visit.now)
    paused = [pause for pause in pauses if pause.section_id == post.section_id]
    return visit.show(
        "board/post.html",
        status=422 if problems else 200,
        block="piece",
        post=post,
        state=state_of(post, visit.now),
        mine=mine,
        settles=post.kind in rules.SETTLING,
        comments=answers,
        earlier=earlier,
        photos=_photos(visit, post),
        wordings=queries.wordings(session, post.id) if post.version > 1 else (),
        coming=queries.coming(session, scope, post.id) if post.starts_at else None,
        threads=own_threads if mine else (),
        own_thread=own_threads[0].id if own_threads and not mine else None,
        rulings=[
            ruling
            for ruling in rulings_for(session, visit.reader.id, post.id)
            if ruling.thing_kind != "thread"
        ],
        reports=reports,
        pause=paused[0] if paused else None,
        may_edit=mine and not paused and post.withdrawn_at is None,
        may_answer=may_write,
        may_report=may_write
        and not mine
        and not any(report.thing_kind == "post" and not report.decision for report in reports),
        tells_home=tells_home,
        may_ask=may_write and (not tells_home or bool(own_threads)),
        may_pin=post.section_id in visit.scope_of(Permission.PIN_POSTS).sections
        and not state_of(post, visit.now),
        new=queries.read_marks(session, visit.reader.id).new(post, visit.reader.id),
        answer_length=rules.ANSWER_LENGTH,
        problems=problems,
        typed=visit.form.typed(),
    )


def _reports(visit: Visit) -> Sequence[OwnReport]:
    """What I reported of a post and its answers: of each the last time."""
    found = own_reports(visit.session, visit.scope_of(WRITE), visit.now, visit.part("post"))
    last = {(one.thing_kind, one.thing_id): one for one in found[::-1]}
    return [one for one in last.values() if one.thing_kind != "thread"]


def _photos(visit: Visit, post: PostView) -> Sequence[Mapping[str, Any]]:
    if not post.photo_count:
        return ()
    return photos_at(visit, post.id, lambda n: visit.url_for("post_photo", post=post.id, n=n))


def post_withdraw(visit: Visit) -> Answer:
    """Take one's own post down."""
    post = queries.own_post(visit.session, visit.scope, visit.part("post"), visit.now)
    board.withdraw(visit.session, post, visit.now, visit.house.erasures)
    silence(visit.session, [post.id])
    return visit.go("post_page", say(N_("Your post is withdrawn.")), post=post.id)


def post_renew(visit: Visit) -> Answer:
    """Put one's own post up again."""
    post = queries.own_post(visit.session, visit.scope, visit.part("post"), visit.now)
    refuse_when_paused(visit.session, visit.scope, post.section_id, visit.now)
    board.renew(visit.session, post, visit.now)
    return visit.go("post_page", say(N_("Your post is up again.")), post=post.id)


def post_settle(visit: Visit) -> Answer:
    """It is lent, given or found."""
    post = queries.own_post(visit.session, visit.scope, visit.part("post"), visit.now)
    board.settle(visit.session, post, visit.now)
    return visit.go("post_page", say(N_("Well done.")), post=post.id)


def post_reopen(visit: Visit) -> Answer:
    """It was not after all."""
    post = queries.own_post(visit.session, visit.scope, visit.part("post"), visit.now)
    board.reopen(visit.session, post)
    return visit.go("post_page", post=post.id)


def post_pin(visit: Visit) -> Answer:
    """Hold a post at the top."""
    post = queries.pinnable(
        visit.session, visit.scope_of(READ), visit.scope, visit.part("post"), visit.now
    )
    board.pin(visit.session, post, visit.reader.id, visit.now)
    return visit.go("post_page", say(N_("It is pinned to the top.")), post=post.id)


def post_unpin(visit: Visit) -> Answer:
    """Let a pinned post hang like the others."""
    post = queries.pinnable(
        visit.session, visit.scope_of(READ), visit.scope, visit.part("post"), visit.now
    )
    board.unpin(visit.session, post, visit.reader.id)
    return visit.go("post_page", post=post.id)


def comment_add(visit: Visit) -> Answer:
    """Answer a post for all its readers."""
    words = visit.form.text("text")
    problems = rules.answer_problems(words)
    if problems:
        return _show_post(visit, problems)
    post = queries.post(visit.session, visit.scope, visit.part("post"), visit.now)
    comments.write(visit.session, visit.scope, post, words, visit.language, visit.now)
    return visit.go("post_page", post=post.id)


def comment_withdraw(visit: Visit) -> Answer:
    """Take one's own answer back."""
    post = queries.post(visit.session, visit.scope, visit.part("post"), visit.now)
    number, log = visit.part("comment"), visit.house.erasures
    comments.withdraw(visit.session, visit.scope, post, number, visit.now, log)
    return visit.go("post_page", say(N_("Your answer is taken back.")), post=post.id)


def event_answer(visit: Visit) -> Answer:
    """Say yes or no to an event."""
    post = queries.post(visit.session, visit.scope, visit.part("post"), visit.now)
    coming = visit.form.text("coming") == "yes"
    board.answer_event(visit.session, visit.scope, post, coming, visit.now)
    return visit.go("post_page", post=post.id)


def post_calendar(visit: Visit) -> Answer:
    """An event for one's own calendar (iCalendar, RFC 5545)."""
    post = queries.view(queries.post(visit.session, visit.scope, visit.part("post"), visit.now))
    if post.starts_at is None:
        raise Missing
    address = visit.house.settings.base_url + visit.url_for("post_page", post=post.id)
    # icalendar is slow to load, and few pages are calendars.
    body = importlib.import_module("web.calendars").event_calendar(
        uid=f"post-{post.id}@{visit.house.settings.host}",
        stamp=post.edited_at or post.posted_at,
        sequence=post.version - 1,
        title=post.title,
        text=post.text,
        place=post.venue,
        address=address,
        starts_at=post.starts_at,
        ends_at=post.ends_at,
    )
    headers = {
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="opgang-{post.id}.ics"',
    }
    return Response(body, headers=headers, media_type="text/calendar")


PAGES = [
    page("/board", post_list, allow=READ, inline=True),
    page("/board/read", board_read, allow=READ, method="POST"),
    page("/board/{post:int}", post_page, allow=READ),
    page("/board/{post:int}.ics", post_calendar, allow=READ),
    page("/board/{post:int}/withdraw", post_withdraw, allow=WRITE, method="POST"),
    page("/board/{post:int}/renew", post_renew, allow=WRITE, method="POST"),
    page("/board/{post:int}/settle", post_settle, allow=WRITE, method="POST"),
    page("/board/{post:int}/reopen", post_reopen, allow=WRITE, method="POST"),
    page("/board/{post:int}/pin", post_pin, allow=Permission.PIN_POSTS, method="POST"),
    page("/board/{post:int}/unpin", post_unpin, allow=Permission.PIN_POSTS, method="POST"),
    page("/board/{post:int}/comments", comment_add, allow=WRITE, method="POST", once=True),
    page(
        "/board/{post:int}/comments/{comment:int}/withdraw",
        comment_withdraw,
        allow=WRITE,
        method="POST",
    ),
    page("/board/{post:int}/answer", event_answer, allow=WRITE, method="POST"),
]
