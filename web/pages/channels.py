"""How a household gets its letters, and what the office knows that makes a digital one lawful."""

from collections.abc import Mapping

from estate import clock
from estate.channels import actions as channels
from estate.channels.queries import Counted, counted, law, stated_places
from estate.channels.rules import (
    ANNOUNCED,
    STATUTES,
    Party,
    demand_problems,
    fact_problems,
)
from estate.households.queries import household_page, own_household
from estate.language import N_, Message, say
from estate.people.rules import LetterChannel
from estate.permissions import Permission, ScopeKind
from estate.refusals import Missing, Problems
from web.arriving import ask_own
from web.routing import page
from web.visits import Answer, Go, Visit


def own_channel_choose(visit: Visit) -> Answer:
    """Choose how letters come to my household."""
    ask_own(visit)
    household, day = visit.part("household"), clock.local(visit.now).date()
    if own_household(visit.session, visit.scope, household, day) is None:
        raise Missing
    channels.choose_own_channel(visit.session, visit.scope, household, _chosen(visit))
    return visit.go("household", say(N_("Letters come to you as you have chosen.")))


def _chosen(visit: Visit) -> LetterChannel:
    channel = visit.form.text("channel")
    if channel not in set(LetterChannel):
        raise Problems({"channel": say(N_("Choose how the letters are to come."))})
    return LetterChannel(channel)


def _household(visit: Visit) -> int:
    household, day = visit.part("household"), clock.local(visit.now).date()
    if household_page(visit.session, visit.scope, household, day) is None:
        raise Missing
    return int(household)


def _kept(visit: Visit, household: int) -> Answer:
    return Go(visit.as_searched("household_view", household=household), say(N_("Kept.")))


def channel_choose(visit: Visit) -> Answer:
    """Choose for a household, as it asked the office to."""
    household = _household(visit)
    channels.choose_channel(visit.session, visit.scope, household, _chosen(visit))
    return _kept(visit, household)


def demand_note(visit: Visit) -> Answer:
    """Write down that other than digital communication was demanded."""
    household = _household(visit)
    party, day = visit.form.text("party"), visit.form.day("demanded_on")
    problems = demand_problems(day, clock.local(visit.now).date())
    if party not in set(Party):
        problems["party"] = say(N_("Choose who demanded it."))
    if problems or day is None:
        raise Problems(problems)
    channels.note_demand(visit.session, visit.scope, household, Party(party), day)
    return _kept(visit, household)


def demand_end(visit: Visit) -> Answer:
    """Write down that a demand was taken back."""
    household = visit.part("household")
    channels.end_demand(visit.session, visit.scope, household, visit.part("demand"))
    return _kept(visit, household)


def letter_facts(visit: Visit) -> Answer:
    """What makes digital letters lawful, place by place, with what has been stated."""
    return _facts(visit, {}, "")


def _facts(visit: Visit, problems: Mapping[str, Message], wrong: str) -> Answer:
    day = clock.local(visit.now).date()
    places = stated_places(visit.session, visit.scope, day)
    return visit.show(
        "channels/facts.html",
        status=422 if problems else 200,
        places=places,
        counted=counted(visit.session, places, day),
        law=law(day),
        problems=problems,
        wrong=wrong,
        typed=visit.form.typed(),
    )


def letter_fact_state(visit: Visit) -> Answer:
    """State a day of an organisation or a section."""
    form = visit.form
    kind, _, number = form.text("place").partition(":")
    key, day = form.text("key"), form.day("day")
    allowed = {"organisation": {STATUTES, ANNOUNCED}, "section": {ANNOUNCED}}
    if key not in allowed.get(kind, ()) or not (number.isascii() and number.isdigit()):
        raise Problems({"place": say(N_("Choose what the day is stated of."))})
    today = clock.local(visit.now).date()
    source, never = form.text("source")[:200], kind == "section" and form.checked("never")
    typed = bool(form.text("day"))
    problems = fact_problems(day, source, today, typed=typed, never=never)
    if problems:
        return _facts(visit, problems, f"{kind}:{number}:{key}")
    place = (ScopeKind(kind), int(number[:9]))
    before = _counted(visit, place)
    if never:
        channels.state_never(visit.session, visit.scope, place, key, source)
    else:
        channels.state_fact(visit.session, visit.scope, place, key, day, source)
    return visit.go("letter_facts", _changed(key, before, _counted(visit, place)))


def _counted(visit: Visit, place: tuple[ScopeKind, int]) -> Counted:
    today = clock.local(visit.now).date()
    places = stated_places(visit.session, visit.scope, today)
    return counted(visit.session, places, today).get(place, Counted(0, 0, 0))


def _changed(key: str, before: Counted, after: Counted) -> Message:
    """What came of a statement, for the households there."""
    if key == STATUTES:
        return say(
            N_("Kept. Households called to meetings digitally: {now}; before: {before}."),
            now=after.meetings,
            before=before.meetings,
        )
    return say(
        N_("Kept. Households that may get letters digitally: {now}; before: {before}."),
        now=after.letters,
        before=before.letters,
    )


HOUSEHOLD = "/desk/people/{household:int}"
OURS, SEND = Permission.MANAGE_HOUSEHOLD, Permission.SEND_LETTERS

PAGES = [
    page("/me/household/{household:int}/channel", own_channel_choose, allow=OURS, method="POST"),
    page(f"{HOUSEHOLD}/channel", channel_choose, allow=Permission.SEE_PEOPLE, method="POST"),
    page(f"{HOUSEHOLD}/demands", demand_note, allow=SEND, method="POST", once=True),
    page(f"{HOUSEHOLD}/demands/{{demand:int}}/end", demand_end, allow=SEND, method="POST"),
    page("/desk/letters/facts", letter_facts, allow=SEND),
    page("/desk/letters/facts", letter_fact_state, allow=SEND, method="POST", once=True),
]
