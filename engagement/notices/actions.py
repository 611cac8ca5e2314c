"""Writing a service message, changing it, saying that it is over, and telling those concerned.

A whole section may be behind one message: the deed asks for a job, and the worker tells some
hundreds a step what the message says by then.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.orm import Session

from engagement.notices import queries, rules
from engagement.notices.models import Notice, NoticePlace, NoticeText, NoticeTold, NoticeWording
from engagement.notices.queries import Addressee, NoticeView
from engagement.notices.rules import (
    Door,
    Draft,
    Phase,
    Reached,
    Span,
    Texts,
    lagging,
    phase,
    raised,
    retold,
)
from estate import clock
from estate.audit.actions import record
from estate.database import insert_for, stale
from estate.deliveries.queries import listening
from estate.jobs import actions as jobs
from estate.jobs.actions import JobKind, Task
from estate.jobs.rules import Progress
from estate.language import DEFAULT, N_, Message, pack_message, say
from estate.mails.actions import queue_mail
from estate.notifications.actions import count_as_mailed, notify
from estate.notifications.queries import moved_switches
from estate.notifications.rules import Channel, goes_by_text, wanted
from estate.permissions import Scope
from estate.refusals import Missing, Refused
from estate.retention.actions import STEP as ERASED_AT_ONCE
from estate.retention.actions import erase_some

STEP = 400
"""Persons told in one transaction."""


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
    _refresh_desk(session, notice, doors)


def _refresh_desk(session: Session, notice: int, doors: Iterable[Door]) -> None:
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


# Telling


def tell(session: Session, task: Task, folder: Path) -> Progress:
    """Tell the next of those who live, or help, where a message is for what it says by now."""
    number, after = task.given["notice"], task.given.get("after", 0)
    # Held, so that whoever changes it meanwhile finds everybody who was told.
    if session.get(Notice, number, with_for_update={"key_share": True}) is None:
        return Progress(task.done, task.done, {})
    now = clock.now()
    told = _Telling(session, queries.view(session, number), task.given, now)
    people = queries.addressees(session, number, clock.local(now).date(), after, STEP)
    told.to(people)
    done = task.done + len(people)
    if len(people) < STEP:
        _refresh_desk(session, number, queries.doors_of(session, number))
        return Progress(done, done, {})
    return Progress(done, done + 1, {**task.given, "after": people[-1].person})


TELLING = JobKind(rules.NOTICES_JOB, N_("Telling residents of a service message"), tell)


class _Telling:
    """One step of telling: what is said to whom, and by what it reaches them."""

    def __init__(
        self, session: Session, notice: NoticeView, given: Mapping[str, Any], now: datetime
    ) -> None:
        self.session = session
        self.notice = notice
        self.reminder = bool(given.get("reminder"))
        self.address = f"/notices/{notice.id}"
        self.link = given["base"] + self.address
        self.now = now
        # One that ran out before everybody was told of it is told to nobody else.
        over = notice.phase(now) is Phase.OVER
        self.run_out = over and (notice.over_at is None or self.reminder)

    def to(self, people: Sequence[Addressee]) -> None:
        """Tell these, each in the language they read it in; nobody of one version twice."""
        groups: dict[tuple[str, bool], list[Addressee]] = {}
        for one in people:
            if not self.run_out and (self.reminder or one.knows < self.notice.version):
                key = (self.notice.language(one.language or DEFAULT), one.knows > 0)
                groups.setdefault(key, []).append(one)
        told: list[Addressee] = []
        for (language, knows), them in groups.items():
            told += self._say(language, them, knows=knows)
        if told:
            self._write_down(told)

    def _say(
        self, language: str, people: Sequence[Addressee], *, knows: bool
    ) -> Sequence[Addressee]:
        notice, said = self.notice, self.notice.texts[language]
        over = notice.over_at is not None
        what = rules.word(knows=knows, over=over, off=notice.off, reminder=self.reminder)
        if what is None:
            return ()
        now_told = rules.telling(what, afterword=bool(said.afterword))
        notify(
            self.session,
            kind=now_told.kind,
            persons=[one.person for one in people],
            title=now_told.title,
            body=now_told.body,
            repeated=now_told.body,
            values=rules.values(said, notice.span, notice.place, self._over()),
            address=self.address,
            merge_key=rules.merge_key(notice.id),
            urgent=self._urgent(knows=knows),
        )
        return people

    def _urgent(self, *, knows: bool) -> bool:
        return rules.disturbs(self.notice.urgency, knows=knows, reminder=self.reminder)

    def _over(self) -> datetime | None:
        over = self.notice.over_at
        return clock.local(over) if over is not None else None

    def _write_down(self, told: Sequence[Addressee]) -> None:
        reach = self._reach(told)
        insert = insert_for(self.session, NoticeTold)
        kept = {name: insert.excluded[name] for name in ("version", "channel", "texted", "told_at")}
        self.session.execute(
            insert.on_conflict_do_update(index_elements=["notice_id", "person_id"], set_=kept),
            [
                {
                    "notice_id": self.notice.id,
                    "person_id": one.person,
                    "version": self.notice.version,
                    "channel": reach[one.person][0],
                    "texted": reach[one.person][1],
                    "told_at": self.now,
                }
                for one in told
            ],
        )
        mailed = [one for one in told if reach[one.person][0] is Reached.MAIL]
        for one in mailed:
            self._mail(one)
        count_as_mailed(
            self.session, [one.person for one in mailed], rules.merge_key(self.notice.id)
        )

    def _reach(self, told: Sequence[Addressee]) -> Mapping[int, tuple[Reached, bool]]:
        """By what each of these is reached, and whether an SMS goes as well."""
        persons = [one.person for one in told]
        phones = frozenset(self.session.scalars(listening(self.now, persons)))
        pushed = moved_switches(self.session, persons, Channel.PUSH)
        mailed = moved_switches(self.session, persons, Channel.EMAIL)
        found = {}
        for one in told:
            knows = one.knows > 0
            kind = rules.REMINDER if self.reminder and knows else rules.SERVICE_MESSAGE
            switch, urgent = (one.person, kind.name), self._urgent(knows=knows)
            texted = bool(one.number) and goes_by_text(kind, one.by_text, urgent=urgent)
            push = one.person in phones and wanted(kind, Channel.PUSH, pushed.get(switch))
            mail = wanted(kind, Channel.EMAIL, mailed.get(switch))
            channel = rules.reached(
                push=push,
                texted=texted,
                mail=urgent and mail and bool(one.address),
                digest=mail and one.gathers,
            )
            found[one.person] = (channel, texted)
        return found

    def _mail(self, one: Addressee) -> None:
        """Who has neither phone nor SMS is told what is urgent by mail, at once."""
        notice = self.notice
        language = notice.language(one.language or DEFAULT)
        said = notice.texts[language]
        part = rules.told_in_full(said, over=notice.over_at is not None, off=notice.off)
        lines = [rules.filled(part, notice.span, notice.place, None)] if part else []
        if language != rules.DANISH:
            lines.append(say(N_("This is help. The Danish text is the one that counts.")))
        over = notice.over_at is not None
        what = rules.word(knows=one.knows > 0, over=over, off=notice.off, reminder=False)
        now_told = rules.telling(what or rules.Word.NEW, afterword=False)
        values = rules.values(said, notice.span, notice.place, self._over())
        queue_mail(
            self.session,
            to=one.address or "",
            language=one.language or DEFAULT,
            subject=Message(now_told.title, values),
            lines=[
                Message(now_told.body, values),
                *lines,
                say(N_("Read it here: {link}"), link=self.link),
            ],
        )


# What comes round


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


def forget_told(session: Session, before: datetime) -> int:
    """Erase some of who was told before `before` of what is over; returns how many."""
    over = select(Notice.id).where(Notice.phase == Phase.OVER)
    due = (
        select(NoticeTold.notice_id, NoticeTold.person_id)
        .where(NoticeTold.told_at < before, NoticeTold.notice_id.in_(over))
        .limit(ERASED_AT_ONCE)
    )
    pairs = [tuple(row) for row in session.execute(due)]
    session.execute(
        delete(NoticeTold).where(tuple_(NoticeTold.notice_id, NoticeTold.person_id).in_(pairs))
    )
    return len(pairs)
