"""How processes hear of each other's commits; only the wire that is used is loaded."""

from collections.abc import AsyncIterator, Callable, Collection
from typing import Protocol

Word = tuple[str, Collection[tuple[str, str]]]
"""Whose commit it was, and what it made stale: (topic, block)."""


class WireLost(Exception):
    """The other end is not there; worth another try."""


class Wire(Protocol):
    """One way between processes."""

    def words(self, connected: Callable[[], None]) -> AsyncIterator[Word]:
        """What other processes (and this one) say; raises WireLost. `connected` is called first."""
        ...

    async def pass_on(self, word: Word) -> None:
        """Let the others hear a word."""
        ...

    async def close(self) -> None:
        """Hang up."""
        ...
