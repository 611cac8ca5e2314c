"""Remember the phone number somebody let go of, which the administration may go on having."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("removed_number", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("person", "removed_number")
