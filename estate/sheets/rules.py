"""From bytes to rows and from cells to values; whatever cannot be read is named, never guessed.

One physical line is one row: the files have no line breaks inside a field, so a quotation mark
that is never closed spoils its own line only.
"""

import csv
import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple, NoReturn, TypeVar

from estate.language import N_, Message, say

T = TypeVar("T")

DELIMITERS = ";,\t|"
LINE_ENDS = re.compile(r"\r\n|\n|\r")
LONGEST_TEXT = 200
UNREADABLE = "\ufffd"
FIRST_YEAR, OPEN_YEAR = 1900, 2200


class Column(NamedTuple):
    """One column: its key in the code, its Danish and English headings."""

    key: str
    danish: str
    english: str
    required: bool


class Trouble(NamedTuple):
    """Why a row was refused. `line` counts from 1, the heading included."""

    line: int
    reason: Message


@dataclass(frozen=True)
class Sheet:
    """A file that could be read: its rows as cells by column key, and the rows that could not."""

    encoding: str
    delimiter: str
    columns: frozenset[str]
    rows: Sequence[tuple[int, Mapping[str, str]]]
    refused: Sequence[Trouble]


class Unreadable(Exception):
    """No row of the file can be read; `message` says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.text)
        self.message = message


def parse_columns(lines: Iterable[str], sheet: str) -> list[Column]:
    """The columns of one kind of file from `columns.csv`."""
    return [
        Column(row["key"], row["danish"], row["english"], row["required"] == "yes")
        for row in csv.DictReader(lines, strict=True)
        if row["file"] == sheet
    ]


def decode(data: bytes) -> tuple[str, str]:
    """Text and encoding: by its byte order mark, else UTF-8 unless more lines speak for cp1252.

    A byte that means nothing becomes U+FFFD, and the row it stands in is refused later.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le")):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), encoding
    if data.startswith(b"\xfe\xff"):
        return data[2:].decode("utf-16-be", "replace"), "utf-16-be"
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError:
        encoding = "utf-8" if _mostly_utf8(data) else "cp1252"
        return data.decode(encoding, "replace"), encoding


def _mostly_utf8(data: bytes) -> bool:
    good = bad = 0
    for line in data.split(b"\n"):
        if line.isascii():
            continue
        try:
            line.decode()
        except UnicodeDecodeError:
            bad += 1
        else:
            good += 1
    return good > bad


def plain(heading: str) -> str:
    """A heading as it is compared: lower case, without spaces, dots, hyphens and underscores."""
    return re.sub(r"[\s._-]+", "", heading).casefold()


def read_sheet(data: bytes, columns: Sequence[Column]) -> Sheet:
    """The rows of a file whose first line is its heading.

    Raises Unreadable when no line is a heading with every required column.
    """
    text, encoding = decode(data)
    lines = LINE_ENDS.split(text)
    start, delimiter, keys = _find_heading(lines, columns)
    rows: list[tuple[int, Mapping[str, str]]] = []
    refused: list[Trouble] = []
    for number, line in enumerate(lines[start + 1 :], start + 2):
        if not line.strip(delimiter + " \t\"'"):
            continue
        cells = _split(line, delimiter)
        while cells is not None and len(cells) > len(keys) and not cells[-1].strip():
            cells.pop()
        if cells is None:
            reason = say(N_("A quotation mark is not closed."))
        elif len(cells) != len(keys):
            reason = say(
                N_("The row has {found} columns, the heading {wanted}."),
                found=len(cells),
                wanted=len(keys),
            )
        else:
            rows.append((number, {key: cell for key, cell in zip(keys, cells, strict=True) if key}))
            continue
        refused.append(Trouble(number, reason))
    return Sheet(encoding, delimiter, frozenset(filter(None, keys)), rows, refused)


FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell must not begin with, or a spreadsheet takes it for a formula (OWASP)."""


def guarded(cell: str) -> str:
    """A cell as we write it: an apostrophe before what a spreadsheet would calculate."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _meant(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell


