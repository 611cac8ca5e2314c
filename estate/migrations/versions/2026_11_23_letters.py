"""Letters to households, each household's channel, and the proof that a letter arrived."""

import sqlalchemy as sa
from alembic import op

from estate.database import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = (
    *("print_file", "door_visit", "letter_mail", "letter_opening", "letter_copy"),
    *("letter_place", "letter_text", "letter", "digital_demand"),
)


def _key(*columns: str, table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _reference(
    table: str, column: str, to: str, gone: str | None = None
) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=gone)


def _moment(name: str, *, needed: bool = False) -> sa.Column[object]:
    return sa.Column(name, Moment(timezone=True), nullable=not needed)


def _number(name: str, *, needed: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=not needed)


def _text(name: str, length: int | None = None, *, needed: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.String(length), nullable=not needed)


def upgrade() -> None:
    channel: sa.Column[str] = sa.Column(
        "channel", sa.String(40), nullable=False, server_default="digital"
    )
    op.add_column("household", channel)
    accepted: sa.Column[bool] = sa.Column(
        "to_server", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("mail", accepted)
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("household", "channel", server_default=None)
        op.alter_column("mail", "to_server", server_default=None)
    _demands()
    _letters()
    _copies()
    _paper()


def _demands() -> None:
    op.create_table(
        "digital_demand",
        _number("id"),
        _number("household_id"),
        _text("party", 40),
        sa.Column("demanded_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        _number("noted_by_id", needed=False),
        _moment("noted_at", needed=True),
        _reference("digital_demand", "household_id", "household", "CASCADE"),
        _reference("digital_demand", "noted_by_id", "person", "SET NULL"),
        _key("id", table="digital_demand"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_digital_demand_household_id", "digital_demand", ["household_id"])


def _letters() -> None:
    op.create_table(
        "letter",
        _number("id"),
        _number("section_id"),
        _text("kind"),
        _text("title"),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("deliver_by", sa.Date(), nullable=True),
        _number("version"),
        _text("digest"),
        _number("pages"),
        _moment("made_at", needed=True),
        _number("made_by_id", needed=False),
        _moment("given_at"),
        _number("given_by_id", needed=False),
        _number("giving_job_id", needed=False),
        _number("printing_job_id", needed=False),
        _reference("letter", "section_id", "section"),
        _reference("letter", "made_by_id", "person", "SET NULL"),
        _reference("letter", "given_by_id", "person", "SET NULL"),
        _reference("letter", "giving_job_id", "job", "SET NULL"),
        _reference("letter", "printing_job_id", "job", "SET NULL"),
        _key("id", table="letter"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_letter_section_id", "letter", ["section_id"])
    op.create_index("ix_letter_given_at", "letter", ["given_at"])
    op.create_table(
        "letter_text",
        _number("letter_id"),
        _text("language"),
        _text("title"),
        _text("body"),
        _reference("letter_text", "letter_id", "letter", "CASCADE"),
        _key("letter_id", "language", table="letter_text"),
    )
    op.create_table(
        "letter_place",
        _number("letter_id"),
        _text("kind", 40),
        _number("place_id"),
        _reference("letter_place", "letter_id", "letter", "CASCADE"),
        _key("letter_id", "kind", "place_id", table="letter_place"),
    )


def _copies() -> None:
    op.create_table(
        "letter_copy",
        _number("id"),
        _number("letter_id"),
        _number("household_id"),
        _number("version"),
        _text("channel", 40),
        sa.Column("lawful", sa.Boolean(), nullable=False),
        sa.Column("grounds", sa.JSON(), nullable=False),
        _moment("sent_at"),
        _moment("paper_at"),
        _text("paper_why"),
        _moment("printed_at"),
        _moment("accepted_at"),
        _moment("opened_at"),
        _moment("delivered_at"),
        _text("delivered_how", 40, needed=False),
        _number("delivered_by_id", needed=False),
        _reference("letter_copy", "letter_id", "letter", "CASCADE"),
        _reference("letter_copy", "household_id", "household", "CASCADE"),
        _reference("letter_copy", "delivered_by_id", "person", "SET NULL"),
        _key("id", table="letter_copy"),
        sa.UniqueConstraint(
            "letter_id", "household_id", name=op.f("uq_letter_copy_letter_id_household_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_letter_copy_household_id", "letter_copy", ["household_id"])
    _partly("ix_letter_copy_open", "letter_id", "delivered_at IS NULL")
    _partly("ix_letter_copy_delivered_by", "delivered_by_id", "delivered_by_id IS NOT NULL")
    op.create_table(
        "letter_opening",
        _number("copy_id"),
        _number("person_id"),
        _moment("opened_at", needed=True),
        _reference("letter_opening", "copy_id", "letter_copy", "CASCADE"),
        _reference("letter_opening", "person_id", "person", "CASCADE"),
        _key("copy_id", "person_id", table="letter_opening"),
    )
    op.create_index("ix_letter_opening_person_id", "letter_opening", ["person_id"])
    op.create_table(
        "letter_mail",
        _number("mail_id"),
        _number("copy_id"),
        _reference("letter_mail", "mail_id", "mail", "CASCADE"),
        _reference("letter_mail", "copy_id", "letter_copy", "CASCADE"),
        _key("mail_id", table="letter_mail"),
    )
    op.create_index("ix_letter_mail_copy_id", "letter_mail", ["copy_id"])


def _partly(name: str, column: str, where: str) -> None:
    some = sa.text(where)
    op.create_index(name, "letter_copy", [column], sqlite_where=some, postgresql_where=some)


def _paper() -> None:
    op.create_table(
        "door_visit",
        _number("id"),
        _number("copy_id"),
        _moment("at", needed=True),
        _number("by_id", needed=False),
        _text("outcome", 40),
        _text("reason"),
        _moment("undone_at"),
        _reference("door_visit", "copy_id", "letter_copy", "CASCADE"),
        _reference("door_visit", "by_id", "person", "SET NULL"),
        _key("id", table="door_visit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_door_visit_copy_id", "door_visit", ["copy_id"])
    op.create_index("ix_door_visit_by_id", "door_visit", ["by_id"])
    op.create_table(
        "print_file",
        _number("id"),
        _number("letter_id"),
        _number("stairwell_id"),
        _number("batch"),
        _number("letters"),
        _number("pages"),
        sa.Column("tagged", sa.Boolean(), nullable=False),
        _moment("made_at", needed=True),
        _reference("print_file", "letter_id", "letter", "CASCADE"),
        _reference("print_file", "stairwell_id", "stairwell", "CASCADE"),
        _key("id", table="print_file"),
        sa.UniqueConstraint(
            *("letter_id", "stairwell_id", "batch"),
            name=op.f("uq_print_file_letter_id_stairwell_id_batch"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_print_file_stairwell_id", "print_file", ["stairwell_id"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("mail", "to_server")
    op.drop_column("household", "channel")
