"""Choosing what to hear of; telling those who follow a kind of paper that there is a new one.

They are told when a version is published, also when it holds only later: one should hear of new
house rules before they bind. Papers that were brought in together are old, and nobody is told.
"""

from collections.abc import Collection
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy.orm import Session

from estate.clock import local
from estate.jobs.actions import JobKind, Task
from estate.jobs.rules import Progress
from estate.language import N_
from estate.notifications.actions import notify
from estate.reach.queries import Place, residents_of
from voting.following.models import PaperFollow
from voting.following.queries import followers_among
from voting.papers.models import Paper, PaperVersion
from voting.papers.queries import kinds, sections_of
from voting.papers.rules import NEW_PAPERS, NEWS_JOB, Home

STEP = 500
"""Residents told in one transaction."""


def follow(session: Session, person: int, section: int, chosen: Collection[str]) -> None:
    """Hear of these kinds of papers in a section, and of no others."""
    session.execute(
        delete(PaperFollow).where(
            PaperFollow.person_id == person, PaperFollow.section_id == section
        )
    )
    session.add_all(
        PaperFollow(person_id=person, section_id=section, kind=kind.key, follows=not kind.followed)
        for kind in kinds().values()
        if (kind.key in chosen) is not kind.followed
    )


def tell_followers(session: Session, task: Task, folder: Path) -> Progress:
    """Tell the next of those who live where a paper holds; nobody once it was taken back."""
    version = session.get(PaperVersion, task.given["version"])
    if version is None or version.withdrawn_at is not None:
        return Progress(task.done, task.done, {})
    paper = session.get_one(Paper, version.paper_id)
    home = Home(paper.organisation_id, paper.section_id)
    sections = task.given.get("sections", list(sections_of(session, home)))
    if not sections:
        return Progress(task.done, task.done, {})
    section, after = sections[0], task.given.get("after", 0)
    day = local(version.published_at).date()
    residents = residents_of(session, Place(section), day, after=after, limit=STEP)
    ahead = version.valid_from > day
    notify(
        session,
        kind=NEW_PAPERS.name,
        persons=followers_among(session, residents, section, paper.kind),
        title=N_("New in the papers"),
        body=N_("{title}, from {day}") if ahead else N_("{title}"),
        repeated=N_("{count} new papers, the newest is “{title}”."),
        values={"title": paper.title, "day": version.valid_from},
        address=f"/papers/{paper.id}",
        merge_key="papers",
    )
    done = task.done + len(residents)
    if len(residents) < STEP:
        sections, residents = sections[1:], []
    given = {"version": version.id, "sections": sections, "after": max(residents, default=0)}
    return Progress(done, done + bool(sections), given)


TELLING = JobKind(NEWS_JOB, N_("Telling residents of a new paper"), tell_followers)
