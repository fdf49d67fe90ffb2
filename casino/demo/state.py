"""What other commands (scenario, kill test) must know of the demonstration that runs."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from places import Data
from say import Stop, warn
from secret_values import write_atomically

LEFTOVER_SECONDS = 10


@dataclass
class State:
    """Addresses, how to be let in, and process ids with the time each began, by name."""

    launcher: int = 0
    ready: bool = False
    casino: str = ""
    pitwatch: str = ""
    organization: str = ""
    email: str = ""
    password: str = ""
    token: str = ""
    # Empty where Pitwatch takes no changes of flags.
    flag_secret: str = ""
    left_out: list[str] = field(default_factory=list)
    processes: dict[str, tuple[int, int]] = field(default_factory=dict)

    def write(self, data: Data) -> None:
        write_atomically(data.state, json.dumps(asdict(self), indent=2) + "\n", mode=0o600)


def read(data: Data) -> State | None:
    """The state that was written last, of a demonstration that may be over."""
    try:
        return State(**json.loads(data.state.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def running(data: Data) -> State | None:
    """The state of the demonstration that runs on this data, if there is one."""
    known = read(data)
    if known is None or not is_alive(known):
        return None
    try:
        with open(data.lock) as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return known
    return None


def is_alive(known: State) -> bool:
    """Whether a process with the launcher's number runs. Only the lock tells that it is the launcher."""
    return Path(f"/proc/{known.launcher}").exists()


def lock(data: Data) -> IO[str]:
    """Two demonstrations on the same data would ruin it. The lock goes with the process."""
    file = open(data.lock, "a+")  # noqa: SIM115 (it is the lock, for as long as it is open)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        known = read(data)
        who = f" (process {known.launcher})" if known else ""
        raise Stop(f"a demonstration with the data in {data.folder} already runs{who}") from None
    os.set_inheritable(file.fileno(), False)
    return file


def start_time(pid: int) -> int | None:
    """When a process began, in the kernel's ticks: with it, a process id is no longer ambiguous. None when it is gone,
    also when its parent has not noticed yet."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may contain anything, also parentheses.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] == "Z" else int(fields[19])


def end_leftovers(data: Data) -> None:
    """Ends what a launcher that was killed left behind, the last started first. Only exactly those processes."""
    known = read(data)
    for name, (pid, began) in reversed(list((known.processes if known else {}).items())):
        if start_time(pid) != began:
            continue
        warn(f"{name} (process {pid}) was left over from the last time and is ended")
        end_group(pid, began)


def end_group(pid: int, began: int) -> None:
    number = signal.SIGTERM
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while start_time(pid) == began:
        os.killpg(pid, number)
        if time.monotonic() > deadline:
            number = signal.SIGKILL
        time.sleep(0.2)
