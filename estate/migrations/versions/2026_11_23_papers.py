"""Papers with versions, the pages the search reads, who follows, and what was brought in.

A later migration that copies `paper_page` on SQLite (a batch) loses the triggers and must make them
again.
"""

import contextlib

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TRIGGERS = {
    "paper_page_fts_insert": """
        AFTER INSERT ON paper_page BEGIN
          INSERT INTO paper_page_fts(rowid, search_words) VALUES (new.id, new.search_words);
        END""",
    "paper_page_fts_delete": """
        AFTER DELETE ON paper_page BEGIN
          INSERT INTO paper_page_fts(paper_page_fts, rowid, search_words)
          VALUES ('delete', old.id, old.search_words);
        END""",
    "paper_page_fts_update": """
        AFTER UPDATE OF search_words ON paper_page
        WHEN old.search_words <> new.search_words BEGIN
          INSERT INTO paper_page_fts(paper_page_fts, rowid, search_words)
          VALUES ('delete', old.id, old.search_words);
          INSERT INTO paper_page_fts(rowid, search_words) VALUES (new.id, new.search_words);
        END""",
}


READINGS = ("written", "waiting", "searchable", "no_text", "failed")
OUTCOMES = ("waiting", "added", "skipped", "refused")


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40)


def upgrade() -> None:
    _papers()
    _following()
    _imports()
    if op.get_bind().dialect.name == "sqlite":
        _fts5()
    else:
        op.execute(
            "ALTER TABLE paper_page ADD COLUMN paper_page_fts tsvector "
            "GENERATED ALWAYS AS (array_to_tsvector(string_to_array(search_words, ' '))) STORED"
        )
        op.execute("CREATE INDEX ix_paper_page_fts ON paper_page USING gin (paper_page_fts)")


def _papers() -> None:
    op.create_table(
        "paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("sorted_on", sa.Date(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_paper_organisation_id")
        ),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_paper_section_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_paper_section", "paper", ["section_id", "sorted_on", "id"])
    op.create_index("ix_paper_organisation", "paper", ["organisation_id", "sorted_on", "id"])
    op.create_table(
        "paper_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_role", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("read_pages", sa.Integer(), nullable=False),
        sa.Column("reading", _one_of("reading", *READINGS), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"],
            ["paper.id"],
            name=op.f("fk_paper_version_paper_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_version")),
        sa.UniqueConstraint("paper_id", "n", name=op.f("uq_paper_version_paper_id_n")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_paper_version_digest", "paper_version", ["digest"])
    op.create_table(
        "paper_page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("search_words", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["paper_version.id"],
            name=op.f("fk_paper_page_version_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_page")),
        sa.UniqueConstraint("version_id", "n", name=op.f("uq_paper_page_version_id_n")),
        sqlite_autoincrement=True,
    )


def _following() -> None:
    op.create_table(
        "paper_follow",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("follows", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_paper_follow_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["section_id"],
            ["section.id"],
            name=op.f("fk_paper_follow_section_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", "section_id", "kind", name=op.f("pk_paper_follow")),
    )


def _imports() -> None:
    op.create_table(
        "paper_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("begun_by_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["begun_by_id"],
            ["person.id"],
            name=op.f("fk_paper_import_begun_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_paper_import_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_paper_import_section_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_import")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "imported_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("outcome", _one_of("outcome", *OUTCOMES), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["paper_import.id"],
            name=op.f("fk_imported_file_import_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["paper.id"], name=op.f("fk_imported_file_paper_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_file")),
        sa.UniqueConstraint("import_id", "n", name=op.f("uq_imported_file_import_id_n")),
        sqlite_autoincrement=True,
    )


def _fts5() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE paper_page_fts USING fts5("
        "search_words, content='paper_page', content_rowid='id', "
        "tokenize='unicode61 remove_diacritics 0 tokenchars _')"
    )
    # From SQLite 3.42 on a deleted word leaves the index at once; before, erasing merges it away.
    with contextlib.suppress(sa.exc.OperationalError):
        op.execute("INSERT INTO paper_page_fts(paper_page_fts, rank) VALUES ('secure-delete', 1)")
    for name, body in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {body}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
        op.execute("DROP TABLE paper_page_fts")
    for table in (
        *("imported_file", "paper_import", "paper_follow"),
        *("paper_page", "paper_version", "paper"),
    ):
        op.drop_table(table)
