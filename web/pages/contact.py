"""Contact: whether the office is open, what cannot wait, and who helps with what."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from engagement.notices import queries as notices
from estate import clock
from estate.contacts.queries import Help, Reach, help_in, help_outside, topics
from estate.contacts.rules import (
    CALLED,
    Group,
    Topic,
    Urgency,
    Who,
    Wording,
    callable_number,
    find,
    in_order,
)
from estate.finding.queries import filler
from estate.finding.rules import LONGEST_QUESTION, fits, keys_of
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.places.queries import SectionLine, offices, sections_in
from estate.refusals import Missing
from web.arriving import FEW_OFFICES
from web.notices import Shown, shown
from web.print import qr
from web.routing import page
from web.visits import Answer, Visit

NOBODY = Reach("")


class Here(NamedTuple):
    """A page of Opgang that helps: its handler, who may open it, and what it is called."""

    handler: str
    permission: Permission
    label: str


HERE: Mapping[str, Here] = {
    "board": Here("post_new", Permission.POST_ON_BOARD, N_("New post")),
    "household": Here("household", Permission.MANAGE_HOUSEHOLD, N_("My household")),
    "notifications": Here("notification_settings", Permission.OWN_PAGES, N_("Notifications")),
    "data": Here("my_data", Permission.OWN_PAGES, N_("My data")),
    "papers": Here("paper_list", Permission.READ_PAPERS, N_("Papers")),
    "notices": Here("notice_list", Permission.READ_NOTICES, N_("Service messages")),
}
"""By the name that `topics.csv` has for it."""


HURRIES = "hurries"
"""The group of what cannot wait, whatever it is about; it stands first."""

GROUPS: Mapping[str, str] = {
    HURRIES: N_("What cannot wait"),
    Group.WATER: N_("Water, heat, power, internet"),
    Group.HOME: N_("Damp, windows, pests"),
    Group.HOUSE: N_("Keys, laundry, waste"),
    Group.RENT: N_("Rent and moving"),
    Group.NEIGHBOURS: N_("Neighbours, rules and meetings"),
    Group.OTHER: N_("Insurance, municipality, Opgang"),
}


class TopicLine(NamedTuple):
    """A topic as the page shows it, with who helps and how to reach them.

    `ask` is true where nobody wrote down how: the office is then who to ask. `name` is its title,
    or the question it is below what can wait: is it that bad? `at` is its place where nothing is
    asked, `group` the key of `GROUPS` it stands in there.
    """

    topic: Topic
    wording: Wording
    name: str
    urgency: Urgency
    called: Message
    reach: Reach
    ask: bool
    address: str
    label: str
    found: bool
    at: int
    group: str


class Told(NamedTuple):
    """A service message, the words it is found by, and whether it was asked for."""

    message: Shown
    keys: frozenset[str]
    found: bool


def contact(visit: Visit) -> Answer:
    """Whom to call: the office and whether it is open, the duty phone, and who helps with what."""
    sections = _sections(visit)
    helping = _help(visit, sections)
    question = visit.asked("q")[:LONGEST_QUESTION]
    lines = _lines(visit, helping, question, clock.local(visit.now).date())
    return visit.show(
        "contact/contact.html",
        block="helpers",
        help=helping,
        offices=_offices(visit, helping),
        sections=sections,
        lines=lines,
        notices=_notices(visit, question),
        groups=_grouped(lines),
        question=question,
        filler=" ".join(sorted(filler()[visit.language] | filler()["da"])),
        danger=Urgency.DANGER,
        now=Urgency.NOW,
        callable_number=callable_number,
    )


def _sections(visit: Visit) -> Sequence[SectionLine]:
    """The sections whose contacts this reader may see, the one asked for or lived in first."""
    if visit.maybe_reader is None:
        return ()
    found = sections_in(visit.session, visit.scope_of(Permission.READ_CONTACTS))
    homes = {one for s in visit.reader.standings if s.home is not None for one in s.sections}
    asked = visit.asked_number("section")
    return sorted(found, key=lambda one: (one.id != asked, one.id not in homes))


def _help(visit: Visit, sections: Sequence[SectionLine]) -> Help:
    """Who helps in the reader's section; whom everybody may call, for anybody else."""
    if sections:
        scope = visit.scope_of(Permission.READ_CONTACTS)
        found = help_in(visit.session, scope, sections[0].id, visit.now)
        if found is not None:
            return found
    few = offices(visit.session, visit.now, FEW_OFFICES)
    return help_outside(few[0] if len(few) == 1 else None, clock.local(visit.now).date())


