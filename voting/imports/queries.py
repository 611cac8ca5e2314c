"""Reading what came of papers brought in together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from estate.files.models import File
from estate.language import N_, Message, unpack_message
from estate.permissions import Scope
from estate.places.models import Organisation, Section
from estate.refusals import Missing, Refused
from voting.imports.models import ImportedFile, PaperImport
from voting.imports.rules import WAITS, Outcome
from voting.papers.models import Paper
from voting.papers.rules import Home


class FileLine(NamedTuple):
    """One file and what came of it; `paper` is where it is now.

    It `asks` where it is kept until somebody says of which kind and day it is.
    """

    id: int
    name: str
    outcome: Outcome
    reason: Mapping[str, Any]
    paper: int | None
    title: str | None
    asks: bool

    @property
    def why(self) -> Message | None:
        """Why nothing came of it."""
        return unpack_message(self.reason) if self.reason else None


@dataclass(frozen=True, slots=True)
class ImportView:
    """Files brought in together, for whom, and how far they are."""

    id: int
    place: str
    home: Home
    begun_at: datetime
    files: Sequence[FileLine]

    @property
    def done(self) -> int:
        """How many have been looked into."""
        return sum(file.outcome is not Outcome.WAITING for file in self.files)

    @property
    def asking(self) -> Sequence[FileLine]:
        """Those that wait for somebody to say what they are."""
        return [file for file in self.files if file.asks]

    def count(self, outcome: str) -> int:
        """How many came to this."""
        return sum(file.outcome == outcome for file in self.files)


def own_import(session: Session, scope: Scope, number: int) -> ImportView:
    """What this person brought in. Raises Missing."""
    row = session.execute(
        select(
            PaperImport.id,
            PaperImport.begun_at,
            Section.name,
            Organisation.name,
            PaperImport.organisation_id,
            PaperImport.section_id,
        )
        .join(Organisation, PaperImport.organisation_id == Organisation.id)
        .outerjoin(Section, PaperImport.section_id == Section.id)
        .where(PaperImport.id == number, PaperImport.begun_by_id == scope.person)
    ).one_or_none()
    if row is None:
        raise Missing
    files = session.execute(
        select(
            ImportedFile.id,
            ImportedFile.name,
            ImportedFile.outcome,
            ImportedFile.reason,
            ImportedFile.paper_id,
            Paper.title,
            ImportedFile.id.in_(asking(number).with_only_columns(ImportedFile.id)),
        )
        .outerjoin(Paper, ImportedFile.paper_id == Paper.id)
        .where(ImportedFile.import_id == number)
        .order_by(ImportedFile.n)
    )
    lines = [FileLine(*one) for one in files]
    return ImportView(row.id, row[2] or row[3], Home(row[4], row[5]), row.begun_at, lines)


def asking(number: int) -> Select[ImportedFile]:
    """The files of an import that were refused only for what their names do not say."""
    kept = exists().where(File.owner_kind == WAITS, File.owner_id == ImportedFile.id)
    return (
        select(ImportedFile)
        .where(ImportedFile.import_id == number, ImportedFile.outcome == Outcome.REFUSED, kept)
        .order_by(ImportedFile.n)
    )


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
