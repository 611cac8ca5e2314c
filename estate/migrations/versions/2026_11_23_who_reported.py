"""Find what one person reported."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_report_reporter_id", "report", ["reporter_id"])


def downgrade() -> None:
    op.drop_index("ix_report_reporter_id", "report")
