"""Search the board: FTS5 kept by triggers on SQLite, a generated column on PostgreSQL.

A later migration that copies `post` on SQLite (a batch) loses the triggers and must call `upgrade`
of this one again.
"""

import contextlib

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TRIGGERS = {
    "post_fts_insert": """
        AFTER INSERT ON post BEGIN
          INSERT INTO post_fts(rowid, search_words) VALUES (new.id, new.search_words);
        END""",
    "post_fts_delete": """
        AFTER DELETE ON post BEGIN
          INSERT INTO post_fts(post_fts, rowid, search_words)
          VALUES ('delete', old.id, old.search_words);
        END""",
    "post_fts_update": """
        AFTER UPDATE OF search_words ON post WHEN old.search_words <> new.search_words BEGIN
          INSERT INTO post_fts(post_fts, rowid, search_words)
          VALUES ('delete', old.id, old.search_words);
          INSERT INTO post_fts(rowid, search_words) VALUES (new.id, new.search_words);
        END""",
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _fts5()
    else:
        op.execute(
            "ALTER TABLE post ADD COLUMN post_fts tsvector "
            "GENERATED ALWAYS AS (array_to_tsvector(string_to_array(search_words, ' '))) STORED"
        )
        op.execute("CREATE INDEX ix_post_fts ON post USING gin (post_fts)")


def _fts5() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE post_fts USING fts5("
        "search_words, content='post', content_rowid='id', "
        "tokenize='unicode61 remove_diacritics 0 tokenchars _')"
    )
    # From SQLite 3.42 on a deleted word leaves the index at once; before, forget() merges it away.
    with contextlib.suppress(sa.exc.OperationalError):
        op.execute("INSERT INTO post_fts(post_fts, rank) VALUES ('secure-delete', 1)")
    op.execute("INSERT INTO post_fts(post_fts) VALUES ('rebuild')")
    for name, body in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {body}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
        op.execute("DROP TABLE post_fts")
    else:
        op.execute("DROP INDEX ix_post_fts")
        op.execute("ALTER TABLE post DROP COLUMN post_fts")
