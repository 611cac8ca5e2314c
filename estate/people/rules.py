"""How people are shown, and how long what follows from a tenancy lasts."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Collection
from datetime import date
from enum import StrEnum

from estate.language import N_, Message, say
from estate.search.rules import words

ALIAS_LENGTH = 30
ALIAS = re.compile(r"[^\W\d_][\w .,'’&-]*")
WEB_ADDRESS = re.compile(r"\.[^\W\d_]{2}")
OFFICIAL = (
    *("opgang", "admin", "bestyrelse", "formand", "forkvinde", "kasserer", "dirigent", "udvalg"),
    *("kontor", "vicevært", "varmemester", "ejendom", "forretningsfører", "boligforening"),
    *("boligselskab", "boligorganisation", "afdeling", "driftsleder", "inspektør", "kommune"),
    *("politi", "redaktion", "revisor", "office", "board", "caretaker", "chair", "police"),
    *("moderat", "support", "system"),
)
"""What no alias may hold: it would speak for somebody with a task here."""


class LetterChannel(StrEnum):
    """How a household wishes to get its letters."""

    DIGITAL = "digital"
    SMS = "sms"
    PAPER = "paper"


def holds_on(day: date, starts_on: date, ends_on: date | None) -> bool:
    """Whether a dated thing holds on a day; its last day counts."""
    return starts_on <= day and (ends_on is None or day <= ends_on)


SHOWN_AS = "alias"
"""What `erasures.log` calls another way of being shown: in an older backup the earlier one is."""

ANYBODY = "Beboer"
"""How somebody is shown who is to have no name of their own: Danish for resident."""


def shown_name(given_name: str, alias: str | None, *, protected: bool) -> str:
    """First name, or the alias; a protected person is never shown by a name of their own."""
    if alias:
        return alias
    return ANYBODY if protected else given_name.split(" ")[0]


def name_in_role(given_name: str, alias: str | None, *, protected: bool) -> str:
    """How somebody is shown in a task: by first name whatever their alias, unless protected."""
    return shown_name(given_name, alias if protected else None, protected=protected)


def folded(name: str) -> str:
    """A name as it is heard: `Lise-Lotte`, `lise lotte` and `LISELOTTE` are one."""
    return "".join(words(name))


def alias_problem(alias: str, taken: Collection[str]) -> Message | None:
    """Why somebody cannot be shown by this alias, or None. `taken` are the `folded` names here."""
    if len(alias) < 2:
        return say(N_("Write at least two letters."))
    if len(alias) > ALIAS_LENGTH:
        return say(N_("Write at most {count} letters."), count=ALIAS_LENGTH)
    if not ALIAS.fullmatch(alias):
        return say(N_("Begin with a letter, and use only letters, numbers and spaces."))
    if WEB_ADDRESS.search(alias):
        return say(N_("That looks like a web address. Write a space after the dot."))
    if len({unicodedata.name(letter).split()[0] for letter in alias if letter.isalpha()}) > 1:
        return say(N_("Use the letters of one alphabet."))
    heard = folded(alias)
    if any(folded(word) in heard for word in OFFICIAL):
        return say(N_("That sounds like the board or the office. Choose another."))
    if heard in taken:
        return say(N_("Somebody here is called that. Choose another."))
    return None


def full_name(given_name: str, family_name: str, alias: str | None, *, protected: bool) -> str:
    """The name on a letter or at the counter; a protected person's is the alias there too."""
    if protected:
        return shown_name(given_name, alias, protected=True)
    return f"{given_name} {family_name}".strip()


def initials(name: str) -> str:
    """One or two letters of the name somebody is shown by, for the round mark beside it."""
    return "".join(word[0] for word in name.split() if word[0].isalnum())[:2].upper()


def short_address(street: str, house_number: str, floor: str, side: str) -> str:
    """Write an address as neighbours do: `Lærkevej 8, 2. tv.` (floor and side may be empty)."""
    storey = f"{floor}." if floor else ""
    door = f"{side}." if side.isalpha() else side
    inside = " ".join(part for part in (storey, door) if part)
    return f"{street} {house_number}" + (f", {inside}" if inside else "")


def plain_email(text: str) -> str:
    """An address as it is kept and compared."""
    return text.strip().lower()


def number_hash(key: bytes, person: int, number: str) -> str:
    """Keyed hash (HMAC-SHA256, hex) by which a number (E.164) somebody let go of is known again.

    Useless without the installation's key, and of another person the same number has another.
    """
    said = f"number let go\n{person}\n{number}"
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()


def email_problem(text: str) -> Message | None:
    """What is wrong with an address, as far as one can see without writing to it."""
    name, at, host = plain_email(text).rpartition("@")
    if not text.strip():
        return say(N_("Write your e-mail address."))
    odd = any(c.isspace() or not c.isprintable() or c in '<>(),;:"[]\\' for c in text.strip())
    if odd or not (at and name and "." in host.strip(".")) or len(text) > 254 or "@" in name:
        return say(N_("That does not look like an e-mail address. It needs an @ and a dot."))
    return None
