"""Keeps programs running: waits until each works, starts crashed ones again, stops all in reverse order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from programs import Program, Running
from say import Stop, say

BACKOFF_FIRST_SECONDS = 1.0
BACKOFF_LAST_SECONDS = 30.0
# One that ran this long and ends is not in a loop of crashes.
WELL_AFTER_SECONDS = 60.0
ASK_EVERY_SECONDS = 0.1


@dataclass
class Watched:
    """A program with its process, if it has one, and when it may have the next."""

    program: Program
    running: Running | None = None
    backoff: float = BACKOFF_FIRST_SECONDS
    start_at: float | None = None
    restarts: int = 0
    finished: bool = False


class Supervisor:
    """Owns all processes of the demonstration."""

    def __init__(self, logs: Path, changed: Callable[[], None] = lambda: None) -> None:
        self.logs = logs
        self.changed = changed
        self.watched: dict[str, Watched] = {}
        self.stopping = threading.Event()

    def start(self, programs: list[Program]) -> None:
        """Starts them at once and returns when each of them works."""
        for program in programs:
            self._launch(self.watched.setdefault(program.name, Watched(program)))
        self.changed()
        for program in programs:
            self._wait_ready(self.watched[program.name])

    def stop(self, name: str) -> None:
        """Stops one and forgets it."""
        watched = self.watched.pop(name, None)
        if watched and watched.running and not watched.running.stop():
            say(f"{name} did not stop within {watched.program.stop_seconds:.0f} s and was ended")
        self.changed()

    def stop_all(self) -> None:
        """What was started last is stopped first."""
        self.stopping.set()
        for name in reversed(list(self.watched)):
            self.stop(name)

    def tend(self) -> None:
        """One round: finds what ended, and starts what waited long enough."""
        for watched in list(self.watched.values()):
            self._tend_one(watched)

    def pids(self) -> dict[str, int]:
        found = {name: watched.running for name, watched in list(self.watched.items())}
        return {name: running.pid for name, running in found.items() if running and running.status() is None}

    def _launch(self, watched: Watched) -> None:
        watched.start_at = None
        try:
            watched.running = Running(watched.program, self.logs / f"{watched.program.name}.log")
        except OSError as error:
            raise Stop(f"{watched.program.name} cannot be started: {error}") from error

    def _wait_ready(self, watched: Watched) -> None:
        program, running = watched.program, watched.running
        assert running is not None
        deadline = time.monotonic() + program.start_seconds
        while not works(program):
            if self.stopping.is_set():
                raise Stop("it was interrupted while it started")
            if running.status() is not None:
                raise Stop(self._reason(watched, f"ended with status {running.status()} before it worked"))
            if time.monotonic() > deadline:
                raise Stop(self._reason(watched, f"does not work after {program.start_seconds:.0f} s"))
            self.stopping.wait(ASK_EVERY_SECONDS)
        where = f" on port {program.port}" if program.port else ""
        say(f"{program.name} works{where} after {running.age():.1f} s")

    def _reason(self, watched: Watched, what: str) -> str:
        assert watched.running is not None
        lines = "".join(f"\n    {line}" for line in watched.running.last_lines())
        return f"{watched.program.name} {what}; its log {watched.running.log} ends with:{lines}"

    def _tend_one(self, watched: Watched) -> None:
        running, name = watched.running, watched.program.name
        if watched.finished or running is None:
            return
        if watched.start_at is not None:
            if time.monotonic() >= watched.start_at:
                watched.restarts += 1
                self._launch(watched)
                say(f"{name} was started again ({watched.restarts}. time)")
                self.changed()
            return
        status = running.status()
        if status is None:
            return
        if watched.program.ends and status == 0:
            watched.finished = True
            say(f"{name} has finished")
            return
        if running.age() > WELL_AFTER_SECONDS:
            watched.backoff = BACKOFF_FIRST_SECONDS
        watched.start_at = time.monotonic() + watched.backoff
        last = next(iter(running.last_lines(1)), "it wrote nothing")
        say(f"{name} ended with status {status}; it starts again in {watched.backoff:.0f} s. Last line: {last}")
        watched.backoff = min(watched.backoff * 2, BACKOFF_LAST_SECONDS)
        self.changed()


def works(program: Program) -> bool:
    try:
        return program.ready()
    except (OSError, ValueError):
        return False
