"""One measured row, and how the rows are shown and kept."""

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from estate import clock

KEPT = Path("var/bench.json")


@dataclass(frozen=True)
class Row:
    """A measure of this project beside its reference, taken in the same call.

    `goal` bounds the ratio, from above when `at_most`. A row without a reference has a goal for
    the value itself.
    """

    name: str
    unit: str
    ours: float
    reference: float | None
    goal: float
    at_most: bool
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours over the reference, or the value itself where there is none."""
        return self.ours / self.reference if self.reference is not None else self.ours

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.ratio <= self.goal if self.at_most else self.ratio >= self.goal


def median(values: Sequence[float]) -> float:
    """The middle of several takes; one odd take does not move it."""
    return statistics.median(values)


def show(rows: Iterable[Row], console: Console) -> None:
    """Print the rows as a table."""
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "unit", "this project", "reference", "ratio", "goal", ""):
        table.add_column(heading, justify="left" if heading in {"name", "unit"} else "right")
    for row in rows:
        table.add_row(
            row.name,
            row.unit,
            _number(row.ours),
            "–" if row.reference is None else _number(row.reference),
            f"{row.ratio:.2f}" if row.reference is not None else "–",
            f"{'≤' if row.at_most else '≥'} {row.goal:g}",
            "met" if row.met else "MISSED",
        )
    console.print(table)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


def keep(rows: Iterable[Row], file: Path = KEPT) -> None:
    """Write the rows beside what was measured before; a row measured again replaces the old one."""
    kept = json.loads(file.read_text()) if file.exists() else {}
    day = clock.today().isoformat()
    for row in rows:
        kept[row.name] = {**asdict(row), "ratio": row.ratio, "met": row.met, "measured_on": day}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(kept, indent=2, ensure_ascii=False, sort_keys=True) + "\n")
