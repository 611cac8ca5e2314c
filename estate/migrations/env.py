"""How Alembic meets the database: constraint-safe batches on SQLite, one transaction each way."""

import importlib
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from estate.database import Base, Moment

ROOT = Path(__file__).parent.parent.parent
for models in sorted(ROOT.glob("*/*/models.py")):
    importlib.import_module(".".join(models.relative_to(ROOT).with_suffix("").parts))


def render_item(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Write our own column type by its plain SQLAlchemy equal, so migrations outlive the class."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


def include_name(name: str | None, kind: str, parents: object) -> bool:
    """Leave the full-text tables alone: migrations make them by hand."""
    return not (kind == "table" and name is not None and "_fts" in name)


def run() -> None:
    """Apply the migrations that were asked for."""
    url = context.config.get_main_option("sqlalchemy.url")
    engine = sa.create_engine(url or "", poolclass=sa.NullPool)
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if sqlite:  # a batch table copy would otherwise fire ON DELETE CASCADE
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=sqlite,
            render_item=render_item,
            include_name=include_name,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
            raise RuntimeError("A migration left rows that refer to nothing.")
    engine.dispose()


run()
