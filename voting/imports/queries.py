"""Reading what came of papers brought in together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from estate.language import N_, Message, unpack_message
from estate.permissions import Scope
from estate.places.models import Organisation, Section
from estate.refusals import Missing, Refused
from voting.imports.models import ImportedFile, PaperImport
from voting.imports.rules import Outcome
from voting.papers.models import Paper
from voting.papers.rules import Home


class FileLine(NamedTuple):
    """One file and what came of it; `paper` is where it is now."""

    name: str
    outcome: Outcome
    reason: Mapping[str, Any]
    paper: int | None
    title: str | None

    @property
    def why(self) -> Message | None:
        """Why nothing came of it."""
        return unpack_message(self.reason) if self.reason else None


@dataclass(frozen=True, slots=True)
class ImportView:
    """Files brought in together, for whom, and how far they are."""

    id: int
    place: str
    begun_at: datetime
    files: Sequence[FileLine]

    @property
    def done(self) -> int:
        """How many have been looked into."""
        return sum(file.outcome is not Outcome.WAITING for file in self.files)

    def count(self, outcome: str) -> int:
        """How many came to this."""
        return sum(file.outcome == outcome for file in self.files)


def own_import(session: Session, scope: Scope, number: int) -> ImportView:
    """What this person brought in. Raises Missing."""
    row = session.execute(
        select(PaperImport.id, PaperImport.begun_at, Section.name, Organisation.name)
        .join(Organisation, PaperImport.organisation_id == Organisation.id)
        .outerjoin(Section, PaperImport.section_id == Section.id)
        .where(PaperImport.id == number, PaperImport.begun_by_id == scope.person)
    ).one_or_none()
    if row is None:
        raise Missing
    files = session.execute(
        select(
            ImportedFile.name,
            ImportedFile.outcome,
            ImportedFile.reason,
            ImportedFile.paper_id,
            Paper.title,
        )
        .outerjoin(Paper, ImportedFile.paper_id == Paper.id)
        .where(ImportedFile.import_id == number)
        .order_by(ImportedFile.n)
    )
    return ImportView(row.id, row[2] or row[3], row.begun_at, [FileLine(*one) for one in files])


def home_of_numbers(session: Session, organisation: str, section: str) -> Home:
    """The place that the administration's numbers mean. Refused when there is none, or several."""
    query = select(Organisation.id)
    if organisation:
        query = query.where(Organisation.number == organisation)
    found = session.scalars(query).all()
    if len(found) != 1:
        raise Refused(N_("Say which organisation by its number: there is none, or several."))
    if not section:
        return Home(found[0])
    one = session.scalar(
        select(Section.id).where(Section.organisation_id == found[0], Section.number == section)
    )
    if one is None:
        raise Refused(N_("The organisation has no section {number}."), number=section)
    return Home(found[0], one)
