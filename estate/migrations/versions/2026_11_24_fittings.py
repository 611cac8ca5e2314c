"""Keep what is fitted in homes and common parts, and where to shut off."""

import sqlalchemy as sa
from alembic import op

from estate.database import Moment

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fitting",
        *_of_a_card("fitting"),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("make", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("added_at", Moment(timezone=True), nullable=False),
        sa.Column("removed_at", Moment(timezone=True), nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "shut_off",
        *_of_a_card("shut_off"),
        sa.Column("stopcock", sa.String(), nullable=False),
        sa.Column("fuse", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.UniqueConstraint("home_id", name=op.f("uq_shut_off_home_id")),
        sa.UniqueConstraint("part_id", name=op.f("uq_shut_off_part_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "card_change",
        *_of_a_card("card_change"),
        sa.Column("fitting_id", sa.Integer(), nullable=True),
        sa.Column("doing", sa.String(length=40), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("at", Moment(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["fitting_id"],
            ["fitting.id"],
            name=op.f("fk_card_change_fitting_id_fitting"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["person.id"],
            name=op.f("fk_card_change_by_id_person"),
            ondelete="SET NULL",
        ),
        sqlite_autoincrement=True,
    )
    for table in ("fitting", "shut_off", "card_change"):
        op.create_index(op.f(f"ix_{table}_section_id"), table, ["section_id"])
    for table in ("fitting", "card_change"):
        op.create_index(op.f(f"ix_{table}_home_id"), table, ["home_id"])
        op.create_index(op.f(f"ix_{table}_part_id"), table, ["part_id"])
    op.create_index(op.f("ix_card_change_fitting_id"), "card_change", ["fitting_id"])
    op.create_index(op.f("ix_card_change_by_id"), "card_change", ["by_id"])


def _of_a_card(table: str) -> tuple[sa.Column[int] | sa.Constraint, ...]:
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("home_id", sa.Integer(), nullable=True),
        sa.Column("part_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f(f"fk_{table}_section_id_section")
        ),
        sa.ForeignKeyConstraint(["home_id"], ["home.id"], name=op.f(f"fk_{table}_home_id_home")),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name=op.f(f"fk_{table}_part_id_part")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def downgrade() -> None:
    for table in ("card_change", "shut_off", "fitting"):
        op.drop_table(table)
