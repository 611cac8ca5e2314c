"""Writing letters, giving them to households, and settling what proves that they arrived."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.audit.actions import record
from estate.channels.queries import Adult, Way, ways
from estate.channels.rules import Lawfulness
from estate.database import insert_for, stale
from estate.files import actions as files
from estate.files.queries import file_of
from estate.files.store import PdfStore
from estate.jobs.actions import JobKind, Task, ask
from estate.jobs.queries import is_under_way
from estate.jobs.rules import Progress
from estate.language import DEFAULT, LANGUAGES, N_, Message, say
from estate.letters.models import (
    Letter,
    LetterCopy,
    LetterMail,
    LetterOpening,
    LetterPlace,
    LetterText,
)
from estate.letters.queries import (
    LetterView,
    OwnCopies,
    given_day,
    kind_of,
    kinds,
    letter_by_id,
    letter_within,
    reached,
    recipients,
)
from estate.letters.rules import (
    GIVING_JOB,
    LETTER,
    TO_PRINT,
    Draft,
    before,
    digest_of,
    proof,
)
from estate.mails.models import Mail
from estate.notifications.actions import notify, queue_mail
from estate.people.models import Household
from estate.people.queries import lasting
from estate.people.rules import LetterChannel
from estate.permissions import Role, Scope
from estate.reach.queries import holders_over
from estate.refusals import Missing, Refused
from estate.retention.actions import erase_some
from estate.texts.actions import queue_text
from estate.values.queries import default_number

STEP = 60
"""Households given a letter in one transaction: with mails and notices some four hundred rows."""

OWNER = "letter"
"""Of an uploaded PDF, among the files."""


class Upload(NamedTuple):
    """A PDF somebody brought for a letter; `pages` were counted by whoever looked into it."""

    name: str
    data: bytes
    pages: int


def save_draft(
    session: Session,
    draft: Draft,
    by: int | None,
    *,
    letter: int | None = None,
    upload: Upload | None = None,
    store: PdfStore | None = None,
) -> int:
    """Write a draft down, or change one; returns its id. Refused once it was given."""
    now = clock.now()
    row = (
        Letter(made_at=now, made_by_id=by, version=0) if letter is None else _draft(session, letter)
    )
    session.add(row)
    row.section_id, row.kind = draft.section, draft.kind
    row.title = draft.texts[DEFAULT][0]
    row.effective_on = draft.effective_on
    lead = kinds(clock.today())[draft.kind].lead
    row.deliver_by = before(draft.effective_on, lead) if draft.effective_on else None
    row.version += 1
    session.flush()
    _write_texts(session, row.id, draft)
    if upload is not None and store is not None:
        files.remove_all(session, OWNER, [row.id])
        files.add(session, store, (OWNER, row.id), upload.name, upload.data)
        row.pages = upload.pages
    return row.id


def held_draft(session: Session, scope: Scope, letter: int) -> LetterView:
    """A draft that nobody else changes until the transaction ends. Refused once it was given."""
    _within(session, scope, letter)
    _draft(session, letter)
    return _within(session, scope, letter)


def _draft(session: Session, letter: int) -> Letter:
    row = session.get(Letter, letter, with_for_update=True)
    if row is None:
        raise Missing
    if row.given_at is not None:
        raise Refused(N_("The letter has been given. Write a new one to correct it."))
    return row


def _write_texts(session: Session, letter: int, draft: Draft) -> None:
    for table in (LetterText, LetterPlace):
        session.execute(delete(table).where(table.letter_id == letter))
    session.add_all(
        LetterText(letter_id=letter, language=language, title=title, body=body)
        for language, (title, body) in draft.texts.items()
        if title
    )
    session.add_all(
        LetterPlace(letter_id=letter, kind=kind, place_id=number)
        for kind, number in sorted(set(draft.places))
    )
    session.flush()


def drop_file(session: Session, scope: Scope, letter: int) -> None:
    """Take the PDF from a draft again."""
    _within(session, scope, letter)
    row = _draft(session, letter)
    files.remove_all(session, OWNER, [letter])
    row.pages = 0
    row.version += 1


def discard(session: Session, scope: Scope, letter: int) -> None:
    """Throw a draft away."""
    _within(session, scope, letter)
    row = _draft(session, letter)
    files.remove_all(session, OWNER, [letter])
    session.delete(row)
    session.flush()


def _within(session: Session, scope: Scope, letter: int) -> LetterView:
    found = letter_within(session, scope, letter)
    if found is None:
        raise Missing
    return found


def give(session: Session, scope: Scope, letter: int, base_url: str) -> int:
    """Give a draft to its households: one deed, worked off by a job; returns the job."""
    _within(session, scope, letter)
    return _give(session, letter, scope.person, base_url)


def give_notice(session: Session, draft: Draft, by: int | None, base_url: str) -> int:
    """Write a letter and give it at once, one row a household; returns the letter.

    For whoever has asked already whether they may; `base_url` is where its page is reached.
    """
    letter = save_draft(session, draft, by)
    _give(session, letter, by, base_url)
    return letter


def _give(session: Session, letter: int, by: int | None, base_url: str) -> int:
    row, view = _draft(session, letter), letter_by_id(session, letter)
    if view is None:
        raise Missing
    households = recipients(session, row.section_id, view.places, clock.today())
    if not households:
        raise Refused(N_("Nobody lives there at present."))
    if not row.pages and not view.texts[DEFAULT][1]:
        raise Refused(N_("The letter says nothing yet. Write it, or choose a PDF."))
    held = file_of(session, OWNER, letter)
    row.digest = digest_of(row.kind, view.texts, row.effective_on, held.digest if held else "")
    row.given_at, row.given_by_id = clock.now(), by
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
    view, row = _within(session, scope, letter), session.get(Letter, letter, with_for_update=True)
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


GIVING = JobKind(GIVING_JOB, N_("Giving a letter to the households"), hand_out)


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
    sent = False
    if kind_of(letter.kind).matter.formal:
        return sent
    for adult in way.adults:
        title = _titled(letter, adult.language)
        _push(session, letter, adult.person, title)
        if way.channel is LetterChannel.DIGITAL and adult.email:
            _mail(session, letter, copy, adult, _lines(letter, title, way.lawfulness, base))
            sent = True
        if way.channel is LetterChannel.SMS and adult.phone:
            _text(session, letter, adult, title)
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
    known = adult.language in LANGUAGES
    return adult.language if adult.language and known else DEFAULT


def _text(session: Session, letter: LetterView, adult: Adult, title: str) -> None:
    queue_text(
        session,
        to=adult.phone or "",
        language=_spoken(adult),
        text=say(N_("Letter from {sender}: {title}"), sender=_sender(letter), title=title),
        ending=f"/letters/{letter.id}",
        person=adult.person,
    )


def open_letter(session: Session, scope: Scope, own: OwnCopies, now: datetime) -> None:
    """A member opened their household's copy, or copies where they live in two homes.

    It proves delivery in a session that they began themselves, and in any it is read from then on.
    """
    new = _note_openings(session, scope, own.copies, now)
    if not new:
        return
    stale(session, f"person:{scope.person}", "today")
    if scope.reader.trusted:
        hold(session, new)
        session.execute(
            update(LetterCopy)
            .where(LetterCopy.id.in_(new), LetterCopy.opened_at.is_(None))
            .values(opened_at=now)
        )
        note_proof(session, new)


def _note_openings(
    session: Session, scope: Scope, copies: Sequence[int], now: datetime
) -> Sequence[int]:
    """Write a person's first openings down, and their first trusted ones; returns those copies."""
    trusted = scope.reader.trusted
    rows = insert_for(session, LetterOpening).returning(LetterOpening.copy_id)
    first = (
        rows.on_conflict_do_update(
            index_elements=["copy_id", "person_id"],
            set_={"trusted": rows.excluded.trusted, "opened_at": rows.excluded.opened_at},
            where=LetterOpening.trusted.is_(False),
        )
        if trusted
        else rows.on_conflict_do_nothing()
    )
    seen = {"person_id": scope.person, "opened_at": now, "trusted": trusted}
    return session.scalars(first, [{"copy_id": copy, **seen} for copy in copies]).all()


