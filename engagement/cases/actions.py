"""What residents and staff do with a case: every step goes through the one table of `rules`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from engagement.cases import queries, rules
from engagement.cases.models import Case, CaseEntry, CaseFollower, CasePrivate
from engagement.cases.queries import Desk
from engagement.cases.rules import (
    FINAL,
    Draft,
    Kind,
    Origin,
    Outcome,
    Place,
    Private,
    Seen,
    State,
    Step,
)
from engagement.categories.queries import categories
from engagement.categories.rules import COMPLAINT, Urgency, urgency_of
from engagement.promises.queries import promised
from estate import clock
from estate.audit.actions import record
from estate.database import insert_for, stale
from estate.language import N_
from estate.notifications.actions import notify
from estate.people.models import Member
from estate.permissions import Permission, Scope
from estate.photos import actions as photos
from estate.photos.store import Picture, Store
from estate.projects.queries import project_at
from estate.projects.rules import Spot
from estate.reach.queries import Place as Reached
from estate.reach.queries import at_home, reached
from estate.refusals import Refused
from estate.retention.actions import STEP
from estate.retention.log import ErasureLog
from estate.retention.rules import Erasure
from estate.values.queries import default_number


@dataclass(frozen=True, slots=True)
class Author:
    """Who opens a case: a resident, or one of the staff for a household; a machine is nobody."""

    origin: Origin
    reporter: int | None = None
    filed_by: int | None = None
    language: str = "da"


def open_case(
    session: Session, author: Author, draft: Draft, place: Place, made: datetime, now: datetime
) -> Case:
    """Open a case. The draft has no problems; `made` is when it was written, maybe offline.

    Category 31 is no fault: it opens a complaint, which only its household and the office see.
    """
    day = clock.local(now).date()
    category = categories(day).get(draft.category)
    kind = Kind.COMPLAINT if draft.category == COMPLAINT else draft.kind
    urgency = urgency_of(category, draft.answers, day) if category else Urgency.DAYS
    spot = Spot(place.section, place.building, place.stairwell)
    running = project_at(session, spot, day)
    case = Case(
        kind=kind,
        state=State.NEW,
        category=draft.category,
        system=category.system if category and place.home is None else "",
        urgency=urgency,
        section_id=place.section,
        building_id=place.building,
        stairwell_id=place.stairwell,
        home_id=place.home,
        part_id=place.part,
        household_id=place.household,
        reporter_id=author.reporter,
        filed_by_id=author.filed_by,
        origin=author.origin,
        topic=draft.topic if kind is Kind.MESSAGE else "",
        title=draft.title,
        text=draft.text,
        language=author.language,
        answers=dict(draft.answers),
        made_at=min(made, now),
        received_at=now,
        due_at=now,
        last_at=now,
        project_id=running[0].id if running else None,
        stage_id=running[1].id if running and running[1] else None,
    )
    promise(session, case, now)
    session.add(case)
    session.flush()
    if draft.private.told:
        session.add(CasePrivate(case_id=case.id, **_fields(draft.private)))
    actor = author.filed_by or author.reporter
    record(
        session,
        "opened",
        (rules.OWNER, case.id),
        actor=actor,
        on_behalf_of=author.reporter if author.filed_by else None,
        organisation=place.organisation,
        kind=kind.value,
    )
    tell_staff(session, case, actor, N_("New in the inbox"))
    if author.filed_by is not None:
        _tell_household(session, case, author.filed_by)
    refresh(session, case)
    return case


def promise(session: Session, case: Case, since: datetime) -> None:
    """Keep what is promised for it from a moment on; where nothing is, it stands by its urgency."""
    due = None
    if case.kind is Kind.FAULT:
        due = promised(session, case.section_id, case.urgency, since)
    case.answer_due_at, case.fix_due_at = due or (None, None)
    hours = default_number(rules.order_by(case.urgency), clock.local(since).date())
    case.due_at = case.answer_due_at or case.fix_due_at or since + timedelta(hours=hours)


def _fields(private: Private) -> dict[str, object]:
    return {name: getattr(private, name) for name in Private.__slots__}


def add_photo(session: Session, store: Store, case: Case, picture: Picture) -> None:
    """One more photo of the report; the form has seen that there are not too many."""
    photos.add(session, store, rules.OWNER, case.id, picture)


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in a step: free text in a language, or a sentence of the phrase book."""

    text: str = ""
    language: str = "da"
    phrase: str = ""
    values: Mapping[str, str] | None = None
    pictures: Sequence[Picture] = ()