def _split(line: str, delimiter: str) -> list[str] | None:
    if '"' not in line:
        cells = line.split(delimiter)
    else:
        try:
            cells = next(csv.reader([line], delimiter=delimiter, strict=True))
        except (csv.Error, StopIteration):
            return None
    return [_meant(cell) for cell in cells] if "'" in line else cells


def _find_heading(lines: Sequence[str], columns: Sequence[Column]) -> tuple[int, str, list[str]]:
    names = {plain(heading): column.key for column in columns for heading in column[:3]}
    best: list[str] = []
    for position, line in enumerate(lines[:5]):
        for delimiter in DELIMITERS:
            keys = [names.get(plain(cell), "") for cell in _split(line, delimiter) or ()]
            while keys and not keys[-1] and line.rstrip().endswith(delimiter):
                keys.pop()
            if all(column.key in keys for column in columns if column.required):
                _refuse_doubles(keys, columns)
                return position, delimiter, keys
            best = max(best, keys, key=lambda found: sum(map(bool, found)))
    missing = next(column for column in columns if column.required and column.key not in best)
    raise Unreadable(say(N_("The heading has no column “{name}”."), name=missing.danish))


def _refuse_doubles(keys: Sequence[str], columns: Sequence[Column]) -> None:
    for column in columns:
        if keys.count(column.key) > 1:
            raise Unreadable(
                say(N_("The heading has the column “{name}” twice."), name=column.danish)
            )


class Wrong(Exception):
    """A cell that cannot be read; `reason` is told beside the line number."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason.text)
        self.reason = reason


@dataclass
class Cells:
    """The cells of one row, read one by one; raises Wrong with the column's own name."""

    values: Mapping[str, str]
    names: Mapping[str, str] = field(repr=False)

    def has(self, key: str) -> bool:
        """Whether the cell says anything."""
        return bool(self.values.get(key, "").strip())

    def text(self, key: str, longest: int = LONGEST_TEXT) -> str:
        """A cell's text, runs of white space as one space."""
        value = self.values.get(key, "")
        if not value or (value.isalnum() and len(value) <= longest):
            return value
        value = " ".join(value.split())
        if UNREADABLE in value or not value.isprintable():
            self._refuse(key, N_("“{name}” has letters that cannot be read."))
        if len(value) > longest:
            self._refuse(key, N_("“{name}” is too long."))
        return value

    def needed(self, key: str) -> str:
        """A cell's text, which must be there."""
        value = self.text(key)
        if not value:
            self._refuse(key, N_("“{name}” is empty."))
        return value

    def day(self, key: str) -> date | None:
        """A date (`2026-11-22`, `22-11-2026`, `22.11.2026`, `22/11/2026`); None when empty."""
        return self._read(key, parse_day, N_("“{name}” is not a date: {value}"))

    def ore(self, key: str) -> int:
        """An amount of money in øre; 0 when empty."""
        return self._read(key, parse_ore, N_("“{name}” is not an amount of money: {value}")) or 0

    def whole(self, key: str, most: int) -> int:
        """A number rounded to a whole one; 0 when empty."""
        return (
            self._read(
                key,
                lambda text: parse_whole(text, most),
                N_("“{name}” is not a number we can use: {value}"),
            )
            or 0
        )

    def yes(self, key: str, *, empty: bool = False) -> bool:
        """A yes or no, in Danish or English."""
        said = self._read(key, parse_yes, N_("“{name}” is neither yes nor no: {value}"))
        return empty if said is None else said

    def email(self, key: str) -> str | None:
        """An e-mail address in lower case; None when empty."""
        return self._read(key, parse_email, N_("“{name}” is not an e-mail address: {value}"))

    def phone(self, key: str) -> str | None:
        """A phone number as it is written; None when empty."""
        return self._read(key, parse_phone, N_("“{name}” is not a phone number: {value}"))

    def _read(self, key: str, parse: Callable[[str], T], wrong: str) -> T | None:
        value = self.text(key)
        if not value:
            return None
        try:
            return parse(value)
        except (ValueError, ArithmeticError):
            raise Wrong(say(wrong, name=self.names[key], value=value[:40])) from None

    def _refuse(self, key: str, text: str) -> NoReturn:
        raise Wrong(say(text, name=self.names[key]))


ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]\d{2}:\d{2}.*)?", re.ASCII)
DANISH_DAY = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})(?: \d{2}[:.]\d{2}.*)?", re.ASCII)
EMAIL = re.compile(r"[^@\s,;:<>()\[\]\\\"]+@[^@\s,;:<>()\[\]\\\"]+\.[^@\s,;:<>()\[\]\\\".]+")
PHONE = re.compile(r"\+?[\d ()-]{5,24}", re.ASCII)
CPR = re.compile(r"(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])\d\d[- ]?\d{4}", re.ASCII)
MOST_ORE = 100_000_000

