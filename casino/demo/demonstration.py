"""A demonstration for a command that needs one: the one that runs, or one of its own that it stops at the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import state
from places import DEMO, Data
from say import Stop
from state import State

# Builds included: on a clean machine everything is compiled first.
START_SECONDS_MAX = 3600
STOP_SECONDS_MAX = 90


@contextmanager
def data(fresh: bool) -> Iterator[Data]:
    """The data folder that the environment names, or a new one that is deleted at the end."""
    if not fresh:
        yield Data.of_environment()
        return
    # /var/tmp, because PostgreSQL's account cannot enter every home, and /tmp may be memory.
    with tempfile.TemporaryDirectory(prefix="casino-demo-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        before = os.environ.get("DEMO_DATA")
        os.environ["DEMO_DATA"] = folder
        try:
            yield Data(Path(folder))
        finally:
            if before is None:
                del os.environ["DEMO_DATA"]
            else:
                os.environ["DEMO_DATA"] = before


@contextmanager
def of(data: Data, options: list[str], reuse: bool = True) -> Iterator[State]:
    """The state of a demonstration that is ready."""
    known = state.running(data)
    if known and known.ready and reuse:
        print(f"using the demonstration that runs (process {known.launcher})", flush=True)
        yield known
        return
    if known:
        raise Stop(f"a demonstration with the data in {data.folder} runs already (process {known.launcher}); stop it first")
    data.prepare()
    print("starting a demonstration", flush=True)
    # Its output is shown, too: builds take minutes.
    process = subprocess.Popen([sys.executable, str(DEMO), *options], stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        yield wait_ready(data, process)
    finally:
        stop(process)


def wait_ready(data: Data, process: subprocess.Popen[bytes]) -> State:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Stop("the demonstration could not be started; its own lines above say why")
        known = state.read(data)
        if known and known.launcher == process.pid and known.ready:
            return known
        time.sleep(0.2)
    raise Stop(f"the demonstration was not ready within {START_SECONDS_MAX} s")


def stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        # The next start ends what it leaves behind.
        process.kill()
        process.wait(10)