NOTHING = Words()


def enter(
    session: Session,
    case: Case,
    person: int | None,
    step: Step | None,
    words: Words,
    seen: Seen,
    household: int | None,
    *,
    by_staff: bool,
    now: datetime,
    made: datetime | None = None,
) -> int:
    """Write one entry of the timeline; returns its id. `made` is the moment on the phone."""
    entry = CaseEntry(
        case_id=case.id,
        step=step,
        seen=seen,
        household_id=household,
        by_staff=by_staff,
        author_id=person,
        text=words.text,
        language=words.language if words.text else "",
        phrase=words.phrase,
        values=dict(words.values or {}),
        made_at=made or now,
        at=now,
    )
    session.add(entry)
    session.flush()
    return entry.id


def move(session: Session, case: Case, step: Step, now: datetime) -> None:
    """Take a step of the table. Raises Refused where it cannot be taken."""
    case.state = rules.after(case.kind, case.state, step)
    case.staffs_turn = rules.staffs_turn(case.staffs_turn, step)
    case.last_at = now
    if step in rules.ANSWERED and case.answered_at is None:
        case.answered_at = now
    if step in rules.ANSWERED and case.fix_due_at is not None:
        case.due_at = case.fix_due_at
    if case.state in FINAL:
        case.closed_at = now


def keep_pictures(session: Session, store: Store, entry: int, pictures: Iterable[Picture]) -> None:
    """The pictures of an entry."""
    for picture in pictures:
        photos.add(session, store, rules.ENTRY, entry, picture)


# The step: entered, told, refreshed


def audience(case: Case) -> Seen:
    """A fault of a common place is answered to all who live there, anything else to a household."""
    common = case.kind is Kind.FAULT and case.home_id is None
    return Seen.EVERYBODY if common else Seen.HOUSEHOLD


def by_staff(
    session: Session, desk: Desk, case: Case, step: Step, words: Words, seen: Seen, now: datetime
) -> int:
    """A step of the staff: moved, entered, recorded, refreshed; returns the entry."""
    move(session, case, step, now)
    household = case.household_id if seen is Seen.HOUSEHOLD else None
    entry = enter(
        session, case, desk.cases.person, step, words, seen, household, by_staff=True, now=now
    )
    record(session, step.value, (rules.OWNER, case.id), actor=desk.cases.person)
    refresh(session, case)
    return entry


def staff(session: Session, case: Case, now: datetime) -> frozenset[int]:
    """Who handles cases there on that day."""
    return queries.staff_of(session, case, clock.local(now).date())


def tell_staff(session: Session, case: Case, actor: int | None, title: str) -> None:
    """Tell whoever has it, or all who could take it: also where its holder works there no more."""
    there = staff(session, case, case.last_at)
    to = ({case.holder_id} & there) or there
    tell(session, case, to - {actor}, title, "desk_case", rules.WORK.name)


def _tell_household(session: Session, case: Case, actor: int) -> None:
    tell(
        session,
        case,
        household(session, case) - {actor},
        N_("The office has written down what you told"),
        "case_page",
        rules.ANSWERS.name,
    )


def tell_followers(session: Session, case: Case, actor: int, title: str) -> None:
    """Tell its household and who follows it, as far as they live there still."""
    followers = session.scalars(
        select(CaseFollower.person_id).where(CaseFollower.case_id == case.id)
    )
    day = clock.local(case.last_at).date()
    there = reached(session, followers, Permission.READ_CASES, Reached(case.section_id), day)
    persons = (household(session, case) | there) - {actor}
    tell(session, case, persons, title, "case_page", rules.ANSWERS.name)


