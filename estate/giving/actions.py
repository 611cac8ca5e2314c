"""Giving letters to households: a copy each, told by the channel that reaches them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.audit.actions import record
from estate.channels.queries import Adult, Way, ways
from estate.channels.rules import Lawfulness
from estate.database import insert_for, stale
from estate.files.queries import file_of
from estate.giving.queries import recipients
from estate.giving.rules import GIVING_JOB, LETTER
from estate.jobs.actions import JobKind, Task, ask
from estate.jobs.queries import is_under_way
from estate.jobs.rules import Progress
from estate.language import DEFAULT, LANGUAGES, N_, Message, say
from estate.letters.actions import OWNER, lock_draft, save_draft
from estate.letters.models import Letter
from estate.letters.queries import LetterView, given_day, kind_of, letter_by_id, letter_within
from estate.letters.rules import Draft, digest_of
from estate.notifications.actions import notify, queue_mail
from estate.notifications.rules import after_quiet
from estate.people.rules import LetterChannel
from estate.permissions import Scope
from estate.proof.models import LetterCopy, LetterMail, LetterSms
from estate.refusals import Missing, Refused
from estate.texts.actions import queue_text

STEP = 60
"""Households given a letter in one transaction: with mails and notices some four hundred rows."""


def give(session: Session, scope: Scope, letter: int, base_url: str) -> int:
    """Give a draft to its households: one deed, worked off by a job; returns the job."""
    letter_within(session, scope, letter)
    return _give(session, letter, scope.person, base_url)


def give_notice(session: Session, draft: Draft, by: int | None, base_url: str) -> int:
    """Write a letter and give it at once, one row a household; returns the letter.

    For whoever has asked already whether they may; `base_url` is where its page is reached.
    """
    letter = save_draft(session, draft, by)
    _give(session, letter, by, base_url)
    return letter


def _give(session: Session, letter: int, by: int | None, base_url: str) -> int:
    row, view = lock_draft(session, letter), letter_by_id(session, letter)
    if view is None:
        raise Missing
    now = clock.now()
    today = clock.local(now).date()
    households = recipients(session, row.section_id, view.places, today)
    if not households:
        raise Refused(N_("Nobody lives there at present."))
    if not row.pages and not view.texts[DEFAULT][1]:
        raise Refused(N_("The letter says nothing yet. Write it, or choose a PDF."))
    held = file_of(session, OWNER, letter)
    row.digest = digest_of(row.kind, view.texts, row.effective_on, held.digest if held else "")
    row.given_at, row.given_on, row.given_by_id = now, today, by
    row.households = len(households)
    row.giving_job_id = _ask_to_give(session, row, by, base_url)
    thing = ("letter", letter)
    told: dict[str, Any] = {"kind": row.kind, "households": len(households), "version": row.version}
    record(session, "gave_letter", thing, actor=by, organisation=view.organisation, **told)
    return row.giving_job_id


def _ask_to_give(session: Session, row: Letter, by: int | None, base_url: str) -> int:
    given = {"letter": row.id, "base": base_url, "total": row.households}
    return ask(session, GIVING_JOB, by, **given, after=0, address=f"/desk/letters/{row.id}")


def go_on(session: Session, scope: Scope, letter: int, base_url: str) -> None:
    """Give a letter to those of its households that a giving cut short left out.

    Nothing where all have a copy, or where it is still under way.
    """
    view = letter_within(session, scope, letter)
    row = session.get(Letter, letter, with_for_update=True)
    if row is None or row.given_at is None:
        raise Missing
    there = select(func.count()).where(LetterCopy.letter_id == letter)
    missing = row.households - (session.scalar(there) or 0)
    if missing <= 0 or is_under_way(session, row.giving_job_id):
        return
    row.giving_job_id = _ask_to_give(session, row, scope.person, base_url)
    record(
        session,
        "went_on_giving",
        ("letter", letter),
        actor=scope.person,
        organisation=view.organisation,
        households=missing,
    )


def hand_out(session: Session, task: Task, folder: Path) -> Progress:
    """Give the next households their copies: rows, mails, pushes and SMS."""
    letter = letter_by_id(session, task.given["letter"])
    if letter is None or letter.given_at is None:
        return Progress(task.done, task.done, {})
    day = given_day(letter)
    some = recipients(
        session, letter.section, letter.places, day, after=task.given["after"], limit=STEP
    )
    found = ways(session, letter.section, kind_of(letter.kind).matter, some, day)
    copies = _write_copies(session, letter, found)
    base = task.given["base"]
    sent = [
        copy for home, copy in copies.items() if _send(session, letter, copy, found[home], base)
    ]
    session.execute(update(LetterCopy).where(LetterCopy.id.in_(sent)).values(sent_at=clock.now()))
    done = task.done + len(some)
    if len(some) < STEP:
        _settle_households(session, letter.id)
        return Progress(done, done, dict(task.given))
    total = max(done + 1, task.given["total"])
    return Progress(done, total, {**task.given, "after": some[-1]})


GIVING = JobKind(
    GIVING_JOB,
    N_("Giving a letter to the households"),
    hand_out,
    did=N_("The letter has been given to the households."),
)


def _settle_households(session: Session, letter: int) -> None:
    """Count the households anew at the end: the register may have changed on the way."""
    copies = select(func.count()).where(LetterCopy.letter_id == letter).scalar_subquery()
    session.execute(update(Letter).where(Letter.id == letter).values(households=copies))


def _write_copies(
    session: Session, letter: LetterView, found: Mapping[int, Way]
) -> Mapping[int, int]:
    """One row a household; returns the new ones, household → copy."""
    now = clock.now()
    rows = [
        {
            "letter_id": letter.id,
            "household_id": household,
            "version": letter.version,
            "channel": way.channel,
            "lawful": way.lawfulness.ok,
            "grounds": list(way.lawfulness.obstacles),
            "paper_at": now if way.paper_why else None,
            "paper_why": way.paper_why,
        }
        for household, way in found.items()
    ]
    if not rows:
        return {}
    made = session.execute(
        insert_for(session, LetterCopy)
        .on_conflict_do_nothing(index_elements=["letter_id", "household_id"])
        .returning(LetterCopy.household_id, LetterCopy.id),
        rows,
    ).all()
    for household in found:
        stale(session, f"household:{household}", "today")
    return {row[0]: row[1] for row in made}


def _send(session: Session, letter: LetterView, copy: int, way: Way, base: str) -> bool:
    """Tell the adults of a household where to read it, unless it is for paper alone.

    Returns whether a mail or an SMS is on its way; a push is no sending.
    """
    if kind_of(letter.kind).matter.formal:
        return False
    sent = False
    for adult in way.adults:
        title = _titled(letter, adult.language)
        _push(session, letter, adult.person, title)
        if way.channel is LetterChannel.DIGITAL and adult.email:
            _mail(session, letter, copy, adult, _lines(letter, title, way.lawfulness, base))
            sent = True
        if way.channel is LetterChannel.SMS and adult.phone:
            _text(session, letter, copy, adult, title)
            sent = True
    return sent


def _titled(letter: LetterView, language: str | None) -> str:
    return letter.texts.get(language or DEFAULT, letter.texts[DEFAULT])[0]


def _push(session: Session, letter: LetterView, person: int, title: str) -> None:
    notify(
        session,
        kind=LETTER.name,
        persons=[person],
        title=N_("A letter to your household"),
        body=N_("{title}"),
        values={"title": title},
        address=f"/letters/{letter.id}",
        merge_key=f"letter-{letter.id}",
    )


def _mail(
    session: Session, letter: LetterView, copy: int, adult: Adult, lines: Sequence[Message]
) -> None:
    title = _titled(letter, adult.language)
    mail = queue_mail(
        session,
        to=adult.email or "",
        language=_spoken(adult),
        subject=say(N_("A letter from {sender}: {title}"), sender=_sender(letter), title=title),
        lines=lines,
    )
    counts = adult.tenant and adult.confirmed
    session.execute(insert(LetterMail).values(mail_id=mail, copy_id=copy, counts=counts))


def _lines(letter: LetterView, title: str, lawfulness: Lawfulness, base: str) -> Sequence[Message]:
    sender, address = _sender(letter), f"{base}/letters/{letter.id}"
    counts = (
        N_("It is an official notice, also if you do not open it. Please read it soon.")
        if lawfulness.ok
        else N_("What counts is the letter on paper. It is on its way to your door.")
    )
    return [
        say(N_("{sender} has a letter for your household: {title}"), sender=sender, title=title),
        say(N_("Read it here: {address}"), address=address),
        say(counts),
        say(
            N_("Questions? Call {office}, {phone}."),
            office=letter.office_name,
            phone=letter.office_phone,
        ),
        say(N_("You can have letters on paper: choose it under My household, or tell the office.")),
    ]


def _sender(letter: LetterView) -> str:
    return letter.organisation_name


def _spoken(adult: Adult) -> str:
    return language if (language := adult.language or "") in LANGUAGES else DEFAULT


def _text(session: Session, letter: LetterView, copy: int, adult: Adult, title: str) -> None:
    text = queue_text(
        session,
        to=adult.phone or "",
        language=_spoken(adult),
        text=say(N_("Letter from {sender}: {title}"), sender=_sender(letter), title=title),
        ending=f"/letters/{letter.id}",
        person=adult.person,
        after=after_quiet(clock.local(clock.now()), *adult.quiet),
    )
    session.execute(insert(LetterSms).values(text_id=text, copy_id=copy))
