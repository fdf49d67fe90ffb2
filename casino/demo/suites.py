#!/usr/bin/env python3
"""Tests of all services and of this launcher, with a PostgreSQL, a Redis and a RabbitMQ of their own. CI runs it.

Each language counts in its own words; here every suite is one line, and the last line is the sum.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import building
import keyvalues
import postgres
import rabbitmq
import steps
import toolchains
from building import Step
from places import CASINO, DEMO, RUST_TARGET, SERVICES, VENV, Data
from programs import base_environment
from say import Stop, refuse, say
from supervisor import Supervisor

SUITE_SECONDS_MAX = 900
# How runners of tests tell what they counted.
PASSED = (
    re.compile(r"^test result: \w+\. (\d+) passed", re.M),
    re.compile(r"(?:^|, )(\d+) passed(?:, [^\n]*)? in [\d.]+s", re.M),
    re.compile(r"^ℹ pass (\d+)$", re.M),  # noqa: RUF001 (Node's own letter)
    re.compile(r"^\s*Tests\s.*?(\d+) passed", re.M),
)
FAILED = (
    re.compile(r"^test result: \w+\. \d+ passed; (\d+) failed", re.M),
    re.compile(r"^(\d+) failed\b.* in [\d.]+s", re.M),
    re.compile(r"^ℹ fail (\d+)$", re.M),  # noqa: RUF001
    re.compile(r"^\s*Tests\s+(\d+) failed", re.M),
)
GO_PASSED = re.compile(r"^--- PASS: ", re.M)
GO_FAILED = re.compile(r"^--- FAIL: ", re.M)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Suite:
    """One run of a runner."""

    name: str
    command: list[str]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)


def main() -> int:
    parser = argparse.ArgumentParser(prog="casino/demo/suites.py", description=__doc__)
    parser.add_argument("--only", help="suites, with commas between them")
    given = parser.parse_args()
    passed = failed = 0
    try:
        with tempfile.TemporaryDirectory(prefix="casino-tests-", dir="/var/tmp") as folder:
            # PostgreSQL's account has to get in.
            Path(folder).chmod(0o755)
            data = Data(Path(folder))
            data.prepare()
            found = toolchains.check(with_kafka=False, with_notification=True, with_rabbitmq=True)
            building.build([*steps.python(), tools_for_tests(), *packages()], data.logs)
            servers = Supervisor(data.logs)
            try:
                names, broker = rabbitmq.prepare(data.folder)
                servers.start([names, postgres.prepare(data.folder, for_tests=True), keyvalues.prepare(data.folder)])
                servers.start([broker])
                for suite in suites(found.go):
                    if not given.only or suite.name in given.only.split(","):
                        good, bad = run(suite)
                        passed, failed = passed + good, failed + bad
            finally:
                servers.stop_all()
    except Stop as stop:
        return refuse(str(stop))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def tools_for_tests() -> Step:
    locks = [SERVICES / "python-telemetry" / "requirements-dev.txt", DEMO / "requirements-dev.txt"]
    command = [str(VENV / "bin" / "pip"), "install", "-q", "--disable-pip-version-check"]
    return Step(
        "what Python's tests need",
        [*command, *(part for path in locks for part in ("-r", str(path)))],
        CASINO,
        sources=locks,
        makes=[VENV / "bin" / "pytest"],
    )


def packages() -> list[Step]:
    """Node's packages; pages need not be built for their unit tests."""
    return [*steps.payment(), *(step for name in ("web", "admin") for step in steps.page(name)[:1])]


def suites(go: str | None) -> list[Suite]:
    pytest = [str(VENV / "bin" / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    rust = ["cargo", "test", "--locked", "--workspace", "--no-fail-fast"]
    found = [Suite("rust", rust, CASINO, {"CARGO_TARGET_DIR": str(RUST_TARGET)}), Suite("demo", pytest, DEMO)]
    found += [Suite(name, pytest, SERVICES / name) for name in steps.PYTHON_PACKAGES]
    found += [Suite(name, ["npm", "test"], SERVICES / name) for name in ("payment", "web", "admin")]
    if go:
        found.append(Suite("notification", [go, "test", "-count=1", "-v", "./..."], SERVICES / "notification"))
    return found


def run(suite: Suite) -> tuple[int, int]:
    """Returns what it counted; a suite that fails without counting a failure counts as one."""
    began = time.monotonic()
    servers = {"CASINO_POSTGRES": postgres.URL, "CASINO_REDIS": keyvalues.URL, "CASINO_RABBITMQ": rabbitmq.URL}
    # base_environment takes the casino's own settings away; this one of whoever has a MongoDB is for a test.
    servers |= {name: os.environ[name] for name in ("CASINO_MONGODB",) if name in os.environ}
    settings = servers | {"NO_COLOR": "1", "CI": "true"}
    try:
        result = subprocess.run(
            suite.command,
            cwd=suite.folder,
            env=base_environment() | {"PATH": os.environ["PATH"]} | settings | suite.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=SUITE_SECONDS_MAX,
        )
        output, status = COLOURS.sub("", result.stdout), result.returncode
    except subprocess.TimeoutExpired as late:
        output, status = (late.stdout or b"").decode(errors="replace") + "\nit did not end in time", 1
    good, bad = count(output)
    # A suite that runs nothing proves nothing.
    if bad == 0 and (status != 0 or good == 0):
        bad = 1
    say(f"{'ok' if bad == 0 else 'FAIL':5}{suite.name}: {good} passed, {bad} failed in {time.monotonic() - began:.0f} s")
    if bad:
        # Marked, so that nobody counts these lines a second time.
        print("\n".join(f"  | {line}" for line in output.splitlines()[-120:]), flush=True)
    return good, bad


def count(output: str) -> tuple[int, int]:
    good = sum(int(number) for pattern in PASSED for number in pattern.findall(output)) + len(GO_PASSED.findall(output))
    bad = sum(int(number) for pattern in FAILED for number in pattern.findall(output)) + len(GO_FAILED.findall(output))
    return good, bad


if __name__ == "__main__":
    sys.exit(main())
