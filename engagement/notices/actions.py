"""Writing a service message, changing it, and saying that it is over.

A whole section may be behind one message: the deed asks for a job, in which `announcing` tells
those concerned what the message says by then.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from engagement.notices import queries, rules
from engagement.notices.models import Notice, NoticePlace, NoticeText, NoticeWording
from engagement.notices.queries import NoticeView
from engagement.notices.rules import (
    Door,
    Draft,
    Phase,
    Span,
    Texts,
    lagging,
    phase,
    raised,
    retold,
)
from estate import clock
from estate.audit.actions import record
from estate.database import stale
from estate.jobs import actions as jobs
from estate.language import N_, pack_message
from estate.permissions import Scope
from estate.refusals import Missing, Refused
from estate.retention.actions import erase_some


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes, and the address of the house, for links in mails."""

    scope: Scope
    base_url: str


def write(session: Session, sender: Sender, draft: Draft, now: datetime) -> int:
    """Announce something to stairwells and tell whoever lives there. The draft has no problems.

    Raises Missing for a stairwell that is not within the writer's sections.
    """
    doors = _doors(session, sender.scope, draft.stairwells)
    starts, ends = _time(draft)
    notice = Notice(
        author_id=sender.scope.person,
        template=draft.template,
        urgency=draft.urgency,
        phase=phase(now, starts, ends, None),
        starts_at=starts,
        ends_at=ends,
        place=pack_message(rules.where(doors, whole_sections(session, doors))),
        written_at=now,
    )
    session.add(notice)
    session.flush()
    session.add_all(
        NoticePlace(notice_id=notice.id, stairwell_id=door.stairwell, section_id=door.section)
        for door in doors
    )
    template = queries.templates().get(draft.template)
    reviewed = template.texts if template else {}
    lags = lagging(reviewed, draft.texts, (), draft.looked_at)
    _keep_texts(session, notice.id, draft.texts, lags)
    told: dict[str, Any] = {"stairwells": len(doors), "urgency": draft.urgency.value}
    _note(session, sender, "written", notice.id, doors, **told)
    _ask(session, notice.id, sender.base_url)
    _refresh(session, notice.id, doors)
    return notice.id


def _note(
    session: Session, sender: Sender, verb: str, notice: int, doors: Iterable[Door], **told: Any
) -> None:
    """A deed in each organisation whose doors it is for: each has its own in a handover."""
    thing, actor = (rules.OWNER, notice), sender.scope.person
    for organisation in sorted({door.organisation for door in doors}):
        record(session, verb, thing, actor=actor, organisation=organisation, **told)


def _doors(session: Session, scope: Scope, stairwells: Collection[int]) -> list[Door]:
    doors = [
        one for one in queries.doors_in(session, scope.sections) if one.stairwell in stairwells
    ]
    if len(doors) != len(stairwells):
        raise Missing
    return doors


def whole_sections(session: Session, doors: Sequence[Door]) -> frozenset[int]:
    """The sections of which every door is among these."""
    among = rules.doors_by_section(doors)
    there = rules.doors_by_section(queries.doors_in(session, list(among)))
    return frozenset(one for one, chosen in among.items() if len(chosen) == len(there[one]))


def _time(draft: Draft) -> tuple[datetime, datetime | None]:
    if draft.starts is None:
        raise Missing
    return draft.starts, draft.ends


def _keep_texts(session: Session, notice: int, texts: Texts, lags: Collection[str]) -> None:
    session.execute(delete(NoticeText).where(NoticeText.notice_id == notice))
    session.add_all(
        NoticeText(notice_id=notice, language=language, **said._asdict(), lags=language in lags)
        for language, said in texts.items()
    )
    session.flush()


def _refresh(session: Session, notice: int, doors: Iterable[Door]) -> None:
    """Let first pages, lists and the message's own page be fetched anew where it is read."""
    for door in doors:
        for block in ("today", "notices", f"notice-{notice}"):
            stale(session, f"stairwell:{door.stairwell}", block)
    refresh_desk(session, notice, doors)


def refresh_desk(session: Session, notice: int, doors: Iterable[Door]) -> None:
    """Let the desks of the sections behind these doors fetch the message anew."""
    for section in {door.section for door in doors}:
        for block in ("desk-notices", f"desk-notice-{notice}"):
            stale(session, f"section:{section}", block)


