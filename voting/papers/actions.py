"""Publishing versions of papers and taking them back. An action never commits."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import and_, delete, exists, func, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from estate import clock
from estate.audit.actions import record
from estate.database import one_at_a_time, stale
from estate.files import actions as files
from estate.files.store import PdfStore, digest_of
from estate.jobs import actions as jobs
from estate.permissions import Role, Scope
from estate.refusals import Missing
from estate.retention.actions import STEP
from estate.retention.log import ErasureLog
from estate.retention.rules import Erasure
from estate.search.actions import forget_words
from estate.search.rules import index_words
from voting.papers import queries, rules
from voting.papers.models import Paper, PaperPage, PaperVersion
from voting.papers.queries import dated_kinds, sections_of
from voting.papers.rules import DESCRIBES, Draft, Home, Kind, Reading, Repeats

INDEX = "paper_page_fts"
LANGUAGE = "da"
"""Papers are Danish: what holds is what the meeting adopted."""


class Brought(NamedTuple):
    """A PDF to be published: its name on the publisher's device, and what is in it."""

    name: str
    data: bytes


class Published(NamedTuple):
    """A version that is there now, and of which paper."""

    paper: int
    version: int
    n: int


def publish(
    session: Session,
    store: PdfStore,
    scope: Scope,
    draft: Draft,
    pdf: Brought | None,
    now: datetime,
) -> Published:
    """Publish a paper, or one more version of the one there is, and tell who follows its kind.

    The draft has no problems left. Raises Missing where none of this person's roles publishes it.
    """
    kind, home = draft.kind, draft.home
    if kind is None or home is None or not rules.may_publish(scope.reader, kind, home):
        raise Missing
    published = take_in(session, store, draft, pdf, signing_role(scope, kind, home), now)
    _note(session, "published_paper", published, scope, home)
    jobs.ask(session, rules.NEWS_JOB, None, version=published.version)
    return published


def take_in(
    session: Session, store: PdfStore, draft: Draft, pdf: Brought | None, role: str, now: datetime
) -> Published:
    """Add a version to the paper it is of, or to a new one; nobody is told.

    What it says is searched once the worker has read it.
    """
    if draft.kind is None or draft.home is None or draft.valid_from is None:
        raise Missing
    paper = _paper(session, draft, draft.kind, draft.home, draft.valid_from)
    latest = select(func.max(PaperVersion.n)).where(PaperVersion.paper_id == paper.id)
    version = PaperVersion(
        paper_id=paper.id,
        n=(session.scalar(latest) or 0) + 1,
        valid_from=draft.valid_from,
        published_at=now,
        published_role=role,
        note=draft.note,
        text="" if pdf else draft.text,
        digest=digest_of(pdf.data if pdf else draft.text.encode()),
        reading=Reading.WAITING if pdf else Reading.WRITTEN,
    )
    session.add(version)
    session.flush()
    if pdf is None:
        keep_pages(session, version, paper.title, rules.pages_of(draft.text))
    else:
        files.add(session, store, (DESCRIBES, version.id), pdf.name, pdf.data)
        jobs.ask(session, rules.READING_JOB, None, version=version.id, digest=version.digest)
    stale_papers(session, draft.home, "papers", f"paper-{paper.id}")
    return Published(paper.id, version.id, version.n)


def signing_role(scope: Scope, kind: Kind, home: Home) -> str:
    """The role in which somebody publishes: the first of theirs that may."""
    acting = [s.role for s in scope.reader.standings if s.role in kind.publishers]
    role = acting[0] if acting else Role.OFFICE
    return Role.BOARD if role is Role.CHAIR else role


def _paper(session: Session, draft: Draft, kind: Kind, home: Home, valid_from: date) -> Paper:
    """The paper a draft is a version of: the one there is, else a new one."""
    day = rules.paper_day(kind, draft.day)
    title = draft.title or rules.danish_title(kind, day)
    _take_turn(session, home, kind.key)
    same = [
        Paper.organisation_id == home.organisation,
        Paper.section_id == home.section if home.section else Paper.section_id.is_(None),
        Paper.kind == kind.key,
    ]
    if kind.dated:
        same.append(Paper.day == day)
    if kind.repeats is Repeats.TITLE:
        same.append(Paper.title == title)
    found = session.scalars(select(Paper).where(*same).order_by(Paper.id)).first()
    paper = found or Paper(
        organisation_id=home.organisation,
        section_id=home.section,
        kind=kind.key,
        title=title,
        day=day,
        sorted_on=day or valid_from,
    )
    if not kind.dated:
        paper.sorted_on = max(paper.sorted_on, valid_from)
    session.add(paper)
    session.flush()
    # Not by what was read of the row: somebody may have taken its only version back since.
    session.execute(update(Paper).where(Paper.id == paper.id).values(listed=True))
    return paper


def _take_turn(session: Session, home: Home, kind: str) -> None:
    """Whoever adds a version, or counts those that are left, does so alone."""
    one_at_a_time(session, f"papers {home.value} {kind}")


