"""What neighbours write: a post's words chosen from the files, month by month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from engagement.board.rules import PostKind
from web.demo.material import Told, told

KINDS: Mapping[PostKind, int] = {
    PostKind.BORROW: 30,
    PostKind.GIVE: 30,
    PostKind.HELP: 12,
    PostKind.EVENT: 9,
    PostKind.LOST: 9,
    PostKind.OTHER: 10,
}
"""How often each kind is written, of a hundred."""

COME_TRUE = frozenset({PostKind.BORROW, PostKind.GIVE, PostKind.HELP, PostKind.LOST})
"""What can be lent, given, helped with or found."""

FOREIGN = 0.07
"""How many posts are written in another language than Danish."""

EVENT = ("days", "weekday", "hour", "hours", "venue")

AFTERWARDS = ("Tak", "Tusind", "Sikke", "Det var", "Sidste", "شكر")
"""How an answer begins that is written when an event is over."""


@dataclass(frozen=True)
class Words:
    """One post's words. An answer is a text and its language."""

    kind: PostKind
    title: str
    text: str
    language: str = "da"
    picture: str | None = None
    answers: Sequence[tuple[str, str]] = ()
    event: Told = field(default_factory=dict)


def choose_words(chance: Random, month: int) -> Words:
    """Some words that fit a month."""
    if chance.random() < FOREIGN:
        return _piece(chance, _in_season(told("pieces")["foreign"], month))
    kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
    if kind in {PostKind.BORROW, PostKind.GIVE}:
        return _thing(chance, kind, month)
    return _piece(chance, _in_season(told("pieces")[kind.value], month), kind)


def _in_season(choices: Sequence[Told], month: int) -> list[Told]:
    return [choice for choice in choices if month in choice.get("months", (month,))]


def _thing(chance: Random, kind: PostKind, month: int) -> Words:
    about = told("things")[kind.value]
    thing = chance.choice(_in_season(about["thing"], month))
    why, closing = chance.choice(thing["why"]), chance.choice(about["closings"])
    answers = chance.sample(about["answers"], chance.choice((0, 1, 1, 2, 2, 3)))
    return Words(
        kind,
        chance.choice(about["titles"]).format(thing=thing["name"]),
        f"{why} {closing}".strip(),
        picture=thing.get("picture"),
        answers=[(answer, "da") for answer in answers],
    )


def _piece(chance: Random, choices: Sequence[Told], kind: PostKind | None = None) -> Words:
    piece = chance.choice(choices)
    language = piece.get("language", "da")
    count = chance.randrange(len(piece["answers"]) + 1) if chance.random() < 0.4 else None
    return Words(
        kind or PostKind(piece["kind"]),
        piece["title"],
        piece["text"],
        language,
        piece.get("picture"),
        [spoken(answer, language) for answer in piece["answers"][:count]],
        event_of(piece),
    )


def spoken(answer: str, language: str) -> tuple[str, str]:
    """An answer and its language: the post's own after `=`, else Danish."""
    return (answer[1:], language) if answer.startswith("=") else (answer, "da")


def event_of(piece: Told) -> dict[str, Any]:
    """What a file says of an event's time and place; empty for what is none."""
    return {name: piece[name] for name in EVENT if name in piece}


def begins(event: Told, posted: date) -> date:
    """The day of an event announced on a day."""
    day = posted + timedelta(days=event["days"])
    return day + timedelta(days=(event.get("weekday", day.weekday()) - day.weekday()) % 7)