def household(session: Session, case: Case) -> set[int]:
    """The adults of its household who live there still."""
    if case.household_id is None:
        return set()
    day = clock.local(case.last_at).date()
    return set(session.scalars(at_home(day).where(Member.household_id == case.household_id)))


ADDRESS: Mapping[str, Callable[[int], str]] = {
    "case_page": "/faults/{}".format,
    "desk_case": "/desk/faults/{}".format,
}


def tell(
    session: Session, case: Case, persons: Iterable[int | None], title: str, page: str, kind: str
) -> None:
    """What it is about stays on the page: a notification lies open on a locked phone."""
    notify(
        session,
        kind=kind,
        persons=[one for one in persons if one is not None],
        title=title,
        body=N_("Case {number}"),
        values={"number": case.id},
        address=ADDRESS[page](case.id),
        merge_key=rules.case_key(case.id),
        urgent=case.urgency is Urgency.NOW and kind == rules.WORK.name,
    )


def refresh(session: Session, case: Case) -> None:
    """Let the open pages of all who read it be fetched anew."""
    blocks = (f"case-{case.id}", "cases", "today")
    topics = [f"cases:{case.section_id}"]
    if case.household_id is not None:
        topics.append(f"household:{case.household_id}")
    if case.kind is Kind.FAULT and case.home_id is None:
        topics.append(f"section:{case.section_id}")
    for topic in topics:
        for block in blocks:
            stale(session, topic, block)


# What residents do


def write(
    session: Session,
    scope: Scope,
    number: int,
    words: Words,
    store: Store,
    made: datetime,
    now: datetime,
) -> None:
    """One more line from a resident: their household's, read by it and the staff."""
    case = queries.held_to_read(session, scope, number)
    household = _household(scope, case)
    move(session, case, Step.WRITE, now)
    entry = enter(
        session,
        case,
        scope.person,
        Step.WRITE,
        words,
        Seen.HOUSEHOLD,
        household,
        by_staff=False,
        now=now,
        made=min(made, now),
    )
    keep_pictures(session, store, entry, words.pictures)
    tell_staff(session, case, scope.person, N_("A resident wrote"))
    refresh(session, case)


def _household(scope: Scope, case: Case) -> int | None:
    if case.household_id in scope.households:
        return case.household_id
    return min(scope.households, default=None)


def say_fixed(session: Session, scope: Scope, number: int, now: datetime, log: ErasureLog) -> None:
    """It is mended: the case is over, and what only the staff were told is erased."""
    case = queries.held_own(session, scope, number)
    move(session, case, Step.FIXED, now)
    case.outcome = Outcome.FIXED
    enter(
        session,
        case,
        scope.person,
        Step.FIXED,
        NOTHING,
        Seen.HOUSEHOLD,
        case.household_id,
        by_staff=False,
        now=now,
    )
    close(session, case, log, now)
    refresh(session, case)


def say_not_fixed(session: Session, scope: Scope, number: int, words: Words, now: datetime) -> None:
    """It is not mended: it is open again, for whoever had it and everybody else."""
    case = queries.held_own(session, scope, number)
    if case.done_at is not None and _over_at(case.done_at) <= now:
        raise Refused(N_("This case is closed. Write a new one if it comes again."))
    move(session, case, Step.NOT_FIXED, now)
    case.outcome, case.done_at, case.holder_id = Outcome.NOT_FIXED, None, None
    case.reopened += 1
    if case.fix_due_at is not None:
        promise(session, case, now)
    enter(
        session,
        case,
        scope.person,
        Step.NOT_FIXED,
        words,
        Seen.HOUSEHOLD,
        case.household_id,
        by_staff=False,
        now=now,
    )
    tell_staff(session, case, scope.person, N_("It is not fixed after all"))
    refresh(session, case)


