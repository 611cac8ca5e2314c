"""The tables of papers, their versions, and the pages the search reads."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base
from voting.papers.rules import Reading


class Paper(Base):
    """One paper of a section, or of its organisation where `section_id` is empty.

    `kind` is a key of `voting/papers/kinds.csv`; `day` the meeting's, or the first of the year it
    is about. `sorted_on` orders lists; it is `listed` while a version of it is there to be read.
    """

    __tablename__ = "paper"
    __table_args__ = (
        Index("ix_paper_section", "section_id", "sorted_on", "id"),
        Index("ix_paper_organisation", "organisation_id", "sorted_on", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    kind: Mapped[str]
    title: Mapped[str]
    day: Mapped[date | None]
    sorted_on: Mapped[date]
    listed: Mapped[bool] = mapped_column(default=True)


class PaperVersion(Base):
    """What a paper says from a day on: a PDF (files.File of this owner), or `text` written here.

    Never changed; one that was taken back keeps its row, without what it said. `digest` (SHA-256,
    hex) is of the PDF or the text; `read_pages` how far the text layer was read.
    """

    __tablename__ = "paper_version"
    __table_args__ = (
        UniqueConstraint("paper_id", "n"),
        Index("ix_paper_version_digest", "digest"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("paper.id", ondelete="CASCADE"))
    n: Mapped[int]
    valid_from: Mapped[date]
    published_at: Mapped[datetime]
    published_role: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    digest: Mapped[str]
    pages: Mapped[int] = mapped_column(default=0)
    read_pages: Mapped[int] = mapped_column(default=0)
    reading: Mapped[Reading]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_why: Mapped[str] = mapped_column(default="")


class PaperPage(Base):
    """One page's text, and in `search_words` what it is found by (`search.rules.index_words`)."""

    __tablename__ = "paper_page"
    __table_args__ = (UniqueConstraint("version_id", "n"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("paper_version.id", ondelete="CASCADE"))
    n: Mapped[int]
    text: Mapped[str]
    search_words: Mapped[str]