def _ask(session: Session, notice: int, base_url: str) -> None:
    jobs.ask(session, rules.NOTICES_JOB, None, notice=notice, base=base_url)


def change(session: Session, sender: Sender, number: int, draft: Draft, now: datetime) -> bool:
    """Change a message; what it said stays to be read. Returns whether people are told of it.

    Its places stay: who was told of one stairwell is not told that it was another. A message that
    was over and gets a new time holds again. Raises Missing.
    """
    notice = queries.own_notice(session, sender.scope, number)
    before = queries.view(session, number)
    starts, ends = _time(draft)
    span = Span(clock.local(starts), clock.local(ends) if ends else None)
    anew = retold((before.texts, before.span), (draft.texts, span)) or before.over_at is not None
    moved = anew or raised(before.urgency, draft.urgency)
    if anew:
        _keep_wording(session, before, now)
    if moved:
        notice.version += 1
    notice.starts_at, notice.ends_at, notice.over_at = starts, ends, None
    notice.urgency, notice.changed_at = draft.urgency, now
    notice.phase = phase(now, starts, ends, None)
    _keep_texts(
        session,
        number,
        draft.texts,
        lagging(before.texts, draft.texts, before.lags, draft.looked_at),
    )
    doors = queries.doors_of(session, number)
    _note(session, sender, "changed", number, doors, told=moved)
    if moved:
        _ask(session, number, sender.base_url)
    _refresh(session, number, doors)
    return moved


def _keep_wording(session: Session, before: NoticeView, now: datetime) -> None:
    session.add(
        NoticeWording(
            notice_id=before.id,
            version=before.version,
            starts_at=before.starts_at,
            ends_at=before.ends_at,
            texts={language: list(said) for language, said in before.texts.items()},
            replaced_at=now,
        )
    )


def say_over(
    session: Session,
    sender: Sender,
    number: int,
    over: datetime,
    afterwords: Mapping[str, str],
    now: datetime,
) -> None:
    """It is over, sooner or later than was said; everybody who was told is told. Raises Missing.

    Refused when somebody said so already.
    """
    notice = queries.own_notice(session, sender.scope, number)
    if notice.over_at is not None:
        raise Refused(N_("Somebody has said already that it is over."))
    notice.over_at = min(over, now)
    notice.phase = Phase.OVER
    notice.version += 1
    notice.changed_at = now
    for language, text in afterwords.items():
        said = (NoticeText.notice_id == number) & (NoticeText.language == language)
        session.execute(update(NoticeText).where(said).values(afterword=text))
    doors = queries.doors_of(session, number)
    _note(session, sender, "ended", number, doors)
    _ask(session, number, sender.base_url)
    _refresh(session, number, doors)


def come_round(session: Session, now: datetime, base_url: str) -> int:
    """Look at messages whose time has come: near, holding, over. Returns how many; called often.

    Open pages are fetched anew. What was announced more than a day before is reminded of now, and
    told to whoever moved in since.
    """
    # The clock never looks back: a phase only grows.
    begun = Notice.starts_at <= now + rules.SHOWN_BEFORE
    due = session.scalars(
        select(Notice)
        .where(Notice.phase != Phase.OVER, begun)
        .order_by(Notice.id)
        .with_for_update(skip_locked=True)
    ).all()
    moved = 0
    for notice in due:
        was, stands = notice.phase, phase(now, notice.starts_at, notice.ends_at, notice.over_at)
        if was is stands:
            continue
        moved += 1
        notice.phase = stands
        if was is Phase.PLANNED and stands is Phase.NEAR:
            given = {"notice": notice.id, "base": base_url, "reminder": True}
            jobs.ask(session, rules.NOTICES_JOB, None, **given)
        _refresh(session, notice.id, queries.doors_of(session, notice.id))
    return moved


def forget(session: Session, before: datetime) -> list[int]:
    """Erase at most 500 messages that were over before `before`; returns their ids.

    One without an end that nobody ever said was over goes by when it was last changed.
    """
    last = func.coalesce(Notice.over_at, Notice.ends_at, Notice.changed_at, Notice.written_at)
    return erase_some(session, Notice, last < before)


def erase(session: Session, ids: Sequence[int]) -> None:
    """Erase these messages."""
    session.execute(delete(Notice).where(Notice.id.in_(ids)))
