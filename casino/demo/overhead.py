#!/usr/bin/env python3
"""`make demo-overhead`: the same minute of load with SDKs on and off, side by side.

Both runs have the same seed, so that the same requests come at the same times; faults are off, so that nobody measures
the provider's sleep. CPU is what the kernel counted for each service between the first request and the last.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import demonstration
import ports
import services
import state
from flag_file import Flags
from places import CASINO, RUST_TARGET, Data
from programs import base_environment
from say import Stop, refuse

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
MEASURED = ("gateway", "user", "wallet", "engine", "payment", "analytics", "notification", "provider")
WARM_UP_SECONDS = 10


@dataclass(frozen=True)
class Run:
    """What one minute cost."""

    # Milliseconds that each request took, by what it was; of those that were answered without an error.
    took: dict[str, list[float]]
    errors: int
    cpu_seconds: dict[str, float]
    resident_bytes: int

    @property
    def requests(self) -> int:
        return sum(map(len, self.took.values())) + self.errors

    def latency(self, share: float, kind: str | None = None) -> float:
        """The latency that so many requests did not exceed, of one kind or of all."""
        values = sorted(self.took.get(kind, []) if kind else (ms for kinds in self.took.values() for ms in kinds))
        return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")

    def cpu_ms(self, name: str | None = None) -> float:
        """CPU milliseconds for each request of the load, of one service or of all."""
        seconds = self.cpu_seconds.get(name, 0.0) if name else sum(self.cpu_seconds.values())
        return 1000 * seconds / max(1, self.requests)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo-overhead", description=__doc__)
    parser.add_argument("--rate", type=float, default=10, help="actions a second (default: 10)")
    parser.add_argument("--seconds", type=int, default=60, help="how long each run is (default: 60)")
    parser.add_argument("--traces-rate", type=float, default=0.05, help="part of traces that SDKs send (default: 0.05)")
    given = parser.parse_args()
    # Data of its own: the second run must not find more rows in the database than the first.
    folder = Path(os.environ.get("DEMO_DATA") or CASINO / ".data")
    runs: dict[str, Run] = {}
    try:
        for name, options in (("off", ["--without-sdks"]), ("on", ["--traces-rate", str(given.traces_rate)])):
            data = Data(folder.with_name(f"{folder.name}-overhead-{name}").absolute())
            print(f"=== SDKs {name}", flush=True)
            os.environ["DEMO_DATA"] = str(data.folder)
            with demonstration.of(data, ["--without-load", *options], reuse=False) as known:
                quiet(data)
                load(data, given.rate, WARM_UP_SECONDS, seed=1)
                runs[name] = measure(data, known, given.rate, given.seconds)
    except Stop as stop:
        return refuse(str(stop))
    print(table(runs["off"], runs["on"], given.traces_rate))
    return 0


def quiet(data: Data) -> None:
    flags = Flags(data)
    for flag in flags.list():
        if not flag.is_off:
            flags.set(flag.name, "off", by="overhead")


def measure(data: Data, known: state.State, rate: float, seconds: int) -> Run:
    current = state.read(data) or known
    pids = {name: current.processes[name][0] for name in MEASURED if name in current.processes}
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    requests = load(data, rate, seconds, seed=2)
    spent = {name: cpu_seconds(pid) - before[name] for name, pid in pids.items()}
    took: dict[str, list[float]] = {}
    for request in requests:
        if 0 < request["status"] < 500:
            took.setdefault(request["kind"], []).append(request["ms"])
    errors = len(requests) - sum(map(len, took.values()))
    return Run(took, errors, spent, sum(resident(pid) for pid in pids.values()))


def load(data: Data, rate: float, seconds: int, seed: int) -> list[dict[str, Any]]:
    """One bounded load to its end. Returns its own record of all requests."""
    path = data.folder / "load.jsonl"
    command = [
        str(RUST_TARGET / "debug" / "casino-players"), "--rate", str(rate), "--for", f"{seconds}s", "--seed", str(seed),
        "--hasty", "--truth", str(path), "--gateway", f"http://{ports.HOST}:{ports.GATEWAY}",
    ]  # fmt: skip
    environment = base_environment() | {"CASINO_FLAGS": str(data.flags), "SENTRY_RELEASE": services.RELEASES["players"]}
    with open(data.logs / "load.log", "ab") as log:
        subprocess.run(command, env=environment, stdout=log, stderr=log, timeout=seconds + 90, check=True)
    return [line for line in map(json.loads, path.read_text().splitlines()) if line["type"] == "request"]


def table(off: Run, on: Run, traces_rate: float) -> str:
    """Both runs side by side. What is within the noise of two runs is not called an overhead by this table: it only prints."""
    rows = [("", "off", "on", "difference")]
    rows.append(("requests", f"{off.requests}", f"{on.requests}", ""))
    rows.append(("errors", f"{off.errors}", f"{on.errors}", ""))
    kinds = sorted(set(off.took) & set(on.took), key=lambda kind: -len(off.took[kind]))
    for kind in (None, *kinds):
        for name, share in (("p50", 0.5), ("p95", 0.95)):
            rows.append(row(f"{name} ms, {kind or 'all'}", off.latency(share, kind), on.latency(share, kind)))
    rows.append(row("CPU ms a request, all", off.cpu_ms(), on.cpu_ms()))
    for name in off.cpu_seconds:
        rows.append(row(f"CPU ms a request, {name}", off.cpu_ms(name), on.cpu_ms(name)))
    rows.append(row("resident MB, all services", off.resident_bytes / 1e6, on.resident_bytes / 1e6))
    lines = [f"{name:34}{first:>10}{second:>10}{last:>22}" for name, first, second, last in rows]
    return f"\nSDKs off and on, {traces_rate:.0%} of traces sampled\n" + "\n".join(lines)


def row(name: str, off: float, on: float) -> tuple[str, str, str, str]:
    share = f" ({(on - off) / off:+.1%})" if off else ""
    return name, f"{off:.2f}", f"{on:.2f}", f"{on - off:+.2f}{share}"


def cpu_seconds(pid: int) -> float:
    """User and system time, of the process and of children that it waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(fields[index]) for index in (11, 12, 13, 14)) / TICKS_A_SECOND


def resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


if __name__ == "__main__":
    sys.exit(main())
