"""The table of local values; national ones are `defaults.csv` beside it."""

from datetime import date

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base
from estate.permissions import ScopeKind


class LocalValue(Base):
    """What an organisation or section decided instead of the national default, from a day on."""

    __tablename__ = "local_value"
    __table_args__ = (Index("ix_local_value_key", "key", "scope_kind", "scope_id", "valid_from"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    scope_kind: Mapped[ScopeKind]
    scope_id: Mapped[int]
    value: Mapped[str]
    valid_from: Mapped[date]
    source: Mapped[str]
