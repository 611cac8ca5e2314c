"""Keep what residents write to the office: cases with their timelines."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(length=40), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("building_id", sa.Integer(), nullable=True),
        sa.Column("stairwell_id", sa.Integer(), nullable=True),
        sa.Column("home_id", sa.Integer(), nullable=True),
        sa.Column("part_id", sa.Integer(), nullable=True),
        sa.Column("household_id", sa.Integer(), nullable=True),
        sa.Column("reporter_id", sa.Integer(), nullable=True),
        sa.Column("filed_by_id", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("affected", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staffs_turn", sa.Boolean(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("visits", sa.String(), nullable=False),
        sa.Column("why_more", sa.String(), nullable=False),
        sa.Column("face", sa.Integer(), nullable=True),
        sa.Column("face_text", sa.String(), nullable=False),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("stage_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["building_id"], ["building.id"], name=op.f("fk_case_building_id")),
        sa.ForeignKeyConstraint(
            ["filed_by_id"], ["person.id"], name=op.f("fk_case_filed_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["person.id"], name=op.f("fk_case_holder_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["home_id"], ["home.id"], name=op.f("fk_case_home_id")),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["household.id"],
            name=op.f("fk_case_household_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["merged_into_id"],
            ["case.id"],
            name=op.f("fk_case_merged_into_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f("fk_case_part_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_case_project_id")),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["person.id"], name=op.f("fk_case_reporter_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_case_section_id")),
        sa.ForeignKeyConstraint(["stage_id"], ["stage.id"], name=op.f("fk_case_stage_id")),
        sa.ForeignKeyConstraint(
            ["stairwell_id"], ["stairwell.id"], name=op.f("fk_case_stairwell_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_case_closed", "case", ["closed_at"])
    op.create_index(op.f("ix_case_filed_by_id"), "case", ["filed_by_id"])
    op.create_index(op.f("ix_case_holder_id"), "case", ["holder_id"])
    op.create_index(op.f("ix_case_home_id"), "case", ["home_id"])
    op.create_index("ix_case_household", "case", ["household_id", "last_at"])
    op.create_index(
        "ix_case_inbox",
        "case",
        ["urgency", "due_at", "last_at", "id"],
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(op.f("ix_case_merged_into_id"), "case", ["merged_into_id"])
    op.create_index(op.f("ix_case_part_id"), "case", ["part_id"])
    op.create_index("ix_case_place", "case", ["section_id", "system", "received_at"])
    op.create_index(op.f("ix_case_reporter_id"), "case", ["reporter_id"])

    op.create_table(
        "case_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=True),
        sa.Column("seen", sa.String(length=40), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=True),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("phrase", sa.String(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_case_entry_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_case_entry_case_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["household.id"],
            name=op.f("fk_case_entry_household_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_entry")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_case_entry_author_id"), "case_entry", ["author_id"])
    op.create_index(op.f("ix_case_entry_household_id"), "case_entry", ["household_id"])
    op.create_index("ix_case_entry_listing", "case_entry", ["case_id", "id"])

    op.create_table(
        "case_follower",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_case_follower_case_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_case_follower_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("case_id", "person_id", name=op.f("pk_case_follower")),
    )
    op.create_index(op.f("ix_case_follower_person_id"), "case_follower", ["person_id"])

    op.create_table(
        "case_private",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("let_in", sa.Boolean(), nullable=False),
        sa.Column("times", sa.String(), nullable=False),
        sa.Column("pets", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_case_private_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_private")),
    )


def downgrade() -> None:
    for table in ("case_private", "case_follower", "case_entry", "case"):
        op.drop_table(table)
