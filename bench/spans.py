"""Measurements of spans: taken in over HTTP, and asked for through the API of the same server.

The queries run on the workload with which the store's design was chosen (`pitbench gen --kind workload`),
sent as OpenTelemetry's exporters send it. Each query is asked cold (server started anew, page cache dropped
where that is allowed), warm, and while spans arrive.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from server import ORGANIZATION, TOKEN, Project, Server, wait_until

DISK_BYTES_MAX = 10 * 1024**3
DAY = 86_400
HOUR = 3_600
SPANS_A_TRANSACTION = 21
SPANS_AN_EXPORT = 512
"""What OpenTelemetry's batch processors send at once."""
LOAD_SPANS_A_REQUEST = 2_000
LOAD_SPANS_AT_ONCE = 500_000
WARM_RUNS = 5
ARRIVING_SPANS_PER_S = 50_000
ARRIVING_SECONDS_MAX = 60
CHUNK_SECONDS_MAX = 120


def pitbench(*words: str) -> dict[str, object]:
    done = subprocess.run([os.environ["PITBENCH"], *words], capture_output=True, text=True, check=True, timeout=600)
    return json.loads(done.stdout.strip().splitlines()[-1])


def metric(server: Server, name: str, **labels: str) -> int:
    """The sum of a gauge over the lines with these labels."""
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    lines = server.request("GET", "/-/metrics").body.decode().splitlines()
    lines = [line for line in lines if line.startswith(f"pitwatch_{name}{{") and all(text in line for text in wanted)]
    return sum(int(line.rsplit(" ", 1)[1]) for line in lines)


def stored(server: Server) -> int:
    """Spans that can be queried."""
    return metric(server, "store_memory_rows", table="spans") + metric(server, "store_part_rows", table="spans")


