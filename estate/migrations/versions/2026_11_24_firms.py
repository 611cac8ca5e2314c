"""Keep to which firms a case was sent."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contractor_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("link_hash", sa.String(), nullable=False),
        sa.Column("firm", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("shared", sa.String(), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_contractor_link_case_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["issued_by_id"],
            ["person.id"],
            name=op.f("fk_contractor_link_issued_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contractor_link")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_contractor_link_link_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_contractor_link_case_id"), "contractor_link", ["case_id"])
    op.create_index(op.f("ix_contractor_link_issued_by_id"), "contractor_link", ["issued_by_id"])


def downgrade() -> None:
    op.drop_table("contractor_link")
