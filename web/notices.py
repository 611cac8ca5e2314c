"""How a service message is said to a reader: its words, time and place in one language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from engagement.notices import rules
from engagement.notices.queries import Earlier, NoticeView, templates
from engagement.notices.rules import DANISH, Phase, Span, Urgency, Wording
from estate import clock
from estate.language import N_, Message, say
from web.catalogues import Speech

Speeches = Mapping[str, Speech]


@dataclass(frozen=True, slots=True)
class Said:
    """A message's words, time and place in one language."""

    language: str
    title: str
    text: str
    afterword: str
    when: str
    where: str
    over: str = ""
    lags: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as its page and its card show it; `danish` is what counts, where `said` helps."""

    id: int
    icon: str
    urgent: bool
    phase: Phase
    off: bool
    when: Message
    where: Message
    ended_at: datetime | None
    over: Message | None
    written_at: datetime
    changed_at: datetime | None
    said: Said
    danish: Said | None


def shown(speeches: Speeches, notice: NoticeView, language: str, now: datetime) -> Shown:
    """A message for somebody who reads this language."""
    today = clock.local(now).date()
    template = templates().get(notice.template)
    chosen = notice.language(language)
    return Shown(
        id=notice.id,
        icon=template.icon if template else "notice",
        urgent=notice.urgency is Urgency.URGENT,
        phase=notice.phase(now),
        off=notice.off,
        when=rules.when(notice.span, today),
        where=notice.place,
        ended_at=notice.ended_at,
        over=over_words(notice, today),
        written_at=notice.written_at,
        changed_at=notice.changed_at if notice.version > 1 else None,
        said=said(speeches, notice, chosen, today),
        danish=None if chosen == DANISH else said(speeches, notice, DANISH, today),
    )


def said(speeches: Speeches, notice: NoticeView, language: str, today: date | None) -> Said:
    """Its words in one of its languages; without `today` every day is named."""
    filled = fill(speeches[language], notice.texts[language], notice.span, notice.place, today)
    spoken = speeches[language].say
    if notice.off:
        filled = filled._replace(title=spoken(say(N_("Called off: {title}"), title=filled.title)))
    when, where = spoken(rules.when(notice.span, today)), spoken(notice.place)
    return Said(
        language,
        *filled,
        when=when,
        where=where,
        over=spoken(over) if (over := over_words(notice, today)) else "",
        lags=language in notice.lags,
    )


def over_words(notice: NoticeView, today: date | None) -> Message | None:
    """When it is not to be after all, or when it was over, once somebody has said so."""
    if notice.over_at is None:
        return None
    if notice.off:
        return say(N_("Not {when} after all"), when=rules.when(notice.span, today))
    return say(N_("Over {when}"), when=rules.at(clock.local(notice.over_at), today))


def fill(
    speech: Speech, wording: Wording, span: Span, place: Message, today: date | None
) -> Wording:
    """A wording with its time and place in it."""
    return Wording(*(speech.say(rules.filled(part, span, place, today)) for part in wording))


@dataclass(frozen=True, slots=True)
class Before:
    """What a message said before a change, in one language."""

    language: str
    title: str
    text: str
    when: Message
    replaced_at: datetime


def before(
    speeches: Speeches, found: Sequence[Earlier], place: Message, language: str
) -> list[Before]:
    """The earlier wordings for somebody who reads this language, newest first."""
    told = []
    for one in found:
        chosen = rules.chosen_language(one.texts, language)
        wording = fill(speeches[chosen], one.texts[chosen], one.span, place, None)
        when = rules.when(one.span, None)
        told.append(Before(chosen, wording.title, wording.text, when, one.replaced_at))
    return told
