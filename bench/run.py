#!/usr/bin/env python3
"""`make bench`: builds the release binary and the load generator, measures, prints one table.

Each run gets a fresh server in a temporary folder on loopback; every run is bounded by a count of events.
PITWATCH_BIN measures another binary; --quick sends fewer events. Standard library only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "conformance"))
import alerts  # noqa: E402
import spans  # noqa: E402
from server import Project, Server  # noqa: E402  (the same starter as the conformance tests)

ORGANIZATION = "acme"
Measure = Callable[[Path, int], dict[str, object]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the events")
    parser.add_argument("--only", help="run only the measurements of these names, with commas between them")
    parser.add_argument("--rows", type=int, nargs="*", default=[2_000_000, 20_000_000], help="spans that are queried")
    parser.add_argument("--docs", action="store_true", help="put the table of spans into docs/performance.md")
    parser.add_argument("--out", help="also write all numbers as JSON to this file")
    given = parser.parse_args()
    build()
    count = 2_000 if given.quick else 20_000
    results: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, measure in (MEASUREMENTS | days(given.rows)).items():
            if given.only and name.split("-")[0] not in given.only.split(","):
                continue
            results[name] = measure(Path(folder) / name, count)
            print(f"{name:<12} {json.dumps(results[name])}", flush=True)
            if given.out:
                Path(given.out).write_text(json.dumps(results, indent=1))
    table = spans.table(results)
    print(table)
    if given.docs:
        write_docs(table)
    return 0


def days(sizes: list[int]) -> dict[str, Measure]:
    """The queries over spans, by how many there are."""
    return {f"spans-{rows}": lambda folder, _, rows=rows: spans.a_day(folder, rows) for rows in sizes}


def write_docs(table: str) -> None:
    """Puts the table between its marks."""
    page = HERE.parent / "docs" / "performance.md"
    begin, end = "<!-- spans -->\n", "\n<!-- end of spans -->"
    before, _, rest = page.read_text().partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}{table}{end}{after}")


def build() -> None:
    if "PITWATCH_BIN" not in os.environ:
        subprocess.run(["cargo", "build", "--locked", "--release", "-p", "pitwatch"], cwd=HERE.parent, check=True)
        os.environ["PITWATCH_BIN"] = str(target() / "release" / "pitwatch")
    import server

    server.BINARY = os.environ["PITWATCH_BIN"]
    subprocess.run(["cargo", "build", "--locked", "--release"], cwd=HERE / "pitbench", check=True)
    os.environ["PITBENCH"] = str(target() / "release" / "pitbench")


def target() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("CARGO_TARGET_DIR") or cache / "pitwatch" / "target")


def pitbench(*words: str) -> dict[str, object]:
    done = subprocess.run([os.environ["PITBENCH"], *words], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def payloads(folder: Path, count: int, *flags: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    path = str(folder / f"payloads-{count}.bin")
    pitbench("gen", "--kind", "error", "--count", str(count), "--seed", str(time.time_ns()), "--out", path, *flags)
    return path


def count_command(server: Server) -> str:
    """Rows that can be queried: those in memory and those in parts."""
    return (
        f"curl -s {server.url}/-/metrics | "
        "awk '/^pitwatch_store_(memory_rows|part_rows)[{]table=.errors.[}] / {sum += $2} END {print sum + 0}'"
    )


def measured(server: Server, folder: Path, file: str, *flags: str) -> dict[str, object]:
    assert server.process is not None
    command = [
        sys.executable, str(HERE / "bench.py"), "--name", "pitwatch", "--dsn", server.dsn(1), "--payloads", file,
        "--pids", str(server.process.pid), "--count-cmd", count_command(server), "--disk", str(server.data),
        "--out", str(folder / "out.json"), *flags,
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return json.loads((folder / "out.json").read_text())


def throughput(folder: Path, count: int) -> dict[str, object]:
    """Durable, grouped and queryable events per second, beside the generator on the same cores."""
    file = payloads(folder, count)
    with Server(folder / "server", [Project(1, "bench")]) as server:
        run = measured(server, folder, file, "--concurrency", "8")
        ceiling = pitbench("limit", "--payloads", file, "--threads", str(os.cpu_count() or 1))
    flushed = disk_after_flush(folder, server)
    return {
        "events_per_s": run["digested_per_s"],
        "cpu_s_per_1000": run["cpu_s_per_1000_to_digested"],
        "p99_ms": run["latency_ms"]["p99"],
        "memory": run["mem"],
        "missing": run["missing"],
        "limit_per_s": round(ceiling["events_per_s"]),
        "share_of_limit": round(run["digested_per_s"] / ceiling["events_per_s"], 3),
        "disk_bytes_per_event": round(flushed / count),
    }


def disk_after_flush(folder: Path, server: Server) -> int:
    """Bytes of the data folder after an orderly stop: everything is in parts then."""
    return sum(path.stat().st_blocks * 512 for path in server.data.rglob("*") if path.is_file())


def crowd(folder: Path, count: int) -> dict[str, object]:
    """Latency of accepted requests at 64 connections."""
    file = payloads(folder, count // 2)
    with Server(folder / "server", [Project(1, "bench")]) as server:
        run = measured(server, folder, file, "--concurrency", "64")
    return {"p99_ms": run["latency_ms"]["p99"], "statuses": run["statuses"], "missing": run["missing"]}


def grouping(folder: Path, count: int) -> dict[str, object]:
    """50 real groups with ids and numbers in their messages."""
    file = payloads(folder, 500, "--vary-message")
    with Server(folder / "server", [Project(1, "bench")]) as server:
        measured(server, folder, file, "--concurrency", "8")
        return {"issues": len(server.issues(1)), "wanted": 50}


def visible(folder: Path, count: int) -> dict[str, object]:
    """Accepted to visible in the API, at 500 events a second."""
    file = payloads(folder, max(2_000, count // 4))
    with Server(folder / "server", [Project(1, "bench")]) as server:
        sender = subprocess.Popen(
            [os.environ["PITBENCH"], "send", "--payloads", file, "--dsn", server.dsn(1), "--concurrency", "8", "--rate", "500"],
            stdout=subprocess.DEVNULL,
        )
        delays = []
        while sender.poll() is None:
            delays.append(probe(server))
        sender.wait()
    delays.sort()
    return {"probes": len(delays), "p50_ms": round(delays[len(delays) // 2]), "p99_ms": round(delays[int(len(delays) * 0.99) - 1])}


def probe(server: Server) -> float:
    """Sends an event of its own and asks for it until it is there. Milliseconds."""
    import secrets

    event_id = secrets.token_hex(16)
    body = json.dumps({"event_id": event_id}).encode() + b'\n{"type":"event"}\n{"message":"probe"}'
    answer = server.request("POST", f"/api/1/envelope/?sentry_key={server.projects[1].key}", body)
    assert answer.status == 200, answer.body
    started = time.monotonic()
    while not server.has_event(1, event_id):
        time.sleep(0.005)
    return (time.monotonic() - started) * 1000


def idle(folder: Path, count: int) -> dict[str, object]:
    """Memory of a server that has nothing to do."""
    with Server(folder / "server", [Project(1, "bench")]) as server:
        time.sleep(3)
        assert server.process is not None
        status = Path(f"/proc/{server.process.pid}/status").read_text()
    rss = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return {"rss_mb": round(rss / 1024)}


def restart(folder: Path, count: int) -> dict[str, object]:
    """Start-up with what `count` events left behind."""
    file = payloads(folder, count)
    server = Server(folder / "server", [Project(1, "bench")])
    with server:
        measured(server, folder, file, "--concurrency", "16")
    started = time.monotonic()
    with server:
        seconds = time.monotonic() - started
    return {"events": count, "seconds": round(seconds, 2)}


def span_store(folder: Path, count: int) -> dict[str, object]:
    """The store of spans alone, without HTTP: rows a second, bytes a span, traces by id."""
    rows = str(count * 1_000)
    command = ["cargo", "bench", "--locked", "-p", "store", "--bench", "spans", "--", rows]
    done = subprocess.run(command, cwd=HERE.parent, check=True, capture_output=True, text=True, timeout=1800)
    return {"rows": int(rows), "said": done.stdout.strip().splitlines()}


MEASUREMENTS: dict[str, Measure] = {
    "idle": idle,
    "throughput": throughput,
    "crowd": crowd,
    "grouping": grouping,
    "visible": visible,
    "restart": restart,
    "transactions": spans.transactions,
    "otlp": spans.otlp,
    "otlp_small": spans.otlp_small,
    "store": span_store,
    "alerts": alerts.told,
    "rules": alerts.rules,
}

if __name__ == "__main__":
    sys.exit(main())
