"""What it takes to be added to a household."""

from estate.language import N_, Message, say
from estate.notifications.rules import NotificationKind
from estate.permissions import Permission

HOUSEHOLDS = NotificationKind(
    "household", N_("Changes in my household"), receivers=Permission.MANAGE_HOUSEHOLD
)


MEMBER = "member"
"""What `erasures.log` calls a membership that ended in Opgang: `[number, last day]`."""


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


def may_end(member: int, actor: int, *, added: bool) -> bool:
    """Whether `actor` may end a membership that was added here.

    People may leave themselves; others are let go only by somebody the register knows.
    """
    return member == actor or not added
