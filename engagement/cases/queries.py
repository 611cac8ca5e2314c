"""Reading cases: one's household's, those of common places, and what the staff have to do."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, or_, select
from sqlalchemy.orm import Session, aliased

from engagement.absences.queries import in_hands as held_there
from engagement.cases.models import Case, CaseEntry, CaseFollower, CasePrivate
from engagement.cases.rules import OPEN, Kind, Origin, Outcome, Place, Private, Seen, State, Step
from engagement.categories.rules import Urgency
from estate import clock
from estate.people.models import Person, RoleHolding
from estate.people.rules import name_in_role, short_address
from estate.permissions import Permission, Scope
from estate.places.models import Home, Part, Section, Stairwell
from estate.reach.queries import Place as Reached
from estate.reach.queries import reached
from estate.refusals import Missing
from estate.values.queries import default_number

SHOWN = 50
"""Cases of a page; an inbox that holds more says so instead of counting."""

LINES = 300


class Desk(NamedTuple):
    """Where somebody of the staff handles cases, and where complaints."""

    cases: Scope
    complaints: Scope


def _readable(scope: Scope) -> ColumnElement[bool]:
    """What a resident reads: their household's, and faults of common places where they live."""
    return or_(
        Case.household_id.in_(scope.households),
        and_(
            Case.kind == Kind.FAULT,
            Case.home_id.is_(None),
            Case.section_id.in_(scope.sections),
        ),
    )


def _handled(
    desk: Desk, section: SQLColumnExpression[int] = Case.section_id
) -> ColumnElement[bool]:
    """What is the staff's: complaints only where somebody may see these."""
    complaint = Case.kind == Kind.COMPLAINT
    cases = and_(section.in_(desk.cases.sections), ~complaint)
    if not desk.complaints.sections:
        return cases
    return or_(cases, and_(section.in_(desk.complaints.sections), complaint))


def in_hands(day: date) -> ColumnElement[bool]:
    """The condition that whoever has a case works there on a day, and is not away."""
    cases, complaints = Permission.HANDLE_CASES, Permission.HANDLE_COMPLAINTS
    of_both = [
        (Case.kind == Kind.COMPLAINT, complaints),
        (Case.kind != Kind.COMPLAINT, cases),
    ]
    return or_(
        *(
            and_(kind, held_there(Case.holder_id, Case.section_id, day, permission))
            for kind, permission in of_both
        )
    )


class CaseLine(NamedTuple):
    """A case as lists show it, without anybody's name but its holder's.

    `place` is the home's address, the part's or stairwell's name; empty for the grounds.
    `promised` is the moment that was promised for what comes next: an answer, or that it is fixed.
    """

    id: int
    kind: Kind
    state: State
    category: str
    topic: str
    title: str
    urgency: Urgency
    home: int | None
    household: int | None
    section: int
    section_name: str
    place: str
    affected: int
    holder: int | None
    holder_name: str
    staffs_turn: bool
    received_at: datetime
    due_at: datetime
    last_at: datetime
    promised: datetime | None
    answer_promised: bool

    @property
    def is_open(self) -> bool:
        """Whether somebody has yet to do something about it."""
        return self.state in OPEN


_HOLDER = aliased(Person)


def _lines() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Case,
            Section.name,
            Stairwell.street,
            Stairwell.house_number,
            Home.floor,
            Home.side,
            Part.name,
            _HOLDER,
        )
        .select_from(Case)
        # Outer, though each has one: SQLite is not to begin with the sections (decision 12).
        .outerjoin(Section, Case.section_id == Section.id)
        .outerjoin(Stairwell, Case.stairwell_id == Stairwell.id)
        .outerjoin(Home, Case.home_id == Home.id)
        .outerjoin(Part, Case.part_id == Part.id)
        .outerjoin(_HOLDER, Case.holder_id == _HOLDER.id)
    )


