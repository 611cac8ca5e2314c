"""Tell the roles that an office gave from the administration's, and keep local notes."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "role_holding",
        sa.Column("origin", sa.String(length=40), nullable=False, server_default="import"),
    )
    op.create_table(
        "section_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("stairwell_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_section_note_section_id_section")
        ),
        sa.ForeignKeyConstraint(
            ["stairwell_id"],
            ["stairwell.id"],
            name=op.f("fk_section_note_stairwell_id_stairwell"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section_note")),
        sa.UniqueConstraint("stairwell_id", name=op.f("uq_section_note_stairwell_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_section_note_section_id"), "section_note", ["section_id"])
    op.create_index(
        "uq_section_note_section",
        "section_note",
        ["section_id"],
        unique=True,
        sqlite_where=sa.text("stairwell_id IS NULL"),
        postgresql_where=sa.text("stairwell_id IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("section_note")
    op.drop_column("role_holding", "origin")