def _over_at(done: datetime) -> datetime:
    return done + timedelta(days=default_number("case_not_fixed_days", clock.local(done).date()))


def rate(session: Session, scope: Scope, number: int, face: int, text: str) -> None:
    """How it went, by one of five faces and a line; said once or changed."""
    case = queries.held_own(session, scope, number)
    if case.state is not State.CLOSED:
        raise Refused(N_("This can be said once the case is closed."))
    case.face, case.face_text = face, text
    refresh(session, case)


def follow(session: Session, scope: Scope, number: int, now: datetime) -> None:
    """“Affects us too”: hear every answer of a case at a common place."""
    case = queries.held_to_read(session, scope, number)
    if case.home_id is not None or case.household_id in scope.households:
        raise Refused(N_("You hear of this case already."))
    if case.state in FINAL:
        raise Refused(N_("This case is closed. Write a new one if it comes again."))
    follow_for(session, case, scope.person, now)
    refresh(session, case)


def follow_for(session: Session, case: Case, person: int, now: datetime) -> None:
    """Let somebody follow it, once."""
    session.execute(
        insert_for(session, CaseFollower)
        .values(case_id=case.id, person_id=person, since=now)
        .on_conflict_do_nothing()
    )
    _count(session, case)


def unfollow(session: Session, scope: Scope, number: int) -> None:
    """Hear no more of it."""
    case = queries.held_to_read(session, scope, number)
    session.execute(
        delete(CaseFollower).where(
            CaseFollower.case_id == case.id, CaseFollower.person_id == scope.person
        )
    )
    _count(session, case)
    refresh(session, case)


def _count(session: Session, case: Case) -> None:
    session.flush()
    counted = select(func.count()).where(CaseFollower.case_id == case.id)
    case.affected = session.scalar(counted) or 0
    day = clock.local(case.received_at).date()
    category = categories(day).get(case.category)
    if category is not None:
        own = urgency_of(category, case.answers, day)
        many = default_number("case_raise_affected", day)
        case.urgency = rules.raised(own) if case.affected >= many else own


# What the nights do


def close(session: Session, case: Case, log: ErasureLog, now: datetime) -> None:
    """Erase what only the staff were told; the journal says so to a restored backup."""
    log.append(Erasure(rules.PRIVATE, [case.id], now))
    erase_private(session, [case.id])


def erase_private(session: Session, ids: Sequence[int]) -> None:
    """Erase what only the staff were told of these cases."""
    session.execute(delete(CasePrivate).where(CasePrivate.case_id.in_(ids)))


def lapse(session: Session, now: datetime, log: ErasureLog) -> int:
    """Close some cases that were done fourteen days ago and nobody objected; returns how many."""
    days = default_number("case_not_fixed_days", clock.local(now).date())
    found = session.scalars(
        select(Case)
        .where(Case.state == State.DONE, Case.done_at <= now - timedelta(days=days))
        .order_by(Case.id)
        .limit(STEP)
        .with_for_update(skip_locked=True)
    ).all()
    for case in found:
        move(session, case, Step.LAPSE, now)
        enter(
            session,
            case,
            None,
            Step.LAPSE,
            NOTHING,
            audience(case),
            case.household_id,
            by_staff=True,
            now=now,
        )
        close(session, case, log, now)
        refresh(session, case)
    return len(found)


def forget(session: Session, before: datetime) -> list[int]:
    """Erase some of the cases that were closed before a moment; returns their ids."""
    ids = list(session.scalars(select(Case.id).where(Case.closed_at < before).limit(STEP)))
    erase(session, ids)
    return ids


def erase(session: Session, ids: Sequence[int]) -> None:
    """Erase these cases with what was written in them, and the photos."""
    entries = list(session.scalars(select(CaseEntry.id).where(CaseEntry.case_id.in_(ids))))
    photos.remove_all(session, rules.ENTRY, entries)
    photos.remove_all(session, rules.OWNER, ids)
    session.execute(delete(Case).where(Case.id.in_(ids)))
