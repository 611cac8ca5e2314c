"""`python -m tests.bench [NAME …]`: measure, print a row each, keep all in var/bench.json."""

import importlib
import sys
from pathlib import Path

from rich.console import Console

from tests.bench.rows import Row, keep, show

MODULES = sorted(Path(__file__).parent.glob("[a-z]*.py"))
NAMES = [file.stem for file in MODULES if "def measure(" in file.read_text()]


def main(wanted: list[str]) -> int:
    """Measure what is named, or everything; returns 2 for a name that is not known."""
    console = Console()
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        console.print(f"There is no benchmark {unknown[0]}. There are: {', '.join(NAMES)}.")
        return 2
    rows: list[Row] = []
    for name in wanted or NAMES:
        console.print(f"Measuring {name} …", style="dim")
        measured = importlib.import_module(f"tests.bench.{name}").measure()
        keep(measured)
        rows += measured
    show(rows, console)
    return 0


sys.exit(main(sys.argv[1:]))