def disk_bytes(folder: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def process_file(server: Server, name: str) -> str:
    assert server.process is not None
    return Path(f"/proc/{server.process.pid}/{name}").read_text()


def cpu_seconds(server: Server) -> float:
    fields = process_file(server, "stat").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(server: Server, line: str = "VmHWM") -> int:
    status = process_file(server, "status").splitlines()
    return round(next(int(text.split()[1]) for text in status if text.startswith(line)) / 1024)


# Taking in


def rate(folder: Path, kind: str, spans: int, requests: int, path: str) -> dict[str, object]:
    """Spans a second, durable and queryable, the generator on the same cores."""
    folder.mkdir(parents=True, exist_ok=True)
    file = str(folder / "payloads.bin")
    made = pitbench("gen", "--kind", kind, "--spans", str(spans), "--count", str(requests), "--out", file)
    with Server(folder / "server", [Project(1, "bench")]) as server:
        begun, cpu = time.monotonic(), cpu_seconds(server)
        sent = pitbench("send", "--payloads", file, "--dsn", server.dsn(1), "--path", path, "--concurrency", "8", "--threads", "1")
        each = SPANS_A_TRANSACTION if kind == "transaction" else spans
        count = int(str(sent["accepted"])) * each
        wait_until(lambda: stored(server) >= count, CHUNK_SECONDS_MAX, "all spans can be queried")
        seconds, cpu, missing = time.monotonic() - begun, cpu_seconds(server) - cpu, count - stored(server)
        peak = memory_mb(server)
    latency = sent["latency_ms"]
    assert isinstance(latency, dict)
    return {
        "spans_per_s": round(count / seconds), "requests_per_s": round(count / each / seconds), "cpu_us_per_span": round(cpu * 1e6 / count, 2),
        "p99_ms": latency["p99"], "statuses": sent["statuses"], "missing": missing, "gzip_bytes_per_request": made["avg_gzip_bytes"],
        "peak_mb": peak, "disk_bytes_per_span": round(disk_bytes(server.data) / count, 1),
    }  # fmt: skip


def transactions(folder: Path, count: int) -> dict[str, object]:
    return rate(folder, "transaction", SPANS_A_TRANSACTION - 1, 2 * count, "envelope")


def otlp(folder: Path, count: int) -> dict[str, object]:
    """Batches as exporters send them."""
    return rate(folder, "otlp", SPANS_AN_EXPORT, count // 8, "otlp")


def otlp_small(folder: Path, count: int) -> dict[str, object]:
    """One trace of 20 spans a request."""
    return rate(folder, "otlp", 20, count, "otlp")


# Asking


@dataclass
class Day:
    """A server with a day of spans."""

    server: Server
    folder: Path
    rows: int
    end: float
    traces: list[str] = field(default_factory=list)

    def window(self, seconds: int) -> dict[str, str]:
        def text(moment: float) -> str:
            return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")

        return {"start": text(self.end - seconds), "end": text(self.end)}

    def load(self) -> None:
        """In pieces, so that the files of the generator take little room."""
        for first in range(0, self.rows, LOAD_SPANS_AT_ONCE):
            used = disk_bytes(self.folder)
            assert used < DISK_BYTES_MAX * 0.9, f"{used} bytes on disk"
            file = str(self.folder / "workload.bin")
            rows = min(LOAD_SPANS_AT_ONCE, self.rows - first)
            pitbench(
                "gen", "--kind", "workload", "--rows", str(self.rows), "--first", str(first), "--end", str(self.end), "--gzip-level", "1",
                "--spans", str(LOAD_SPANS_A_REQUEST), "--count", str(rows // LOAD_SPANS_A_REQUEST), "--out", file,
            )  # fmt: skip
            sent = pitbench("send", "--payloads", file, "--dsn", self.server.dsn(1), "--path", "otlp", "--concurrency", "4")
            assert sent["rejected_or_failed"] == 0, sent["statuses"]
            wait_until(lambda: metric(self.server, "pipeline_lag_bytes", lane="traces") == 0, CHUNK_SECONDS_MAX, "spans are worked up")
            os.unlink(file)

    def settle(self) -> None:
        """Until parts are merged no further, but not for ever."""
        last, quiet, deadline = -1, 0, time.monotonic() + CHUNK_SECONDS_MAX
        while quiet < 8 and time.monotonic() < deadline:
            parts = metric(self.server, "store_parts", table="spans")
            quiet = quiet + 1 if parts == last else 0
            last = parts
            time.sleep(1)

    def ask(self, path: str, **query: str | int | list[str]) -> object:
        text = urllib.parse.urlencode(query, doseq=True)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = self.server.request("GET", f"/api/0/organizations/{ORGANIZATION}/{path}/?{text}", headers=headers, timeout=120)
        assert answer.status in (200, 404), f"{path}?{text}: {answer.status} {answer.body[:300]!r}"
        return answer.json()

    def table(self, seconds: int, fields: list[str], query: str = "", **others: str | int) -> object:
        return self.ask("events", dataset="spans", field=fields, query=query, project="1", **self.window(seconds), **others)

    def find_traces(self) -> None:
        rows = self.table(DAY, ["trace", "timestamp"], "is_transaction:true", per_page=100, sort="-timestamp")
        assert isinstance(rows, dict)
        self.traces = [row["trace"] for row in rows["data"]][::5]
        assert self.traces


PERCENTILES = ["count()", "failure_rate()", "p50(span.duration)", "p95(span.duration)", "p99(span.duration)"]


def queries(day: Day) -> dict[str, Callable[[int], object]]:
    """What is asked; the argument is which time it is."""

    def by_transaction(seconds: int, query: str = "") -> object:
        return day.table(seconds, ["transaction", *PERCENTILES], query, sort="-count()", per_page=50)

    def series(_: int) -> object:
        axes = ["count()", "p95(span.duration)"]
        name = 'transaction:"/players/deposit/0"'
        return day.ask("events-stats", dataset="spans", yAxis=axes, interval="1m", query=name, project="1", **day.window(HOUR))

    def count(query: str, seconds: int = DAY) -> object:
        return day.table(seconds, ["count()"], query)

    newest = ["id", "timestamp", "transaction", "span.description", "span.duration"]
    return {
        "trace by id": lambda nth: day.ask(f"trace/{day.traces[nth % len(day.traces)]}"),
        "trace by id, missing": lambda nth: day.ask(f"trace/{nth:032x}"),
        "percentiles by transaction, 1 h": lambda _: by_transaction(HOUR),
        "percentiles by transaction, 24 h": lambda _: by_transaction(DAY),
        "percentiles by transaction, 24 h, segments": lambda _: by_transaction(DAY, "is_transaction:true"),
        "60 buckets of one transaction, 1 h": series,
        "attribute with a column, 24 h": lambda _: count("provider:Evolution"),
        "attribute with a column, 1 h": lambda _: count("provider:Evolution", HOUR),
        "attribute in the map, 24 h": lambda _: count("experiment:blue"),
        "attribute in the map, 1 h": lambda _: count("experiment:blue", HOUR),
        "substring count, 24 h": lambda _: count("span.description:*wallets*"),
        "substring, newest 50": lambda _: day.table(DAY, newest, "span.description:*jackpots*", sort="-timestamp", per_page=50),
        "users, 24 h": lambda _: day.table(DAY, ["count_unique(user)"]),
    }


def timed(ask: Callable[[int], object], nth: int) -> float:
    begun = time.monotonic()
    ask(nth)
    return (time.monotonic() - begun) * 1000


def middle(values: list[float]) -> float:
    return round(sorted(values)[len(values) // 2], 1)


def cold(day: Day) -> dict[str, float]:
    """Each query as the first one of a server that just started."""
    found = {}
    for name in queries(day):
        day.server.stop()
        drop_page_cache()
        day.server.start()
        found[name] = round(timed(queries(day)[name], 0), 1)
    return found


def drop_page_cache() -> None:
    subprocess.run(["sync"], check=False)
    try:
        Path("/proc/sys/vm/drop_caches").write_text("1")
    except OSError:
        pass  # Not allowed: `cold` is then only a new process.


def warm(day: Day) -> dict[str, float]:
    def run(ask: Callable[[int], object]) -> float:
        timed(ask, 0)
        return middle([timed(ask, nth) for nth in range(1, WARM_RUNS + 1)])

    return {name: run(ask) for name, ask in queries(day).items()}


def arriving(day: Day) -> Iterator[subprocess.Popen[str]]:
    """Spans arrive at the asked rate while the caller looks elsewhere."""
    file = str(day.folder / "arriving.bin")
    requests = ARRIVING_SPANS_PER_S // SPANS_AN_EXPORT
    count = requests * ARRIVING_SECONDS_MAX
    pitbench("gen", "--kind", "otlp", "--spans", str(SPANS_AN_EXPORT), "--count", str(count), "--gzip-level", "1", "--out", file)
    words = ["send", "--payloads", file, "--dsn", day.server.dsn(1), "--path", "otlp", "--concurrency", "16", "--rate", str(requests)]
    sender = subprocess.Popen([os.environ["PITBENCH"], *words], stdout=subprocess.PIPE, text=True)
    try:
        yield sender
    finally:
        sender.wait(ARRIVING_SECONDS_MAX + 60)
        os.unlink(file)


def busy(day: Day) -> dict[str, object]:
    """The warm queries while spans arrive, and what the senders notice."""
    times: dict[str, list[float]] = {}
    result: dict[str, object] = {}
    for sender in arriving(day):
        time.sleep(2)
        nth = 0
        while sender.poll() is None:
            for name, ask in queries(day).items():
                if sender.poll() is None:
                    times.setdefault(name, []).append(timed(ask, nth))
            nth += 1
        output = sender.stdout.read() if sender.stdout else ""
        sent = json.loads(output.strip().splitlines()[-1])
        result |= {
            "spans_per_s": round(sent["accepted_per_s"] * SPANS_AN_EXPORT),
            "append_ms": {name: sent["latency_from_schedule_ms"][name] for name in ("p50", "p99", "max")},
            "statuses": sent["statuses"],
        }
    return result | {"queries_ms": {name: middle(values) for name, values in times.items()}, "peak_mb": memory_mb(day.server)}


def a_day(folder: Path, rows: int) -> dict[str, object]:
    """All queries over a day with that many spans."""
    free = shutil.disk_usage(folder.parent).free
    assert free > rows * 500, f"{free} bytes are free"
    with Server(folder / "server", [Project(1, "bench")]) as server:
        day = Day(server, folder, rows, end=time.time() - 60)
        begun = time.monotonic()
        day.load()
        loaded = time.monotonic() - begun
        day.settle()
        server.stop()
        bytes_per_span = disk_bytes(server.data / "spans") / rows
        server.start()
        day.find_traces()
        result: dict[str, object] = {
            "rows": rows, "stored": stored(server), "loaded_per_s": round(rows / loaded), "disk_bytes_per_span": round(bytes_per_span, 1),
            "parts": metric(server, "store_parts", table="spans"),
        }  # fmt: skip
        result["warm_ms"] = warm(day)
        result["peak_mb"] = memory_mb(server)
        result["cold_ms"] = cold(day)
        result["arriving"] = busy(day)
    shutil.rmtree(folder, ignore_errors=True)
    return result


def table(results: dict[str, dict[str, object]]) -> str:
    """The results as Markdown."""
    days = [result for result in results.values() if isinstance(result.get("warm_ms"), dict)]
    lines = []
    rates = [(name, result) for name, result in results.items() if "cpu_us_per_span" in result]
    if rates:
        lines += ["| over HTTP | spans/s | requests/s | CPU-µs a span | p99 | bytes a span on disk | peak memory |", "|---|---|---|---|---|---|---|"]
    for name, result in rates:
        lines.append(
            f"| {name} | {result['spans_per_s']:,} | {result['requests_per_s']:,} | {result['cpu_us_per_span']} "
            f"| {result['p99_ms']} ms | {result['disk_bytes_per_span']} | {result['peak_mb']} MB |"
        )
    if days:
        heads = [f"{int(str(day['rows'])) / 1e6:g} M: cold, warm, under load" for day in days]
        lines += ["", "| query, ms | " + " | ".join(heads) + " |", "|---" * (len(days) + 1) + "|"]
        for name in queries(Day.__new__(Day)):
            cells = [f"{at(day, 'cold_ms', name)}, **{at(day, 'warm_ms', name)}**, {at(day, 'arriving', 'queries_ms', name)}" for day in days]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        for day in days:
            lines += ["", f"{int(str(day['rows'])) / 1e6:g} million spans: {facts(day)}"]
    return "\n".join(lines)


def at(value: object, *path: str) -> object:
    for name in path:
        value = value.get(name, "–") if isinstance(value, dict) else "–"
    return value


def facts(day: dict[str, object]) -> str:
    append = at(day, "arriving", "append_ms")
    return (
        f"{day['disk_bytes_per_span']} bytes a span in {day['parts']} parts, {day['peak_mb']} MB at most while asked. While "
        f"{at(day, 'arriving', 'spans_per_s')} spans/s arrive: answers to senders p50 {at(append, 'p50')} ms, p99 {at(append, 'p99')} ms, "
        f"longest {at(append, 'max')} ms; {at(day, 'arriving', 'peak_mb')} MB at most."
    )
