"""Keep by which mail a copy went, also once a mail server has it: it may come back.

A mail counts as proof only to a tenant's own confirmed address. To which address those went that
were taken before, nobody wrote down: what they proved stays.
"""

import sqlalchemy as sa
from alembic import op

from estate.database import Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    counts: sa.Column[bool] = sa.Column(
        "counts", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("letter_mail", counts)
    op.add_column("letter_mail", sa.Column("taken_at", Moment(timezone=True), nullable=True))
    op.add_column("letter_mail", sa.Column("returned_at", Moment(timezone=True), nullable=True))
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("letter_mail", "counts", server_default=None)


def downgrade() -> None:
    op.drop_column("letter_mail", "returned_at")
    op.drop_column("letter_mail", "taken_at")
    op.drop_column("letter_mail", "counts")
