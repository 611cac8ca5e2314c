"""What stands in a route's address in the walk of all routes: for each part of it an example.

A new route needs nothing here unless its path has a part that is not known yet.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engagement.board.rules import topics
from estate.permissions import Permission, Reader, scope
from tests.house.cast import Cast

PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")

Reach = Callable[[Cast, Reader | None, Permission], bool]


def by_all(cast: Cast, reader: Reader | None, allow: Permission) -> bool:
    """Whoever has the permission."""
    return True


def by_nobody(cast: Cast, reader: Reader | None, allow: Permission) -> bool:
    """What the cast does not have."""
    return False


def by_amina(cast: Cast, reader: Reader | None, allow: Permission) -> bool:
    """Nobody but the person whose it is."""
    return reader is not None and reader.id == cast.estate.people["amina"]


def by_office(cast: Cast, reader: Reader | None, allow: Permission) -> bool:
    """Nobody but the office person who asked for it."""
    return reader is not None and reader.id == cast.estate.people["office"]


def by_household(cast: Cast, reader: Reader | None, allow: Permission) -> bool:
    """The adults of amina's household."""
    return reader is not None and cast.estate.households["amina"] in scope(reader, allow).households


def by_section(cast: Cast, reader: Reader | None, allow: Permission) -> bool:
    """Everybody whose permission reaches North's section."""
    return reader is not None and cast.estate.section in scope(reader, allow).sections


def by_readers(thing: str) -> Reach:
    """Those whose permission reaches the audience of a post."""

    def reads(cast: Cast, reader: Reader | None, allow: Permission) -> bool:
        topic = {
            "event": f"stairwell:{cast.estate.stairwell}",
            "notice": f"section:{cast.estate.section}",
        }[thing]
        return reader is not None and topic in topics(scope(reader, allow))

    return reads


def by_the_two(cast: Cast, reader: Reader | None, allow: Permission) -> bool:
    """The two between whom a private answer is."""
    two = {cast.estate.people["amina"], cast.estate.people["yasmin"]}
    return reader is not None and reader.id in two


def by_the_helped(cast: Cast, reader: Reader | None, allow: Permission) -> bool:
    """Amina and her helper."""
    two = {cast.estate.people["amina"], cast.things["helper"]}
    return reader is not None and reader.id in two


def by_recipients(cast: Cast, reader: Reader | None, allow: Permission) -> bool:
    """Whoever lives where the letter went: in North's section."""
    homes = {cast.estate.households[name] for name in ("amina", "yasmin", "jonas", "bent")}
    return reader is not None and bool(homes & scope(reader, allow).households)


def by_others(cast: Cast, reader: Reader | None, allow: Permission) -> bool:
    """Whoever reads yasmin's event, save yasmin."""
    own = reader is not None and reader.id == cast.estate.people["yasmin"]
    return not own and by_readers("event")(cast, reader, allow)


@dataclass(frozen=True)
class Example:
    """A thing of the cast by its name (or the very value), and who of those who may reaches it.

    `absent` is what nothing of its kind is called.
    """

    thing: str
    reached: Reach = by_all
    absent: object = 999_999_999

    def value(self, cast: Cast) -> object:
        """What stands in the address."""
        return cast.things.get(self.thing, self.thing)


OWN_POST = (
    *("post_edit_form", "post_edit", "post_withdraw", "post_renew", "post_settle", "post_reopen"),
    "wording_erase",
)

DRAFTED = (
    *("desk_letter_edit", "desk_letter_change", "desk_letter_discard", "desk_letter_give"),
    "desk_letter_file_drop",
)

