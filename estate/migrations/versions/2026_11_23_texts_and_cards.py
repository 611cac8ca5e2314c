"""Send SMS, know people by their phone, and let them in by a household card.

The number the administration wrote is kept beside it as networks know it, so that it is found.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STEP = 500
person = sa.table(
    "person", sa.column("id"), sa.column("contact_phone"), sa.column("contact_number")
)


def upgrade() -> None:
    op.execute("ALTER TABLE sign_in_code RENAME COLUMN email TO sent_to")
    op.add_column("person", sa.Column("phone", sa.String(), nullable=True))
    op.add_column("person", sa.Column("phone_confirmed_at", MOMENT, nullable=True))
    op.add_column("person", sa.Column("contact_number", sa.String(), nullable=True))
    op.create_index("ix_person_phone", "person", ["phone"])
    op.create_index("ix_person_contact_number", "person", ["contact_number"])
    _find_numbers()
    _make_texts()
    _make_cards()


def _find_numbers() -> None:
    connection = op.get_bind()
    written = person.c.contact_phone.is_not(None)
    known = sa.select(person.c.id, person.c.contact_phone).where(written)
    rows = [
        {"one": row.id, "number": number}
        for row in connection.execute(known).all()
        if (number := _e164(row.contact_phone))
    ]
    fill = (
        sa.update(person)
        .where(person.c.id == sa.bindparam("one"))
        .values(contact_number=sa.bindparam("number"))
    )
    for start in range(0, len(rows), STEP):
        connection.execute(fill, rows[start : start + STEP])


def _e164(text: str) -> str | None:
    """As `estate.texts.rules.e164` was when this was written."""
    number = re.sub(r"[\s()/.\-]+", "", text)
    if number.startswith("00"):
        number = f"+{number[2:]}"
    elif not number.startswith("+"):
        number = f"+{number}" if re.fullmatch("45[0-9]{8}", number) else f"+45{number}"
    shape = r"\+45[2-9][0-9]{7}" if number.startswith("+45") else r"\+[1-9][0-9]{6,14}"
    return number if re.fullmatch(shape, number) else None


def _make_texts() -> None:
    op.create_table(
        "text_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("notification_id", sa.Integer(), nullable=True),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("ending", sa.String(), nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sent",
                "replaced",
                "given_up",
                name="textstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("trouble", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_text_message_person_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notification.id"],
            name="fk_text_message_notification_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_text_message"),
        sa.UniqueConstraint("notification_id", name="uq_text_message_notification_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_text_message_due", "text_message", ["state", "due_at"])
    op.create_index("ix_text_message_about", "text_message", ["about"])
    op.create_index("ix_text_message_person_id", "text_message", ["person_id"])


def _make_cards() -> None:
    op.create_table(
        "card",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("pin_hash", sa.String(), nullable=True),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("chosen_at", MOMENT, nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("locked_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_card_person_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name="fk_card_household_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["issued_by_id"], ["person.id"], name="fk_card_issued_by_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_card"),
        sa.UniqueConstraint("code_hash", name="uq_card_code_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_card_person_id", "card", ["person_id"])
    op.create_index("ix_card_household_id", "card", ["household_id"])
    living = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_card_living",
        "card",
        ["person_id"],
        unique=True,
        sqlite_where=living,
        postgresql_where=living,
    )


def downgrade() -> None:
    op.drop_table("card")
    op.drop_table("text_message")
    # A code sent by SMS would find no address it was sent to.
    op.execute("DELETE FROM sign_in_code WHERE sent_to NOT LIKE '%@%' AND purpose = 'number'")
    op.drop_index("ix_person_contact_number", "person")
    op.drop_index("ix_person_phone", "person")
    op.drop_column("person", "contact_number")
    op.drop_column("person", "phone_confirmed_at")
    op.drop_column("person", "phone")
    op.execute("ALTER TABLE sign_in_code RENAME COLUMN sent_to TO email")
