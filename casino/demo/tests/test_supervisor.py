"""Programs that work, crash, never work, and write too much."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

import programs
import state
import supervisor
from places import Data
from programs import Program, Running
from say import Stop
from supervisor import Supervisor
from waiting import wait_for


def python(name: str, code: str, **more: object) -> Program:
    ready = more.pop("ready", lambda: True)
    return Program(name, [sys.executable, "-c", code], ready=ready, **more)  # type: ignore[arg-type]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "BACKOFF_FIRST_SECONDS", 0.1)


def test_a_crashed_program_is_started_again_and_waits_longer_each_time(tmp_path: Path, quick: None) -> None:
    watcher = Supervisor(tmp_path)
    watcher.start([python("crasher", "raise SystemExit(3)")])
    watched = watcher.watched["crasher"]
    watched.backoff = 0.1

    def restarts() -> bool:
        watcher.tend()
        return watched.restarts >= 2

    wait_for("two restarts", restarts, 20, every=0.02)
    assert watched.backoff >= 0.4
    watcher.stop_all()


def test_what_ends_by_itself_is_not_started_again(tmp_path: Path) -> None:
    watcher = Supervisor(tmp_path)
    watcher.start([python("once", "pass", ends=True)])

    def finished() -> bool:
        watcher.tend()
        return watcher.watched["once"].finished

    wait_for("it has finished", finished, 10)
    watcher.tend()
    assert watcher.watched["once"].restarts == 0
    watcher.stop_all()


def test_one_that_ends_before_it_works_says_its_last_words(tmp_path: Path) -> None:
    watcher = Supervisor(tmp_path)
    with pytest.raises(Stop, match=r"ended with status 1 before it worked.*\n.*no database"):
        watcher.start([python("broken", "raise SystemExit('no database')", ready=lambda: False)])
    watcher.stop_all()


def test_one_that_never_works_is_given_up(tmp_path: Path) -> None:
    watcher = Supervisor(tmp_path)
    with pytest.raises(Stop, match="does not work after"):
        watcher.start([python("idle", "import time; time.sleep(60)", ready=lambda: False, start_seconds=0.3)])
    watcher.stop_all()
    assert not watcher.pids()


def test_all_stop_in_reverse_order_and_the_deaf_one_is_made_to(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    polite = (
        "import signal, sys, time\n"
        f"def end(*_):\n open({str(heard)!r}, 'a').write(sys.argv[0] or NAME)\n sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True); time.sleep(60)"
    )
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"

    def is_up(name: str) -> bool:
        log = tmp_path / f"{name}.log"
        return log.exists() and "up" in log.read_text()

    watcher = Supervisor(tmp_path)
    for name in ("first", "second"):
        code = polite.replace("sys.argv[0] or NAME", repr(f"{name} "))
        watcher.start([python(name, code, ready=lambda name=name: is_up(name))])
    watcher.start([python("deaf", deaf, ready=lambda: is_up("deaf"), stop_seconds=0.3)])
    began = time.monotonic()
    watcher.stop_all()
    assert heard.read_text() == "second first "
    assert time.monotonic() - began < 10
    assert not watcher.watched


def test_logs_are_capped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "LOG_BYTES_MAX", 100_000)
    running = Running(python("talker", "for n in range(50_000): print('line', n)"), tmp_path / "talker.log")
    running.process.wait(30)
    running.pump.join(10)
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) == {"talker.log", "talker.log.1"}
    assert sum(sizes.values()) < 2 * (100_000 + programs.READ_BYTES)
    assert running.last_lines(1) == ["line 49999"]


@pytest.mark.parametrize("writes", [["why it ended\n"], ["why it ended", "\n"], ["why it", " ended\n"], ["why it ended\n", "\n"]])
def test_the_last_line_is_there_when_it_fills_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: list[str]) -> None:
    monkeypatch.setattr(programs, "LOG_BYTES_MAX", 10)
    # Apart in time, so that each is read by itself.
    code = f"import os, time\nfor text in {writes!r}: os.write(1, text.encode()); time.sleep(0.3)"
    running = Running(python("talker", code), tmp_path / "talker.log")
    running.process.wait(30)
    running.pump.join(10)
    assert running.last_lines(1) == ["why it ended"]


def test_settings_of_the_shell_stay_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTRY_DSN", "http://somebody@else.example/1")
    program = python("env", "import os; print(os.environ.get('SENTRY_DSN'), os.environ['TZ'])")
    running = Running(program, tmp_path / "env.log")
    running.process.wait(10)
    running.pump.join(5)
    assert running.last_lines(1) == ["None UTC"]


def test_leftovers_are_ended_and_nobody_else(tmp_path: Path) -> None:
    data = Data(tmp_path)
    data.prepare()
    left = Running(python("left", "import time; time.sleep(60)"), tmp_path / "left.log")
    other = Running(python("other", "import time; time.sleep(60)"), tmp_path / "other.log")
    began = state.start_time(left.pid)
    assert began is not None
    # The second entry has the id of a process that began at another time: somebody else by now.
    state.State(processes={"left": (left.pid, began), "other": (other.pid, 1)}).write(data)
    state.end_leftovers(data)
    assert left.process.wait(5) != 0
    assert other.status() is None
    other.stop()


def test_two_demonstrations_do_not_share_data(tmp_path: Path) -> None:
    data = Data(tmp_path)
    data.prepare()
    with state.lock(data), pytest.raises(Stop, match="already runs"):
        state.lock(data)
