"""What it takes to be added to a household, and what must be told before somebody leaves it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from estate.language import N_, Message, Named, say
from estate.notifications.rules import NotificationKind
from estate.permissions import Permission

HOUSEHOLDS = NotificationKind(
    "household", N_("Changes in my household"), receivers=Permission.MANAGE_HOUSEHOLD
)

LEAVING = NotificationKind(
    "leaving", N_("When somebody leaves my household, or I leave it"), fixed=True
)

LEFT = NotificationKind(
    "member_left", N_("When an adult leaves a household"), receivers=Permission.CONFIRM_MEMBERS
)
"""The office hears it too: nobody's place on a roll may change unseen."""

MEMBER = "member"
"""What `erasures.log` calls a membership that ended in Opgang: `[number, last day, the person's
key]`; older lines have no key."""


REQUEST = "member_request"
"""What it calls a request that was declined or taken back: `[number, the person's key]`."""


def member_problems(
    given_name: str, family_name: str, email_problem: Message | None, *, adult: bool
) -> dict[str, Message]:
    """What is missing before an adult can be added to a household: field → what to do."""
    problems: dict[str, Message] = {}
    if not given_name:
        problems["given_name"] = say(N_("Write the first name."))
    if not family_name:
        problems["family_name"] = say(N_("Write the last name."))
    for field, text in (("given_name", given_name), ("family_name", family_name)):
        if len(text) > 80:
            problems[field] = say(N_("Write a shorter name."))
    if email_problem is not None:
        problems["email"] = email_problem
    if not adult:
        problems["adult"] = say(N_("Only somebody who is 18 or older can have an account."))
    return problems


class Ending(NamedTuple):
    """Somebody ends a membership: their own (`themself`) or another's.

    `tenant` holds the contract; `added` was added in Opgang, as was, with `by_added`, whoever
    ends it. Nobody there holds the contract, as far as is known, without `held`. `ends_on` is the
    last day the membership has already.
    """

    themself: bool
    tenant: bool = False
    added: bool = False
    by_added: bool = False
    held: bool = True
    ends_on: date | None = None


def why_not(ending: Ending, today: date) -> Message | None:
    """Why a membership cannot be ended in Opgang; None when it can.

    People leave by themselves, but a contract ends by notice. Others are let go only where they
    were added here, and only by somebody the register knows.
    """
    if ending.tenant and ending.themself:
        return say(N_("You hold the contract. To move out, give notice to the office."))
    if ending.themself and not ending.added and not ending.held:
        return say(N_("We do not know who of you holds the contract. Ask the office."))
    if not ending.themself and not ending.added:
        return say(N_("The name comes from the administration. Ask the office to change it."))
    if not ending.themself and ending.by_added:
        return say(N_("Only the tenant, or the person themselves, can end this."))
    if ending.ends_on is not None and ending.ends_on <= today:
        return say(N_("{day} is the last day already."), day=ending.ends_on)
    return None


def last_day(starts_on: date, today: date) -> date:
    """The last day of a membership that is ended today: today, so that nobody is shut out at once.

    Whoever leaves has the rest of the day to fetch what is theirs, and to object.
    """
    return max(starts_on, today)


@dataclass(frozen=True, slots=True)
class VotePeriod:
    """A vote as a leaving sees it: the day its roll is made up, and the day it closes."""

    title: str
    roll_on: date
    closes_on: date


def leaving_told(name: Named, last: date, votes: Iterable[VotePeriod]) -> list[Message]:
    """What must be said of votes to whoever leaves, to the household and to the office.

    Of each vote that goes on after the last day: a roll made up by then keeps its people, one that
    is made up later is without them. None, where no vote is touched.
    """
    touched = sorted(
        (vote for vote in votes if vote.closes_on > last), key=lambda vote: vote.roll_on
    )
    return [_told_of(vote, name, last) for vote in touched]


def _told_of(vote: VotePeriod, name: Named, last: date) -> Message:
    if vote.roll_on <= last:
        return say(
            N_("{name} can still vote on “{title}” until {day}: the roll was made up before."),
            name=name,
            title=vote.title,
            day=vote.closes_on,
        )
    return say(
        N_("{name} cannot vote on “{title}”: its roll is made up on {day}."),
        name=name,
        title=vote.title,
        day=vote.roll_on,
    )
