"""Figures at the desk: how soon, how well, and where the time goes; and the same as files."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby

from starlette.responses import Response

from engagement.categories.queries import categories
from engagement.figures import queries
from engagement.figures.queries import Period
from engagement.figures.rules import USUAL, Portion, Share, Spread, Summary, period_problem
from engagement.tasks.queries import types
from engagement.tasks.rules import Kind
from estate import clock
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.sheets.rules import guarded
from web.routing import page
from web.task_words import KINDS
from web.visits import Answer, Visit

SEE = Permission.SEE_FIGURES
HOUR = timedelta(hours=1)


def _period(visit: Visit) -> tuple[Period, Message | None]:
    """The period that is asked for; the latest three months where none is, or not a good one."""
    today = clock.local(visit.now).date()
    begins = visit.asked_day("from") or today - USUAL
    until = visit.asked_day("until") or today
    problem = period_problem(begins, until)
    return (Period(today - USUAL, today) if problem else Period(begins, until)), problem


def in_hours(span: timedelta) -> str:
    """A time in hours with one decimal, as files have it: a point, whatever the language."""
    return f"{span / HOUR:.1f}"


def took(span: timedelta) -> Message:
    """A time as one says it: minutes, hours, or both."""
    minutes = round(span / timedelta(minutes=1))
    if minutes < 60:
        return say(N_("{minutes} min"), minutes=minutes)
    return say(N_("{hours} h {minutes} min"), hours=minutes // 60, minutes=minutes % 60)


def figures_page(visit: Visit) -> Answer:
    """What cases and tasks add up to; a section with too few is named without figures."""
    day = clock.local(visit.now).date()
    period, problem = _period(visit)
    known, sorts = categories(day), types(day)
    found = queries.compared(visit.session, visit.scope, period, day)
    portions = queries.split(visit.session, visit.scope, period)
    return visit.show(
        "desk_figures/figures.html",
        status=422 if problem else 200,
        period=period,
        problem=problem,
        found=found,
        categories=[
            (known[code].title(visit.language), figures)
            for code, figures in found.categories.items()
            if code in known
        ],
        timed=[
            (sorts[one.type].name(visit.language), one)
            for one in queries.timed(visit.session, visit.scope, period, day)
            if one.type in sorts
        ],
        split=_split(portions),
        fewest=queries.fewest(day),
        most=queries.MOST,
        took=took,
        query=f"?from={period.begins}&until={period.until}",
    )


def _split(
    portions: Sequence[Portion],
) -> list[tuple[str, timedelta, list[tuple[str, timedelta, int]]]]:
    """By organisation its time, and that of each section with its part in hundredths."""
    found = []
    for organisation, group in groupby(portions, key=lambda one: one.organisation):
        here = list(group)
        whole = sum((one.time for one in here), start=timedelta())
        sections = []
        for section, rows in groupby(here, key=lambda one: one.section):
            time = sum((one.time for one in rows), start=timedelta())
            sections.append((section, time, round(100 * time / whole) if whole else 0))
        found.append((organisation, whole, sections))
    return found


CASE_HEADS = (
    *(N_("Section"), N_("Cases"), N_("Answered, half within (h)"), N_("Answered, 9 of 10 (h)")),
    *(N_("Fixed, half within (h)"), N_("Fixed, 9 of 10 (h)"), N_("Solved on the first visit, %")),
    *(N_("Said not to be fixed, %"), N_("Content, %")),
)
TIME_HEADS = (N_("Organisation"), N_("Section"), N_("Kind"), N_("Hours"))


def figures_cases_csv(visit: Visit) -> Answer:
    """The figures of each section with enough cases, as a file for a spreadsheet."""
    day, (period, _) = clock.local(visit.now).date(), _period(visit)
    found = queries.compared(visit.session, visit.scope, period, day)
    rows = [[one.name, *_cells(one.figures)] for one in found.sections]
    return _file(visit, CASE_HEADS, rows, f"sager-{period.begins}-{period.until}.csv")


def _cells(figures: Summary) -> list[str]:
    def spread(one: Spread | None) -> list[str]:
        return [in_hours(one.half), in_hours(one.most)] if one else ["", ""]

    def share(one: Share | None) -> str:
        return str(one.percent) if one else ""

    return [
        str(figures.cases),
        *spread(figures.answered),
        *spread(figures.fixed),
        share(figures.first_visit),
        share(figures.reopened),
        share(figures.content),
    ]


def figures_time_csv(visit: Visit) -> Answer:
    """The clocked time by organisation, section and kind, as a file for a spreadsheet."""
    period, _ = _period(visit)
    speak = visit.house.templates.speeches[visit.language].say
    rows = [
        [one.organisation, one.section, speak(say(KINDS[Kind(one.kind)])), in_hours(one.time)]
        for one in queries.split(visit.session, visit.scope, period)
    ]
    return _file(visit, TIME_HEADS, rows, f"tid-{period.begins}-{period.until}.csv")


def _file(visit: Visit, heads: Iterable[str], rows: Iterable[list[str]], name: str) -> Answer:
    out = io.StringIO()
    lines = csv.writer(out, delimiter=";")
    speak = visit.house.templates.speeches[visit.language].say
    lines.writerow([speak(say(head)) for head in heads])
    lines.writerows([guarded(cell) for cell in row] for row in rows)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(out.getvalue().encode("utf-8-sig"), media_type="text/csv", headers=headers)


PAGES = [
    page("/desk/figures", figures_page, allow=SEE),
    page("/desk/figures/cases.csv", figures_cases_csv, allow=SEE),
    page("/desk/figures/time.csv", figures_time_csv, allow=SEE),
]
