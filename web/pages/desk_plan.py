"""The maintenance plan at the desk: the year by month, an item, and what was done."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from starlette.responses import Response

from engagement.plans import actions, queries, rules
from engagement.plans.queries import DoneLine, ItemLine
from engagement.plans.rules import Follows, Wording
from engagement.tasks.queries import types
from estate import clock
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.places.queries import sections_in
from estate.refusals import Missing, Problems
from estate.sheets.rules import guarded
from web.routing import page
from web.visits import Answer, Visit

KEEP = Permission.KEEP_PLAN
A_YEAR = timedelta(days=365)

FIELDS: Mapping[str, str] = {
    "title": N_("What is to be done"),
    "type": N_("What sort of work?"),
    "part": N_("At which part"),
    "place": N_("Where exactly"),
    "rule": N_("How often"),
    "own_rule": N_("Another rule, as iCalendar writes it"),
    "starts_on": N_("Due the first time"),
    "spare": N_("Days it can wait after that"),
    "follows": N_("The next date is counted from"),
    "season_begins": N_("The season begins (month-day)"),
    "season_ends": N_("The season ends (month-day)"),
    "minutes": N_("It takes about so many minutes"),
    "note": N_("What one must know"),
    "done_on": N_("Done on"),
}
COUNTED: Mapping[Follows, str] = {
    Follows.PLAN: N_("the plan’s own dates"),
    Follows.FINISH: N_("the day it was done"),
}


class Coming(NamedTuple):
    """An item in a month: the first of its dates there, and how many there are."""

    line: ItemLine
    day: date
    times: int


def plan_list(visit: Visit) -> Answer:
    """What is overdue, and the coming year by month."""
    today = clock.local(visit.now).date()
    lines = queries.items_in(visit.session, visit.scope)
    late = [line for line in lines if line.item.latest_on and line.item.latest_on < today]
    return visit.show(
        "desk_plan/list.html",
        late=late,
        months=_months(lines, today),
        several=len({line.item.section_id for line in lines}) > 1,
        sections=sections_in(visit.session, visit.scope),
        today=today,
    )


def _months(lines: Sequence[ItemLine], today: date) -> list[tuple[date, list[Coming]]]:
    """The year from today by month. What is due already stands in this month, unless late."""
    found: dict[date, list[Coming]] = {}
    for line in lines:
        due, latest = line.item.due_on, line.item.latest_on
        if due is None or latest is None:
            continue
        days = line.recurrence.ahead(due, min(line.item.valid_until or date.max, today + A_YEAR))
        shown = days[1:] if latest < today else days
        for month, group in groupby(shown, lambda day: max(day, today).replace(day=1)):
            here = list(group)
            found.setdefault(month, []).append(Coming(line, here[0], len(here)))
    return [(month, sorted(found[month], key=lambda one: one.day)) for month in sorted(found)]


def _item(visit: Visit) -> ItemLine:
    found = queries.item_line(visit.session, visit.scope, visit.part("item"))
    if found is None:
        raise Missing
    return found


def plan_item(visit: Visit) -> Answer:
    """One item: when it is due, how often, and everything that was done."""
    return _show(visit, {}, {})


def _show(visit: Visit, problems: Mapping[str, Message], typed: Mapping[str, str]) -> Answer:
    line, today = _item(visit), clock.local(visit.now).date()
    return visit.show(
        "desk_plan/item.html",
        status=422 if problems else 200,
        line=line,
        item=line.item,
        often=rules.PRESETS.get(line.item.rule, ""),
        counted=COUNTED[line.item.follows],
        done=queries.done_in(visit.session, visit.scope, item=line.item.id),
        typed={"done_on": today.isoformat(), **typed},
        problems=problems,
        fields=FIELDS,
        today=today,
        note_length=rules.NOTE_LENGTH,
    )


def plan_item_done(visit: Visit) -> Answer:
    """Say that it was done; the next date follows."""
    form, typed = visit.form, visit.form.typed()
    problems = rules.done_problems(typed, clock.local(visit.now).date())
    due, done_on = rules.day_of(form.text("due")), rules.day_of(form.text("done_on"))
    if problems or done_on is None:
        return _show(visit, problems, typed)
    minutes = rules.whole(form.text("minutes"), rules.MOST_MINUTES)
    number, note = _item(visit).item.id, form.text("note")
    try:
        actions.say_done(
            visit.session,
            visit.scope,
            number,
            due or date.min,
            done_on,
            minutes,
            note,
            visit.now,
        )
    except Problems as found:
        return _show(visit, found.problems, typed)
    said = say(N_("Written down. The next date stands in the plan."))
    return visit.go("plan_item", said, item=number)


def plan_item_new(visit: Visit) -> Answer:
    """The form of a new item in a section."""
    return _form(visit, _section(visit), {"starts_on": clock.local(visit.now).date().isoformat()})


def _section(visit: Visit) -> int:
    section = visit.part("section")
    if section not in visit.scope.sections:
        raise Missing
    return int(section)


def _form(
    visit: Visit,
    section: int,
    typed: Mapping[str, str],
    problems: Mapping[str, Message] | None = None,
    line: ItemLine | None = None,
) -> Answer:
    parts = queries.parts_of(visit.session, visit.scope, section)
    often = [(rule, say(label)) for rule, label in rules.PRESETS.items()]
    return visit.show(
        "desk_plan/form.html",
        status=422 if problems else 200,
        line=line,
        parts=[("", say(N_("No part of the list"))), *((str(one), name) for one, name in parts)],
        often=[("", say(N_("By its own rule"))), *often],
        types=[
            (one.code, one.name(visit.language))
            for one in types(clock.local(visit.now).date()).values()
        ],
        counted=[(one.value, say(label)) for one, label in COUNTED.items()],
        typed={"follows": Follows.PLAN.value, "rule": "FREQ=YEARLY", "type": "service", **typed},
        problems=problems or {},
        fields=FIELDS,
        section_name=next(
            one.name for one in sections_in(visit.session, visit.scope) if one.id == section
        ),
        address=visit.url_for("plan_item_change", item=line.item.id)
        if line
        else visit.url_for("plan_item_add", section=section),
        title_length=rules.TITLE_LENGTH,
        note_length=rules.NOTE_LENGTH,
    )


def _wording(visit: Visit, section: int) -> tuple[Wording | None, dict[str, Message]]:
    """What was typed, or what stands against it."""
    form, typed = visit.form, visit.form.typed()
    typed["rule"] = form.text("rule") or form.text("own_rule")
    problems = rules.item_problems(typed)
    if form.text("type") not in types(clock.local(visit.now).date()):
        problems["type"] = say(N_("Choose what sort of work it is."))
    part = form.number("part")
    known = {number for number, _ in queries.parts_of(visit.session, visit.scope, section)}
    if form.text("part") and part not in known:
        problems["part"] = say(N_("Choose a part of the list."))
    if problems:
        return None, problems
    wording = Wording(
        section,
        part,
        form.text("title"),
        form.text("place"),
        form.text("note"),
        rules.recurrence_of(typed),
        rules.whole(form.text("minutes"), rules.MOST_MINUTES),
        form.text("type"),
    )
    return wording, {}


def plan_item_add(visit: Visit) -> Answer:
    """Put an item into the plan."""
    section = _section(visit)
    wording, problems = _wording(visit, section)
    if wording is None:
        return _form(visit, section, visit.form.typed(), problems)
    number = actions.add(visit.session, visit.scope, wording)
    return visit.go("plan_item", say(N_("It is in the plan.")), item=number)


def plan_item_edit(visit: Visit) -> Answer:
    """The form to change an item."""
    line = _item(visit)
    item, preset = line.item, line.item.rule in rules.PRESETS
    typed = {
        "title": item.title,
        "type": item.type,
        "part": str(item.part_id or ""),
        "place": item.place,
        "rule": item.rule if preset else "",
        "own_rule": "" if preset else item.rule,
        "starts_on": item.starts_on.isoformat(),
        "spare": str(item.spare_days or ""),
        "follows": item.follows.value,
        "season_begins": item.season_begins,
        "season_ends": item.season_ends,
        "minutes": str(item.minutes or ""),
        "note": item.note,
    }
    return _form(visit, item.section_id, typed, None, line)


def plan_item_change(visit: Visit) -> Answer:
    """Change an item; what was done stays as it is."""
    line = _item(visit)
    wording, problems = _wording(visit, line.item.section_id)
    if wording is None:
        return _form(visit, line.item.section_id, visit.form.typed(), problems, line)
    actions.change(visit.session, visit.scope, line.item.id, wording, visit.now)
    return visit.go("plan_item", say(N_("The plan is up to date.")), item=line.item.id)


def plan_item_end(visit: Visit) -> Answer:
    """Take an item out of the plan; what was done stays to be read."""
    number = _item(visit).item.id
    actions.end(visit.session, visit.scope, number, visit.now)
    said = say(N_("It is out of the plan. What was done stays."))
    return visit.go("plan_item", said, item=number)


def _asked(visit: Visit) -> tuple[int | None, date, date]:
    """The section and the period that are asked for; a year up to today where none is."""
    today = clock.local(visit.now).date()
    begins = rules.day_of(visit.asked("from")) or today - A_YEAR
    return visit.asked_number("section"), begins, rules.day_of(visit.asked("until")) or today


def _done(visit: Visit) -> Sequence[DoneLine]:
    section, begins, ends = _asked(visit)
    return queries.done_in(visit.session, visit.scope, section=section, begins=begins, ends=ends)


def plan_done(visit: Visit) -> Answer:
    """What was done in a period: who, when, how long, and for which item and part."""
    section, begins, ends = _asked(visit)
    query = f"?section={section or ''}&from={begins}&until={ends}"
    return visit.show(
        "desk_plan/done.html",
        lines=_done(visit),
        sections=[
            ("", say(N_("All sections"))),
            *((str(one.id), one.name) for one in sections_in(visit.session, visit.scope)),
        ],
        section=str(section or ""),
        begins=begins,
        ends=ends,
        most=queries.MOST,
        file=visit.url_for("plan_done_csv") + query,
    )


HEADS = (
    *(N_("Section"), N_("What is to be done"), N_("Where"), N_("Due"), N_("Done on")),
    *(N_("By"), N_("Minutes"), N_("Note")),
)


def plan_done_csv(visit: Visit) -> Answer:
    """What was done in a period, as a file for a spreadsheet."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";")
    speak = visit.house.templates.speeches[visit.language].say
    rows.writerow([speak(say(head)) for head in HEADS])
    for line in _done(visit):
        done = line.done
        cells = [line.section_name, line.title, line.where, f"{done.due_on}", f"{done.done_on}"]
        cells += [line.by, "" if done.minutes is None else str(done.minutes), done.note]
        rows.writerow([guarded(cell) for cell in cells])
    headers = {
        "Content-Disposition": 'attachment; filename="vedligehold.csv"',
        "Cache-Control": "no-store",
    }
    return Response(out.getvalue().encode("utf-8-sig"), media_type="text/csv", headers=headers)


ITEM, NEW = "/desk/plan/{item:int}", "/desk/plan/sections/{section:int}/new"

PAGES = [
    page("/desk/plan", plan_list, allow=KEEP),
    page("/desk/plan/done", plan_done, allow=KEEP),
    page("/desk/plan/done.csv", plan_done_csv, allow=KEEP),
    page(NEW, plan_item_new, allow=KEEP),
    page(NEW, plan_item_add, allow=KEEP, method="POST", once=True),
    page(ITEM, plan_item, allow=KEEP),
    page(f"{ITEM}/done", plan_item_done, allow=KEEP, method="POST", once=True),
    page(f"{ITEM}/edit", plan_item_edit, allow=KEEP),
    page(f"{ITEM}/edit", plan_item_change, allow=KEEP, method="POST", once=True),
    page(f"{ITEM}/end", plan_item_end, allow=KEEP, method="POST"),
]
