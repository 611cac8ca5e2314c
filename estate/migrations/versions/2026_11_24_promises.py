"""Keep what sections promise of their service, and how long cases really take."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pace",
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("of", sa.String(), nullable=False),
        sa.Column("first_answer_minutes", sa.Integer(), nullable=True),
        sa.Column("fixed_minutes", sa.Integer(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["section_id"], ["section.id"], name=op.f("fk_pace_section_id")),
        sa.PrimaryKeyConstraint("section_id", "of", name=op.f("pk_pace")),
    )
    op.create_table(
        "service_promise",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.String(length=40), nullable=False),
        sa.Column("first_answer_hours", sa.Integer(), nullable=True),
        sa.Column("fixed_hours", sa.Integer(), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_service_promise_section_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_promise")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_service_promise_holding",
        "service_promise",
        ["section_id", "urgency", "valid_from"],
        unique=False,
    )

    op.add_column("case", sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("case", sa.Column("fix_due_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_column("fix_due_at")
        batch_op.drop_column("answer_due_at")

    op.drop_index("ix_service_promise_holding", table_name="service_promise")
    op.drop_table("service_promise")
    op.drop_table("pace")