def hold(session: Session, copies: Sequence[int]) -> None:
    """Let whoever notes something of these copies at the same time wait, and then see it.

    The weaker lock: rows that refer to a copy are written before it is asked for.
    """
    mine = select(LetterCopy.id).where(LetterCopy.id.in_(copies)).order_by(LetterCopy.id)
    session.execute(mine.with_for_update(key_share=True))


def note_proof(session: Session, copies: Sequence[int]) -> None:
    """Write down what proves these copies delivered, by all that is known of them."""
    hold(session, copies)
    for copy, known in reached(session, copies).items():
        shown = proof(known)
        session.execute(
            update(LetterCopy)
            .where(LetterCopy.id == copy)
            .values(
                delivered_at=shown.at if shown else None,
                delivered_how=shown.how if shown else None,
                delivered_by_id=shown.by if shown else None,
            )
        )


def note_accepted(session: Session) -> int:
    """Note some of the mails that a mail server has taken; returns how many.

    What went to nobody's own confirmed address, or not to a tenant's, proves nothing by that.
    """
    taken = (
        select(LetterMail.mail_id, LetterMail.copy_id)
        .join(Mail, LetterMail.mail_id == Mail.id)
        .where(Mail.to_server, Mail.done_at.is_not(None), LetterMail.taken_at.is_(None))
        .order_by(Mail.done_at)
        .limit(STEP)
    )
    rows = session.execute(taken).all()
    if not rows:
        return 0
    copies = [row.copy_id for row in rows]
    hold(session, copies)
    done = select(Mail.done_at).where(Mail.id == LetterMail.mail_id).scalar_subquery()
    session.execute(
        update(LetterMail)
        .where(LetterMail.mail_id.in_([row.mail_id for row in rows]))
        .values(taken_at=done)
        .execution_options(synchronize_session=False)
    )
    _settle_accepted(session, copies)
    return len(rows)


