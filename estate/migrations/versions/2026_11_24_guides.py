"""Keep guides with how they read before."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guide",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("steps", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_guide_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guide")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_guide_type", "guide", ["organisation_id", "type"], unique=False)

    op.create_table(
        "guide_wording",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guide_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("steps", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["guide_id"], ["guide.id"], name=op.f("fk_guide_wording_guide_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guide_wording")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_guide_wording_guide_id"), "guide_wording", ["guide_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_guide_wording_guide_id"), table_name="guide_wording")

    op.drop_table("guide_wording")
    op.drop_index("ix_guide_type", table_name="guide")

    op.drop_table("guide")
