"""Keep how many households a letter was given to: what was not done of it can be seen."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    households: sa.Column[int] = sa.Column(
        "households", sa.Integer(), nullable=False, server_default="0"
    )
    op.add_column("letter", households)
    op.execute(
        "UPDATE letter SET households = "
        "(SELECT count(*) FROM letter_copy WHERE letter_copy.letter_id = letter.id)"
    )
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("letter", "households", server_default=None)


def downgrade() -> None:
    op.drop_column("letter", "households")