def note_returned(session: Session, mail: int, now: datetime) -> bool:
    """A mail came back: it proves nothing any more, and the letter is printed unless all is well.

    Returns whether it was a letter's.
    """
    copy = session.scalar(
        update(LetterMail)
        .where(LetterMail.mail_id == mail, LetterMail.returned_at.is_(None))
        .values(returned_at=now)
        .returning(LetterMail.copy_id)
    )
    if copy is None:
        return False
    hold(session, [copy])
    _settle_accepted(session, [copy])
    unproven = select(LetterCopy.id).where(
        LetterCopy.id == copy, LetterCopy.delivered_at.is_(None), LetterCopy.paper_at.is_(None)
    )
    _print_as_well(session, unproven, "returned", now)
    return True


def _settle_accepted(session: Session, copies: Sequence[int]) -> None:
    """Write down when a mail that counts was first taken and did not come back."""
    first = (
        select(func.min(LetterMail.taken_at))
        .where(
            LetterMail.copy_id == LetterCopy.id, LetterMail.counts, LetterMail.returned_at.is_(None)
        )
        .scalar_subquery()
    )
    session.execute(
        update(LetterCopy)
        .where(LetterCopy.id.in_(copies))
        .values(accepted_at=first)
        .execution_options(synchronize_session=False)
    )
    note_proof(session, copies)


def print_unopened(session: Session, now: datetime) -> int:
    """Have some copies printed that were sent and not shown to arrive in time; returns how many.

    In time is some days after it was sent, and some before it has to be there: what comes first.
    """
    day = clock.local(now).date()
    since = now - timedelta(days=default_number("letter_unopened_days", day))
    near = day + timedelta(days=default_number("letter_deadline_days", day))
    late = (
        select(LetterCopy.id)
        .join(Letter, LetterCopy.letter_id == Letter.id)
        .join(Household, LetterCopy.household_id == Household.id)
        .where(
            LetterCopy.delivered_at.is_(None),
            LetterCopy.paper_at.is_(None),
            LetterCopy.sent_at.is_not(None),
            (LetterCopy.sent_at <= since) | (Letter.deliver_by <= near),
            lasting(Household, day),
        )
        .limit(STEP)
    )
    return _print_as_well(session, late, "unopened", now)


def _print_as_well(session: Session, copies: Select[int], why: str, now: datetime) -> int:
    """Have copies printed, and tell the office so; returns how many."""
    letters = session.scalars(
        update(LetterCopy)
        .where(LetterCopy.id.in_(copies))
        .values(paper_at=now, paper_why=why)
        .returning(LetterCopy.letter_id)
    ).all()
    told = select(Letter.id, Letter.title, Letter.section_id).where(Letter.id.in_(set(letters)))
    for row in session.execute(told.order_by(Letter.id)).all():
        _tell_office(session, row.id, row.title, row.section_id, clock.local(now).date())
    return len(letters)


def _tell_office(session: Session, letter: int, title: str, section: int, day: date) -> None:
    text = N_("“{title}” is to be printed for households it is not shown to have reached.")
    notify(
        session,
        kind=TO_PRINT.name,
        persons=holders_over(session, Role.OFFICE, section, day),
        title=N_("Letters to print"),
        body=text,
        repeated=text,
        values={"title": title},
        address=f"/desk/letters/{letter}/print",
        merge_key=f"letter-print-{letter}",
    )


def forget(session: Session, before: datetime) -> list[int]:
    """Erase some letters given, or drafted and left, before a moment; returns their ids."""
    old = (Letter.given_at < before) | (Letter.given_at.is_(None) & (Letter.made_at < before))
    gone = erase_some(session, Letter, old, most=20)
    files.remove_all(session, OWNER, gone)
    return gone


def erase(session: Session, ids: Sequence[int]) -> None:
    """Erase these letters with all that shows whom they reached."""
    session.execute(delete(Letter).where(Letter.id.in_(ids)))
    files.remove_all(session, OWNER, ids)
