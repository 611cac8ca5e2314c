"""Telling those behind a service message's doors what it says by then, some hundreds a step."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from engagement.announcing import rules
from engagement.announcing.models import NoticeTold
from engagement.announcing.queries import Addressee, addressees
from engagement.announcing.rules import Reached
from engagement.notices.actions import refresh_desk
from engagement.notices.models import Notice
from engagement.notices.queries import NoticeView, doors_of, view
from engagement.notices.rules import DANISH, NOTICES_JOB, Phase, filled
from estate import clock
from estate.database import insert_for
from estate.deliveries.queries import listening
from estate.jobs.actions import JobKind, Task
from estate.jobs.rules import Progress
from estate.language import DEFAULT, N_, Message, say
from estate.mails.actions import queue_mail
from estate.notifications.actions import count_as_mailed, notify
from estate.notifications.queries import moved_switches
from estate.notifications.rules import Channel, goes_by_text, wanted
from estate.retention.actions import STEP as ERASED_AT_ONCE

STEP = 400
"""Persons told in one transaction."""


def tell(session: Session, task: Task, folder: Path) -> Progress:
    """Tell the next of those who live, or help, where a message is for what it says by now."""
    number, after = task.given["notice"], task.given.get("after", 0)
    # Held, so that whoever changes it meanwhile finds everybody who was told.
    if session.get(Notice, number, with_for_update={"key_share": True}) is None:
        return Progress(task.done, task.done, {})
    now = clock.now()
    told = _Telling(session, view(session, number), task.given, now)
    people = addressees(session, number, clock.local(now).date(), after, STEP)
    told.to(people)
    done = task.done + len(people)
    if len(people) < STEP:
        refresh_desk(session, number, doors_of(session, number))
        return Progress(done, done, {})
    return Progress(done, done + 1, {**task.given, "after": people[-1].person})


TELLING = JobKind(NOTICES_JOB, N_("Telling residents of a service message"), tell)


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
        lines = [filled(part, notice.span, notice.place, None)] if part else []
        if language != DANISH:
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
