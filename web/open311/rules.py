"""What a program asks or reports by GeoReport v2: read, and what is wrong with it.

Sentences here are English alone: the standard has programs at both ends, and no languages.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

LONGEST_SPAN = timedelta(days=90)
MOST_REQUESTS = 1000
MOST_NUMBERS = 100
LONGEST_DESCRIPTION = 4000
LONGEST_FIELD = 200
LARGEST = 2**31 - 1
BAD, NO_KEY, ABSENT = 400, 403, 404


class Status(StrEnum):
    """The two states the standard knows."""

    OPEN = "open"
    CLOSED = "closed"


class Datatype(StrEnum):
    """How a further question is answered, as the standard calls it."""

    STRING = "string"
    NUMBER = "number"
    DATETIME = "datetime"
    TEXT = "text"
    ONE = "singlevaluelist"
    SEVERAL = "multivaluelist"


class Wrong(NamedTuple):
    """One thing that is wrong, as the standard's error list has it."""

    code: int
    description: str

    @property
    def status(self) -> int:
        """The HTTP status: a code may be finer, and begins with it."""
        return int(str(self.code)[:3])


class Refusal(Exception):
    """What is wrong with a call, all of it."""

    def __init__(self, *wrong: Wrong) -> None:
        super().__init__(*wrong)
        self.wrong = wrong


BAD_KEY = Wrong(NO_KEY, "Invalid api_key received -- can't proceed with create_request.")
NO_KEY_SENT = Wrong(NO_KEY, "Missing api_key -- can't proceed with create_request.")
NO_REQUEST = Wrong(ABSENT, "service_request_id was not found.")
NO_TOKEN = Wrong(ABSENT, "token was not found.")
NO_SERVICE = Wrong(ABSENT, "service_code was not found.")
NO_PLACE = Wrong(BAD, "The place was not found: send an address_id or address_string from here.")
NOT_THERE = Wrong(BAD, "This service is not offered at that place: see its group.")
NO_MAP = Wrong(BAD, "There is no map here: lat and long alone name no place of the estate.")


@dataclass(frozen=True)
class Asked:
    """Which requests a call of the list wants; `numbers` overrides all the rest."""

    numbers: tuple[int, ...] = ()
    services: tuple[str, ...] = ()
    statuses: frozenset[Status] = frozenset(Status)
    start: datetime | None = None
    end: datetime | None = None
    page: int = 1
    page_size: int = MOST_REQUESTS
    by_number: bool = False

    @property
    def skip(self) -> int:
        """How many come before this page."""
        return (self.page - 1) * self.page_size


class Value(NamedTuple):
    """One answer to choose."""

    key: str
    name: str


@dataclass(frozen=True)
class Attribute:
    """A further question of a service."""

    code: str
    description: str
    datatype: Datatype
    required: bool
    values: Sequence[Value] = ()


@dataclass(frozen=True)
class Report:
    """A report as it was sent; nothing in it is checked yet.

    `attributes` has every value of a further question by the question's code.
    """

    service: str = ""
    description: str = ""
    address_id: str = ""
    address: str = ""
    lat: str = ""
    long: str = ""
    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    media_url: str = ""
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def contact(self) -> str:
        """Who reported it and how they are reached, in one line."""
        name = " ".join(part for part in (self.first_name, self.last_name) if part)
        return ", ".join(part for part in (name, self.phone, self.email) if part)


