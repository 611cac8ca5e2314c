"""What it takes to write down that somebody of the staff is away."""

from datetime import date, timedelta

from estate.language import N_, Message, say
from estate.retention.rules import Retention

ABSENCE = "absence"
"""What deeds call one."""

LONGEST = timedelta(days=366)

ABSENCES = Retention(
    kind="absence",
    purpose=N_("Days on which somebody of the staff was away, without a reason."),
    source=N_("Our own choice: long enough to see who did what in their place."),
)


def problems(starts_on: date | None, ends_on: date | None, day: date) -> dict[str, Message]:
    """What keeps days from being written down, by field; `day` is today."""
    if starts_on is None or starts_on < day - LONGEST or starts_on > day + LONGEST:
        return {"starts_on": say(N_("Choose the first day."))}
    if ends_on is None:
        return {"ends_on": say(N_("Choose the last day. It can be ended earlier."))}
    if ends_on < starts_on:
        return {"ends_on": say(N_("The last day comes before the first."))}
    if ends_on < day:
        return {"ends_on": say(N_("Choose today or a later day."))}
    if ends_on - starts_on > LONGEST:
        return {"ends_on": say(N_("Choose {day} at the latest."), day=starts_on + LONGEST)}
    return {}
