"""Reading what a form sent: text as people typed it, never more than was asked for."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from starlette.datastructures import FormData, UploadFile

from estate import clock
from estate.photos.store import Picture

KEPT = "\n\t\u200c\u200d"


YEARS = range(1900, 2200)
"""Further away, adding a day or a time zone leaves the calendar."""


LARGEST_ID = 2**31 - 1
"""No row has a number above this; PostgreSQL refuses to look for one."""


def whole_number(text: str, most: int) -> int | None:
    """A whole number up to `most` as typed in plain digits; None for anything else."""
    plain = text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if plain and int(text) <= most else None


def day_of(text: str) -> date | None:
    """A date as `<input type=date>` sends it, of a year that clocks can count with, or None."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in YEARS else None


class File(NamedTuple):
    """A file of a form: its name on the sender's device, and what is in it."""

    name: str
    content: bytes


class Form:
    """The fields of one form, and its pictures, decoded and encoded anew, or files as they came."""

    def __init__(
        self,
        fields: FormData | None = None,
        pictures: Sequence[Picture] = (),
        digest: str = "",
        files: Sequence[File] = (),
    ) -> None:
        self._fields = fields if fields is not None else FormData()
        self.pictures = tuple(pictures)
        self.files = tuple(files)
        self.digest = digest

    def text(self, name: str, default: str = "") -> str:
        """A field's text with line ends as newlines, trimmed; control characters are dropped.

        Joiners stay: families of emoji and Persian words hold together by them.
        """
        value = self._fields.get(name, default)
        if isinstance(value, UploadFile):
            return default
        return _clean(value)

    def number(self, name: str) -> int | None:
        """A whole number that a row could have, or None for anything else."""
        return whole_number(self.text(name), LARGEST_ID)

    def checked(self, name: str) -> bool:
        """Whether a checkbox came along."""
        return bool(self.text(name))

    def all(self, name: str) -> list[str]:
        """Every value of a field that may come more than once."""
        return [value for value in self._fields.getlist(name) if isinstance(value, str)]

    def pairs(self) -> list[tuple[str, str]]:
        """Every field with its text, as often as it came; files are none."""
        sent = self._fields.multi_items()
        return [(name, _clean(value)) for name, value in sent if isinstance(value, str)]

    def numbers(self, name: str) -> list[int]:
        """The rows' numbers among the values of a field that may come more than once."""
        found = (whole_number(value, LARGEST_ID) for value in self.all(name))
        return [number for number in found if number is not None]

    def day(self, name: str) -> date | None:
        """A date as `<input type=date>` sends it, of a year that clocks can count with."""
        return day_of(self.text(name))

    def clock_time(self, name: str) -> time | None:
        """A time of day as `<input type=time>` sends it."""
        try:
            return time.fromisoformat(self.text(name))
        except ValueError:
            return None

    def moment(self, day: str, hour: str) -> datetime | None:
        """A Danish date and time of day from two fields; None unless both are there."""
        date_part, time_part = self.day(day), self.clock_time(hour)
        if date_part is None or time_part is None:
            return None
        return datetime.combine(date_part, time_part, clock.LOCAL)

    def typed(self) -> dict[str, str]:
        """Everything as typed, to show the form again."""
        return {name: self.text(name) for name in self._fields if not name.startswith("_")}


def _clean(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    return "".join(c for c in lines if c in KEPT or c.isprintable()).strip()


def json_fields(body: bytes) -> FormData:
    """What our own scripts send as JSON, as fields: `{"keys": {"auth": "x"}}` is `keys.auth`.

    Only objects of texts, numbers and yes or no are fields; all else, also broken JSON, is none.
    """
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return FormData()
    return FormData(_flat(sent, "")) if isinstance(sent, dict) else FormData()


def _flat(sent: Mapping[str, object], before: str) -> list[tuple[str, str | UploadFile]]:
    fields: list[tuple[str, str | UploadFile]] = []
    for given, value in sent.items():
        name = _writable(given)
        match value:
            case dict() if not before:
                fields += _flat(value, f"{name}.")
            case bool():
                fields += [(before + name, "yes")] if value else []
            case str() | int():
                fields.append((before + name, _writable(str(value))))
    return fields


def _writable(text: str) -> str:
    """JSON can name half a character, which nothing can write down."""
    return text.encode(errors="replace").decode()


def digest_of(fields: FormData, contents: Sequence[bytes]) -> str:
    """SHA-256 (hex) over every field and file, to tell a form sent twice from another one."""
    total = hashlib.sha256()
    texts = ((k, v) for k, v in fields.multi_items() if isinstance(v, str) and k != "submission")
    for name, value in sorted(texts):
        for part in (name, value):
            data = part.encode()
            total.update(len(data).to_bytes(8) + data)
    for content in contents:
        total.update(len(content).to_bytes(8) + content)
    return total.hexdigest()
