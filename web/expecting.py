"""How long it takes, said before anybody writes: what is promised, else how it really goes."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from engagement.categories.rules import Urgency
from engagement.pace.queries import usual_in
from engagement.pace.rules import MESSAGE, Usual
from engagement.promises.queries import calendar_of, promises_in
from engagement.promises.rules import Promise, add_working_time, around_the_clock
from estate.language import N_, Message, count_of, say

HOUR = timedelta(hours=1)


def fault_expected(session: Session, section: int | None, day: date) -> Mapping[Urgency, Message]:
    """What somebody of a section can expect of a fault of each urgency."""
    promised = promises_in(session, section, day) if section is not None else {}
    usual = usual_in(session, section) if section is not None else {}
    return {
        one: _promise(promised[one]) if one in promised else _usual(one, usual.get(one.value))
        for one in Urgency
    }


def _promise(promise: Promise) -> Message:
    sentence = (
        N_("Promised where you live: an answer within {answer}, and fixed within {fixed}.")
        if promise.around_the_clock
        else N_(
            "Promised where you live: an answer within {answer}, and fixed within {fixed}, "
            "counted in the office’s opening hours."
        )
    )
    return say(sentence, answer=spoken(promise.first_answer), fixed=spoken(promise.fixed))


def _usual(urgency: Urgency, usual: Usual | None) -> Message:
    if usual is None or usual.first_answer is None:
        return say(
            N_("Nothing is promised yet, and there are too few cases to say how long it takes.")
        )
    if usual.fixed is None:
        return say(
            N_("Nothing is promised yet. Usually there is an answer within {answer}."),
            answer=spoken(usual.first_answer),
        )
    sentence = (
        N_("Nothing is promised yet. Usually: an answer within {answer}, and fixed within {fixed}.")
        if around_the_clock(urgency)
        else N_(
            "Nothing is promised yet. Usually: an answer within {answer}, and fixed within "
            "{fixed}, counted in the office’s opening hours."
        )
    )
    return say(sentence, answer=spoken(usual.first_answer), fixed=spoken(usual.fixed))


def answer_expected(session: Session, section: int | None, now: datetime) -> Message:
    """When somebody who writes to the office now can expect an answer."""
    usual = usual_in(session, section).get(MESSAGE) if section is not None else None
    if section is None or usual is None or usual.first_answer is None:
        return say(N_("There are too few messages yet to say how long an answer takes."))
    by = add_working_time(now, usual.first_answer, calendar_of(session, section, now))
    if by is None:
        return say(N_("There are too few messages yet to say how long an answer takes."))
    return say(
        N_("Written now, you can expect an answer by {moment}: half of all come sooner."),
        moment=by,
    )


def spoken(span: timedelta) -> Message:
    """A span in whole hours, begun ones counted; one at least."""
    return count_of("{count} hour", "{count} hours", max(1, -(-span // HOUR)))
