"""Find the open cases and tasks by their own order, not among those that are over."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

OVER = (("ix_case_closed", "case", "closed_at"), ("ix_task_finished", "task", "finished_at"))


def upgrade() -> None:
    for name, table, column in OVER:
        op.drop_index(name, table_name=table)
        over = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, table, [column], sqlite_where=over, postgresql_where=over)


def downgrade() -> None:
    for name, table, column in OVER:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, [column])