def _notices(visit: Visit, question: str) -> Sequence[Told]:
    """What the reader's own home is told of already, and whether the question is about it."""
    if visit.maybe_reader is None or not any(one.home for one in visit.reader.standings):
        return ()
    scope, speeches = visit.scope_of(Permission.READ_NOTICES), visit.house.templates.speeches
    found = []
    for one in notices.lasting(visit.session, scope, visit.now):
        keys = keys_of(notices.named(one), filler())
        said = shown(speeches, one, visit.language, visit.now)
        found.append(Told(said, keys, fits(keys, question, filler(), visit.language)))
    return found


def _offices(visit: Visit, helping: Help) -> Sequence[object]:
    if helping.office is not None:
        return (helping.office,)
    return () if helping.section else offices(visit.session, visit.now, FEW_OFFICES)


def _lines(visit: Visit, helping: Help, question: str, day: date) -> list[TopicLine]:
    """The topics a question found, and behind them all others, which a script may still show."""
    found = find(topics(), question, filler(), visit.language, day)
    names = {topic.name for topic in found}
    unasked = in_order(topics(), day)
    others = [topic for topic in unasked if topic.name not in names]
    places = {topic.name: at for at, topic in enumerate(unasked)}
    waits = bool(found) and found[0].urgency_on(day) is Urgency.ORDINARY
    lines = [_line(visit, helping, topic, day, found=True, asked=waits) for topic in found] + [
        _line(visit, helping, topic, day, found=False, asked=False) for topic in others
    ]
    return [line._replace(at=places[line.topic.name]) for line in lines]


def _grouped(lines: Sequence[TopicLine]) -> list[tuple[str, str, list[TopicLine]]]:
    """Each group's key and what it is called, with its topics as they stand unasked."""
    unasked = sorted(lines, key=lambda line: line.at)
    return [
        (key, label, [line for line in unasked if line.group == key])
        for key, label in GROUPS.items()
    ]


def _line(
    visit: Visit, helping: Help, topic: Topic, day: date, *, found: bool, asked: bool
) -> TopicLine:
    who = topic.who_on(day)
    wording, urgency = topic.wording(visit.language), topic.urgency_on(day)
    reach = helping.reaches.get(who, NOBODY)
    ask = who is not Who.PAGE and not (reach.phone or reach.email or reach.web)
    address, label = _page(visit, topic.page)
    return TopicLine(
        topic,
        wording,
        wording.asks if asked and urgency is not Urgency.ORDINARY else wording.title,
        urgency,
        say(reach.name or CALLED[who]),
        helping.reaches.get(Who.OFFICE, NOBODY) if ask else reach,
        ask,
        address,
        label,
        found,
        0,
        topic.group if urgency is Urgency.ORDINARY else HURRIES,
    )


def _page(visit: Visit, name: str) -> tuple[str, str]:
    """The address and label of a page here that this reader may open."""
    here, reader = HERE.get(name), visit.maybe_reader
    if here is None or reader is None or not reader.may(here.permission):
        return "", ""
    return visit.url_for(here.handler), here.label


def contact_sheet(visit: Visit) -> Answer:
    """One page of A4 for the stairwell: whom to call, and a QR code back to all the rest."""
    sections = _sections(visit)
    if not sections:
        raise Missing
    helping = _help(visit, sections)
    address = f"{visit.house.settings.base_url}{visit.url_for('contact')}"
    day = clock.local(visit.now).date()
    lines = _lines(visit, helping, "", day)
    scan = say(N_("Whom do I call? Point your phone’s camera at the square."))
    return visit.show(
        "contact/sheet.html",
        help=helping,
        urgent=[line for line in lines if line.urgency is not Urgency.ORDINARY],
        briefly=_in_other_languages(visit, scan),
        others=_others(helping),
        qr=qr,
        address=address,
        day=day,
        back=visit.url_for("contact"),
        danger=Urgency.DANGER,
    )


def _in_other_languages(visit: Visit, sentence: Message) -> list[tuple[str, str]]:
    speeches = visit.house.templates.speeches
    return [(tag, speeches[tag].say(sentence)) for tag in speeches if tag != visit.language]


def _others(helping: Help) -> list[tuple[Message, Reach]]:
    """Everybody beside the office, the duty phone and 112 whose number is known."""
    shown = {Who.OFFICE, Who.DUTY, Who.EMERGENCY}
    return [
        (say(reach.name or CALLED[who]), reach)
        for who, reach in ((who, helping.reaches.get(who, NOBODY)) for who in Who)
        if who not in shown and (reach.phone or reach.email)
    ]


PAGES = [
    page("/contact", contact, allow=Permission.VISIT),
    page("/contact/sheet", contact_sheet, allow=Permission.READ_CONTACTS),
]
