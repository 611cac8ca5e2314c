"""What was read from the database, kept until anything at all is committed.

The same word of SQLite's that keeps readers (web/readers.py) keeps what many of them share: the
newest posts of a stairwell are read once, not once for every neighbour whom a new post brought
here. On PostgreSQL, which has no such word, everything is read each time.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any, TypeVar

MOST = 500
MOST_DRAWN = 200
Found = TypeVar("Found")


class Remembered:
    """Answers by a key that names all they depend on, the audience above all."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, tuple[int, int, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(
        self, key: Hashable, version: int | None, now: datetime, make: Callable[[], Found]
    ) -> Found:
        """What `make` reads, or what it read under the same version within the same minute.

        `version` was asked before the session's first read: a commit in between makes an answer
        newer than its version, never older. None: nothing is remembered.
        """
        if version is None:
            return make()
        minute = int(now.timestamp()) // 60
        known = self._known.get(key)
        if known is not None and known[0] == version and known[1] == minute:
            found: Found = known[2]
            return found
        made = make()
        with self._lock:
            self._known[key] = (version, minute, made)
            self._known.move_to_end(key)
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return made


class Drawn:
    """Pages as bytes, by all they depend on, the last few hundred.

    An open page that comes back to ask whether it is still the same (ETag) is answered without
    being drawn again.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, tuple[bytes, str]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, draw: Callable[[], tuple[bytes, str]]) -> tuple[bytes, str]:
        """The page under this key; drawn now if it is new."""
        known = self._known.get(key)
        if known is not None:
            return known
        drawn = draw()
        with self._lock:
            self._known[key] = drawn
            while len(self._known) > MOST_DRAWN:
                self._known.popitem(last=False)
        return drawn
