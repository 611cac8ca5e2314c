"""Text for people: marked English with named values, translated when it meets its reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from typing_extensions import override

LANGUAGES: Mapping[str, str] = {"da": "Dansk", "en": "English", "ar": "العربية"}
"""Tags the reader may choose, with each language's own name. Danish is authoritative."""

DEFAULT = "da"
SOURCE = "en"
"""The language in which sentences stand in the code."""

RESIDENTS_ONLY = frozenset({"ar"})
"""Languages in which only what residents see is written; the staff's pages are Danish instead."""

RIGHT_TO_LEFT = frozenset({"ar", "fa", "ur"})


@dataclass(frozen=True, slots=True)
class Message:
    """A whole sentence to be translated for its reader.

    `text` is the English msgid with named fields (`{count}`), `plural` its plural form chosen by
    `values["count"]`. Values are plain; the page formats numbers, dates and moments.
    """

    text: str
    values: Mapping[str, object] = field(default_factory=dict)
    plural: str | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """How somebody is called inside a message, kept with whose name it is: it may be hidden yet."""

    person: int
    name: str

    @override
    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day near now inside a message, said with its weekday: `Monday 23 November`."""

    day: date


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "mark, translate later"
    """Mark a sentence for the catalogue; it is translated when rendered."""
    return text


def say(text: str, **values: object) -> Message:
    """A message from a marked sentence: `say(N_("At most {count} photos."), count=3)`."""
    return Message(text, values)


def count_of(one: str, many: str, count: int, **values: object) -> Message:
    """A message in the form its number asks for: `count_of("{count} post", "{count} posts", 3)`.

    Both sentences are collected for the catalogue without being marked.
    """
    return Message(one, {"count": count, **values}, many)


def pack(values: Mapping[str, object]) -> dict[str, Any]:
    """Values by name as plain JSON; moments, amounts, names, messages and such keep their kind."""
    return {name: _pack(value) for name, value in values.items()}


def _pack(value: object) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return str(value)
        case datetime():
            return {"moment": value.isoformat()}
        case Weekday():
            return {"weekday": value.day.isoformat()}
        case date():
            return {"day": value.isoformat()}
        case time():
            return {"time": value.isoformat()}
        case Decimal():
            return {"decimal": str(value)}
        case Named():
            return {"name": value.name, "person": value.person}
        case Message():
            return {"message": pack_message(value)}
        case _:
            raise TypeError(f"A notification cannot keep a {type(value).__name__}.")


def unpack(values: Mapping[str, Any]) -> dict[str, object]:
    """The named values as they were given to `pack`."""
    return {name: _unpack(value) for name, value in values.items()}


def _unpack(value: Any) -> object:
    match value:
        case {"moment": str(text)}:
            return datetime.fromisoformat(text)
        case {"weekday": str(text)}:
            return Weekday(date.fromisoformat(text))
        case {"day": str(text)}:
            return date.fromisoformat(text)
        case {"time": str(text)}:
            return time.fromisoformat(text)
        case {"decimal": str(text)}:
            return Decimal(text)
        case {"name": str(name), "person": int(person)}:
            return Named(person, name)
        case {"message": dict(kept)}:
            return unpack_message(kept)
        case _:
            return value


def pack_message(message: Message) -> dict[str, Any]:
    """A message as plain JSON."""
    return {"text": message.text, "values": pack(message.values), "plural": message.plural}


def unpack_message(kept: Mapping[str, Any]) -> Message:
    """The message as it was given to `pack_message`."""
    return Message(kept["text"], unpack(kept["values"]), kept["plural"])


def renamed(kept: Any, names: Mapping[int, str]) -> Any:
    """What was packed, with these persons (id → name) called anew wherever they are named."""
    match kept:
        case {"name": str(), "person": int(person)} if person in names:
            return {"name": names[person], "person": person}
        case dict():
            return {key: renamed(value, names) for key, value in kept.items()}
        case list():
            return [renamed(value, names) for value in kept]
        case _:
            return kept


def pack_lines(lines: Sequence[Message]) -> list[Any]:
    """The lines of a mail as plain JSON."""
    return [pack_message(line) for line in lines]


def direction(tag: str) -> str:
    """`rtl` or `ltr`, as HTML's `dir` wants it."""
    return "rtl" if tag in RIGHT_TO_LEFT else "ltr"


def shown_in(tag: str, *, to_residents: bool) -> str:
    """The language of a page for somebody who reads `tag`: their own, or Danish as a whole."""
    return tag if to_residents or tag not in RESIDENTS_ONLY else DEFAULT


def choose(preferred: str | None, accept_language: str) -> str:
    """The language to speak: the person's own choice, else the browser's first that we know.

    `accept_language` is the header as sent (RFC 9110, 12.5.4); anything unreadable is passed over.
    """
    if preferred is not None and preferred in LANGUAGES:
        return preferred
    ranked: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        tag, _, parameters = part.strip().partition(";")
        base = tag.split("-")[0].lower()
        if base not in LANGUAGES:
            continue
        weight = parameters.strip().removeprefix("q=") or "1"
        try:
            ranked.append((float(weight), base))
        except ValueError:
            continue
    return max(ranked, key=lambda entry: entry[0], default=(0.0, DEFAULT))[1]
