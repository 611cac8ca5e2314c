"""What a person decides about themselves."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from estate.language import LANGUAGES
from estate.people.models import Person
from estate.permissions import Scope
from estate.refusals import Missing


def choose_language(session: Session, scope: Scope, tag: str) -> None:
    """Speak this language to the reader from now on, on every device and in every message."""
    if tag not in LANGUAGES:
        raise Missing
    session.execute(update(Person).where(Person.id == scope.person).values(language=tag))
