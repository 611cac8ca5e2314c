"""Making the full-text index forget."""

from sqlalchemy import column, insert, select, table
from sqlalchemy.orm import Session


def forget_words(session: Session, index: str) -> None:
    """Leave no erased row's words in an FTS5 index; call it after deleting, in the transaction.

    With its secure-delete option (SQLite 3.42) FTS5 has erased them already; before, a deleted word
    stays in the file until the index is merged into one piece. PostgreSQL's index keeps no texts.
    """
    if session.get_bind().dialect.name != "sqlite":
        return
    settings = table(f"{index}_config", column("k"), column("v"))
    secure = session.scalar(select(settings.c.v).where(settings.c.k == "secure-delete"))
    if not secure:
        commands = table(index, column(index))
        session.execute(insert(commands).values({index: "optimize"}))
