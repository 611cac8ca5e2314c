"""Reporting what should not stand on the board, and deciding about it, always with a reason."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from engagement.board import queries as board
from engagement.board import rules
from engagement.moderation import actions, queries
from engagement.moderation.queries import RulingLine, Thing, Waiting
from engagement.moderation.rules import (
    SUGGESTED_REASONS,
    Decision,
    ReportedKind,
    possible,
)
from engagement.pauses.queries import is_paused, pauses
from engagement.pauses.rules import DAYS
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.refusals import Missing, Problems
from web.routing import page
from web.shown_photos import photos_at
from web.visits import Answer, Go, Visit


def _reported(visit: Visit) -> tuple[ReportedKind, int]:
    """What a report is about: `?comment=3`, `?thread=5`, else the post itself."""
    for kind in (ReportedKind.COMMENT, ReportedKind.THREAD):
        number = visit.asked_number(kind.value) or visit.form.number(kind.value)
        if number is not None:
            return kind, min(number, 2**31 - 1)
    return ReportedKind.POST, visit.part("post")


def report_new(visit: Visit) -> Answer:
    """The form to report a post, an answer or a private conversation."""
    return _report_form(visit, {})


def _report_form(visit: Visit, problems: Mapping[str, Message]) -> Answer:
    kind, number = _reported(visit)
    post = actions.reportable(
        visit.session, visit.scope, visit.part("post"), kind, number, visit.now
    )
    return visit.show(
        "moderation/report.html",
        status=422 if problems else 200,
        post=board.view(post),
        kind=kind,
        number=number,
        problems=problems,
        typed=visit.form.typed(),
    )


def report_send(visit: Visit) -> Answer:
    """Report something to moderation."""
    kind, number = _reported(visit)
    why = visit.form.text("why")
    problems = rules.answer_problems(why, "why")
    if problems:
        return _report_form(visit, problems)
    post = actions.reportable(
        visit.session, visit.scope, visit.part("post"), kind, number, visit.now
    )
    actions.report(visit.session, visit.scope, post, kind, number, why, visit.language, visit.now)
    thanks = say(N_("Thank you. The board looks at it, and you will hear what it decided."))
    return visit.go("own_reports", thanks)


def own_reports(visit: Visit) -> Answer:
    """What I have reported, and what came of it; the reason is for the author alone."""
    found = queries.own_reports(visit.session, visit.scope, visit.now)
    return visit.show("moderation/reports.html", block="piece", reports=found)


def moderation(visit: Visit) -> Answer:
    """What waits for a decision, what authors have answered, and what was decided lately."""
    current = visit.asked_number("current")
    return visit.show("moderation/list.html", block="piece", inbox=_inbox(visit), current=current)


class Inbox(NamedTuple):
    """What moderation has before it, on its own page and beside a thing on a wide screen."""

    waiting: Sequence[Waiting]
    answered: Sequence[RulingLine]
    lately: Sequence[RulingLine]
    pauses: int


def _inbox(visit: Visit) -> Inbox:
    return Inbox(
        queries.waiting(visit.session, visit.scope),
        queries.answered(visit.session, visit.scope),
        queries.lately(visit.session, visit.scope),
        len(pauses(visit.session, visit.scope, visit.now)),
    )


def report_page(visit: Visit) -> Answer:
    """One reported thing, why it was reported, and the form to decide."""
    return _show(visit, {})


def _thing(visit: Visit) -> Thing:
    report = queries.report(visit.session, visit.scope, visit.part("report"))
    thing = queries.thing(visit.session, report)
    if thing is None:
        raise Missing
    return thing


def _show(visit: Visit, problems: Mapping[str, Message]) -> Answer:
    thing = _thing(visit)
    is_thread = thing.kind is ReportedKind.THREAD
    own = visit.reader.id in thing.parties
    pausable = thing.author_id is not None and not own
    report = visit.part("report")
    return visit.show(
        "moderation/page.html",
        status=422 if problems else 200,
        report=report,
        inbox=_inbox(visit),
        thing=thing,
        photos=_photos(visit, thing, report),
        own=own,
        reasons=queries.reasons(visit.session, thing),
        lines=queries.lines_of(visit.session, thing) if is_thread else (),
        rulings=queries.rulings_on(visit.session, thing),
        seen=queries.newest_ruling(visit.session, thing),
        decisions=possible(thing.hidden_at is not None),
        suggested=SUGGESTED_REASONS,
        pausable=pausable,
        paused=pausable
        and is_paused(visit.session, thing.author_id or 0, thing.section_id, visit.now),
        pause_days=DAYS,
        problems=problems,
        typed=visit.form.typed(),
    )


def _photos(visit: Visit, thing: Thing, report: int) -> Sequence[Mapping[str, Any]]:
    if thing.kind is not ReportedKind.POST:
        return ()
    return photos_at(
        visit, thing.post_id, lambda n: visit.url_for("reported_photo", report=report, n=n)
    )


def report_decide(visit: Visit) -> Answer:
    """Keep, hide or restore, with a reason that reaches the author."""
    thing = _thing(visit)
    sent, reason = visit.form.text("decision"), visit.form.text("reason")
    problems: dict[str, Message] = {}
    if sent not in set(possible(thing.hidden_at is not None)):
        problems["decision"] = say(N_("Choose what is to happen."))
    problems |= rules.answer_problems(reason, "reason")
    if problems:
        return _show(visit, problems)
    seen = visit.form.number("seen") or 0
    try:
        actions.decide(
            visit.session,
            visit.scope,
            thing,
            Decision(sent),
            reason,
            visit.language,
            seen,
            visit.now,
        )
    except Problems as found:
        return _show(visit, found.problems)
    return visit.go("moderation", say(N_("The author has been told, with your reason.")))


def pause_begin(visit: Visit) -> Answer:
    """Pause the posting of the person who wrote it."""
    thing = _thing(visit)
    reason, days = visit.form.text("pause_reason"), visit.form.number("days")
    problems: dict[str, Message] = {}
    if days not in DAYS:
        problems["days"] = say(N_("Choose for how long."))
    problems |= rules.answer_problems(reason, "pause_reason")
    if problems or days is None:
        return _show(visit, problems)
    until = actions.pause(
        visit.session, visit.scope, thing, reason, visit.language, days, visit.now
    )
    text = N_("The posting of {name} is paused until {until}, and they have been told why.")
    return visit.go("moderation", say(text, name=thing.author_name, until=until))


def ruling_answer(visit: Visit) -> Answer:
    """The form to answer a decision about one's own words, once."""
    return _answer_form(visit, {})


