"""How long things are kept, and how an erasure is written down for a backup that comes back."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from estate.language import N_


@dataclass(frozen=True, slots=True)
class Retention:
    """A kind of thing and what it is kept for; `source` says why so long. Both are msgids.

    How long is the dated value `kept_KIND_days`: queries.days_kept.
    """

    kind: str
    purpose: str
    source: str
    inner: bool = False
    """It serves the running of the thing and tells little of anybody: pages fold it away."""


NIGHTS = Retention(
    kind="night_count",
    purpose=N_("How much of each kind a night erased: numbers, no names."),
    source=N_("GDPR, article 5: we must be able to show that we erase in time."),
    inner=True,
)


class Erasure(NamedTuple):
    """One step of an erasure: the ids are numbers, texts or lists of these."""

    kind: str
    ids: Sequence[Any]
    when: datetime


def line_of(erasure: Erasure) -> str:
    """One line of `erasures.log`."""
    kept = {"kind": erasure.kind, "ids": list(erasure.ids), "when": erasure.when.isoformat()}
    return json.dumps(kept, separators=(",", ":")) + "\n"


def read_lines(lines: Iterable[str]) -> list[Erasure]:
    """The erasures of a log. A line cut off by a crash is passed over: it was not committed."""
    found = []
    for line in lines:
        try:
            kept = json.loads(line)
        except ValueError:
            continue
        found.append(Erasure(kept["kind"], kept["ids"], datetime.fromisoformat(kept["when"])))
    return found
