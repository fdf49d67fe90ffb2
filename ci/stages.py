#!/usr/bin/env python3
"""Runs the stages of `make test` or `make lint`, prints how long each took, and sums up their tests.

The last line is `N passed, N failed` over all suites. A stage that fails without counting a failed
test counts as one, so that a red stage is never a green line. Standard library only.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pitwatch"
CHROMIUM = "/usr/bin/chromium"
COUNTS = (
    # cargo test
    re.compile(r"^test result: \w+\. (?P<passed>\d+) passed; (?P<failed>\d+) failed"),
    # the plain line that our own runners, and vitest and Playwright through npm, print last
    re.compile(r"^(?P<passed>\d+) passed, (?P<failed>\d+) failed"),
    # pytest -q
    re.compile(r"^(?:(?P<failed>\d+) failed, )?(?P<passed>\d+) passed(?:, \d+ (?!error)\w+)*(?:, (?P<errors>\d+) errors?)? in "),
)

# How a runner names a test that failed and what it found: cargo test, Go, pytest, Vitest, Playwright, Node, our own.
NAMES_FAILURE = re.compile(
    r"test .* \.\.\. FAILED$|.*panicked at |--- FAIL: |(FAILED|ERROR) |E   +\S|FAIL +\S|\[[^\]]+\] › |✖ |error(\[|:)|\w*Error: "
)
# What our own runners put before a line: the time, or the mark of another runner's output.
BEFORE = re.compile(r"^(\s*\d+\.\d s\s+|\s*\| )?\s*")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
NAMED_MAX, NAMED_WIDTH = 12, 160


@dataclass
class Stage:
    """One command of a run."""

    name: str
    command: list[str]
    folder: Path = ROOT
    needs: Callable[[], bool] = lambda: True


def main() -> int:
    which = sys.argv[1] if len(sys.argv) > 1 else "test"
    environment = dict(os.environ)
    environment.setdefault("CARGO_TARGET_DIR", str(CACHE / "target"))
    environment["PITWATCH_BIN"] = str(Path(environment["CARGO_TARGET_DIR"]) / "debug" / "pitwatch")
    environment.setdefault("CARGO_TERM_COLOR", "never")
    passed = failed = 0
    times: list[tuple[str, float, bool]] = []
    named: list[str] = []
    for stage in {"test": test_stages, "lint": lint_stages}[which]():
        if not stage.needs():
            continue
        print(f"=== {stage.name}", flush=True)
        started = time.monotonic()
        status, good, bad, failures = run(stage, environment)
        if status != 0 and bad == 0:
            bad = 1
        passed, failed = passed + good, failed + bad
        times.append((stage.name, time.monotonic() - started, status == 0))
        named += [f"{stage.name}: {line}" for line in failures if status != 0]
        if status != 0 and stage.name.startswith("build"):
            break
    print("=== stages")
    for name, seconds, good in times:
        print(f"{seconds:7.1f} s  {'ok  ' if good else 'FAIL'}  {name}")
    for line in named:
        print(f"  {line}")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def run(stage: Stage, environment: dict[str, str]) -> tuple[int, int, int, list[str]]:
    """Runs one stage, passing its output through. Returns its status, what it counted, and the lines that name failures."""
    process = subprocess.Popen(
        stage.command,
        cwd=stage.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    good = bad = 0
    failures: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        # The counts are ours to print: a suite's own line in between would be read as the end.
        if not COUNTS[1].match(line):
            print(line, end="", flush=True)
        plain = BEFORE.sub("", COLOURS.sub("", line.rstrip()), count=1)
        if NAMES_FAILURE.match(plain) and len(failures) < NAMED_MAX and plain[:NAMED_WIDTH] not in failures:
            failures.append(plain[:NAMED_WIDTH])
        for pattern in COUNTS:
            if match := pattern.match(line.strip()):
                counts = match.groupdict()
                good += int(counts.get("passed") or 0)
                bad += int(counts.get("failed") or 0) + int(counts.get("errors") or 0)
    return process.wait(), good, bad, failures


def test_stages() -> list[Stage]:
    venv = CACHE / "conformance-venv"
    return [
        Stage("install: Chromium", apt("chromium"), needs=lambda: not Path(CHROMIUM).exists()),
        Stage("build: UI", ["bash", "-c", "npm ci --no-audit --no-fund && npm run build"], ROOT / "web"),
        Stage("UI: unit tests", ["npm", "test"], ROOT / "web"),
        # Builds the binary too: pitwatch's own tests run it. A build of its own would resolve features
        # differently and compile the query engine a second time.
        Stage("build: server and tests", ["cargo", "test", "--locked", "--workspace", "--no-run"]),
        Stage("server: tests", ["cargo", "test", "--locked", "--workspace", "--no-fail-fast"]),
        Stage("install: SDKs", ["bash", "conformance/install.sh", str(venv)]),
        Stage("install: Prometheus", apt("prometheus prometheus-alertmanager"), needs=lambda: not shutil.which("amtool")),
        Stage("conformance: corpus and SDKs", [str(venv / "bin" / "pytest"), "-q"], ROOT / "conformance"),
        Stage("UI: in a browser on the real server", ["npm", "run", "e2e"], ROOT / "web"),
        Stage("casino: tests of the services", ["python3", "casino/demo/suites.py"]),
        # Starts the whole demonstration, plays in a browser, and asks the real server what it saw.
        Stage("casino: played, and seen in Pitwatch", ["python3", "casino/demo/scenario.py", "--fresh", "--short"]),
    ]


def lint_stages() -> list[Stage]:
    return [
        Stage("rustfmt", ["cargo", "fmt", "--all", "--check"]),
        Stage("clippy", ["cargo", "clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]),
        Stage("install: UI packages", ["npm", "ci", "--no-audit", "--no-fund"], ROOT / "web"),
        Stage("biome", ["npm", "run", "lint"], ROOT / "web"),
        Stage("cargo deny", ["cargo", "deny", "check", "licenses", "bans", "sources"], needs=has_cargo_deny),
    ]


def has_cargo_deny() -> bool:
    """`cargo deny` is a program of its own; without it the lint says so and goes on."""
    found = shutil.which("cargo-deny") is not None
    if not found:
        print("cargo-deny is not installed: `cargo install --locked cargo-deny` adds the audit of dependencies")
    return found


def apt(package: str) -> list[str]:
    """Installs a Debian package, as root or through sudo."""
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    command = " ".join([*sudo, "apt-get", "update", "-q", "&&", *sudo, "apt-get", "install", "-qy", package])
    return ["bash", "-c", command]


if __name__ == "__main__":
    sys.exit(main())