def _line(row: Any) -> CaseLine:
    case, section_name, street, number, floor, side, part, holder = row
    return CaseLine(
        case.id,
        case.kind,
        case.state,
        case.category,
        case.topic,
        case.title,
        case.urgency,
        case.home_id,
        case.household_id,
        case.section_id,
        section_name,
        _place_name(street, number, floor, side, part),
        case.affected,
        case.holder_id,
        _name(holder),
        case.staffs_turn,
        case.received_at,
        case.due_at,
        case.last_at,
        case.due_at if case.due_at in (case.answer_due_at, case.fix_due_at) else None,
        case.due_at == case.answer_due_at,
    )


def _place_name(
    street: str | None, number: str | None, floor: str | None, side: str | None, part: str | None
) -> str:
    if part is not None:
        return f"{part}, {street} {number}" if street else part
    return short_address(street or "", number or "", floor or "", side or "") if street else ""


def _name(person: Person | None) -> str:
    if person is None:
        return ""
    return name_in_role(person.given_name, person.alias, protected=person.protected)


def own(session: Session, scope: Scope) -> Sequence[CaseLine]:
    """The cases of one's household and those one follows, the latest word first."""
    followed = select(CaseFollower.case_id).where(CaseFollower.person_id == scope.person)
    mine = or_(Case.household_id.in_(scope.households), Case.id.in_(followed))
    rows = session.execute(
        _lines().where(_readable(scope), mine).order_by(Case.last_at.desc(), Case.id).limit(SHOWN)
    )
    return [_line(row) for row in rows]


def in_common_places(session: Session, scope: Scope) -> Sequence[CaseLine]:
    """What is wrong in common places where one lives and is not over, the newest first."""
    rows = session.execute(
        _lines()
        .where(
            Case.kind == Kind.FAULT,
            Case.home_id.is_(None),
            Case.section_id.in_(scope.sections),
            Case.household_id.not_in(scope.households) | Case.household_id.is_(None),
            Case.closed_at.is_(None),
        )
        .order_by(Case.received_at.desc(), Case.id.desc())
        .limit(SHOWN)
    )
    return [_line(row) for row in rows]


def reported_already(
    session: Session, scope: Scope, place: Place, system: str, now: datetime
) -> Sequence[CaseLine]:
    """What was reported of the same common place and system lately and is not over.

    The same part, or of a stairwell or building the same system; never by metres.
    """
    if place.home is not None or not system:
        return ()
    since = now - timedelta(days=default_number("case_same_days", clock.local(now).date()))
    same: ColumnElement[bool] = Case.building_id == place.building
    if place.stairwell is not None:
        same = or_(Case.stairwell_id == place.stairwell, same & Case.stairwell_id.is_(None))
    if place.part is not None:
        same = or_(Case.part_id == place.part, same & Case.part_id.is_(None))
    rows = session.execute(
        _lines()
        .where(
            Case.kind == Kind.FAULT,
            Case.home_id.is_(None),
            Case.section_id == place.section,
            Case.section_id.in_(scope.sections),
            Case.system == system,
            Case.received_at >= since,
            Case.closed_at.is_(None),
            same,
        )
        .order_by(Case.received_at.desc())
        .limit(5)
    )
    return [_line(row) for row in rows]


class Whole(NamedTuple):
    """A case with all that its page shows beside the timeline."""

    line: CaseLine
    text: str
    language: str
    answers: Mapping[str, str]
    origin: Origin
    mine: bool
    own: bool
    follows: bool
    made_at: datetime
    answered_at: datetime | None
    done_at: datetime | None
    closed_at: datetime | None
    outcome: Outcome | None
    reopened: int
    visits: str
    face: int | None
    face_text: str
    merged_into: int | None


def to_read(session: Session, scope: Scope, number: int) -> Whole:
    """A case for a resident who may read it. Raises Missing.

    `own` says whether it is their household's, `mine` whether they wrote it.
    """
    row = session.execute(_lines().where(Case.id == number, _readable(scope))).one_or_none()
    if row is None:
        raise Missing
    return _whole(session, row, scope.person, row[0].household_id in scope.households)


