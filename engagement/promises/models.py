"""The table of service promises: what a section agreed, from which day on."""

from datetime import date

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from engagement.categories.rules import Urgency
from estate.database import Base


class ServicePromise(Base):
    """What a section's residents are promised of one urgency; the latest that has begun holds.

    Hours of `Promise`; both None: nothing is promised from then on. `decision` says where it was
    agreed (“Afdelingsmøde, punkt 5”). Nothing is changed after: another agreement is another row.
    """

    __tablename__ = "service_promise"
    __table_args__ = (Index("ix_service_promise_holding", "section_id", "urgency", "valid_from"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    urgency: Mapped[Urgency]
    first_answer_hours: Mapped[int | None]
    fixed_hours: Mapped[int | None]
    agreed_on: Mapped[date]
    decision: Mapped[str]
    valid_from: Mapped[date]
