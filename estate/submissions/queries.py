"""Whether a form came."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from estate.permissions import Scope
from estate.submissions.models import Submission


def became(session: Session, scope: Scope, submission: str) -> str | None:
    """The address of what a form of the reader's became, or None when it never came."""
    return session.scalar(
        select(Submission.address).where(
            Submission.author_id == scope.person, Submission.id == submission
        )
    )
