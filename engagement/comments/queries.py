"""Reading the answers under a post."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engagement.comments.models import Comment
from estate.permissions import Scope

SHOWN = 50


class CommentLine(NamedTuple):
    """One comment; a hidden one is here for its author only."""

    id: int
    author_id: int | None
    author_name: str
    author_place: str
    author_role: str
    text: str
    language: str
    written_at: datetime
    hidden_at: datetime | None


def comments(
    session: Session, scope: Scope, number: int, before: int | None = None
) -> tuple[Sequence[CommentLine], int | None]:
    """The latest comments of a post, oldest first, and the id before which there are more."""
    query = (
        select(
            Comment.id,
            Comment.author_id,
            Comment.author_name,
            Comment.author_place,
            Comment.author_role,
            Comment.text,
            Comment.language,
            Comment.written_at,
            Comment.hidden_at,
        )
        .where(
            Comment.post_id == number,
            Comment.withdrawn_at.is_(None),
            or_(Comment.hidden_at.is_(None), Comment.author_id == scope.person),
        )
        .order_by(Comment.id.desc())
        .limit(SHOWN + 1)
    )
    if before is not None:
        query = query.where(Comment.id < before)
    lines = [CommentLine(*row) for row in session.execute(query)]
    earlier = lines[SHOWN - 1].id if len(lines) > SHOWN else None
    return lines[:SHOWN][::-1], earlier
