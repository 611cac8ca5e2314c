"""Keep the maintenance plan, and what was done of it."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("season_begins", sa.String(), nullable=False),
        sa.Column("season_ends", sa.String(), nullable=False),
        sa.Column("spare_days", sa.Integer(), nullable=False),
        sa.Column("follows", sa.String(length=40), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("latest_on", sa.Date(), nullable=True),
        sa.Column("opened_for", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_plan_item_part_id")),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_plan_item_section_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_item")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_plan_item_due", "plan_item", ["section_id", "due_on"], unique=False)
    op.create_index(op.f("ix_plan_item_part_id"), "plan_item", ["part_id"], unique=False)

    op.create_table(
        "plan_done",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_plan_done_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["plan_item.id"], name=op.f("fk_plan_done_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["task.id"], name=op.f("fk_plan_done_task_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_done")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_plan_done_by_id"), "plan_done", ["by_id"], unique=False)
    op.create_index(op.f("ix_plan_done_done_on"), "plan_done", ["done_on"], unique=False)
    op.create_index(op.f("ix_plan_done_task_id"), "plan_done", ["task_id"], unique=False)
    op.create_index("ix_plan_done_once", "plan_done", ["item_id", "due_on"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_plan_done_once", table_name="plan_done")
    op.drop_index(op.f("ix_plan_done_task_id"), table_name="plan_done")
    op.drop_index(op.f("ix_plan_done_done_on"), table_name="plan_done")
    op.drop_index(op.f("ix_plan_done_by_id"), table_name="plan_done")

    op.drop_table("plan_done")
    op.drop_index(op.f("ix_plan_item_part_id"), table_name="plan_item")
    op.drop_index("ix_plan_item_due", table_name="plan_item")

    op.drop_table("plan_item")
