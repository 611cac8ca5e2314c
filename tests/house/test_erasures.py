"""What somebody erases by hand stays erased when a backup comes back, or it is said why not."""

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from operator import attrgetter
from pathlib import Path

import sqlalchemy as sa

from estate.database import Base
from web.kinds import BY_HAND, KEPT

ROOT = Path(__file__).parent.parent.parent
STOREYS = ("estate", "engagement", "voting", "telemetry", "partnership", "web")

Deed = tuple[str, str]
"""Module and name of a function."""

CLOSES = {"email", "phone", "revoked_at", "withdrawn_at"}
"""Columns of which an earlier value must not come back either."""


@cache
def functions() -> dict[Deed, ast.FunctionDef]:
    """Every function of the product that stands by itself."""
    found = {}
    for storey in STOREYS:
        for file in sorted((ROOT / storey).rglob("*.py")):
            if "versions" in file.parts:
                continue
            module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            for node in ast.parse(file.read_text()).body:
                if isinstance(node, ast.FunctionDef):
                    found[module, node.name] = node
    return found


@cache
def nullable() -> frozenset[str]:
    """Columns that may hold what somebody said, or what is known of them, and may be empty."""
    return frozenset(
        column.name
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.nullable and isinstance(column.type, sa.String) and not column.foreign_keys
    )


def called(node: ast.AST) -> Iterator[ast.Call]:
    return (one for one in ast.walk(node) if isinstance(one, ast.Call))


def erases(function: ast.FunctionDef) -> bool:
    """Whether it deletes rows, or empties a column."""
    return any(_deletes(call) or _empties(call) for call in called(function))


def _deletes(call: ast.Call) -> bool:
    match call.func:
        case ast.Name("delete" | "erase_some"):
            return True
        case ast.Attribute(ast.Name("session"), "delete"):
            return True
    return False


def _empties(call: ast.Call) -> bool:
    if not (isinstance(call.func, ast.Attribute) and call.func.attr == "values"):
        return False
    return any(
        word.arg in CLOSES or (word.arg in nullable() and _nothing(word.value))
        for word in call.keywords
    )