def keep_pages(
    session: Session, version: PaperVersion, title: str, texts: Sequence[str], first: int = 1
) -> None:
    """Keep what stands on some pages, for the search; a paper is found by its title, too."""
    for number, text in enumerate(texts, first):
        found_by = (title, text) if number == 1 else (text,)
        session.add(
            PaperPage(
                version_id=version.id,
                n=number,
                text=text,
                search_words=index_words(found_by, LANGUAGE),
            )
        )


def stale_papers(session: Session, home: Home, *blocks: str) -> None:
    """Let these blocks be fetched anew by everybody who reads this place's papers."""
    for section in sections_of(session, home):
        for block in blocks:
            stale(session, f"papers:{section}", block)


def withdraw(
    session: Session, scope: Scope, number: int, n: int, why: str, now: datetime, log: ErasureLog
) -> None:
    """Take a version back for good, for a reason everybody reads: what it said is erased.

    That there was one stays, also after a restore. Raises Missing.
    """
    paper = session.get(Paper, number)
    home = Home(paper.organisation_id, paper.section_id) if paper else None
    if paper is None or home is None or not rules.may_publish(scope.reader, _kind_of(paper), home):
        raise Missing
    _take_turn(session, home, paper.kind)
    version = session.scalars(
        select(PaperVersion)
        .where(PaperVersion.paper_id == number, PaperVersion.n == n)
        .with_for_update()
    ).one_or_none()
    if version is None or version.withdrawn_at is not None:
        raise Missing
    log.append(Erasure(rules.WITHDRAWN, [version.id], now))
    version.withdrawn_why = why
    withdraw_again(session, [version.id])
    _note(session, "withdrew_paper", Published(paper.id, version.id, n), scope, home)
    stale_papers(session, home, "papers", f"paper-{paper.id}")


def _kind_of(paper: Paper) -> Kind:
    return queries.kinds()[paper.kind]


def withdraw_again(session: Session, ids: Sequence[int]) -> None:
    """Erase what these versions said, as their publishers once did; a restore brought it back."""
    session.execute(
        update(PaperVersion)
        .where(PaperVersion.id.in_(ids))
        .values(
            withdrawn_at=func.coalesce(PaperVersion.withdrawn_at, clock.now()), text="", note=""
        )
    )
    session.execute(delete(PaperPage).where(PaperPage.version_id.in_(ids)))
    forget_words(session, INDEX)
    files.remove_all(session, DESCRIBES, ids)
    papers = select(PaperVersion.paper_id).where(PaperVersion.id.in_(ids))
    _relist(session, session.scalars(papers).all())


def _relist(session: Session, papers: Sequence[int]) -> None:
    """List those papers of which a version is left to be read, and no other."""
    left = select(PaperVersion.paper_id).where(PaperVersion.withdrawn_at.is_(None))
    session.execute(
        update(Paper)
        .where(Paper.id.in_(papers))
        .values(listed=Paper.id.in_(left))
        .execution_options(synchronize_session=False)
    )


def _note(session: Session, verb: str, published: Published, scope: Scope, home: Home) -> None:
    record(
        session,
        verb,
        ("paper", published.paper),
        actor=scope.person,
        organisation=home.organisation,
        version=published.n,
    )


def forget(session: Session, before: datetime) -> list[int]:
    """Erase some versions that stopped holding before a moment; returns their ids.

    A rule stops when a newer version begins; minutes, budgets and accounts a year after their day.
    """
    day = clock.local(before).date()
    newer = aliased(PaperVersion)
    replaced = exists().where(
        newer.paper_id == PaperVersion.paper_id,
        newer.withdrawn_at.is_(None),
        newer.valid_from < day,
        tuple_(newer.valid_from, newer.n) > tuple_(PaperVersion.valid_from, PaperVersion.n),
    )
    old = and_(Paper.kind.in_(dated_kinds()), Paper.day < day - timedelta(days=365))
    taken_back = PaperVersion.withdrawn_at < before
    ids = session.scalars(
        select(PaperVersion.id)
        .join(Paper, PaperVersion.paper_id == Paper.id)
        .where(or_(replaced, old, taken_back))
        .limit(STEP // 10)
    ).all()
    erase(session, ids)
    return list(ids)


def erase(session: Session, ids: Sequence[int]) -> None:
    """Erase these versions with their files and pages, and papers of which none is left."""
    papers = session.scalars(
        select(PaperVersion.paper_id).where(PaperVersion.id.in_(ids)).distinct()
    ).all()
    turns = {
        (Home(organisation, section), kind)
        for organisation, section, kind in session.execute(
            select(Paper.organisation_id, Paper.section_id, Paper.kind).where(Paper.id.in_(papers))
        )
    }
    # In one order, so that two who need several never wait for each other.
    for home, kind in sorted(turns, key=lambda turn: (turn[0].value, turn[1])):
        _take_turn(session, home, kind)
    files.remove_all(session, DESCRIBES, ids)
    session.execute(delete(PaperPage).where(PaperPage.version_id.in_(ids)))
    session.execute(delete(PaperVersion).where(PaperVersion.id.in_(ids)))
    forget_words(session, INDEX)
    _relist(session, papers)
    kept = select(PaperVersion.paper_id)
    session.execute(delete(Paper).where(Paper.id.in_(papers), Paper.id.not_in(kept)))
