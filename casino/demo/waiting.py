"""Waits for conditions, always with a deadline and a name for what did not happen."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
ASK_EVERY_SECONDS = 0.25


def wait_for(what: str, find: Callable[[], Found], seconds: float = 30, every: float = ASK_EVERY_SECONDS) -> Found:
    """Asks until something is found that is true. AssertionError says what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        if found := find():
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s, and still not: {what}")
        time.sleep(every)
