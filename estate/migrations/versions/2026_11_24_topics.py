"""Say of a message what it is about.

SQLite keeps the default: only a copy of the table loses it, and a copy forgets which numbers were
given before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case", sa.Column("topic", sa.String(), nullable=False, server_default=""))
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("case", "topic", server_default=None)


def downgrade() -> None:
    op.drop_column("case", "topic")