EXAMPLES: Mapping[str, Example] = {
    **{f"{handler}.post": Example("own", by_amina) for handler in OWN_POST},
    "card_open.code": Example("CARDOFNOBODY", by_nobody),
    **{f"{handler}.letter": Example("draft", by_section) for handler in DRAFTED},
    "read_cases.case": Example("case", by_household),
    "report_cases.case": Example("case", by_household),
    "read_cases.entry": Example("entry", by_household),
    "case": Example("case", by_section),
    "absence": Example("absence", by_section),
    "entry": Example("entry", by_section),
    "task": Example("task", by_section),
    "guide": Example("guide", by_section),
    "do_tasks.entry": Example("task_entry", by_section),
    "comment": Example("comment", by_amina),
    "copy": Example("copy", by_section),
    "demand": Example("demand", by_section),
    "letter": Example("letter", by_section),
    "letter_print_file.file": Example("print_file", by_section),
    "read_letters.letter": Example("letter", by_recipients),
    "fitting": Example("fitting", by_section),
    "item": Example("plan_item", by_section),
    "keep_plan.section": Example("planned_section", by_section),
    "home": Example("home", by_section),
    "keep_fittings.code": Example("part", by_section, absent="no-such-label"),
    "manage_household.fitting": Example("fitting", by_household),
    "give_roles.holding": Example("substitute", by_section),
    "keep_local_notes.place": Example("note_place", by_section, absent="section-999999"),
    "hint": Example("push", absent="king"),
    "notation": Example("json", absent="yaml"),
    "request": Example("99999", by_nobody),
    "service": Example("elevator", absent="nothing"),
    "token": Example("99999", by_nobody),
    "n": Example("1"),
    "notice": Example("announced", by_section),
    "part_view.code": Example("part", absent="no-such-label"),
    "pause": Example("pause", by_section),
    "pin_posts.post": Example("notice", by_section),
    "post": Example("event", by_readers("event")),
    "report": Example("report", by_section),
    "ruling": Example("ruling", by_amina),
    "ruling_answer.post": Example("judged", by_amina),
    "ruling_answer_send.post": Example("judged", by_amina),
    "thread": Example("thread", by_the_two),
    "thread_begin.post": Example("event", by_others),
    "thread_new.post": Example("event", by_others),
    "firm": Example("link_of_firm", absent="no-such-link"),
    "version": Example("1"),
    "paper": Example("minutes", by_section),
    "paper_print.paper": Example("written", by_section),
    "number": Example("import", by_office),
    "code": Example("link", absent="nosuchcode"),
    "contact": Example("contact", by_section),
    "device": Example("device", by_amina),
    "helper": Example("help", by_the_helped),
    "household": Example("household", by_section),
    "job": Example("job", by_office),
    "manage_household.household": Example("household", by_household),
    "manage_household.member": Example("added", by_household),
    "member": Example("waiting", by_section),
    "passkey": Example("passkey", by_amina),
    "person": Example("amina", by_section),
    "role": Example("resident", absent="king"),
    "session": Example("session", by_amina),
    "tag": Example("da", absent="tlh"),
}
"""By `handler.part`, else by `permission.part`, else by the part alone."""

ASKS_FOR_TRUST = frozenset(
    {
        "card_end",
        "card_vouch",
        "helper_name",
        "member_add",
        "member_leave",
        "member_withdraw",
        "my_data_file",
        "my_data_readable",
        "own_channel_choose",
        "email_change",
        "email_confirm",
        "identity_unlink",
        "passkey_add",
        "passkey_offer",
        "passkey_options",
        "passkey_remove",
        "passkey_rename",
        "phone_change",
        "phone_confirm",
        "phone_remove",
        "session_end",
        "sessions_end",
    }
)
"""Handlers that a session begun by somebody else does not open until it is confirmed."""

ONLY_WITH_A_PROVIDER = frozenset({"provider_back", "provider_finish", "provider_start"})
"""Handlers that are not there unless an identity provider is configured."""


def example_of(handler: str, allow: Permission, part: str) -> Example:
    """The example for one part of a route's address; fails the test with what to do about it."""
    for name in (f"{handler}.{part}", f"{allow}.{part}", part):
        if name in EXAMPLES:
            return EXAMPLES[name]
    raise AssertionError(
        f"The address of {handler} has a part {{{part}}} that the walk of all routes does not "
        f"know. Add an Example for it to EXAMPLES in tests/house/examples.py."
    )
