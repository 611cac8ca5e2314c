"""Leaving nothing of what was erased in the database's files."""

from estate.database import Database
from estate.search.actions import forget_words
from web.kinds import INDEXES, REPLAYED

TABLES = tuple(sorted({table for kind in REPLAYED.values() for table in kind.tables}))
"""Every table from which something goes, by its time or by its owner's hand."""


def wipe(database: Database) -> None:
    """Let the files forget all that was erased or changed since the last time.

    Also what nobody erased by a period: an earlier address, a code that was used, the words of a
    text that was rewritten. Raises database.HeldUp.
    """
    with database.write() as session:
        for index in INDEXES:
            forget_words(session, index)
    database.wipe(TABLES)
