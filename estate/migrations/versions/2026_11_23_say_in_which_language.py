"""Say in which language a pause's reason and the answer to a ruling were written.

SQLite keeps the default: only a copy of the table loses it, and a copy forgets which numbers were
given before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    language = sa.Column("language", sa.String(), nullable=False, server_default="da")
    op.add_column("posting_pause", language)
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("posting_pause", "language", server_default=None)
    op.add_column("ruling", sa.Column("answer_language", sa.String(), nullable=True))
    op.execute("UPDATE ruling SET answer_language = 'da' WHERE answered_at IS NOT NULL")


def downgrade() -> None:
    op.drop_column("ruling", "answer_language")
    op.drop_column("posting_pause", "language")
