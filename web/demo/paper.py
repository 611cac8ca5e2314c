"""The demo's letters on paper, laid out by the house's own press (PDF/UA-1)."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from estate.files.models import File
from estate.files.store import PdfStore
from estate.letters.queries import letter_by_id
from estate.rounds.actions import OWNER, Made
from estate.rounds.models import PrintFile
from web.demo.rows import Sheaf
from web.pressing import compose, lay_out_all


def print_out(session: Session, files: PdfStore, sheaves: Sequence[Sheaf], base_url: str) -> None:
    """Make the print files of these stairwells; none where this machine cannot lay out letters."""
    orders = [(_html(session, sheaf, base_url), _copies(sheaf)) for sheaf in sheaves]
    try:
        laid_out = lay_out_all(orders)
    except OSError:
        return  # the demo needs no Pango; it then is as if the files had had their time
    for sheaf, made in zip(sheaves, laid_out, strict=True):
        _keep(session, files, sheaf, made)


def _html(session: Session, sheaf: Sheaf, base_url: str) -> str:
    letter = letter_by_id(session, sheaf.letter)
    if letter is None:
        raise ValueError("The rows of the letter go in before it is printed.")
    return compose(letter, sheaf.envelopes, f"{base_url}/letters/{letter.id}")


def _copies(sheaf: Sheaf) -> Sequence[int]:
    return [one.copy for one in sheaf.envelopes]


def _keep(session: Session, files: PdfStore, sheaf: Sheaf, made: Made) -> None:
    row = PrintFile(
        letter_id=sheaf.letter,
        stairwell_id=sheaf.stairwell,
        batch=1,
        letters=len(made.copies),
        pages=made.pages,
        tagged=made.tagged,
        made_at=sheaf.printed_at,
    )
    session.add(row)
    session.flush()
    session.add(
        File(
            owner_kind=OWNER,
            owner_id=row.id,
            name=f"{sheaf.stairwell}.pdf",
            digest=files.keep(made.data),
            size=len(made.data),
            added_at=sheaf.printed_at,
        )
    )
