"""Pausing somebody's posting, and ending that. Reading, private answers and all else stay."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.pauses import queries
from engagement.pauses.models import PostingPause
from engagement.pauses.queries import PauseLine
from engagement.pauses.rules import PAUSED, Pausing
from estate.audit.actions import record
from estate.database import one_at_a_time, stale
from estate.language import N_
from estate.notifications.actions import notify
from estate.permissions import Scope
from estate.refusals import Missing, Refused
from estate.retention.actions import erase_some


def refusal(pause: PauseLine) -> Refused:
    """What somebody hears who would post while they are paused."""
    return Refused(
        N_("The board has paused your posting until {until}: {reason}"),
        until=pause.ends_at,
        reason=pause.reason,
    )


def refuse_when_paused(session: Session, scope: Scope, section: int, now: datetime) -> None:
    """Raise Refused while the board has paused this person's posting in the section."""
    for pause in queries.own_pauses(session, scope.person, now):
        if pause.section_id == section:
            raise refusal(pause)


def begin(session: Session, scope: Scope, pausing: Pausing, now: datetime) -> datetime:
    """Pause somebody's posting in a section, and tell them why; until when. Not their household's.

    Whether this scope may is asked before. Raises Refused when it is paused already.
    """
    one_at_a_time(session, f"pause {pausing.person} {pausing.section}")
    if queries.is_paused(session, pausing.person, pausing.section, now):
        raise Refused(N_("This person's posting is paused already."))
    until = now + timedelta(days=pausing.days)
    session.add(
        PostingPause(
            person_id=pausing.person,
            section_id=pausing.section,
            shown_name=pausing.shown_name,
            reason=pausing.reason,
            language=pausing.language,
            paused_by_id=scope.person,
            starts_at=now,
            ends_at=until,
        )
    )
    whose = ("person", pausing.person)
    record(session, "posting_paused", whose, actor=scope.person, days=pausing.days)
    notify(
        session,
        kind=PAUSED.name,
        persons=[pausing.person],
        title=N_("Your posting on the noticeboard is paused"),
        body=N_("Until {until}: {reason}"),
        values={"until": until, "reason": pausing.reason},
        address="/board/new",
        merge_key=f"pause-{pausing.section}",
    )
    stale(session, f"moderation:{pausing.section}", "moderation")
    stale(session, f"person:{pausing.person}", "today")
    return until


def lift(session: Session, scope: Scope, number: int, now: datetime) -> str:
    """End a pause before its time, and say so; returns whose, by their name on the board.

    Raises Missing, Refused for one's own.
    """
    found = session.scalars(
        select(PostingPause)
        .where(
            PostingPause.id == number,
            PostingPause.lifted_at.is_(None),
            queries.decides(scope, now),
        )
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise Missing
    if found.person_id == scope.person:
        raise Refused(N_("Somebody else on the board has to end your own pause."))
    found.lifted_at = now
    record(session, "posting_resumed", ("person", found.person_id), actor=scope.person)
    notify(
        session,
        kind=PAUSED.name,
        persons=[found.person_id],
        title=N_("You can post on the noticeboard again"),
        body=N_("The board has ended the pause before its time."),
        address="/board/new",
        merge_key=f"pause-{found.section_id}",
    )
    stale(session, f"moderation:{found.section_id}", "moderation")
    stale(session, f"person:{found.person_id}", "today")
    return found.shown_name


def forget(session: Session, before: datetime) -> int:
    """Erase some of the pauses whose last day was before a moment; returns how many."""
    return len(erase_some(session, PostingPause, PostingPause.ends_at < before))
