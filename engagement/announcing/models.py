"""Who was told of a service message."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from engagement.announcing.rules import Reached
from estate.database import Base


class NoticeTold(Base):
    """Who was told, of which version last, and by what; `texted` when an SMS went as well."""

    __tablename__ = "notice_told"
    notice_id: Mapped[int] = mapped_column(
        ForeignKey("notice.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    version: Mapped[int]
    channel: Mapped[Reached]
    texted: Mapped[bool] = mapped_column(default=False)
    told_at: Mapped[datetime] = mapped_column(index=True)
