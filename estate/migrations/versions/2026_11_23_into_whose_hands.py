"""Keep of a letter handed over at a door into whose hands: of those before nobody knows."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("door_visit", sa.Column("handed_to", sa.String(40), nullable=True))
    op.add_column("letter_copy", sa.Column("delivered_to", sa.String(40), nullable=True))


def downgrade() -> None:
    op.drop_column("letter_copy", "delivered_to")
    op.drop_column("door_visit", "handed_to")
