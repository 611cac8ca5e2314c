"""Finding the one-time link or code that somebody came with."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from estate.access.rules import Beginning, token_hash
from estate.codes.models import SignInCode
from estate.codes.rules import Purpose, code_hash, typed_code
from estate.people.models import Person
from estate.people.rules import shown_name


class Ticket(NamedTuple):
    """A one-time link or counter code that has not been used."""

    code: int
    person: int
    name: str
    began: Beginning


def ticket_of(session: Session, key: bytes, text: str, now: datetime) -> Ticket | None:
    """The unused link or counter code behind an address's last part, or None."""
    code = typed_code(text)
    typed = and_(
        SignInCode.code_hash == code_hash(key, code),
        SignInCode.sent_to.is_(None),
        SignInCode.code_expires_at > now,
    )
    row = session.execute(
        select(
            SignInCode.id,
            Person.id,
            Person.given_name,
            Person.alias,
            Person.protected,
            SignInCode.began,
        )
        .join(Person, SignInCode.person_id == Person.id)
        .where(
            SignInCode.purpose == Purpose.SIGN_IN,
            SignInCode.used_at.is_(None),
            SignInCode.expires_at > now,
            or_(SignInCode.link_hash == token_hash(text), typed),
        )
    ).one_or_none()
    if row is None:
        return None
    return Ticket(row[0], row[1], shown_name(row[2], row[3], protected=row[4]), row[5])
