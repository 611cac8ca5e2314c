"""What the staff do with a case: each a step of the one table, entered, told and recorded."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.absences import actions as absences
from engagement.cases import actions as cases
from engagement.cases import queries, rules
from engagement.cases.actions import Words
from engagement.cases.models import CaseFollower
from engagement.cases.queries import Desk
from engagement.cases.rules import FINAL, Kind, Seen, State, Step, Visits
from engagement.categories.queries import categories
from engagement.categories.rules import COMPLAINT, urgency_of
from engagement.handling.queries import is_offered
from engagement.visits import actions as visits
from engagement.visits.queries import promised_by
from estate import clock
from estate.language import N_
from estate.people.queries import called
from estate.permissions import Scope
from estate.photos.store import Store
from estate.refusals import Refused
from estate.retention.log import ErasureLog


def take(session: Session, desk: Desk, number: int, now: datetime) -> None:
    """Take care of it. Of two who do at once one gets it, and the other hears who was quicker.

    What somebody has who is away is taken over, with the visit they promised.
    """
    case = queries.held_to_handle(session, desk, number)
    if case.holder_id == desk.cases.person:
        return
    offered = is_offered(session, number, clock.local(now).date())
    if case.holder_id is not None and not offered:
        raise Refused(
            N_("{name} took this a moment ago."), name=called(session, case.holder_id).in_role
        )
    step = Step.TAKE if case.state is State.NEW else Step.TAKE_OVER
    before, case.holder_id = case.holder_id, desk.cases.person
    cases.by_staff(session, desk, case, step, cases.NOTHING, Seen.HOUSEHOLD, now)
    visits.come_instead_of(session, case, before, desk.cases.person, now)


def be_away(
    session: Session, scope: Scope, person: int, days: tuple[date, date], now: datetime
) -> None:
    """Somebody is away: what they have is offered to all, and who could come to visits is told."""
    absences.be_away(session, scope, person, days, now, clock.local(now).date())
    for line in promised_by(session, person, now):
        agreed = line.agreed
        if agreed is not None and days[0] <= agreed.starts_at.date() <= days[1]:
            case = queries.held(session, line.case)
            to = cases.staff(session, case, now) - {person, scope.person}
            title = N_("A visit is agreed, and whoever was to come is away")
            cases.tell(session, case, to, title, "desk_case", rules.WORK.name)


def give(session: Session, desk: Desk, number: int, to: int, now: datetime) -> None:
    """Give it to a colleague who handles cases there; they are told."""
    case = queries.held_to_handle(session, desk, number)
    if to not in cases.staff(session, case, now):
        raise Refused(N_("Choose somebody who works there."))
    cases.by_staff(session, desk, case, Step.GIVE, cases.NOTHING, Seen.STAFF, now)
    case.holder_id = to
    cases.tell(session, case, [to], N_("A case was given to you"), "desk_case", rules.WORK.name)


def release(session: Session, desk: Desk, number: int, now: datetime) -> None:
    """Let it go, for whoever has time."""
    case = queries.held_to_handle(session, desk, number)
    cases.by_staff(session, desk, case, Step.RELEASE, cases.NOTHING, Seen.STAFF, now)
    case.holder_id = None


def answer(
    session: Session, desk: Desk, number: int, words: Words, store: Store, now: datetime
) -> None:
    """Answer: read by everybody of the case, and told to its household and followers."""
    case = queries.held_to_handle(session, desk, number)
    entry = cases.by_staff(session, desk, case, Step.ANSWER, words, cases.audience(case), now)
    cases.keep_pictures(session, store, entry, words.pictures)
    cases.tell_followers(session, case, desk.cases.person, N_("There is an answer"))


def wait_for(
    session: Session, desk: Desk, number: int, words: Words, store: Store, now: datetime
) -> None:
    """It waits for the resident, a part or somebody else; the words say for what."""
    case = queries.held_to_handle(session, desk, number)
    entry = cases.by_staff(session, desk, case, Step.WAIT, words, cases.audience(case), now)
    cases.keep_pictures(session, store, entry, words.pictures)
    cases.tell_followers(session, case, desk.cases.person, N_("There is an answer"))


def note(session: Session, desk: Desk, number: int, words: Words, now: datetime) -> None:
    """A note for colleagues only."""
    case = queries.held_to_handle(session, desk, number)
    cases.enter(
        session, case, desk.cases.person, None, words, Seen.STAFF, None, by_staff=True, now=now
    )
    cases.refresh(session, case)


def finish(
    session: Session,
    desk: Desk,
    number: int,
    visits: Visits,
    why: str,
    words: Words,
    now: datetime,
) -> None:
    """It is done, on so many visits; the household is asked whether it is fixed."""
    case = queries.held_to_handle(session, desk, number)
    cases.by_staff(session, desk, case, Step.FINISH, words, cases.audience(case), now)
    case.done_at, case.visits = now, visits.value
    case.why_more = why if visits is not Visits.FIRST else ""
    case.outcome = None
    cases.tell_followers(session, case, desk.cases.person, N_("It is done: is it fixed?"))


def turn(session: Session, desk: Desk, number: int, category: str, now: datetime) -> None:
    """A message becomes a fault: nobody types anything again."""
    case = queries.held_to_handle(session, desk, number)
    day = clock.local(now).date()
    found = categories(day).get(category)
    if found is None or category == COMPLAINT:
        raise Refused(N_("Choose what is wrong."))
    cases.by_staff(session, desk, case, Step.TURN, cases.NOTHING, Seen.HOUSEHOLD, now)
    case.kind, case.category = Kind.FAULT, category
    case.system = found.system if case.home_id is None else ""
    case.urgency = urgency_of(found, {}, day)
    cases.promise(session, case, case.received_at)
    if case.answered_at is not None and case.fix_due_at is not None:
        case.due_at = case.fix_due_at


def merge(
    session: Session, desk: Desk, number: int, into: int, now: datetime, log: ErasureLog
) -> None:
    """Two were about one thing: this one ends, and whoever reported it hears of the other.

    Only within one household, or between faults of common places of one section: nobody comes to
    read of another's home.
    """
    if number == into:
        raise Refused(N_("Choose another case."))
    first, second = sorted((number, into))
    pair = {one: queries.held_to_handle(session, desk, one) for one in (first, second)}
    case, goes_on = pair[number], pair[into]
    common = all(one.home_id is None and one.kind is Kind.FAULT for one in pair.values())
    same = case.section_id == goes_on.section_id and (
        common or (case.household_id is not None and case.household_id == goes_on.household_id)
    )
    if not same or goes_on.state in FINAL:
        raise Refused(N_("These two cannot be put together."))
    cases.by_staff(session, desk, case, Step.MERGE, cases.NOTHING, Seen.HOUSEHOLD, now)
    case.merged_into_id = goes_on.id
    persons = set(
        session.scalars(select(CaseFollower.person_id).where(CaseFollower.case_id == case.id))
    )
    if case.reporter_id is not None and case.household_id != goes_on.household_id:
        persons.add(case.reporter_id)
    for person in sorted(persons):
        cases.follow_for(session, goes_on, person, now)
    cases.close(session, case, log, now)
    cases.refresh(session, goes_on)
