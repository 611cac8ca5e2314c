"""Keep of a visit at a door both when it was and when it was noted.

All visits before were noted at the door itself, as far as anybody knows.
"""

import sqlalchemy as sa
from alembic import op

from estate.database import Moment

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = Moment(timezone=True)
visit = sa.table("door_visit", sa.column("at", MOMENT), sa.column("noted_at", MOMENT))


def upgrade() -> None:
    for_now = sa.text("'2026-11-23 00:00:00.000000'")
    op.add_column(
        "door_visit", sa.Column("noted_at", MOMENT, nullable=False, server_default=for_now)
    )
    op.execute(sa.update(visit).values(noted_at=visit.c.at))
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("door_visit", "noted_at", server_default=None)


def downgrade() -> None:
    op.drop_column("door_visit", "noted_at")
