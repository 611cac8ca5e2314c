"""Keep openings in sessions that somebody else began: they are read, and prove nothing.

Those there are were all in sessions that people began themselves.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    trusted: sa.Column[bool] = sa.Column(
        "trusted", sa.Boolean(), nullable=False, server_default=sa.true()
    )
    op.add_column("letter_opening", trusted)
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("letter_opening", "trusted", server_default=None)


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM letter_opening WHERE NOT trusted"))
    op.drop_column("letter_opening", "trusted")
