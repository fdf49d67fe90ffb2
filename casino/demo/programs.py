"""A program to run, and a running one whose output goes to a file that cannot fill the disk."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

# Kept twice: the file being written and the one before it.
LOG_BYTES_MAX = 8 * 1024 * 1024
READ_BYTES = 64 * 1024


@dataclass(frozen=True)
class Program:
    """How to start, recognise as working, and stop one process."""

    name: str
    command: list[str]
    # Says whether it can work now; may raise OSError while it cannot.
    ready: Callable[[], bool]
    port: int | None = None
    environment: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None
    # For PostgreSQL, which refuses to run as root.
    user: str | None = None
    stop_signal: int = signal.SIGTERM
    start_seconds: float = 60
    stop_seconds: float = 8
    # What is there for one run of its own accord (a bounded load) is not started again when it ends with 0.
    ends: bool = False


class Running:
    """One started process. It leads a group of its own, so that Ctrl-C reaches the launcher alone."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self.log = log
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            program.command,
            cwd=program.folder,
            env=base_environment() | program.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=program.user,
            group=program.user,
            extra_groups=[] if program.user else None,
        )
        self.pump = threading.Thread(target=self._copy_output, name=f"log of {program.name}", daemon=True)
        self.pump.start()

    @property
    def pid(self) -> int:
        return self.process.pid

    def status(self) -> int | None:
        """Exit status, or None while it runs."""
        return self.process.poll()

    def age(self) -> float:
        return time.monotonic() - self.started

    def stop(self) -> bool:
        """Asks it to end, then makes it. Returns whether asking was enough."""
        asked = True
        if self.process.poll() is None:
            self._signal(self.program.stop_signal)
            try:
                self.process.wait(self.program.stop_seconds)
            except subprocess.TimeoutExpired:
                asked = False
                self._signal(signal.SIGKILL)
                self.process.wait(10)
        # What it may have left in its group must not keep the ports.
        self._signal(signal.SIGKILL)
        self.pump.join(2)
        return asked

    def _signal(self, number: int) -> None:
        try:
            if number == signal.SIGKILL:
                os.killpg(self.pid, number)
            else:
                self.process.send_signal(number)
        except (ProcessLookupError, PermissionError):
            pass

    def last_lines(self, count: int = 3) -> list[str]:
        # From both files: the newest may have begun with the line that was to be said, or in the middle of it.
        text = tail(self.log.with_suffix(".log.1")) + tail(self.log)
        lines = text.decode(errors="replace").splitlines()
        return [line[:300] for line in lines if line.strip()][-count:]

    def _copy_output(self) -> None:
        assert self.process.stdout is not None
        source = self.process.stdout.fileno()
        file = open(self.log, "ab")  # noqa: SIM115 (it is another file from time to time)
        try:
            while chunk := os.read(source, READ_BYTES):
                # Before the chunk: the newest lines, which say why a program ended, are in the newest file.
                if file.tell() and file.tell() + len(chunk) > LOG_BYTES_MAX:
                    file.close()
                    self.log.replace(self.log.with_suffix(".log.1"))
                    file = open(self.log, "ab")  # noqa: SIM115
                file.write(chunk)
                file.flush()
        finally:
            file.close()
            self.process.stdout.close()


def tail(log: Path) -> bytes:
    """Its last 4 KiB; nothing of a file that is not there."""
    try:
        with open(log, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
            return file.read()
    except OSError:
        return b""


def base_environment() -> dict[str, str]:
    """What every program inherits. Settings of SDKs, of Pitwatch and of the casino come from the demonstration only."""
    foreign = ("SENTRY_", "PITWATCH_", "CASINO_", "OTEL_", "PG")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {"TZ": "UTC", "PYTHONUNBUFFERED": "1"}
