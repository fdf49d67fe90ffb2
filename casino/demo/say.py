"""What the launcher prints: one short line per thing that happened, with the seconds since it began."""

from __future__ import annotations

import sys
import threading
import time

STARTED = time.monotonic()
# Lines come from the main thread and from threads that watch processes.
PRINTING = threading.Lock()


class Stop(Exception):
    """A reason to give up that is told in one line instead of a traceback."""


def say(text: str) -> None:
    with PRINTING:
        print(f"{time.monotonic() - STARTED:6.1f} s  {text}", flush=True)


def warn(text: str) -> None:
    say(f"NOTE: {text}")


def refuse(text: str) -> int:
    """Says why it ends. Returns the status to exit with."""
    with PRINTING:
        print(f"demo: {text}", file=sys.stderr, flush=True)
    return 1
