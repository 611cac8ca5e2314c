"""Write service messages, keep what they said before, and who was told by what."""

import sqlalchemy as sa
from alembic import op

from estate.database import Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(length=40), nullable=False),
        sa.Column("phase", sa.String(length=40), nullable=False),
        sa.Column("starts_at", Moment(timezone=True), nullable=False),
        sa.Column("ends_at", Moment(timezone=True), nullable=True),
        sa.Column("over_at", Moment(timezone=True), nullable=True),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("written_at", Moment(timezone=True), nullable=False),
        sa.Column("changed_at", Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["person.id"],
            name=op.f("fk_notice_author_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notice_author_id", "notice", ["author_id"])
    op.create_index("ix_notice_phase", "notice", ["phase", "starts_at"])
    op.create_table(
        "notice_place",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("stairwell_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["notice.id"],
            name=op.f("fk_notice_place_notice_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["stairwell_id"], ["stairwell.id"], name=op.f("fk_notice_place_stairwell_id")
        ),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_notice_place_section_id")
        ),
        sa.PrimaryKeyConstraint("notice_id", "stairwell_id", name=op.f("pk_notice_place")),
    )
    op.create_index("ix_notice_place_stairwell", "notice_place", ["stairwell_id", "notice_id"])
    op.create_index("ix_notice_place_section", "notice_place", ["section_id", "notice_id"])
    op.create_table(
        "notice_text",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("afterword", sa.String(), nullable=False),
        sa.Column("lags", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["notice.id"],
            name=op.f("fk_notice_text_notice_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("notice_id", "language", name=op.f("pk_notice_text")),
    )
    op.create_table(
        "notice_wording",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("starts_at", Moment(timezone=True), nullable=False),
        sa.Column("ends_at", Moment(timezone=True), nullable=True),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("replaced_at", Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["notice.id"],
            name=op.f("fk_notice_wording_notice_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_wording")),
        sa.UniqueConstraint(
            "notice_id", "version", name=op.f("uq_notice_wording_notice_id_version")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "notice_told",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("texted", sa.Boolean(), nullable=False),
        sa.Column("told_at", Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["notice.id"],
            name=op.f("fk_notice_told_notice_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_notice_told_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("notice_id", "person_id", name=op.f("pk_notice_told")),
    )
    op.create_index("ix_notice_told_person_id", "notice_told", ["person_id"])
    op.create_index("ix_notice_told_told_at", "notice_told", ["told_at"])


def downgrade() -> None:
    for table in ("notice_told", "notice_wording", "notice_text", "notice_place", "notice"):
        op.drop_table(table)
