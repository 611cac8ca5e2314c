"""Two years of service messages: a few as the file tells them, the older ones drawn from it."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from engagement.announcing.models import NoticeTold
from engagement.announcing.rules import Reached
from engagement.notices.models import Notice, NoticePlace, NoticeText, NoticeWording
from engagement.notices.queries import templates
from engagement.notices.rules import (
    WRITTEN_IN,
    Door,
    Texts,
    Urgency,
    Wording,
    phase,
    where,
)
from estate.language import pack_message
from estate.places.models import Building, Section
from web.demo.estate import Ground
from web.demo.material import Told, told
from web.demo.people import Town, at
from web.demo.rows import Rows

EACH_SECTION = 9
"""Older messages a section has."""
HISTORY, LATELY = timedelta(days=700), timedelta(days=14)
REMEMBERED = timedelta(days=30)
"""So long back it is kept who was told; the nights of the first weeks erase none of it."""
BY = (Reached.DIGEST, Reached.DIGEST, Reached.DIGEST, Reached.PAGE)


class Announcements:
    """Writes the rows of service messages."""

    def __init__(self, rows: Rows, ground: Ground, town: Town, today: date, chance: Random) -> None:
        self.rows = rows
        self.ground = ground
        self.town = town
        self.today = today
        self.now = at(today, time())
        self.chance = chance
        self.office = town.persons["Lone Mikkelsen"]
        self.doors = self._doors()

    def write(self) -> None:
        """The older ones of every section, then those of the file."""
        often = told("announced")["often"]
        for section in self.ground.sections.values():
            for _ in range(EACH_SECTION):
                self._older(section, self.chance.choice(often))
        for story in told("announced")["notice"]:
            self._retold(story)

    def _doors(self) -> list[Door]:
        """Every stairwell of the estate with its places."""
        sections = {row["id"]: row["name"] for row in self.rows.of(Section)}
        buildings = {row["id"]: row["number"] for row in self.rows.of(Building)}
        places = {d.stairwell: (d.building, d.section) for d in self.ground.dwellings}
        return [
            Door(
                stairwell,
                building,
                buildings[building],
                section,
                sections[section],
                self.ground.section_organisation[section],
                *self.ground.doors[stairwell],
            )
            for stairwell, (building, section) in places.items()
        ]

    def _older(self, section: int, plan: Told) -> None:
        """One of a building of the section, as it was written and as it ended."""
        there = [door for door in self.doors if door.section == section]
        building = self.chance.choice(there).building
        back = self.chance.randrange(LATELY.days, HISTORY.days)
        starts = at(self.today - timedelta(days=back), time(self.chance.randrange(7, 11)))
        ends = starts + timedelta(hours=plan["hours"])
        doors = [door for door in there if door.building == building]
        texts = templates()[plan["template"]].texts
        notice = self._notice(doors, texts, starts, ends, plan)
        if self.chance.random() < 0.3:
            self._over(notice, ends - timedelta(minutes=self.chance.randrange(10, 50)))

    def _retold(self, story: Told) -> None:
        section = self.ground.sections[story["section"]]
        there = [door for door in self.doors if door.section == section]
        wanted = story.get("doors")
        doors = [
            door
            for door in there
            if wanted is None or (door.street == story["street"] and door.house_number in wanted)
        ]
        texts = (
            templates()[story["template"]].texts
            if "template" in story
            else {
                language: Wording(*(story[language][part].strip() for part in Wording._fields))
                for language in WRITTEN_IN
            }
        )
        starts, ends = self._moment(story["starts"]), self._moment_or_none(story.get("ends"))
        moved = self._moment_or_none(story.get("moved"))
        notice = self._notice(doors, texts, starts, moved or ends, story)
        if moved is not None:
            self._moved(notice, texts, ends, starts + timedelta(hours=2))
        if "over" in story:
            self._over(notice, self._moment(story["over"]))

    def _moment(self, given: Sequence[Any]) -> datetime:
        days, hour = given
        return at(self.today + timedelta(days=days), hour)

    def _moment_or_none(self, given: Sequence[Any] | None) -> datetime | None:
        return self._moment(given) if given is not None else None

    def _notice(
        self,
        doors: Sequence[Door],
        texts: Texts,
        starts: datetime,
        ends: datetime | None,
        plan: Told,
    ) -> int:
        there = [door for door in self.doors if door.section == doors[0].section]
        whole = {doors[0].section} if len(doors) == len(there) else set()
        written = min(starts, self.now) - timedelta(days=plan["told"], minutes=-5)
        if plan["told"]:
            written = written.replace(hour=9, minute=self.chance.randrange(60))
        notice = self.rows.add(
            Notice,
            author_id=self.office,
            template=plan.get("template", ""),
            urgency=Urgency.URGENT if plan.get("urgent") else Urgency.ORDINARY,
            phase=phase(self.now, starts, ends, None),
            starts_at=starts,
            ends_at=ends,
            place=pack_message(where(doors, whole)),
            written_at=min(written, self.now),
        )
        for door in doors:
            self.rows.add(
                NoticePlace,
                notice_id=notice,
                stairwell_id=door.stairwell,
                section_id=door.section,
            )
        for language, said in texts.items():
            self.rows.add(NoticeText, notice_id=notice, language=language, **said._asdict())
        self._tell(notice, doors)
        return notice

    def _tell(self, notice: int, doors: Sequence[Door]) -> None:
        """Who lived there and has an account was told, as long as that is remembered."""
        written = self.rows.of(Notice)[-1]["written_at"]
        if written < self.now - REMEMBERED:
            return
        behind = {door.stairwell for door in doors}
        living = {
            resident.person
            for resident in self.town.residents[doors[0].section]
            if resident.dwelling.stairwell in behind and resident.lives_on(self.today)
        }
        for person in sorted(living):
            self.rows.add(
                NoticeTold,
                notice_id=notice,
                person_id=person,
                version=1,
                channel=self.chance.choice(BY),
                told_at=written,
            )

    def _moved(self, notice: int, texts: Texts, ends: datetime | None, moment: datetime) -> None:
        """It was changed: what it said before, and when."""
        row = self.rows.of(Notice)[notice - 1]
        self.rows.add(
            NoticeWording,
            notice_id=notice,
            version=row["version"],
            starts_at=row["starts_at"],
            ends_at=ends,
            texts={language: list(said) for language, said in texts.items()},
            replaced_at=moment,
        )
        self._again(notice, moment)

    def _over(self, notice: int, moment: datetime) -> None:
        row = self.rows.of(Notice)[notice - 1]
        row["over_at"], row["phase"] = moment, phase(self.now, row["starts_at"], None, moment)
        self._again(notice, moment)

    def _again(self, notice: int, moment: datetime) -> None:
        """Everybody who was told is told once more."""
        row = self.rows.of(Notice)[notice - 1]
        row["version"], row["changed_at"] = row["version"] + 1, moment
        for one in self.rows.of(NoticeTold):
            if one["notice_id"] == notice:
                one["version"], one["told_at"] = row["version"], moment
