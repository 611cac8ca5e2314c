"""What a person decides about themselves, and what follows once a name is protected."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.audit.actions import record
from estate.language import LANGUAGES
from estate.people.models import Person
from estate.people.rules import ANYBODY, SHOWN_AS, shown_name
from estate.permissions import Scope
from estate.refusals import Missing
from estate.retention.log import ErasureLog
from estate.retention.rules import Erasure

HideNames = Callable[[Session, Mapping[int, str]], None]
"""How a subject that keeps copies of names lets go of them: person → how they are called now."""


def speak_first(session: Session, person: int, tag: str) -> None:
    """Speak the language in which somebody read when they first came in, until they choose."""
    unchosen = Person.id == person, Person.language.is_(None)
    session.execute(update(Person).where(*unchosen).values(language=tag))


def choose_language(session: Session, scope: Scope, tag: str) -> None:
    """Speak this language to the reader from now on, on every device and in every message."""
    if tag not in LANGUAGES:
        raise Missing
    session.execute(update(Person).where(Person.id == scope.person).values(language=tag))


def choose_alias(session: Session, scope: Scope, alias: str, log: ErasureLog) -> None:
    """Show the reader by this alias from now on, or by the first name where it is empty.

    What stands on the board keeps the name it was written under.
    """
    before = session.scalar(select(Person.alias).where(Person.id == scope.person)) or ""
    if alias != before:
        log.append(Erasure(SHOWN_AS, [(scope.person, bool(alias))], clock.now()))
    session.execute(update(Person).where(Person.id == scope.person).values(alias=alias or None))
    record(session, "chose_alias", ("person", scope.person), actor=scope.person)


def show_no_longer(session: Session, chosen: Sequence[Any]) -> None:
    """Show persons no more as in a backup: `chosen` are (person, whether they have an alias since).

    Which one nobody knows any more. They are nobody in particular until they choose again, for the
    name they hid behind it is not to stand there.
    """
    aliased = [person for person, has_alias in chosen if has_alias]
    session.execute(
        update(Person)
        .where(Person.id.in_([person for person, _ in chosen]))
        .values(alias=case((Person.id.in_(aliased), ANYBODY)))
    )


def hide_names(session: Session, persons: Iterable[int], copies: Iterable[HideNames]) -> None:
    """Leave no copy of a name that has become protected; in the transaction that protects it."""
    rows = session.execute(
        select(Person.id, Person.given_name, Person.alias).where(
            Person.id.in_(list(persons)), Person.protected
        )
    )
    names = {row.id: shown_name(row.given_name, row.alias, protected=True) for row in rows}
    if names:
        for hide in copies:
            hide(session, names)
