"""Keep the day on which a letter was given, as the clock on the house's wall has it; and its SMS.

The moment's own day was UTC's, or PostgreSQL's: at half past midnight it is another.
"""

import sqlalchemy as sa
from alembic import op

from estate import clock
from estate.database import Moment

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

MOMENT = Moment(timezone=True)
letter = sa.table(
    "letter",
    sa.column("id", sa.Integer),
    sa.column("given_at", MOMENT),
    sa.column("given_on", sa.Date),
)


def upgrade() -> None:
    op.add_column("letter", sa.Column("given_on", sa.Date(), nullable=True))
    bind = op.get_bind()
    given = bind.execute(
        sa.select(letter.c.id, letter.c.given_at).where(letter.c.given_at.is_not(None))
    ).all()
    for row in given:
        day = clock.local(row.given_at).date()
        bind.execute(sa.update(letter).where(letter.c.id == row.id).values(given_on=day))
    op.create_table(
        "letter_sms",
        sa.Column("text_id", sa.Integer(), nullable=False),
        sa.Column("copy_id", sa.Integer(), nullable=False),
        sa.Column("refused_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["copy_id"],
            ["letter_copy.id"],
            name=op.f("fk_letter_sms_copy_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["text_id"],
            ["text_message.id"],
            name=op.f("fk_letter_sms_text_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("text_id", name=op.f("pk_letter_sms")),
    )
    op.create_index(op.f("ix_letter_sms_copy_id"), "letter_sms", ["copy_id"])


def downgrade() -> None:
    op.drop_table("letter_sms")
    op.drop_column("letter", "given_on")
