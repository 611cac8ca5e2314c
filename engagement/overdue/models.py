"""The table of what the office was told is overdue."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class CaseAlarm(Base):
    """That the office heard once that what cannot wait stands unanswered."""

    __tablename__ = "case_alarm"
    case_id: Mapped[int] = mapped_column(
        ForeignKey("case.id", ondelete="CASCADE"), primary_key=True
    )
    told_at: Mapped[datetime]