YES = frozenset({"ja", "j", "yes", "y", "1", "x", "true", "sand"})
NO = frozenset({"nej", "n", "no", "0", "false", "falsk", "-"})


@functools.lru_cache(maxsize=4096)
def parse_day(text: str) -> date | None:
    """A date written the ISO or the Danish way; a year from 2200 on means "no end" and is None."""
    if found := ISO_DAY.fullmatch(text):
        year, month, day = map(int, found.groups())
    elif found := DANISH_DAY.fullmatch(text):
        day, month, year = map(int, found.groups())
    else:
        raise ValueError(text)
    if year < FIRST_YEAR:
        raise ValueError(text)
    return date(year, month, day) if year < OPEN_YEAR else None


@functools.lru_cache(maxsize=4096)
def parse_ore(text: str) -> int:
    """Kroner with comma or point, as øre: `7.250,50`, `7,250.50`, `7250,5`, `7 250 kr.` are read.

    A single separator with three digits after it parts thousands.
    """
    figure = re.sub(r"(?i)kr\.?|dkk|\s|,-$", "", text)
    parts = re.split(r"[.,]", figure)
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts) > 5:
        raise ValueError(text)
    separators = re.findall(r"[.,]", figure)
    thousands = separators and len(parts[-1]) == 3 and len(set(separators)) == 1
    if separators and not thousands and len(parts[-1]) > 2:
        raise ValueError(text)
    whole, cents = (parts, "") if thousands or not separators else (parts[:-1], parts[-1])
    if len(set(separators[: len(whole) - 1])) > 1 or any(len(part) != 3 for part in whole[1:]):
        raise ValueError(text)
    ore = int("".join(whole)) * 100 + int(cents.ljust(2, "0"))
    if ore > MOST_ORE:
        raise ValueError(text)
    return ore


@functools.lru_cache(maxsize=4096)
def parse_whole(text: str, most: int) -> int:
    """A number with comma or point before its decimals, rounded half up; at most `most`."""
    figure = text.replace(",", ".")
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", figure, re.ASCII):
        raise ValueError(text)
    number = int(Decimal(figure).to_integral_value(ROUND_HALF_UP))
    if number > most:
        raise ValueError(text)
    return number


def parse_yes(text: str) -> bool:
    """Whether it says yes: `ja`, `nej`, `yes`, `no`, `1`, `0`, `x`, `true`, `sand` are known."""
    said = text.casefold()
    if said not in YES | NO:
        raise ValueError(text)
    return said in YES


def parse_email(text: str) -> str:
    """An address with one @ and a domain, in lower case."""
    if not EMAIL.fullmatch(text):
        raise ValueError(text)
    return text.lower()


def parse_phone(text: str) -> str:
    """A phone number as it is written, at least five digits."""
    if not PHONE.fullmatch(text) or sum(map(str.isdigit, text)) < 5:
        raise ValueError(text)
    return text


def looks_like_cpr(number: str) -> bool:
    """Whether a person number has the shape of a civil registration number, which stays out."""
    return CPR.fullmatch(number) is not None


def kroner(ore: int) -> str:
    """Øre as kroner the Danish way, to be read by `parse_ore` again: `7250,50`."""
    return f"{ore // 100},{ore % 100:02}"


def yes_or_no(said: bool) -> str:
    """A yes or no as `parse_yes` reads it."""
    return "ja" if said else "nej"


def day_or_nothing(day: date | None) -> str:
    """A day as `parse_day` reads it; empty for None."""
    return day.isoformat() if day else ""
