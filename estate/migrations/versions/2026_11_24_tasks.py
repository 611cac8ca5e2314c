"""Keep tasks with each stretch of work."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=True),
        sa.Column("stairwell_id", sa.Integer(), nullable=True),
        sa.Column("home_id", sa.Integer(), nullable=True),
        sa.Column("part_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("estimate_minutes", sa.Integer(), nullable=True),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("latest_on", sa.Date(), nullable=True),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["person.id"], name=op.f("fk_task_assignee_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["building_id"], ["building.id"], name=op.f("fk_task_building_id")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_task_case_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["finished_by_id"],
            ["person.id"],
            name=op.f("fk_task_finished_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["home_id"], ["home.id"], name=op.f("fk_task_home_id")),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["person.id"], name=op.f("fk_task_opened_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_task_part_id")),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_task_section_id")),
        sa.ForeignKeyConstraint(
            ["stairwell_id"], ["stairwell.id"], name=op.f("fk_task_stairwell_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("origin", name=op.f("uq_task_origin")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_task_assignee_id"), "task", ["assignee_id"], unique=False)
    op.create_index(op.f("ix_task_case_id"), "task", ["case_id"], unique=False)
    op.create_index("ix_task_finished", "task", ["finished_at"], unique=False)
    op.create_index(op.f("ix_task_finished_by_id"), "task", ["finished_by_id"], unique=False)
    op.create_index(op.f("ix_task_home_id"), "task", ["home_id"], unique=False)
    op.create_index(op.f("ix_task_opened_by_id"), "task", ["opened_by_id"], unique=False)
    op.create_index(op.f("ix_task_part_id"), "task", ["part_id"], unique=False)
    op.create_index(
        "ix_task_to_do",
        "task",
        ["section_id", "assignee_id", "due_on"],
        unique=False,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )

    op.create_table(
        "task_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("pause", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offset_seconds", sa.Integer(), nullable=True),
        sa.Column("clamped", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_task_entry_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["task.id"], name=op.f("fk_task_entry_task_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_entry")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_task_entry_author_id"), "task_entry", ["author_id"], unique=False)
    op.create_index("ix_task_entry_listing", "task_entry", ["task_id", "id"], unique=False)

    op.create_table(
        "task_spell",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pause", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_task_spell_person_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["task.id"], name=op.f("fk_task_spell_task_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_spell")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_task_spell_person", "task_spell", ["person_id", "started_at"], unique=False)
    op.create_index(
        "ix_task_spell_running",
        "task_spell",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_task_spell_task", "task_spell", ["task_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_task_spell_task", table_name="task_spell")
    op.drop_index(
        "ix_task_spell_running",
        table_name="task_spell",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index("ix_task_spell_person", table_name="task_spell")

    op.drop_table("task_spell")
    op.drop_index("ix_task_entry_listing", table_name="task_entry")
    op.drop_index(op.f("ix_task_entry_author_id"), table_name="task_entry")

    op.drop_table("task_entry")
    op.drop_index(
        "ix_task_to_do",
        table_name="task",
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.drop_index(op.f("ix_task_part_id"), table_name="task")
    op.drop_index(op.f("ix_task_opened_by_id"), table_name="task")
    op.drop_index(op.f("ix_task_home_id"), table_name="task")
    op.drop_index(op.f("ix_task_finished_by_id"), table_name="task")
    op.drop_index("ix_task_finished", table_name="task")
    op.drop_index(op.f("ix_task_case_id"), table_name="task")
    op.drop_index(op.f("ix_task_assignee_id"), table_name="task")

    op.drop_table("task")