def _answer_form(visit: Visit, problems: Mapping[str, Message]) -> Answer:
    found = queries.own_ruling(visit.session, visit.reader.id, visit.part("ruling"))
    if found.post_id != visit.part("post"):
        raise Missing
    return visit.show(
        "moderation/answer.html",
        status=422 if problems else 200,
        back=_back_from(visit, found),
        ruling=found,
        problems=problems,
        typed=visit.form.typed(),
    )


def _back_from(visit: Visit, ruling: RulingLine) -> str:
    """What was decided about, or the board when its author no longer reads it."""
    if ruling.thing_kind is ReportedKind.THREAD:
        return visit.url_for("thread_page", post=ruling.post_id, thread=ruling.thing_id)
    if _reads(visit, ruling.post_id):
        return visit.url_for("post_page", post=ruling.post_id)
    return visit.url_for("post_list")


def _reads(visit: Visit, post: int) -> bool:
    try:
        board.post(visit.session, visit.scope, post, visit.now)
    except Missing:
        return False
    return True


def ruling_answer_send(visit: Visit) -> Answer:
    """Answer a decision about one's own words."""
    words = visit.form.text("text")
    problems = rules.answer_problems(words)
    if problems:
        return _answer_form(visit, problems)
    number = visit.part("ruling")
    actions.answer(visit.session, visit.reader.id, number, words, visit.language, visit.now)
    found = queries.own_ruling(visit.session, visit.reader.id, number)
    return Go(_answered_at(visit, found), say(N_("Your answer is with the board.")))


def _answered_at(visit: Visit, ruling: RulingLine) -> str:
    """Where its author reads the decision and what they have just answered."""
    if ruling.thing_kind is not ReportedKind.THREAD and _reads(visit, ruling.post_id):
        return visit.url_for("post_page", post=ruling.post_id)
    return visit.url_for("ruling_answer", post=ruling.post_id, ruling=ruling.id)


WRITE = Permission.POST_ON_BOARD
MODERATE = Permission.MODERATE

PAGES = [
    page("/moderation", moderation, allow=MODERATE),
    page("/moderation/{report:int}", report_page, allow=MODERATE),
    page("/moderation/{report:int}", report_decide, allow=MODERATE, method="POST", once=True),
    page("/moderation/{report:int}/pause", pause_begin, allow=MODERATE, method="POST"),
    page("/board/reports", own_reports, allow=WRITE),
    page("/board/{post:int}/report", report_new, allow=WRITE),
    page("/board/{post:int}/report", report_send, allow=WRITE, method="POST", once=True),
    page("/board/{post:int}/rulings/{ruling:int}", ruling_answer, allow=WRITE),
    page(
        "/board/{post:int}/rulings/{ruling:int}",
        ruling_answer_send,
        allow=WRITE,
        method="POST",
        once=True,
    ),
]
