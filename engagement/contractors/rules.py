"""What a firm is sent, what it may be told of a household, and how long its link opens."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from estate.language import N_, Message, say

NAME_LENGTH, NOTE_LENGTH, ANSWER_LENGTH = 80, 1000, 2000
TRY = "link"
"""The kind of tries that is counted for what a firm sends."""


class Share(StrEnum):
    """What only the staff see, and a firm only where they tick it."""

    NAME = "name"
    PHONE = "phone"
    TIMES = "times"
    LET_IN = "let_in"
    PETS = "pets"


SHARES: Mapping[Share, str] = {
    Share.NAME: N_("The name of who reported it"),
    Share.PHONE: N_("Their phone number"),
    Share.TIMES: N_("When it suits them"),
    Share.LET_IN: N_("Whether one may let oneself in"),
    Share.PETS: N_("Pets"),
}


class LinkState(StrEnum):
    """Whether a link opens."""

    OPEN = "open"
    EXPIRED = "expired"
    REVOKED = "revoked"
    OVER = "over"  # the case is


@dataclass(frozen=True, slots=True)
class Sending:
    """To which firm a case is sent, what it is told beside the case, and what it may see."""

    firm: str
    email: str = ""
    phone: str = ""
    note: str = ""
    shares: frozenset[Share] = frozenset()


def problems(sending: Sending, email_problem: Message | None) -> dict[str, Message]:
    """What keeps a case from being sent: field → what to do. The address is looked at outside."""
    found: dict[str, Message] = {}
    if not sending.firm:
        found["firm"] = say(N_("Write the firm’s name."))
    for name, most in (("firm", NAME_LENGTH), ("phone", NAME_LENGTH), ("note", NOTE_LENGTH)):
        if len(getattr(sending, name)) > most:
            found[name] = say(N_("At most {count} letters, please."), count=most)
    if sending.email and email_problem is not None:
        found["email"] = email_problem
    return found


def kept(shares: Iterable[Share]) -> str:
    """Ticks as they are kept."""
    return " ".join(sorted(share.value for share in shares))


def read(shared: str) -> frozenset[Share]:
    """The ticks that were kept; what is none is left aside."""
    return frozenset(Share(one) for one in shared.split() if one in set(Share))