def asked_for(sent: Mapping[str, str], now: datetime) -> Asked:
    """What a call of the list of requests wants; raises Refusal with everything that is wrong.

    What is empty counts as left out, what is not known is not looked at. Without dates it is the
    last 90 days; with one, the 90 days that begin or end there.
    """
    wrong: list[Wrong] = []
    page = _count(sent, "page", 1, LARGEST // MOST_REQUESTS, wrong)
    page_size = _count(sent, "page_size", MOST_REQUESTS, MOST_REQUESTS, wrong)
    listed = _listed(sent.get("service_request_id", ""))
    if listed:
        numbers = tuple(number for number in map(number_of, listed) if number is not None)
        if len(listed) > MOST_NUMBERS:
            wrong.append(Wrong(BAD, f"service_request_id may list {MOST_NUMBERS} at most."))
        _raise_if(wrong)
        return Asked(numbers=numbers, page=page, page_size=page_size, by_number=True)
    statuses = _statuses(sent.get("status", ""), wrong)
    start, end = _span(sent, now, wrong)
    _raise_if(wrong)
    services = _listed(sent.get("service_code", ""))
    return Asked((), services, statuses, start, end, page, page_size)


def _raise_if(wrong: Sequence[Wrong]) -> None:
    if wrong:
        raise Refusal(*wrong)


def _listed(text: str) -> tuple[str, ...]:
    parts = (part.strip() for part in text.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def number_of(text: str) -> int | None:
    """The number of a request as it was sent; None for what no request can be called."""
    plain = text.isascii() and text.isdigit() and len(text) < 11
    return int(text) if plain and int(text) <= LARGEST else None


def _count(sent: Mapping[str, str], name: str, default: int, most: int, wrong: list[Wrong]) -> int:
    text = sent.get(name, "").strip()
    if not text:
        return default
    found = number_of(text)
    if not found:
        wrong.append(Wrong(BAD, f"{name} is a whole number from 1."))
        return default
    return min(found, most)


def _statuses(text: str, wrong: list[Wrong]) -> frozenset[Status]:
    listed = _listed(text.lower())
    known = frozenset(status for status in Status if status.value in listed)
    if set(listed) - set(Status):
        wrong.append(Wrong(BAD, "status is open, closed, or both with a comma between."))
    return known or frozenset(Status)


def _span(
    sent: Mapping[str, str], now: datetime, wrong: list[Wrong]
) -> tuple[datetime | None, datetime | None]:
    start, end = (_moment(sent, name, wrong) for name in ("start_date", "end_date"))
    if wrong:
        return None, None
    try:
        if start is None:
            end = end or now
            start = end - LONGEST_SPAN
        end = end or start + LONGEST_SPAN
    except OverflowError:
        wrong.append(Wrong(BAD, "start_date and end_date must lie within the calendar."))
        return None, None
    if end < start:
        wrong.append(Wrong(BAD, "start_date must be before end_date."))
    elif end - start > LONGEST_SPAN:
        wrong.append(Wrong(BAD, f"The span may be {LONGEST_SPAN.days} days at most."))
    return start, end


def _moment(sent: Mapping[str, str], name: str, wrong: list[Wrong]) -> datetime | None:
    # An unescaped + of an offset arrives as a space.
    text = sent.get(name, "").strip().replace(" ", "+")
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or found.year not in range(1900, 2200):
        wrong.append(Wrong(BAD, f"{name} is a date and time as 2026-01-31T12:00:00Z."))
        return None
    return found


def report_of(fields: Iterable[tuple[str, str]]) -> Report:
    """A report from its form, field by field; of a field that comes twice, the first counts.

    `attribute[code]` and `attribute[code][]` are the further questions; what is not known is not
    looked at.
    """
    first: dict[str, str] = {}
    attributes: dict[str, tuple[str, ...]] = {}
    for name, value in fields:
        code = _attribute(name)
        if code is None:
            first.setdefault(name, value.strip())
        elif value.strip():
            attributes[code] = (*attributes.get(code, ()), value.strip())
    return Report(
        service=first.get("service_code", ""),
        description=first.get("description", ""),
        address_id=first.get("address_id", ""),
        address=first.get("address_string", ""),
        lat=first.get("lat", ""),
        long=first.get("long", ""),
        email=first.get("email", ""),
        phone=first.get("phone", ""),
        first_name=first.get("first_name", ""),
        last_name=first.get("last_name", ""),
        media_url=first.get("media_url", ""),
        attributes=attributes,
    )


def _attribute(name: str) -> str | None:
    if not name.startswith("attribute["):
        return None
    code = name.removeprefix("attribute[").removesuffix("[]").removesuffix("]")
    return code if code and "[" not in code and "]" not in code else None


def problems(report: Report, attributes: Sequence[Attribute]) -> list[Wrong]:
    """What is wrong with a report of a service with these questions, in the order of the fields."""
    wrong = _place_problems(report)
    if len(report.description) > LONGEST_DESCRIPTION:
        text = f"description may have {LONGEST_DESCRIPTION} characters at most."
        wrong.append(Wrong(BAD, text))
    for name in ("email", "phone", "first_name", "last_name"):
        if len(getattr(report, name)) > LONGEST_FIELD:
            wrong.append(Wrong(BAD, f"{name} may have {LONGEST_FIELD} characters at most."))
    if report.media_url and not _address(report.media_url):
        wrong.append(Wrong(BAD, "media_url must begin with https:// or http://."))
    for attribute in attributes:
        given = report.attributes.get(attribute.code, ())
        wrong += [Wrong(BAD, text) for text in _answer_problems(attribute, given)]
    return wrong


def _address(text: str) -> bool:
    return text.startswith(("https://", "http://")) and len(text) <= 2000 and " " not in text


def _place_problems(report: Report) -> list[Wrong]:
    if report.address_id or report.address:
        return []
    if report.lat and report.long:
        return [NO_MAP]
    return [Wrong(BAD, "Missing a place: send address_id or address_string.")]


def _answer_problems(attribute: Attribute, given: Sequence[str]) -> list[str]:
    name = f"attribute[{attribute.code}]"
    if not given:
        return [f"{name} is required."] if attribute.required else []
    if len(given) > 1 and attribute.datatype is not Datatype.SEVERAL:
        return [f"{name} takes one value."]
    match attribute.datatype:
        case Datatype.ONE | Datatype.SEVERAL:
            known = {value.key for value in attribute.values}
            bad = any(one not in known for one in given)
            return [f"{name} must be one of {', '.join(sorted(known))}."] if bad else []
        case Datatype.NUMBER:
            return [] if _is_number(given[0]) else [f"{name} is a number."]
        case Datatype.DATETIME:
            return [] if _is_moment(given[0]) else [f"{name} is a date and time."]
        case _:
            long = len(given[0]) > LONGEST_DESCRIPTION
            return [f"{name} may have {LONGEST_DESCRIPTION} characters at most."] if long else []


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-").replace(",", ".", 1)
    whole, _, part = digits.partition(".")
    return digits.isascii() and len(digits) < 20 and (whole + part).isdigit()


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
