"""Keep only a keyed hash of the number somebody let go of.

What was kept in clear is forgotten. Where the administration has the same number, it is no longer
used; elsewhere nothing is left to be known again by, for no key is at hand here.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

person = sa.table("person", sa.column("contact_number"), sa.column("removed_number"))


def upgrade() -> None:
    left_alone = person.c.contact_number == person.c.removed_number
    op.execute(sa.update(person).where(left_alone).values(contact_number=None))
    op.execute(sa.update(person).values(removed_number=None))
    op.drop_column("person", "removed_number")
    op.add_column("person", sa.Column("removed_number_hash", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("person", "removed_number_hash")
    op.add_column("person", sa.Column("removed_number", sa.String(), nullable=True))
