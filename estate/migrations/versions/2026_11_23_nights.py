"""Count what the nights erase.

Until now each count was a deed; those stay until the deeds' own time is over.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "night_count",
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("erased", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("night", "kind", name=op.f("pk_night_count")),
    )


def downgrade() -> None:
    op.drop_table("night_count")
