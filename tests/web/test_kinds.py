"""Every kind a subject declares is listed for the pages and the worker: none is forgotten."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from estate.jobs.actions import JobKind
from estate.notifications.rules import NotificationKind
from estate.retention.rules import Retention
from web.kinds import JOB_KINDS, NOTIFICATION_KINDS, RETENTIONS

ROOT = Path(__file__).parent.parent.parent
STOREYS = ("estate", "engagement", "voting", "telemetry", "partnership")


def modules() -> Iterator[ModuleType]:
    """The rules and actions of every subject."""
    for storey in STOREYS:
        for file in sorted((ROOT / storey).glob("*/*.py")):
            if file.stem in {"rules", "actions"}:
                yield importlib.import_module(
                    ".".join(file.relative_to(ROOT).with_suffix("").parts)
                )


def declared(kind: type) -> dict[str, object]:
    """Constants of a kind, by where they stand."""
    return {
        f"{module.__name__}.{name}": value
        for module in modules()
        for name, value in vars(module).items()
        if isinstance(value, kind)
    }


@pytest.mark.parametrize(
    ("kind", "listed"),
    [
        (NotificationKind, NOTIFICATION_KINDS),
        (Retention, list(RETENTIONS)),
        (JobKind, JOB_KINDS),
    ],
)
def test_what_a_subject_declares_is_listed(kind: type, listed: list[object]) -> None:
    found = declared(kind)
    assert found or kind is JobKind
    missing = [where for where, value in found.items() if value not in listed]
    assert missing == []


def test_no_two_kinds_share_a_name() -> None:
    names = [kind.name for kind in NOTIFICATION_KINDS]
    assert len(names) == len(set(names))
    kinds = [retention.kind for retention in RETENTIONS]
    assert len(kinds) == len(set(kinds))
