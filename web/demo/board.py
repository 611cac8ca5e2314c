"""Two years of the noticeboard, made by the same rules as a post that somebody writes today."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from engagement.board.models import (
    Attendance,
    BoardVisit,
    Post,
    Wording,
)
from engagement.board.rules import (
    HANGS,
    HANGS_AT_MOST,
    POSTS,
    Audience,
    PostKind,
    hangs,
    shown_place,
    topic_of,
)
from engagement.comments.models import Comment
from engagement.moderation.models import Report, Ruling
from engagement.moderation.rules import Decision, ReportedKind
from engagement.pauses.models import PostingPause
from engagement.threads.models import Thread, ThreadMessage
from estate.photos.models import Photo
from estate.photos.store import Picture
from estate.retention.queries import days_kept
from estate.search.rules import index_words
from web.demo.estate import Ground
from web.demo.material import Told, told
from web.demo.people import Resident, Town, at
from web.demo.rows import Rows
from web.demo.talk import (
    AFTERWARDS,
    COME_TRUE,
    Words,
    begins,
    choose_words,
    event_of,
    spoken,
)

HISTORY = timedelta(days=725)
DEMO_LASTS = timedelta(days=35)
"""The nights of the first month erase nothing of it."""

PER_HOME = 1.5
"""Posts a home writes in two years."""

REACH = ((Audience.STAIRWELL, Audience.BUILDING, Audience.SECTION), (20, 22, 58))
PRIVATE = (
    ("Hej! Hvornår passer det dig, at jeg kommer?", "I aften efter kl. 18 er fint."),
    ("Jeg vil gerne. Skal jeg ringe på eller skrive?", "Ring bare på, vi hører efter."),
    ("Er det okay, hvis min søn henter?", "Ja, selvfølgelig. Han kan spørge efter mig."),
)


@dataclass(frozen=True)
class Plan:
    """A post to be: who, where, when and what."""

    author: Resident
    audience: Audience
    section: int
    posted_at: datetime
    words: Words
    role: str = ""
    expires_at: datetime | None = None
    told: Told | None = None


class Noticeboard:
    """Writes the board's rows."""

    def __init__(
        self,
        rows: Rows,
        ground: Ground,
        town: Town,
        pictures: dict[str, list[Picture]],
        today: date,
        chance: Random,
    ) -> None:
        self.rows = rows
        self.ground = ground
        self.town = town
        self.pictures = pictures
        self.now = at(today, time())
        self.today = today
        self.kept = timedelta(days=days_kept(POSTS, today)) - DEMO_LASTS
        self.chance = chance
        self.by_title: dict[str, int] = {}

    def write(self, extra: int = 0) -> None:
        """Two years of every section; `extra` posts more hang in the first, for benchmarks."""
        plans = [plan for section in self.ground.sections.values() for plan in self._years(section)]
        plans += [self._retold(post) for post in told("lately")["post"]]
        first = next(iter(self.ground.sections.values()))
        plans += [self._hanging(first) for _ in range(extra)]
        for plan in sorted(plans, key=lambda plan: plan.posted_at):
            post = self._post(plan)
            if plan.told is None:
                self._aftermath(plan, post)
            else:
                self._retell(plan, post, plan.told)
        self._threads_told()
        self._pauses()
        self._visits()

    def _years(self, section: int) -> list[Plan]:
        homes = sum(1 for dwelling in self.ground.dwellings if dwelling.section == section)
        seen: set[str] = set()
        plans = []
        for _ in range(round(homes * PER_HOME)):
            day = self.today - timedelta(days=self.chance.randrange(18, HISTORY.days))
            words = choose_words(self.chance, day.month)
            # The same words twice in a year would be noticed.
            if f"{day.year}{words.title}" not in seen:
                seen.add(f"{day.year}{words.title}")
                plans.append(self._plan(section, day, words))
        return plans

    def _hanging(self, section: int) -> Plan:
        day = self.today - timedelta(days=self.chance.randrange(1, 330))
        plan = self._plan(section, day, choose_words(self.chance, day.month))
        return replace(plan, expires_at=plan.posted_at + timedelta(days=365))

    def _plan(self, section: int, day: date, words: Words) -> Plan:
        near = [r for r in self.town.residents[section] if r.lives_on(day) and not r.in_cast]
        if words.language != "da":
            near = [r for r in near if r.speaks == words.language] or near
        author = self.chance.choice(near)
        audience = self.chance.choices(*REACH)[0]
        if author.protected or words.kind is PostKind.EVENT:
            audience = Audience.SECTION
        posted = at(day, time(self.chance.randrange(7, 22), self.chance.randrange(60)))
        return Plan(author, audience, section, posted, words, expires_at=self._until(posted))

    def _until(self, posted: datetime) -> datetime | None:
        """Until when a post hung; None for the usual month.

        A night erases what came down a year ago: of the older year, those are left that hung long.
        """
        if posted + HANGS > self.now - self.kept:
            return None
        ago = timedelta(days=self.chance.randrange(5, self.kept.days))
        return min(posted + HANGS_AT_MOST, self.now - ago)

    def _retold(self, told_post: Told) -> Plan:
        author = self.town.cast[told_post["by"]]
        day = self.today - timedelta(days=told_post["ago"] + 1)
        language = told_post.get("language", "da")
        words = Words(
            PostKind(told_post["kind"]),
            told_post["title"],
            told_post["text"],
            language,
            event=event_of(told_post),
        )
        return Plan(
            author,
            Audience(told_post["audience"]),
            self.ground.sections["12"],
            at(day, told_post["at"]),
            words,
            told_post.get("role", ""),
            told=told_post,
        )

    def _post(self, plan: Plan) -> dict[str, Any]:
        """The row of a post, as it hangs untouched."""
        words, dwelling = plan.words, plan.author.dwelling
        starts_at, ends_at = self._when(plan)
        expires = plan.expires_at or max(plan.posted_at + HANGS, ends_at or plan.posted_at)
        building = dwelling.building if plan.audience is not Audience.SECTION else None
        stairwell = dwelling.stairwell if plan.audience is Audience.STAIRWELL else None
        venue = words.event.get("venue", "")
        self.rows.add(
            Post,
            author_id=plan.author.person,
            author_name=plan.author.name,
            author_place=self._place(plan.author, plan.section, plan.role),
            author_role=plan.role,
            kind=words.kind,
            audience=plan.audience,
            topic=topic_of(plan.audience, stairwell or building or plan.section),
            section_id=plan.section,
            building_id=building,
            stairwell_id=stairwell,
            title=words.title,
            text=words.text,
            language=words.language,
            venue=venue,
            starts_at=starts_at,
            ends_at=ends_at,
            posted_at=plan.posted_at,
            bumped_at=plan.posted_at,
            expires_at=expires,
            listed=hangs(self.now, expires, None, None),
            search_words=index_words((words.title, words.text, venue), words.language),
        )
        return self.rows.of(Post)[-1]

    def _when(self, plan: Plan) -> tuple[datetime | None, datetime | None]:
        event = plan.words.event
        if not event:
            return None, None
        starts = at(begins(event, plan.posted_at.date()), time(event["hour"]))
        return starts, starts + timedelta(hours=event["hours"])

    def _place(self, writer: Resident, section: int, role: str = "") -> str:
        if role or writer.aliased:
            return ""
        door = self.ground.doors[writer.dwelling.stairwell]
        return shown_place(*door, self.ground.streets[section])

    def _aftermath(self, plan: Plan, post: dict[str, Any]) -> None:
        """What happened to a post: answers, a photo, an end."""
        chance = self.chance
        answers = self._answer_times(plan, post)
        talkers = [r for r in self._talkers(plan) if not r.in_cast] or [plan.author]
        for (text, language), moment in answers:
            thanks = text.startswith(AFTERWARDS) and plan.words.kind is not PostKind.EVENT
            speaker = plan.author if thanks and chance.random() < 0.5 else chance.choice(talkers)
            self._comment(post, speaker, text, language, moment)
        if plan.words.picture and chance.random() < 0.6:
            self._photos(post, [plan.words.picture])
        if post["starts_at"] is not None:
            self._attend(post, talkers, chance.randrange(4, 30), chance.randrange(5))
        end = plan.posted_at + timedelta(hours=chance.randrange(5, 200))
        if plan.words.kind in COME_TRUE and chance.random() < 0.7 and end < self.now:
            post["settled_at"] = end
        elif chance.random() < 0.06 and self.now - self.kept < end < self.now:
            post["withdrawn_at"], post["listed"] = end, False
        if plan.words.kind in {PostKind.BORROW, PostKind.GIVE} and chance.random() < 0.12:
            self._private(plan, post, chance.choice(talkers))

    def _answer_times(
        self, plan: Plan, post: dict[str, Any]
    ) -> list[tuple[tuple[str, str], datetime]]:
        moment, found = plan.posted_at, []
        for answer in plan.words.answers:
            moment += timedelta(minutes=round(self.chance.expovariate(1 / 200)) + 3)
            over: datetime | None = post["ends_at"]
            if over is not None and answer[0].startswith(AFTERWARDS):
                moment = max(moment, over + timedelta(hours=12))
            if moment >= self.now:
                break
            found.append((answer, moment))
        return found

    def _talkers(self, plan: Plan) -> list[Resident]:
        """Everybody who reads the post, but its author."""
        day, home = plan.posted_at.date(), plan.author.dwelling
        return [
            r
            for r in self.town.residents[plan.section]
            if r.lives_on(day)
            and r.person != plan.author.person
            and (plan.audience is not Audience.BUILDING or r.dwelling.building == home.building)
            and (plan.audience is not Audience.STAIRWELL or r.dwelling.stairwell == home.stairwell)
        ] or [plan.author]

    def _comment(
        self,
        post: dict[str, Any],
        speaker: Resident,
        text: str,
        language: str,
        moment: datetime,
        role: str = "",
    ) -> None:
        self.rows.add(
            Comment,
            post_id=post["id"],
            author_id=speaker.person,
            author_name=speaker.name,
            author_place=self._place(speaker, post["section_id"], role),
            author_role=role,
            text=text,
            language=language,
            written_at=moment,
        )
        post["comment_count"] += 1

    def _photos(self, post: dict[str, Any], names: Sequence[str]) -> None:
        for n, name in enumerate(names, 1):
            picture = self.chance.choice(self.pictures[name])
            self.rows.add(
                Photo,
                owner_kind="post",
                owner_id=post["id"],
                n=n,
                digest=picture.digest,
                width=picture.width,
                height=picture.height,
                size=len(picture.data),
                added_at=post["posted_at"],
            )
        post["photo_count"] = len(names)
        post["cover"] = 1

    def _attend(
        self, post: dict[str, Any], near: Sequence[Resident], coming: int, not_coming: int
    ) -> None:
        people = list({resident.person for resident in near})
        asked = self.chance.sample(sorted(people), min(len(people), coming + not_coming))
        for n, person in enumerate(asked):
            moment = post["posted_at"] + timedelta(minutes=self.chance.randrange(5, 1400))
            self.rows.add(
                Attendance,
                post_id=post["id"],
                person_id=person,
                coming=n < coming,
                answered_at=min(moment, self.now),
            )

    def _private(self, plan: Plan, post: dict[str, Any], asker: Resident) -> None:
        question, answer = self.chance.choice(PRIVATE)
        begun = plan.posted_at + timedelta(minutes=self.chance.randrange(10, 300))
        if begun + timedelta(hours=1) >= self.now or asker.person == plan.author.person:
            return
        self._thread(post, asker, [(asker, question), (plan.author, answer)], begun, read=True)

    def _thread(
        self,
        post: dict[str, Any],
        asker: Resident,
        said: Sequence[tuple[Resident, str]],
        begun: datetime,
        *,
        read: bool,
    ) -> None:
        """A private thread, a quarter of an hour between lines; `read`: to the end, by both."""
        last = begun + timedelta(minutes=15 * (len(said) - 1))
        by_asker = said[-1][0].person == asker.person
        thread = self.rows.add(
            Thread,
            post_id=post["id"],
            asker_id=asker.person,
            asker_name=asker.name,
            asker_place=self._place(asker, post["section_id"]),
            started_at=begun,
            last_at=last,
            last_by_id=said[-1][0].person,
            asker_read_at=last if read or by_asker else begun,
            author_read_at=last if read or not by_asker else begun,
        )
        for n, (speaker, text) in enumerate(said):
            self.rows.add(
                ThreadMessage,
                thread_id=thread,
                author_id=speaker.person,
                text=text,
                language="da",
                written_at=begun + timedelta(minutes=15 * n),
            )

    def _retell(self, plan: Plan, post: dict[str, Any], story: Told) -> None:
        """What the file tells of a post."""
        self.by_title[story["title"]] = post["id"]
        cast, moment = self.town.cast, plan.posted_at
        step = min(timedelta(minutes=47), (self.now - moment) / (len(story.get("answers", ())) + 2))
        for who, said, *role in story.get("answers", ()):
            moment += step
            text, language = spoken(said, plan.words.language)
            self._comment(post, cast[who], text, language, moment, *role)
        if "pictures" in story:
            self._photos(post, story["pictures"])
        if "coming" in story:
            self._attend(post, self._talkers(plan), story["coming"], story["not_coming"])
        if story.get("pinned"):
            post["pinned_at"] = plan.posted_at + step
        if story.get("settled"):
            post["settled_at"] = moment + step
        if "edited" in story:
            self._edit(post, story["edited"], moment)
        if "private" in story:
            asker, said = story["private"]
            lines = [(cast[who], text) for who, text in said]
            self._thread(post, cast[asker], lines, plan.posted_at + step, read=False)
        if "reported_by" in story:
            self._moderate(post, story, moment + step)

    def _edit(self, post: dict[str, Any], earlier: str, moment: datetime) -> None:
        self.rows.add(
            Wording,
            post_id=post["id"],
            version=1,
            title=post["title"],
            text=earlier,
            replaced_at=moment,
        )
        post["version"], post["edited_at"] = 2, moment

    def _moderate(self, post: dict[str, Any], story: Told, moment: datetime) -> None:
        reason = story.get("hidden") or story.get("kept")
        about = {
            "section_id": post["section_id"],
            "post_id": post["id"],
            "thing_kind": ReportedKind.POST,
            "thing_id": post["id"],
            "author_id": post["author_id"],
            "language": "da",
        }
        ruling = None
        if reason:
            decided = moment + timedelta(hours=11)
            ruling = self.rows.add(
                Ruling,
                **about,
                decision=Decision.HIDDEN if "hidden" in story else Decision.KEPT,
                reason=reason,
                decided_by_id=self.town.persons[story["hidden_by"]],
                decided_at=decided,
                answer=story.get("reply", ""),
                answer_language="da" if "reply" in story else None,
                answered_at=decided + timedelta(hours=5) if "reply" in story else None,
            )
            if "hidden" in story:
                post["hidden_at"], post["listed"] = decided, False
        self.rows.add(
            Report,
            **about,
            reporter_id=self.town.persons[story["reported_by"]],
            why=story["why"],
            reported_at=moment,
            ruling_id=ruling,
        )

    def _threads_told(self) -> None:
        posts = self.rows.of(Post)
        for story in told("lately")["thread"]:
            post = posts[self.by_title[story["post"]] - 1]
            said = [(self.town.cast[who], text) for who, text in story["said"]]
            begun = post["posted_at"] + timedelta(minutes=40)
            self._thread(post, self.town.cast[story["asker"]], said, begun, read=False)

    def _pauses(self) -> None:
        for story in told("lately")["pause"]:
            who = self.town.cast[story["who"]]
            begun = at(self.today - timedelta(days=story["began"]), time(9, 30))
            self.rows.add(
                PostingPause,
                person_id=who.person,
                section_id=who.dwelling.section,
                shown_name=who.name,
                reason=story["reason"],
                language="da",
                paused_by_id=self.town.persons[story["by"]],
                starts_at=begun,
                ends_at=begun + timedelta(days=story["days"]),
            )

    def _visits(self) -> None:
        """The cast read the board the day before yesterday: what came since is new to them."""
        for person in sorted(set(self.town.persons.values())):
            self.rows.add(BoardVisit, person_id=person, read_until=self.now - timedelta(days=2))