def to_handle(session: Session, desk: Desk, number: int) -> Whole:
    """A case for whoever of the staff handles it. Raises Missing."""
    row = session.execute(_lines().where(Case.id == number, _handled(desk))).one_or_none()
    if row is None:
        raise Missing
    return _whole(session, row, desk.cases.person, own=False)


def line_of(session: Session, number: int) -> CaseLine:
    """A case's line for whoever was let to this one case otherwise than by a scope."""
    return _line(session.execute(_lines().where(Case.id == number)).one())


def _whole(session: Session, row: Any, person: int, own: bool) -> Whole:
    case = row[0]
    follows = session.get(CaseFollower, (case.id, person)) is not None
    return Whole(
        _line(row),
        case.text,
        case.language,
        case.answers,
        case.origin,
        case.reporter_id == person,
        own,
        follows,
        case.made_at,
        case.answered_at,
        case.done_at,
        case.closed_at,
        case.outcome,
        case.reopened,
        case.visits,
        case.face,
        case.face_text,
        case.merged_into_id,
    )


def held(session: Session, number: int, *conditions: ColumnElement[bool]) -> Case:
    """A case's row for an action, kept from others until it is done. Raises Missing."""
    case = session.scalars(
        select(Case)
        .where(Case.id == number, *conditions)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if case is None:
        raise Missing
    return case


def held_to_read(session: Session, scope: Scope, number: int) -> Case:
    """The same for a resident who may read it."""
    return held(session, number, _readable(scope))


def held_own(session: Session, scope: Scope, number: int) -> Case:
    """The same for the household whose it is."""
    return held(session, number, Case.household_id.in_(scope.households))


def held_to_handle(session: Session, desk: Desk, number: int) -> Case:
    """The same for whoever of the staff handles it."""
    return held(session, number, _handled(desk))


class EntryLine(NamedTuple):
    """One thing of a timeline as one reader sees it; `name` is empty for somebody of neighbours."""

    id: int
    step: Step | None
    seen: Seen
    by_staff: bool
    mine: bool
    name: str
    text: str
    language: str
    phrase: str
    values: Mapping[str, str]
    at: datetime


def timeline_to_read(session: Session, scope: Scope, number: int) -> Sequence[EntryLine]:
    """What a resident reads of a case they may read: no notes, nothing between others."""
    seen = or_(
        CaseEntry.seen == Seen.EVERYBODY,
        and_(CaseEntry.seen == Seen.HOUSEHOLD, CaseEntry.household_id.in_(scope.households)),
        and_(CaseEntry.seen == Seen.HOUSEHOLD, CaseEntry.author_id == scope.person),
    )
    return _timeline(session, number, scope.person, seen, scope.households)


def timeline_to_handle(session: Session, desk: Desk, number: int) -> Sequence[EntryLine]:
    """All that was written and done in a case the staff handle."""
    to_handle(session, desk, number)
    return _timeline(session, number, desk.cases.person, CaseEntry.seen.is_not(None), None)


def _timeline(
    session: Session,
    number: int,
    person: int,
    seen: ColumnElement[bool],
    households: Collection[int] | None,
) -> Sequence[EntryLine]:
    rows = session.execute(
        select(CaseEntry, Person)
        .outerjoin(Person, CaseEntry.author_id == Person.id)
        .where(CaseEntry.case_id == number, seen)
        .order_by(CaseEntry.id.desc())
        .limit(LINES)
    ).all()
    return [
        EntryLine(
            entry.id,
            entry.step,
            entry.seen,
            entry.by_staff,
            entry.author_id == person,
            _author(entry, author) if _named(entry, households) else "",
            entry.text,
            entry.language,
            entry.phrase,
            entry.values,
            entry.at,
        )
        for entry, author in reversed(rows)
    ]


def _author(entry: CaseEntry, author: Person | None) -> str:
    """Who wrote it: a person, or a firm that is none."""
    return str(entry.values.get("firm", "")) if author is None else _name(author)


def _named(entry: CaseEntry, households: Collection[int] | None) -> bool:
    """Staff are named to everybody, residents to their household and the staff."""
    return entry.by_staff or households is None or entry.household_id in households


def entry_of(session: Session, scope: Scope, number: int, entry: int) -> bool:
    """Whether a resident reads this entry of a case they may read."""
    to_read(session, scope, number)
    return any(one.id == entry for one in timeline_to_read(session, scope, number))


def entry_handled(session: Session, desk: Desk, number: int, entry: int) -> bool:
    """Whether this is an entry of a case the staff handle."""
    return any(one.id == entry for one in timeline_to_handle(session, desk, number))


def private(session: Session, desk: Desk, number: int) -> Private:
    """The four fields only staff see; nothing once the case is over."""
    row = session.execute(
        select(CasePrivate.let_in, CasePrivate.times, CasePrivate.pets, CasePrivate.phone)
        .join(Case, CasePrivate.case_id == Case.id)
        .where(Case.id == number, _handled(desk))
    ).one_or_none()
    return Private(*row) if row else Private()


def reporter_name(session: Session, desk: Desk, number: int) -> str:
    """Who reported it, to the staff."""
    return _name(
        session.scalar(
            select(Person)
            .join(Case, Case.reporter_id == Person.id)
            .where(Case.id == number, _handled(desk))
        )
    )


class Filter(NamedTuple):
    """What of the inbox somebody wants to see; empty shows all that is open."""

    whose: str = ""  # "mine", or "free": also what somebody has who is away
    kind: Kind | None = None
    turn: bool = False  # only where the next word is the staff's
    section: int | None = None
    late: bool = False  # only what is past its time


def inbox(
    session: Session, desk: Desk, wanted: Filter, *conditions: ColumnElement[bool]
) -> Sequence[CaseLine]:
    """What is open, what hurries most first: by urgency, promised time and waiting time.

    One more than `SHOWN` at most, so that a page can say that there are more. `conditions` are of
    subjects above this one.
    """
    is_open = and_(Case.closed_at.is_(None), Case.state.in_(OPEN))
    section = Case.section_id + 0  # by no index of its own: the page's order has one (decision 12)
    query = _lines().where(_handled(desk, section), is_open, *conditions)
    if wanted.whose == "mine":
        query = query.where(Case.holder_id == desk.cases.person)
    if wanted.whose == "free":
        query = query.where(~in_hands(clock.today()))
    if wanted.kind is not None:
        query = query.where(Case.kind == wanted.kind)
    if wanted.turn:
        query = query.where(Case.staffs_turn)
    if wanted.section is not None:
        query = query.where(section == wanted.section)
    order = (Case.urgency, Case.due_at, Case.last_at, Case.id)
    return [_line(row) for row in session.execute(query.order_by(*order).limit(SHOWN + 1))]


def at_place(session: Session, desk: Desk, home: int | None, part: int | None) -> Sequence[Whole]:
    """The cases of one home or part that these staff handle, the latest first."""
    where = Case.home_id == home if home is not None else Case.part_id == part
    rows = session.execute(
        _lines()
        .where(where, _handled(desk))
        .order_by(Case.received_at.desc(), Case.id.desc())
        .limit(SHOWN)
    )
    return [_whole(session, row, desk.cases.person, own=False) for row in rows]


def staff_of(session: Session, case: Case, day: date) -> frozenset[int]:
    """Whoever handles such a case in its section."""
    complaint = case.kind is Kind.COMPLAINT
    permission = Permission.HANDLE_COMPLAINTS if complaint else Permission.HANDLE_CASES
    everybody = session.scalars(select(RoleHolding.person_id).distinct())
    return reached(session, everybody, permission, Reached(case.section_id), day)


def colleagues(session: Session, desk: Desk, number: int, day: date) -> Sequence[tuple[int, str]]:
    """Whom a case can be given to: everybody else who handles such a case there, by name."""
    case = session.scalars(select(Case).where(Case.id == number, _handled(desk))).one_or_none()
    if case is None:
        return ()
    others = staff_of(session, case, day) - {desk.cases.person}
    found = session.scalars(select(Person).where(Person.id.in_(others)))
    return sorted(((one.id, _name(one)) for one in found), key=lambda pair: pair[1])