def _nothing(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and not value.value


def logs(function: ast.FunctionDef) -> bool:
    """Whether it writes a line of `erasures.log`."""
    return any(
        isinstance(call.func, ast.Name) and call.func.id == "Erasure" for call in called(function)
    )


@cache
def users() -> dict[Deed, set[Deed]]:
    """Which functions of its module call a function, or hand it on."""
    found: dict[Deed, set[Deed]] = {deed: set() for deed in functions()}
    for (module, user), function in functions().items():
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and (module, node.id) in found and node.id != user:
                found[module, node.id].add((module, user))
    return found


def by_itself() -> frozenset[Deed]:
    """What a restore does again, or does by the time that is over; and what they are made of."""
    done = [kept.forget for kept in KEPT] + [kept.erase for kept in KEPT if kept.erase]
    done += [hand.erase for hand in BY_HAND]
    found = {(one.__module__, one.__name__) for one in done}
    found |= {deed for deed, function in functions().items() if logs(function)}
    while more := {
        deed for deed in functions() if deed not in found and _only_part_of(deed, found)
    }:
        found |= more
    return frozenset(found)


def _only_part_of(deed: Deed, whole: set[Deed]) -> bool:
    return deed[1].startswith("_") and bool(users()[deed]) and whole >= users()[deed]


SIGNED_OUT = "A restore signs every device out, with what is pushed to it, and ends every code."
MINUTES = "It counts for minutes only."
TOLD = "What is told has a time of its own, by which it goes after a restore as well."
OFFICES_OWN = "The office's own facts, drafts and words: nothing of anybody's."
WITH_ITS_ROW = "Goes with the row it belongs to, and a restore erases that again."
WISH = "A wish, which can be said again: it shows nothing of anybody."
FIRST = "They had none of their own before, so there is none to come back."
A_NIGHT = "Part of what a night erases by its time, as listed in `KEPT`."

LEFT_OUT: dict[Deed, str] = {
    ("engagement.absences.actions", "be_back"): OFFICES_OWN,
    ("engagement.bylines.actions", "_take_down"): "The register's next file hides the name again.",
    ("engagement.cases.actions", "unfollow"): WISH,
    ("engagement.guides.actions", "take_away"): OFFICES_OWN,
    ("engagement.notices.actions", "_keep_texts"): OFFICES_OWN,
    ("estate.access.actions", "end_all"): SIGNED_OUT,
    ("estate.access.actions", "end_session"): SIGNED_OUT,
    ("estate.access.actions", "end_sessions_begun"): SIGNED_OUT,
    ("estate.access.actions", "forget"): A_NIGHT,
    ("estate.access.actions", "revoke_other_sessions"): SIGNED_OUT,
    ("estate.access.actions", "revoke_session"): SIGNED_OUT,
    ("estate.channels.actions", "_state"): OFFICES_OWN,
    ("estate.codes.actions", "end_all"): SIGNED_OUT,
    ("estate.codes.actions", "note_address"): FIRST,
    ("estate.consents.actions", "forget"): A_NIGHT,
    ("estate.deliveries.actions", "_drop_closed"): TOLD,
    ("estate.deliveries.actions", "_drop_strays"): TOLD,
    ("estate.deliveries.actions", "forget_device"): SIGNED_OUT,
    ("estate.deliveries.actions", "note_results"): SIGNED_OUT,
    ("estate.deliveries.actions", "subscribe"): SIGNED_OUT,
    ("estate.deliveries.actions", "unsubscribe"): SIGNED_OUT,
    ("estate.files.actions", "clear"): WITH_ITS_ROW,
    ("estate.files.actions", "remove_all"): WITH_ITS_ROW,
    ("estate.helping.actions", "take_over"): "Whoever has the address has both accounts.",
    ("estate.invitations.actions", "_end_letters"): SIGNED_OUT,
    ("estate.invitations.actions", "withdraw_letters"): SIGNED_OUT,
    ("estate.jobs.actions", "give_up_lease"): MINUTES,
    ("estate.letters.actions", "_take_file"): OFFICES_OWN,
    ("estate.letters.actions", "_write_texts"): OFFICES_OWN,
    ("estate.letters.actions", "discard"): OFFICES_OWN,
    ("estate.lists.actions", "_replace_closed_days"): OFFICES_OWN,
    ("estate.lists.actions", "_replace_hours"): OFFICES_OWN,
    ("estate.mails.actions", "note_sent"): TOLD,
    ("estate.notifications.actions", "move_switches"): WISH,
    ("estate.notifications.actions", "take_back"): TOLD,
    ("estate.notifications.actions", "take_back_from"): TOLD,
    ("estate.passkeys.actions", "make_challenge"): MINUTES,
    ("estate.passkeys.actions", "spend_challenge"): MINUTES,
    ("estate.phones.actions", "note_number"): FIRST,
    ("estate.photos.actions", "_let_go"): WITH_ITS_ROW,
    ("estate.retention.actions", "erase_some"): A_NIGHT,
    ("estate.retention.actions", "note_due"): "Numbers, no names.",
    ("estate.texts.actions", "drop"): TOLD,
    ("estate.texts.actions", "note_sent"): TOLD,
    ("voting.following.actions", "follow"): WISH,
    ("web.live", "forget_stale_blocks"): MINUTES,
}
"""What goes otherwise than by `erasures.log`, and why a backup may bring it back."""


def test_what_erases_is_done_again_after_a_restore_or_says_why_not() -> None:
    erasing = {deed for deed, function in functions().items() if erases(function)}
    assert sorted(erasing - by_itself() - LEFT_OUT.keys()) == []
    assert sorted(LEFT_OUT.keys() - (erasing - by_itself())) == [], "These need no reason."


def test_every_line_of_the_log_is_read_by_a_restore() -> None:
    written = {
        (module, ast.unparse(call.args[0]))
        for (module, _), function in functions().items()
        for call in called(function)
        if isinstance(call.func, ast.Name) and call.func.id == "Erasure"
    }
    written -= {("estate.retention.actions", "kept.retention.kind")}
    written -= {("estate.retention.rules", "kept['kind']")}  # read, not written
    kinds = {attrgetter(name)(importlib.import_module(module)) for module, name in written}
    assert kinds == {hand.kind for hand in BY_HAND}
