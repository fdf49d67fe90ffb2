"""Builds what is missing, says how long it takes, and leaves alone what is up to date."""

from __future__ import annotations

import hashlib
import os
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from places import BUILT, ROOT
from say import Stop, say

PROGRESS_EVERY_SECONDS = 20
BUILD_SECONDS_MAX = 3600
NOT_SOURCES = {"node_modules", "dist", "target", "__pycache__", ".angular", ".pytest_cache", "test-results", "sourcemaps"}


@dataclass(frozen=True)
class Step:
    """One thing to build. Without `sources`, the command itself knows what is up to date (cargo, make)."""

    name: str
    command: list[str]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    # Files and folders that it is made of, and what must be there afterwards.
    sources: list[Path] = field(default_factory=list)
    makes: list[Path] = field(default_factory=list)
    takes: str = ""


def build(steps: list[Step], logs: Path) -> None:
    for step in steps:
        if step.sources and is_current(step):
            continue
        run(step, logs / "build.log")
        if step.sources:
            stamp(step).parent.mkdir(parents=True, exist_ok=True)
            stamp(step).write_text(fingerprint(step))


def is_current(step: Step) -> bool:
    if not all(path.exists() for path in step.makes):
        return False
    try:
        return stamp(step).read_text() == fingerprint(step)
    except FileNotFoundError:
        return False


def stamp(step: Step) -> Path:
    """Named after what is made: what lies outside of the clones belongs to the clone that built it last."""
    where = hashlib.sha256("\n".join(map(str, step.makes)).encode()).hexdigest()[:12]
    return BUILT / f"{step.name.replace(' ', '-').replace('/', '-')}-{where}"


def fingerprint(step: Step) -> str:
    """Changes when the command or any file that it reads does."""
    digest = hashlib.sha256("\0".join(step.command).encode())
    for source in step.sources:
        for path in files_of(source):
            digest.update(f"\0{path.relative_to(ROOT)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def files_of(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    found: list[Path] = []
    for folder, names, files in os.walk(source):
        names[:] = [name for name in names if name not in NOT_SOURCES]
        found += [Path(folder) / name for name in files]
    return sorted(found)


def run(step: Step, log: Path) -> None:
    """Runs a build to its end. Its output goes to the log; a line now and then says that it goes on."""
    started = time.monotonic()
    last = ["it has not said anything yet"]
    # Most checks of cargo and make take a second and would only be noise.
    announced = announce_later(step, started, last)
    with open(log, "a") as file:
        file.write(f"=== {step.name}: {' '.join(step.command)}\n")
        process = subprocess.Popen(
            step.command,
            cwd=step.folder,
            env=os.environ | step.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        try:
            assert process.stdout is not None
            for line in process.stdout:
                file.write(line)
                last.append(line.strip()[:90] or last[-1])
                del last[:-12]
            status = process.wait(BUILD_SECONDS_MAX)
        finally:
            announced()
            if process.poll() is None:
                process.terminate()
                process.wait(10)
    if status != 0:
        raise Stop(f"building {step.name} failed with status {status}; {log} ends with:\n    " + "\n    ".join(last))
    seconds = time.monotonic() - started
    if seconds > 3:
        say(f"built {step.name} in {seconds:.0f} s")


def announce_later(step: Step, started: float, last: list[str]) -> Callable[[], None]:
    """Says that a step is being built once it takes longer than a check, and then how it goes. Returns how to end that."""
    over = threading.Event()

    def tell() -> None:
        if over.wait(2):
            return
        say(f"building {step.name}{f' ({step.takes})' if step.takes else ''}")
        while not over.wait(PROGRESS_EVERY_SECONDS):
            say(f"  {step.name}: {time.monotonic() - started:.0f} s; {last[-1]}")

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()

    def end() -> None:
        over.set()
        thread.join()

    return end
