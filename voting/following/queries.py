"""Reading which kinds of papers somebody follows."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from voting.following.models import PaperFollow
from voting.papers.queries import kinds


def followed(session: Session, person: int, section: int) -> Mapping[str, bool]:
    """Every kind of paper, with whether this person hears of it in a section."""
    moved = {
        row.kind: row.follows
        for row in session.execute(
            select(PaperFollow.kind, PaperFollow.follows).where(
                PaperFollow.person_id == person, PaperFollow.section_id == section
            )
        )
    }
    return {key: moved.get(key, kind.followed) for key, kind in kinds().items()}


def followers_among(
    session: Session, persons: Collection[int], section: int, kind: str
) -> frozenset[int]:
    """Those of these persons who hear of a kind of paper in a section."""
    stands = kinds()[kind].followed
    moved = session.scalars(
        select(PaperFollow.person_id).where(
            PaperFollow.person_id.in_(persons),
            PaperFollow.section_id == section,
            PaperFollow.kind == kind,
            PaperFollow.follows.is_(not stands),
        )
    )
    return frozenset(persons) - frozenset(moved) if stands else frozenset(moved)
