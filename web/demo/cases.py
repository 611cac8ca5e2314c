"""Messages and faults of the last weeks: some just come, some answered, some over."""

from datetime import date, datetime, time, timedelta
from random import Random

from engagement.cases.models import Case, CaseEntry, CaseFollower, CasePrivate
from engagement.cases.rules import Kind, Origin, Seen, State, Step, order_by
from engagement.categories.queries import categories
from engagement.categories.rules import Urgency, urgency_of
from engagement.promises.models import ServicePromise
from engagement.visits.actions import PICK, SUITS
from engagement.visits.models import CaseVisit
from engagement.visits.rules import Slot, VisitState, kept
from estate.people.models import Household
from estate.projects.models import ProjectPlace, Stage
from estate.values.queries import default_number
from web.demo.complaints import complain
from web.demo.estate import Ground
from web.demo.material import Told, told
from web.demo.people import Resident, Town, at
from web.demo.rows import Rows

HOUR = timedelta(hours=1)
STEP_TO = {
    State.TAKEN: Step.TAKE,
    State.WAITING: Step.WAIT,
    State.PLANNED: Step.PLAN,
    State.DONE: Step.FINISH,
    State.CLOSED: Step.FIXED,
}


def report(rows: Rows, ground: Ground, town: Town, today: date, chance: Random) -> None:
    """Every case of `cases.toml`, by whom it names or by somebody of the first section."""
    caretaker, amina = town.persons["Kenneth Møller"], town.cast["Amina Haddad"]
    neighbours = [
        one
        for one in town.residents[amina.dwelling.section]
        if one.until is None and one.person != amina.person
    ]
    tenancies = {row["home_id"]: row["id"] for row in _tenancies(rows)}
    for plan in told("cases")["case"]:
        near = _where_it_is_built(rows, neighbours) if plan.get("in_project") else neighbours
        writer = town.cast[plan["by"]] if "by" in plan else chance.choice(near)
        begun = at(today - timedelta(days=plan["days"] + 1), time(7, chance.randrange(5, 55)))
        number = _case(rows, plan, writer, tenancies[writer.dwelling.home], begun, today, caretaker)
        complain(rows, plan, number, writer, town.persons["Lone Mikkelsen"], begun, today)
        for one in chance.sample(neighbours, plan.get("affected", 0)):
            rows.add(CaseFollower, case_id=number, person_id=one.person, since=begun + HOUR)


def _where_it_is_built(rows: Rows, neighbours: list[Resident]) -> list[Resident]:
    built = {place["building_id"] for place in rows.of(ProjectPlace)}
    return [one for one in neighbours if one.dwelling.building in built]


def promise(rows: Rows, town: Town, today: date) -> None:
    """What amina's section agreed at its meeting last autumn."""
    section = town.cast["Amina Haddad"].dwelling.section
    begun = date(today.year - 1, 10, 1)
    for row in told("cases")["promise"]:
        rows.add(
            ServicePromise,
            section_id=section,
            urgency=Urgency(row["urgency"]),
            first_answer_hours=row["first_answer_hours"],
            fixed_hours=row["fixed_hours"],
            agreed_on=begun - timedelta(days=12),
            decision=row["decision"],
            valid_from=begun,
        )


def _tenancies(rows: Rows) -> list[dict[str, int]]:
    return [row for row in rows.of(Household) if row["ends_on"] is None]


