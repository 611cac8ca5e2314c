"""What the demo estate is made of, as it stands in the TOML files beside this module."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

Told = dict[str, Any]


@cache
def told(name: str) -> Told:
    """One file's content: `told("places")`."""
    with (HERE / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)
