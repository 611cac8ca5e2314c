"""Reporting, deciding with a reason, answering a decision, and pausing somebody's posting."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engagement.board import actions as board
from engagement.board.models import Post
from engagement.board.queries import post as board_post
from engagement.comments import actions as comments
from engagement.comments.models import Comment
from engagement.moderation import queries
from engagement.moderation.models import Report, Ruling
from engagement.moderation.queries import Thing
from engagement.moderation.rules import MODERATED, REPORTED, Decision, ReportedKind
from engagement.news.actions import silence
from engagement.pauses import actions as pauses
from engagement.pauses.rules import Pausing
from engagement.threads import actions as threads
from engagement.threads.models import Thread
from engagement.threads.queries import thread as thread_of
from estate.audit.actions import record
from estate.clock import local
from estate.database import one_at_a_time, stale
from estate.language import N_, say
from estate.notifications.actions import notify
from estate.permissions import Scope
from estate.refusals import Missing, Problems, Refused


def reportable(
    session: Session, scope: Scope, post: int, kind: ReportedKind, number: int, now: datetime
) -> Post:
    """The post under which this scope may report a thing. Raises Missing.

    A post and its comments are reported by who reads them, a thread by its two persons.
    """
    if kind is ReportedKind.THREAD:
        return thread_of(session, scope, post, number)[1]
    found = board_post(session, scope, post, now)
    if kind is ReportedKind.POST and number != found.id:
        raise Missing
    return found


def report(
    session: Session,
    scope: Scope,
    post: Post,
    kind: ReportedKind,
    number: int,
    why: str,
    language: str,
    now: datetime,
) -> None:
    """Report a `reportable` thing; moderation is told.

    Raises Refused for one's own. A second report while one is open adds nothing.
    """
    author = _author_of(session, scope, post, kind, number)
    if author == scope.person:
        raise Refused(N_("This is your own. You can edit it or withdraw it."))
    _take_turn(session, kind, number)
    if queries.own_report(session, scope.person, kind, number) is not None:
        return
    session.add(
        Report(
            section_id=post.section_id,
            post_id=post.id,
            thing_kind=kind,
            thing_id=number,
            author_id=author,
            reporter_id=scope.person,
            why=why,
            language=language,
            reported_at=now,
        )
    )
    session.flush()
    _tell_moderators(
        session,
        post.section_id,
        N_("Somebody reported something about “{title}”."),
        post.title,
        now,
        parties=_parties(session, post, kind, number, author),
        already=scope.person,
    )


def _parties(
    session: Session, post: Post, kind: ReportedKind, number: int, author: int | None
) -> set[int | None]:
    """Those whose thing it is: the author, and in a private conversation the other one too."""
    thread = session.get(Thread, number) if kind is ReportedKind.THREAD else None
    return {author, post.author_id, thread.asker_id} if thread else {author}


def _author_of(
    session: Session, scope: Scope, post: Post, kind: ReportedKind, number: int
) -> int | None:
    if kind is ReportedKind.POST:
        return post.author_id
    if kind is ReportedKind.THREAD:
        thread = session.get_one(Thread, number)
        return post.author_id if scope.person == thread.asker_id else thread.asker_id
    comment = session.get(Comment, number)
    if comment is None or comment.post_id != post.id or comment.withdrawn_at is not None:
        raise Missing
    if comment.hidden_at is not None and comment.author_id != scope.person:
        raise Missing
    return comment.author_id


def _tell_moderators(
    session: Session,
    section: int,
    body: str,
    title: str,
    now: datetime,
    parties: set[int | None],
    already: int,
) -> None:
    """Tell who decides, but for somebody who knows already."""
    persons = queries.moderators(session, section, local(now).date(), parties)
    notify(
        session,
        kind=REPORTED.name,
        persons=[person for person in persons if person != already],
        title=N_("Something to moderate"),
        body=body,
        repeated=N_("{count} reports are waiting for you."),
        values={"title": title},
        address="/moderation",
        merge_key=f"moderation-{section}",
    )
    for block in ("moderation", "today"):
        stale(session, f"moderation:{section}", block)


def decide(
    session: Session,
    scope: Scope,
    thing: Thing,
    decision: Decision,
    reason: str,
    language: str,
    seen: int,
    now: datetime,
) -> None:
    """Keep, hide or restore a reported thing; the reason reaches its author and the reporters.

    `seen` is the newest ruling about it that the person deciding has read, 0 for none. Raises
    Problems when somebody else has decided since, Refused for one's own thing: somebody else on
    the board decides that.
    """
    _refuse_own(scope, thing)
    _take_turn(session, thing.kind, thing.id)
    if queries.newest_ruling(session, thing) != seen:
        raise Problems(
            {"decision": say(N_("Somebody else on the board has just decided about this."))}
        )
    ruling = Ruling(
        section_id=thing.section_id,
        post_id=thing.post_id,
        thing_kind=thing.kind,
        thing_id=thing.id,
        author_id=thing.author_id,
        decision=decision,
        reason=reason,
        language=language,
        decided_by_id=scope.person,
        decided_at=now,
    )
    session.add(ruling)
    session.flush()
    reporters = queries.reporters(session, thing, decision)
    session.execute(
        update(Report)
        .where(
            Report.thing_kind == thing.kind,
            Report.thing_id == thing.id,
            Report.author_id.is_not_distinct_from(thing.author_id),
        )
        .values(ruling_id=ruling.id)
    )
    if decision is not Decision.KEPT:
        _show_or_hide(session, thing, now if decision is Decision.HIDDEN else None, now)
    record(session, decision.value, (thing.kind.value, thing.id), actor=scope.person)
    _tell_author(session, thing, ruling)
    _tell_reporters(session, thing, decision, reporters)
    for block in ("moderation", "today"):
        stale(session, f"moderation:{thing.section_id}", block)
    if thing.author_id is not None:
        for block in (f"post-{thing.post_id}", "today"):
            stale(session, f"person:{thing.author_id}", block)


def _refuse_own(scope: Scope, thing: Thing) -> None:
    if scope.person in thing.parties:
        raise Refused(N_("Somebody else on the board has to decide about what is your own."))


def _take_turn(session: Session, kind: ReportedKind, number: int) -> None:
    one_at_a_time(session, f"moderation {kind} {number}")


def _show_or_hide(
    session: Session, thing: Thing, hidden_at: datetime | None, now: datetime
) -> None:
    post = session.get_one(Post, thing.post_id)
    match thing.kind:
        case ReportedKind.POST:
            board.hide(session, post, hidden_at, now)
            if hidden_at is not None:
                silence(session, [post.id])
        case ReportedKind.COMMENT:
            comments.hide(session, post, thing.id, hidden_at)
        case ReportedKind.THREAD:
            threads.hide(session, post, session.get_one(Thread, thing.id), hidden_at)


AUTHOR_TOLD = {
    Decision.KEPT: N_("What you wrote about “{title}” was reported, and it stays. Why: {reason}"),
    Decision.HIDDEN: N_("What you wrote about “{title}” is hidden. Why: {reason}"),
    Decision.RESTORED: N_("What you wrote about “{title}” is shown again. Why: {reason}"),
}
REPORTER_TOLD = {
    Decision.KEPT: N_("Thank you for reporting “{title}”. The board looked at it, and it stays."),
    Decision.HIDDEN: N_("Thank you for reporting “{title}”. It is hidden now."),
    Decision.RESTORED: N_("Thank you for reporting “{title}”. It is shown again."),
}


def _tell_author(session: Session, thing: Thing, ruling: Ruling) -> None:
    notify(
        session,
        kind=MODERATED.name,
        persons=[thing.author_id] if thing.author_id is not None else [],
        title=N_("The board has decided"),
        body=AUTHOR_TOLD[ruling.decision],
        values={"title": thing.title, "reason": ruling.reason},
        # Read there also when the post no longer is: over, withdrawn, or hidden itself.
        address=f"/board/{thing.post_id}/rulings/{ruling.id}",
        merge_key=f"ruling-{thing.kind}-{thing.id}",
    )


def _tell_reporters(
    session: Session, thing: Thing, decision: Decision, reporters: Iterable[int]
) -> None:
    notify(
        session,
        kind=MODERATED.name,
        persons=[person for person in reporters if person != thing.author_id],
        title=N_("Thank you for telling us"),
        body=REPORTER_TOLD[decision],
        values={"title": thing.title},
        # Read there also when the post no longer is.
        address="/board/reports",
        merge_key=f"reported-{thing.kind}-{thing.id}",
    )
    for person in reporters:
        for block in ("reports", f"post-{thing.post_id}"):
            stale(session, f"person:{person}", block)


def answer(
    session: Session, person: int, number: int, words: str, language: str, now: datetime
) -> Ruling:
    """What the author says to a decision, once. Raises Missing for anybody else's."""
    ruling = session.scalars(
        select(Ruling).where(Ruling.id == number, Ruling.author_id == person).with_for_update()
    ).one_or_none()
    if ruling is None:
        raise Missing
    if ruling.answered_at is not None:
        raise Refused(N_("You have answered this decision already."))
    ruling.answer, ruling.answer_language, ruling.answered_at = words, language, now
    post = session.get_one(Post, ruling.post_id)
    _tell_moderators(
        session,
        ruling.section_id,
        N_("The author has answered the decision about “{title}”."),
        post.title,
        now,
        parties=_parties(session, post, ruling.thing_kind, ruling.thing_id, person),
        already=person,
    )
    for block in (f"post-{ruling.post_id}", "today"):
        stale(session, f"person:{person}", block)
    return ruling


def pause(
    session: Session,
    scope: Scope,
    thing: Thing,
    reason: str,
    language: str,
    days: int,
    now: datetime,
) -> datetime:
    """Pause the posting of the thing's author in its section (`engagement.pauses`); until when."""
    if thing.author_id is None or thing.section_id not in scope.sections | scope.standing_in:
        raise Missing
    _refuse_own(scope, thing)
    pausing = Pausing(
        person=thing.author_id,
        section=thing.section_id,
        shown_name=thing.author_name,
        reason=reason,
        language=language,
        days=days,
    )
    return pauses.begin(session, scope, pausing, now)
