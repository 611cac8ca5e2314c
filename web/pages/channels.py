"""How a household gets its letters, and what the office knows that makes a digital one lawful."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from estate import clock
from estate.channels import actions as channels
from estate.channels.queries import (
    Counted,
    PlaceFacts,
    Stated,
    Switch,
    counted,
    law,
    stated_places,
    switched,
)
from estate.channels.rules import (
    ANNOUNCED,
    STATUTES,
    Party,
    demand_problems,
    fact_problems,
)
from estate.households.queries import household_page, own_household
from estate.language import N_, Message, say
from estate.people.rules import LetterChannel, short_address
from estate.permissions import Permission, ScopeKind
from estate.refusals import Missing, Problems
from estate.rounds.rules import door_order
from estate.search.rules import natural
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
    """State a day of an organisation or a section; asked first where households change by it."""
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
    told = Telling(place, key, Stated(day, source, today, never))
    if not form.checked("sure") and (changes := _changes(visit, told)):
        return _asked_first(visit, told, changes)
    before = _counted(visit, place)
    if never:
        channels.state_never(visit.session, visit.scope, place, key, source)
    else:
        channels.state_fact(visit.session, visit.scope, place, key, day, source)
    return visit.go("letter_facts", _changed(key, before, _counted(visit, place)))


class Telling(NamedTuple):
    """What somebody is about to state, and of which place."""

    place: tuple[ScopeKind, int]
    key: str
    stated: Stated

    def of(self, facts: PlaceFacts) -> PlaceFacts:
        """What is stated of a place once this is."""
        if (facts.kind, facts.id) != self.place or not facts.may_state:
            return facts
        if self.key == STATUTES:
            return facts._replace(statutes=self.stated)
        return facts._replace(announced=self.stated)


def _changes(visit: Visit, told: Telling) -> Sequence[Switch]:
    """The households for which it changes whether something digital counts."""
    today = clock.local(visit.now).date()
    places = stated_places(visit.session, visit.scope, today)
    return switched(visit.session, places, [told.of(place) for place in places], today)


def _asked_first(visit: Visit, told: Telling, changes: Sequence[Switch]) -> Answer:
    """Before it takes effect: for which households what changes, and whether it is to."""
    effects = [
        (effect, len(there), _by_stairwell(there))
        for effect, there in _effects(changes).items()
        if there
    ]
    kind, number = told.place
    places = stated_places(visit.session, visit.scope, clock.local(visit.now).date())
    name = next(one.name for one in places if (one.kind, one.id) == told.place)
    return visit.show(
        "channels/facts_first.html",
        effects=effects,
        name=name,
        told=told,
        statutes=told.key == STATUTES,
        place=f"{kind.value}:{number}",
    )


def _effects(changes: Sequence[Switch]) -> Mapping[str, Sequence[Switch]]:
    """For whom what changes, by a word for it: more paper first."""
    return {
        "letters_on_paper": [one for one in changes if one.letters is False],
        "meetings_on_paper": [one for one in changes if one.meetings is False],
        "letters_digital": [one for one in changes if one.letters],
        "meetings_digital": [one for one in changes if one.meetings],
    }


def _by_stairwell(there: Sequence[Switch]) -> list[tuple[str, list[str]]]:
    """The doors of these households, stairwell by stairwell, from the ground up."""
    found: dict[str, list[str]] = {}
    for one in sorted(there, key=_on_the_way):
        door = short_address("", "", one.floor, one.side).strip(", ")
        found.setdefault(f"{one.street} {one.house_number}", []).append(door)
    return list(found.items())


def _on_the_way(one: Switch) -> tuple[Any, ...]:
    return natural(f"{one.street} {one.house_number}"), *door_order(one.floor, one.side)


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
