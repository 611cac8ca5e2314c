"""Answering a post's author privately."""

from collections.abc import Mapping

from engagement.board import queries as board
from engagement.board import rules
from engagement.moderation.queries import closing, rulings_for
from engagement.threads import actions, queries
from estate.language import Message
from estate.permissions import Permission
from estate.refusals import Missing
from web.routing import page
from web.visits import Answer, Visit


def thread_new(visit: Visit) -> Answer:
    """The form to write privately to a post's author."""
    return _ask(visit, {})


def _ask(visit: Visit, problems: Mapping[str, Message]) -> Answer:
    post = board.view(board.post(visit.session, visit.scope, visit.part("post"), visit.now))
    if (
        post.author_id is None
        or post.author_id == visit.reader.id
        or _tells_home(visit, post.audience)
    ):
        raise Missing
    return visit.show(
        "board/thread_new.html",
        status=422 if problems else 200,
        post=post,
        problems=problems,
        typed=visit.form.typed(),
    )


def _tells_home(visit: Visit, audience: rules.Audience) -> bool:
    return visit.reader.protected and audience in rules.NEAR_HOME


def thread_begin(visit: Visit) -> Answer:
    """Write privately to a post's author."""
    words = visit.form.text("text")
    problems = rules.answer_problems(words)
    if problems:
        return _ask(visit, problems)
    post = board.post(visit.session, visit.scope, visit.part("post"), visit.now)
    thread = actions.ask(visit.session, visit.scope, post, words, visit.language, visit.now)
    return visit.go("thread_page", post=post.id, thread=thread.id)


def thread_page(visit: Visit) -> Answer:
    """A private conversation between two; whoever opens it has read it."""
    thread, post = queries.thread(
        visit.session, visit.scope, visit.part("post"), visit.part("thread")
    )
    if queries.is_unread(post, thread, visit.reader.id):
        actions.mark_read(visit.session, visit.scope, post, thread, visit.now)
    return _show(visit, {})


def _show(visit: Visit, problems: Mapping[str, Message]) -> Answer:
    thread, post = queries.thread(
        visit.session, visit.scope, visit.part("post"), visit.part("thread")
    )
    asking = visit.reader.id == thread.asker_id
    return visit.show(
        "board/thread.html",
        status=422 if problems else 200,
        block="piece",
        thread=thread.id,
        post=board.view(post),
        other_name=post.author_name if asking else thread.asker_name,
        other_place=post.author_place if asking else thread.asker_place,
        other_role=post.author_role if asking else "",
        lines=queries.messages(visit.session, thread.id, visit.reader.id),
        tells_home=_tells_home(visit, post.audience),
        closed=queries.closed_by(visit.session, post, thread, visit.now),
        rulings=closing(visit.session, thread.id) if thread.hidden_at is not None else (),
        mine=frozenset(
            ruling.id for ruling in rulings_for(visit.session, visit.reader.id, post.id)
        ),
        problems=problems,
        typed=visit.form.typed(),
    )


def thread_write(visit: Visit) -> Answer:
    """One more line."""
    words = visit.form.text("text")
    problems = rules.answer_problems(words)
    if problems:
        return _show(visit, problems)
    thread, post = queries.thread(
        visit.session, visit.scope, visit.part("post"), visit.part("thread")
    )
    actions.write(visit.session, visit.scope, post, thread, words, visit.language, visit.now)
    return visit.go("thread_page", post=post.id, thread=thread.id)


WRITE = Permission.POST_ON_BOARD

PAGES = [
    page("/board/{post:int}/threads/new", thread_new, allow=WRITE),
    page("/board/{post:int}/threads", thread_begin, allow=WRITE, method="POST", once=True),
    page("/board/{post:int}/threads/{thread:int}", thread_page, allow=WRITE, writes=True),
    page(
        "/board/{post:int}/threads/{thread:int}",
        thread_write,
        allow=WRITE,
        method="POST",
        once=True,
    ),
]
