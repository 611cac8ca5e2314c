"""Agreeing a visit: times are offered, one is taken by a tap, and both are told."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.cases import actions as cases
from engagement.cases import queries as case_queries
from engagement.cases import rules as case_rules
from engagement.cases.actions import Words
from engagement.cases.models import Case
from engagement.cases.queries import Desk
from engagement.cases.rules import OPEN, Seen, Step
from engagement.visits import queries, rules
from engagement.visits.models import CaseVisit
from engagement.visits.rules import OVER, Slot, VisitState
from estate import clock
from estate.audit.actions import record
from estate.language import N_, Weekday
from estate.notifications.actions import notify
from estate.people.models import Person
from estate.permissions import Scope
from estate.refusals import Missing, Refused
from estate.values.queries import default_number

SOME = 100
"""Visits looked at in one transaction of a round."""

PICK, SUITS, NOBODY = "when_pick", "suits_day", "nobody_home"
"""Sentences of the phrase book: both sides read the course of a visit in their own language."""


def propose(
    session: Session, desk: Desk, number: int, slots: Sequence[Slot], words: Words, now: datetime
) -> None:
    """Offer times for a visit; what was agreed before falls away, and the same visit moves.

    Only where somebody lives: in a common place the staff come without asking, and say when by an
    answer. Whoever proposes comes, and has the case if nobody had. The slots have no problems of
    their own; what the proposer has agreed elsewhere is asked again here.
    """
    case = case_queries.held_to_handle(session, desk, number)
    if case.home_id is None or case.household_id is None:
        raise Refused(N_("Nobody lives there. Say in an answer when you come."))
    me = desk.cases.person
    taken = [
        line.agreed
        for line in queries.promised_by(session, me, now)
        if line.agreed is not None and line.case != number
    ]
    for slot in slots:
        if problem := rules.slot_problem(slot, now, taken):
            raise Refused(problem.text, **problem.values)
    visit = queries.newest(session, number)
    if visit is None or visit.state in OVER:
        visit = CaseVisit(case_id=number, sequence=0, slots={})
        session.add(visit)
    elif visit.state is VisitState.AGREED:
        visit.sequence += 1
    visit.state, visit.proposed_by_id, visit.slots = VisitState.PROPOSED, me, rules.kept(slots)
    visit.asked_at = visit.changed_at = now
    visit.nudged, visit.reminded_at, visit.slipped_at = 0, None, None
    said = words if words.text or words.phrase else Words(phrase=PICK)
    cases.by_staff(session, desk, case, Step.PROPOSE, said, Seen.HOUSEHOLD, now)
    if case.holder_id is None:
        case.holder_id = me
    tell_household(session, case, N_("Choose when we may come"))


def take(session: Session, scope: Scope, number: int, key: str, now: datetime) -> None:
    """One tap: the household takes one of the times. The same tap twice is one.

    Two households may have been offered the same time; the second hears that it is taken.
    """
    case, visit = _held(session, scope, number)
    before = queries.agreed_in(visit)
    if visit.state is VisitState.AGREED and before is not None:
        if before.key == key:
            return
        raise Refused(N_("A visit is agreed already."))
    slot = next((one for one in rules.read(visit.slots, clock.LOCAL) if one.key == key), None)
    if visit.state is not VisitState.PROPOSED or slot is None:
        raise Refused(N_("These times are no longer offered. Look at the case again."))
    if slot.starts_at <= now:
        raise Refused(N_("This time is past."))
    _alone_with(session, visit, slot, now)
    cases.move(session, case, Step.PLAN, now)
    if before is not None:
        visit.sequence += 1
    visit.state, visit.agreed_by_id = VisitState.AGREED, scope.person
    visit.starts_at, visit.ends_at, visit.changed_at = slot.starts_at, slot.ends_at, now
    visit.reminded_at = now if now >= rules.reminded_at(slot) else None
    _said(session, scope, case, Step.PLAN, Words(phrase=SUITS, values=slot.values), now)
    _tell_staff(session, case, visit, scope.person, N_("A visit is agreed"))
    tell_household(session, case, N_("A visit is agreed"), slot)
    cases.refresh(session, case)


def _alone_with(session: Session, visit: CaseVisit, slot: Slot, now: datetime) -> None:
    """Refuse where whoever comes has agreed another visit then; one at a time may ask."""
    if visit.proposed_by_id is None:
        raise Refused(N_("These times are no longer offered. Look at the case again."))
    session.execute(
        select(Person.id).where(Person.id == visit.proposed_by_id).with_for_update(key_share=True)
    )
    for other in queries.promised_by(session, visit.proposed_by_id, now):
        if other.id != visit.id and other.agreed is not None and other.agreed.overlaps(slot):
            raise Refused(N_("That time was taken a moment ago. Choose another."))


def suits_not(session: Session, scope: Scope, number: int, words: Words, now: datetime) -> None:
    """None of the times suits, or the agreed one does not after all; the words say what would."""
    case, visit = _held(session, scope, number)
    if visit.state is VisitState.PROPOSED:
        visit.state, step = VisitState.DECLINED, Step.WRITE
        title = N_("None of the times suits")
    elif visit.state is VisitState.AGREED:
        visit.state, step = VisitState.CANCELLED, Step.UNPLAN
        visit.sequence += 1
        title = N_("An agreed visit was called off")
    else:
        raise Refused(N_("There is no visit to call off."))
    visit.changed_at = now
    cases.move(session, case, step, now)
    case.staffs_turn = True
    _said(session, scope, case, step, words, now)
    _tell_staff(session, case, visit, scope.person, title)
    cases.refresh(session, case)


def come_instead(session: Session, desk: Desk, number: int, now: datetime) -> None:
    """Come to a visit whose comer is away then; of two who say so at once one does."""
    case = case_queries.held_to_handle(session, desk, number)
    visit = queries.newest(session, number)
    if visit is None or not queries.nobody_comes(session, desk, number, now):
        raise Refused(N_("Somebody comes to this visit already."))
    come_instead_of(session, case, visit.proposed_by_id, desk.cases.person, now)


def come_instead_of(
    session: Session, case: Case, before: int | None, person: int, now: datetime
) -> None:
    """What somebody promised of this case is another's to keep; what was agreed stands."""
    visit = queries.newest(session, case.id)
    if visit is None or visit.state in OVER or visit.proposed_by_id != before:
        return
    visit.proposed_by_id, visit.changed_at = person, now
    record(session, "comes_instead", (case_rules.OWNER, case.id), actor=person)
    cases.refresh(session, case)


