"""The maintenance plan of the first resident's section: some of it is late, as in real life."""

from datetime import date, time, timedelta

from engagement.plans.models import PlanDone, PlanItem
from engagement.plans.rules import Follows, Recurrence, Season
from estate.places.models import Part
from web.demo.material import Told, told
from web.demo.people import Town, at
from web.demo.rows import Rows


def plan(rows: Rows, town: Town, today: date) -> None:
    """What is looked after there, and when it was done last."""
    section = town.cast["Amina Haddad"].dwelling.section
    parts = [part for part in rows.of(Part) if part["section_id"] == section]
    for one in told("plans")["item"]:
        _item(rows, one, section, parts, today, town.persons["Kenneth Møller"])


def _item(
    rows: Rows,
    one: Told,
    section: int,
    parts: list[dict[str, int]],
    today: date,
    caretaker: int,
) -> None:
    day = today + timedelta(days=one["days"])
    season = Season(*one["season"]) if "season" in one else None
    how = Recurrence(one["rule"], day, season, one["spare"], Follows(one["follows"]))
    if season is not None:
        last = date(today.year - 1, one["month"], 1)
        due = season.moved(last + timedelta(days=360))
    else:
        due = day
    there = [part["id"] for part in parts if part["system"] == one.get("system")]
    number = rows.add(
        PlanItem,
        section_id=section,
        part_id=there[0] if there else None,
        title=one["title"],
        place=one["place"],
        note=one["note"],
        rule=one["rule"],
        starts_on=due,
        season_begins=season.begins if season else "",
        season_ends=season.ends if season else "",
        spare_days=one["spare"],
        follows=how.follows,
        minutes=one["minutes"],
        due_on=due,
        latest_on=how.latest(due),
    )
    if "ago" in one:
        done = today - timedelta(days=one["ago"])
        rows.add(
            PlanDone,
            item_id=number,
            due_on=done,
            done_on=done,
            by_id=caretaker,
            minutes=one["minutes"] + 10,
            note="",
            at=at(done, time(13, 20)),
        )
