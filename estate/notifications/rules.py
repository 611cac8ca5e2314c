"""What a kind of notification is, how its values are kept, and when it may disturb somebody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from estate.language import Message


@dataclass(frozen=True, slots=True)
class NotificationKind:
    """One switch under "what may disturb me": a constant of the subject that sends it.

    `label` is a msgid ("Answers to my posts"). `push` and `email` say where the switch stands by
    itself; a `fixed` kind (somebody signed in as you) cannot be switched off.
    """

    name: str
    label: str
    push: bool = True
    email: bool = True
    fixed: bool = False


def pack(values: Mapping[str, object]) -> dict[str, Any]:
    """Named values as plain JSON; moments, days, times, amounts and messages keep their kind."""
    return {name: _pack(value) for name, value in values.items()}


def _pack(value: object) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return str(value)
        case datetime():
            return {"moment": value.isoformat()}
        case date():
            return {"day": value.isoformat()}
        case time():
            return {"time": value.isoformat()}
        case Decimal():
            return {"decimal": str(value)}
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
        case {"day": str(text)}:
            return date.fromisoformat(text)
        case {"time": str(text)}:
            return time.fromisoformat(text)
        case {"decimal": str(text)}:
            return Decimal(text)
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


def pack_lines(lines: Sequence[Message]) -> list[Any]:
    """The lines of a mail as plain JSON."""
    return [pack_message(line) for line in lines]