def call_off(session: Session, desk: Desk, number: int, words: Words, now: datetime) -> None:
    """The staff do not come after all, or offer no times any more."""
    case = case_queries.held_to_handle(session, desk, number)
    visit = queries.newest(session, number)
    if visit is None or visit.state not in {VisitState.PROPOSED, VisitState.AGREED}:
        raise Refused(N_("There is no visit to call off."))
    if visit.state is VisitState.AGREED:
        visit.sequence += 1
    visit.state, visit.changed_at = VisitState.CANCELLED, now
    cases.by_staff(session, desk, case, Step.UNPLAN, words, Seen.HOUSEHOLD, now)
    case.staffs_turn = True
    tell_household(session, case, N_("The visit is called off"))


def came(session: Session, desk: Desk, number: int, now: datetime) -> None:
    """Somebody came: the visit is over, and what comes next is the staff's to say."""
    _over(session, desk, number, VisitState.CAME, Words(), now)


def nobody_home(session: Session, desk: Desk, number: int, now: datetime) -> None:
    """Somebody came and nobody opened; the household reads it by the phrase book, and is told."""
    visit = queries.newest(session, number)
    agreed = visit.starts_at if visit is not None else None
    moment = clock.local(agreed if agreed is not None and agreed <= now else now)
    values = {"day": moment.date().isoformat(), "begins": moment.strftime("%H:%M")}
    words = Words(phrase=NOBODY, values=values)
    case = _over(session, desk, number, VisitState.NOBODY_HOME, words, now)
    tell_household(session, case, N_("We came, and nobody was home"))


