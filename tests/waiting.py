"""Waiting for what another thread or process does, and no longer than it takes."""

import time
from collections.abc import Callable
from threading import Event

PATIENCE = 40.0
PAUSE = Event()


def until(what: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether something comes to be within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        PAUSE.wait(0.02)
    return what()
