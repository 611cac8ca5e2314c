"""Sending a case to a firm, ending its link, and what the firm answers by it."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.cases import actions as cases
from engagement.cases import queries as case_queries
from engagement.cases import rules as case_rules
from engagement.cases.actions import Words
from engagement.cases.models import Case
from engagement.cases.queries import Desk
from engagement.cases.rules import OPEN, Kind, Seen
from engagement.contractors import queries, rules
from engagement.contractors.models import ContractorLink
from engagement.contractors.rules import Sending
from estate import clock
from estate.access.rules import token_hash
from estate.audit.actions import record
from estate.language import DEFAULT, N_, say
from estate.mails.actions import queue_mail
from estate.photos.store import Store
from estate.refusals import Missing, Refused
from estate.tries.actions import count_try
from estate.values.queries import default_number


def send(
    session: Session, desk: Desk, number: int, sending: Sending, address: str, now: datetime
) -> str:
    """Make a link to this one case and mail it where there is an address; returns its token.

    `address` is the link with `{token}` in the token's place. The token is told once, here: only
    its hash is kept, and a mail's row goes as soon as it is sent.
    """
    case = case_queries.held_to_handle(session, desk, number)
    if case.kind is not Kind.FAULT or case.state not in OPEN:
        raise Refused(N_("Only a fault that is open can be sent to a firm."))
    token, day = secrets.token_urlsafe(32), clock.local(now).date()
    expires = now + timedelta(days=default_number("contractor_link_days", day))
    link = ContractorLink(
        case_id=number,
        link_hash=token_hash(token),
        firm=sending.firm,
        email=sending.email,
        phone=sending.phone,
        note=sending.note,
        language=DEFAULT,
        shared=rules.kept(sending.shares),
        issued_by_id=desk.cases.person,
        made_at=now,
        expires_at=expires,
    )
    session.add(link)
    session.flush()
    record(session, "sent_to_firm", (case_rules.OWNER, number), actor=desk.cases.person)
    if sending.email:
        until = clock.local(expires).date()
        queue_mail(
            session,
            to=sending.email,
            language=DEFAULT,
            subject=say(N_("A job for {firm}: case {number}"), firm=sending.firm, number=number),
            lines=[
                say(N_("Here you see what it is about, and can answer and send photos:")),
                say("{address}", address=address.format(token=token)),
                say(
                    N_("The link opens without a password until {day}. Pass it on to nobody."),
                    day=until,
                ),
            ],
            secret=True,
        )
    cases.refresh(session, case)
    return token


def revoke(session: Session, desk: Desk, number: int, link: int, now: datetime) -> None:
    """Let a link open no more, from this moment on."""
    case = case_queries.held_to_handle(session, desk, number)
    found = session.scalars(
        select(ContractorLink).where(ContractorLink.id == link, ContractorLink.case_id == number)
    ).one_or_none()
    if found is None:
        raise Missing
    if found.revoked_at is None:
        found.revoked_at = now
        record(session, "ended_link", (case_rules.OWNER, number), actor=desk.cases.person)
    cases.refresh(session, case)


def admit(session: Session, key: bytes, token: str, now: datetime) -> None:
    """Before anything of a firm's form is read: its link opens, and not too much came by it."""
    link, _ = queries.opened(session, token, now)
    count_try(session, key, rules.TRY, link.link_hash, now)


def answer(session: Session, store: Store, token: str, words: Words, now: datetime) -> None:
    """What the firm writes, for the staff: they tell the household what it should know."""
    link, case = _held(session, token, now)
    _enter(session, store, link, case, words, "", now)
    cases.tell_staff(session, case, None, N_("The firm has answered"))


def done(session: Session, store: Store, token: str, words: Words, now: datetime) -> None:
    """The firm's work is done; the staff finish the case. Said twice it is said once."""
    link, case = _held(session, token, now)
    if link.done_at is not None:
        return
    link.done_at = now
    _enter(session, store, link, case, words, "done", now)
    cases.tell_staff(session, case, None, N_("The firm says that its work is done"))


def _held(session: Session, token: str, now: datetime) -> tuple[ContractorLink, Case]:
    """The case's row is kept from others; asked again then, since it may have closed meanwhile."""
    _, case = queries.opened(session, token, now)
    case_queries.held(session, case.id)
    return queries.opened(session, token, now)


def _enter(
    session: Session,
    store: Store,
    link: ContractorLink,
    case: Case,
    words: Words,
    said: str,
    now: datetime,
) -> None:
    by_firm = {"firm": link.firm, "link": str(link.id), "firm_says": said}
    signed = Words(words.text, words.language, values=by_firm)
    entry = cases.enter(session, case, None, None, signed, Seen.STAFF, None, by_staff=True, now=now)
    cases.keep_pictures(session, store, entry, words.pictures)
    case.staffs_turn, case.last_at = True, now
    cases.refresh(session, case)