def _over(
    session: Session, desk: Desk, number: int, state: VisitState, words: Words, now: datetime
) -> Case:
    case = case_queries.held_to_handle(session, desk, number)
    visit = queries.newest(session, number)
    if visit is None or visit.state is not VisitState.AGREED or visit.starts_at is None:
        raise Refused(N_("There is no agreed visit."))
    if clock.local(visit.starts_at).date() > clock.local(now).date():
        raise Refused(N_("The day of the visit has not come yet."))
    visit.state, visit.changed_at = state, now
    cases.by_staff(session, desk, case, Step.VISITED, words, Seen.HOUSEHOLD, now)
    case.staffs_turn = True
    return case


def _held(session: Session, scope: Scope, number: int) -> tuple[Case, CaseVisit]:
    case = case_queries.held_own(session, scope, number)
    visit = queries.newest(session, number)
    if visit is None or case.state not in OPEN:
        raise Missing
    return case, visit


def _said(
    session: Session, scope: Scope, case: Case, step: Step, words: Words, now: datetime
) -> None:
    cases.enter(
        session,
        case,
        scope.person,
        step,
        words,
        Seen.HOUSEHOLD,
        case.household_id,
        by_staff=False,
        now=now,
    )
    record(session, step.value, (case_rules.OWNER, case.id), actor=scope.person)


def _tell_staff(
    session: Session, case: Case, visit: CaseVisit, actor: int | None, title: str
) -> None:
    """Tell who comes and who has the case, or all who could where neither works there any more."""
    there = cases.staff(session, case, case.last_at)
    to = ({visit.proposed_by_id, case.holder_id} & there) or there
    cases.tell(session, case, to - {actor}, title, "desk_case", case_rules.WORK.name)


def tell_household(session: Session, case: Case, title: str, slot: Slot | None = None) -> None:
    """Tell the household's adults; of an agreed time the time itself, so that an SMS is enough."""
    values: dict[str, object] = {"number": case.id}
    if slot is not None:
        begins, ends = slot.starts_at.time(), slot.ends_at.time()
        values |= {"day": Weekday(slot.starts_at.date()), "begins": begins, "ends": ends}
    timed = N_("{day} between {begins} and {ends}. Case {number}")
    notify(
        session,
        kind=rules.VISIT.name,
        persons=cases.household(session, case),
        title=title,
        body=timed if slot is not None else N_("Case {number}"),
        values=values,
        address=cases.ADDRESS["case_page"](case.id),
        merge_key=rules.visit_key(case.id),
    )


# What comes round


def come_round(session: Session, now: datetime) -> int:
    """Remind of tomorrow's visits, and of times nobody chose from; returns how many were told."""
    return _remind(session, now) + _nudge(session, now)


def _remind(session: Session, now: datetime) -> int:
    told = 0
    for visit, case in _due(
        session,
        CaseVisit.state == VisitState.AGREED,
        CaseVisit.reminded_at.is_(None),
        CaseVisit.starts_at > now,
        CaseVisit.starts_at < now + timedelta(hours=33),
    ):
        slot = queries.agreed_in(visit)
        if slot is not None and now >= rules.reminded_at(slot):
            visit.reminded_at = now
            tell_household(session, case, N_("We come to you tomorrow"), slot)
            told += 1
    return told


def _nudge(session: Session, now: datetime) -> int:
    """Once to the household, then to whoever offered the times."""
    day, told = clock.local(now).date(), 0
    for step, key in ((0, "visit_remind_hours"), (1, "visit_unanswered_hours")):
        waited = now - timedelta(hours=default_number(key, day))
        for visit, case in _due(
            session,
            CaseVisit.state == VisitState.PROPOSED,
            CaseVisit.nudged == step,
            CaseVisit.asked_at <= waited,
        ):
            visit.nudged = step + 1
            if step == 0:
                tell_household(session, case, N_("Choose when we may come"))
            else:
                case.staffs_turn = True
                _tell_staff(
                    session, case, visit, None, N_("Nobody has chosen a time for the visit")
                )
                cases.refresh(session, case)
            told += 1
    return told


def _due(session: Session, *conditions: object) -> Iterable[tuple[CaseVisit, Case]]:
    rows = session.execute(
        select(CaseVisit, Case)
        .join(Case, CaseVisit.case_id == Case.id)
        .where(Case.state.in_(OPEN), *conditions)  # type: ignore[arg-type]
        .order_by(CaseVisit.id)
        .limit(SOME)
        .with_for_update(skip_locked=True)
    ).all()
    return [(visit, case) for visit, case in rows]
