"""Reading what a firm was sent: by its link, and for the staff who sent it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.cases import queries as cases
from engagement.cases.models import Case, CaseEntry, CasePrivate
from engagement.cases.queries import CaseLine, Desk
from engagement.cases.rules import OPEN, Private
from engagement.contractors import rules
from engagement.contractors.models import ContractorLink
from engagement.contractors.rules import LinkState, Share
from estate.access.rules import token_hash
from estate.language import N_
from estate.people.queries import called
from estate.refusals import Gone, Missing

ENDED = N_("This link has ended. Call the office if something is still to be done.")


class LinkLine(NamedTuple):
    """A link as the staff see it."""

    id: int
    firm: str
    email: str
    phone: str
    shares: frozenset[Share]
    state: LinkState
    expires_at: datetime
    done_at: datetime | None


def _state(link: ContractorLink, case: Case, now: datetime) -> LinkState:
    if link.revoked_at is not None:
        return LinkState.REVOKED
    if case.state not in OPEN:
        return LinkState.OVER
    return LinkState.OPEN if now < link.expires_at else LinkState.EXPIRED


def sent(session: Session, desk: Desk, number: int, now: datetime) -> Sequence[LinkLine]:
    """To whom a case the staff handle was sent, the newest first. Raises Missing."""
    cases.to_handle(session, desk, number)
    rows = session.execute(
        select(ContractorLink, Case)
        .join(Case, ContractorLink.case_id == Case.id)
        .where(Case.id == number)
        .order_by(ContractorLink.id.desc())
    )
    return [
        LinkLine(
            link.id,
            link.firm,
            link.email,
            link.phone,
            rules.read(link.shared),
            _state(link, case, now),
            link.expires_at,
            link.done_at,
        )
        for link, case in rows
    ]


def opened(session: Session, token: str, now: datetime) -> tuple[ContractorLink, Case]:
    """The link of a token, and its one case. Raises Missing, or Gone where it has ended."""
    row = session.execute(
        select(ContractorLink, Case)
        .join(Case, ContractorLink.case_id == Case.id)
        .where(ContractorLink.link_hash == token_hash(token))
    ).one_or_none()
    if row is None:
        raise Missing
    link, case = row
    if _state(link, case, now) is not LinkState.OPEN:
        raise Gone(ENDED)
    return link, case


class FirmLine(NamedTuple):
    """What the firm wrote."""

    text: str
    language: str
    at: datetime


class Job(NamedTuple):
    """The one case as its firm sees it: no names and nothing private but what was ticked."""

    case: CaseLine
    firm: str
    note: str
    note_language: str
    text: str
    language: str
    private: Private
    shares: frozenset[Share]
    name: str
    done_at: datetime | None
    expires_at: datetime
    lines: Sequence[FirmLine]


def job(session: Session, token: str, now: datetime) -> Job:
    """What a firm sees by its link. Raises Missing, or Gone where it has ended."""
    link, case = opened(session, token, now)
    shares = rules.read(link.shared)
    kept = session.get(CasePrivate, case.id)
    private = Private(
        let_in=kept is not None and Share.LET_IN in shares and kept.let_in,
        times=kept.times if kept is not None and Share.TIMES in shares else "",
        pets=kept.pets if kept is not None and Share.PETS in shares else "",
        phone=kept.phone if kept is not None and Share.PHONE in shares else "",
    )
    named = Share.NAME in shares and case.reporter_id is not None
    written = session.scalars(
        select(CaseEntry).where(CaseEntry.case_id == case.id).order_by(CaseEntry.id)
    )
    return Job(
        cases.line_of(session, case.id),
        link.firm,
        link.note,
        link.language,
        case.text,
        case.language,
        private,
        shares,
        called(session, case.reporter_id).in_role if named and case.reporter_id else "",
        link.done_at,
        link.expires_at,
        [
            FirmLine(one.text, one.language, one.at)
            for one in written
            if one.values.get("link") == str(link.id) and one.text
        ],
    )
