"""What a line of the administration's file does to a membership, and what it never takes back.

Whoever left by themself stays left while the file only says again what it said before: a line
brings them back by a first day after their last one, and by nothing else.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from estate.register.rules import MemberFacts


class StoredMember(NamedTuple):
    """`number` is None for somebody the administration does not know yet.

    `imported` ones are as the register says, the others as the household itself says in Opgang.
    """

    id: int
    person: int
    number: str | None
    name: str
    imported: bool
    confirmed: bool
    tenant: bool
    adult: bool
    starts_on: date
    ends_on: date | None

    @property
    def left_on(self) -> date | None:
        """The last day of whoever left by themself: only the household ends what is its own."""
        return None if self.imported else self.ends_on


def is_open(ends_on: date | None, today: date) -> bool:
    """Whether something still goes on after today."""
    return ends_on is None or ends_on > today


def full_name(given: str, family: str) -> str:
    """A name as it is compared: one space between its parts, no difference of case."""
    return " ".join(f"{given} {family}".split()).casefold()


def lives(member: StoredMember, today: date) -> bool:
    """Whether the register says that somebody lives there after today."""
    known = member.imported and member.number is not None
    return known and is_open(member.ends_on, today)


def numbered(members: Sequence[StoredMember], number: str) -> StoredMember | None:
    """The newest membership of the person of this number."""
    mine = [member for member in members if member.number == number]
    return max(mine, key=lambda member: member.starts_on) if mine else None


def named(members: Sequence[StoredMember], name: str) -> StoredMember | None:
    """The one whom a tenant added by this name; of those who left, who did so last."""
    mine = [
        member
        for member in members
        if not member.imported and member.number is None and member.name == name
    ]
    there = [member for member in mine if member.left_on is None]
    if there or not mine:
        return there[0] if len(there) == 1 else None
    return max(mine, key=lambda member: (member.left_on or date.min, member.id))


def comes_again(left_on: date, begins: date) -> bool:
    """Whether a line's first day says that somebody who left on a day moved in again since."""
    return begins > left_on


def still_named(facts: MemberFacts, tenancy_ends: date | None, today: date) -> bool:
    """Whether a line still has somebody living there, with no last day for them."""
    return facts.ends_on is None and is_open(tenancy_ends, today)


def left_before(members: Sequence[StoredMember], found: StoredMember) -> date | None:
    """The day on which somebody who lives here again had left by themself."""
    days = [
        member.left_on
        for member in members
        if member.person == found.person and member.id != found.id and member.left_on is not None
    ]
    return max(days, default=None)


def member_changes(
    found: StoredMember, facts: MemberFacts, began: date, begins: date, left: date | None
) -> dict[str, Any]:
    """What a line changes of a membership that nobody ended themself: columns by name.

    The tenancy `began` as it is stored and `begins` as the file says. No first day is moved to
    before or on the day somebody had `left` earlier: those months are not to be lived here again.
    """
    changed: dict[str, Any] = {}
    if found.tenant != facts.tenant:
        changed["tenant"] = facts.tenant
    if found.adult != facts.adult:
        changed["adult"] = facts.adult
    starts = facts.starts_on or (begins if found.starts_on == began else found.starts_on)
    if found.starts_on != starts and (left is None or comes_again(left, starts)):
        changed["starts_on"] = starts
    if found.ends_on != facts.ends_on:
        changed["ends_on"] = facts.ends_on
    if not found.imported:
        changed["origin"] = True
    if not found.confirmed:
        changed["confirmed_at"] = True
    return changed