def _case(
    rows: Rows,
    plan: Told,
    writer: Resident,
    household: int,
    begun: datetime,
    today: date,
    caretaker: int,
) -> int:
    state, kind = State(plan["state"]), Kind(plan["kind"])
    category = categories(today).get(plan.get("category", ""))
    urgency = urgency_of(category, {}, today) if category else Urgency.DAYS
    lines = plan.get("lines", [])
    last = begun + HOUR * (len(lines) + (state is not State.NEW))
    over = last if state is State.CLOSED else None
    answered = any(side == "staff" for side, _ in lines)
    number = rows.add(
        Case,
        kind=kind,
        state=state,
        urgency=urgency,
        category=plan.get("category", ""),
        system=category.system if category and "place" in plan else "",
        section_id=writer.dwelling.section,
        building_id=writer.dwelling.building if plan.get("place") != "ground" else None,
        stairwell_id=writer.dwelling.stairwell if plan.get("place") != "ground" else None,
        home_id=None if "place" in plan else writer.dwelling.home,
        household_id=household,
        reporter_id=writer.person,
        origin=Origin(plan.get("origin", "app")),
        filed_by_id=caretaker if "origin" in plan else None,
        title=plan.get("title", ""),
        topic=plan.get("topic", ""),
        text=plan["text"],
        language="da",
        answers=plan.get("answers", {}),
        holder_id=None if state is State.NEW else caretaker,
        affected=plan.get("affected", 0),
        made_at=begun,
        received_at=begun,
        due_at=begun + HOUR * default_number(order_by(urgency), today),
        answered_at=begun + HOUR if answered else None,
        last_at=last,
        staffs_turn=not lines or lines[-1][0] == "resident",
        done_at=last if state in {State.DONE, State.CLOSED} else None,
        closed_at=over,
        visits=plan.get("visits", ""),
        why_more=plan.get("why_more", ""),
        face=plan.get("face"),
        face_text=plan.get("face_text", ""),
        **_work(rows, writer, begun.date()),
    )
    if "private" in plan:
        rows.add(CasePrivate, case_id=number, **plan["private"])
    slots = _visit(rows, plan, number, writer, last, today, caretaker)
    _timeline(rows, plan, number, writer, household, begun, caretaker, slots)
    return number


def _work(rows: Rows, writer: Resident, day: date) -> dict[str, int]:
    """The project and the stage that ran where somebody lives on a day, if any."""
    for place in rows.of(ProjectPlace):
        if place["building_id"] == writer.dwelling.building:
            stages = [one for one in rows.of(Stage) if one["project_id"] == place["project_id"]]
            begun = [one["id"] for one in stages if one["starts_on"] <= day]
            return {"project_id": place["project_id"], **({"stage_id": begun[-1]} if begun else {})}
    return {}


def _visit(
    rows: Rows,
    plan: Told,
    number: int,
    writer: Resident,
    asked: datetime,
    today: date,
    caretaker: int,
) -> list[Slot]:
    """The times offered for a visit: the household is asked, or has taken the first."""
    if "visit" not in plan:
        return []
    slots = [
        Slot(
            at(today + timedelta(days=ahead), time(hour)), at(today + timedelta(days=ahead), until)
        )
        for ahead, hour, until in ((2, 9, time(11)), (3, 13, time(15)), (6, 8, time(10)))
    ]
    agreed = slots[0] if plan["visit"] == "agreed" else None
    rows.add(
        CaseVisit,
        case_id=number,
        state=VisitState.AGREED if agreed else VisitState.PROPOSED,
        proposed_by_id=caretaker,
        slots=kept(slots),
        asked_at=asked,
        nudged=1 if agreed is None else 0,
        starts_at=agreed.starts_at if agreed else None,
        ends_at=agreed.ends_at if agreed else None,
        agreed_by_id=writer.person if agreed else None,
        changed_at=asked,
        sequence=0,
    )
    return slots


def _timeline(
    rows: Rows,
    plan: Told,
    number: int,
    writer: Resident,
    household: int,
    begun: datetime,
    caretaker: int,
    slots: list[Slot],
) -> None:
    common = "place" in plan
    moment = begun
    for side, text in plan.get("lines", []):
        moment += HOUR
        staff = side == "staff"
        rows.add(
            CaseEntry,
            case_id=number,
            step=Step.ANSWER if staff else Step.WRITE,
            seen=Seen.EVERYBODY if staff and common else Seen.HOUSEHOLD,
            household_id=None if staff and common else household,
            by_staff=staff,
            author_id=caretaker if staff else writer.person,
            text=text,
            language="da",
            values={},
            made_at=moment,
            at=moment,
        )
    step = STEP_TO.get(State(plan["state"]))
    if slots:
        step = Step.PLAN if plan["visit"] == "agreed" else Step.PROPOSE
    if step is not None:
        staff = step not in {Step.FIXED, Step.PLAN}
        rows.add(
            CaseEntry,
            case_id=number,
            step=step,
            seen=Seen.EVERYBODY if staff and common else Seen.HOUSEHOLD,
            household_id=None if staff and common else household,
            by_staff=staff,
            author_id=caretaker if staff else writer.person,
            phrase={Step.PLAN: SUITS, Step.PROPOSE: PICK}.get(step, ""),
            values=slots[0].values if step is Step.PLAN else {},
            made_at=moment + HOUR,
            at=moment + HOUR,
        )
