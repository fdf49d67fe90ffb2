"""Measurements of alerting: how soon a new issue is told while events arrive, and what rules cost.

The peer is a server of our own on loopback that notes when it was asked. Standard library only.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from server import ORGANIZATION, Project, Server
from spans import cpu_seconds, memory_mb, pitbench

EVENTS_PER_S = 1_000
PROBE_EVERY_S = 0.5
WAIT_MAX_S = 30
PROJECTS = 1_000
RULES_EACH = 10
SETTLE_MINUTES = 2
MINUTES = 3
QUESTIONS = [
    ("events", "count()", "level:error", 500),
    ("events", "count()", "environment:production", 1_000),
    ("events", "count_unique(user)", "", 200),
    ("spans", "p95(span.duration)", "is_transaction:true", 800),
    ("spans", "failure_rate()", "is_transaction:true", 0.1),
]
"""Data set, what is asked, of what, and the threshold."""


@contextmanager
def listener() -> Iterator[tuple[str, dict[str, float]]]:
    """An address, and when each message with a word of ours arrived there."""
    heard: dict[str, float] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode(errors="replace")
            at = time.monotonic()
            for word in body.split('"'):
                if word.startswith("Probe"):
                    heard.setdefault(word.partition(":")[0], at)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{host.server_port}/", heard
        host.shutdown()


def told(folder: Path, count: int) -> dict[str, object]:
    """From an event's acceptance to the message about its new issue, while 1,000 events a second arrive."""
    folder.mkdir(parents=True, exist_ok=True)
    file = str(folder / "payloads.bin")
    pitbench("gen", "--kind", "error", "--count", str(count), "--seed", str(time.time_ns()), "--out", file)
    settings = {"alert_allow_networks": "127.0.0.1"}
    with listener() as (url, heard), Server(folder / "server", [Project(1, "bench"), Project(2, "probes")], settings) as server:
        channels = f"/organizations/{ORGANIZATION}/alert-channels/"
        server.api(channels, "POST", {"kind": "webhook", "name": "peer", "secrets": {"url": url}})
        rule = {"name": "New", "when": ["new issue"], "then": ["service peer"], "every": "5m"}
        server.api(f"/projects/{ORGANIZATION}/probes/rules/", "POST", rule)
        words = ["send", "--payloads", file, "--dsn", server.dsn(1), "--concurrency", "8", "--rate", str(EVENTS_PER_S)]
        with subprocess.Popen([os.environ["PITBENCH"], *words], stdout=subprocess.PIPE, text=True) as sender:
            accepted = {}
            while sender.poll() is None:
                name = f"Probe{secrets.token_hex(6)}"
                accepted[name] = probe(server, name)
                time.sleep(PROBE_EVERY_S)
            assert sender.stdout is not None
            sent = json.loads(sender.stdout.read().strip().splitlines()[-1])
        deadline = time.monotonic() + WAIT_MAX_S
        while len(heard) < len(accepted) and time.monotonic() < deadline:
            time.sleep(0.05)
    delays = sorted(heard[name] - at for name, at in accepted.items() if name in heard)
    return {
        "events_per_s": round(sent["accepted"] / sent["wall_s"]),
        "probes": len(accepted),
        "told": len(delays),
        "p50_ms": round(delays[len(delays) // 2] * 1_000),
        "p99_ms": round(delays[int(len(delays) * 0.99)] * 1_000),
        "max_ms": round(delays[-1] * 1_000),
    }


def probe(server: Server, name: str) -> float:
    """Sends an event that makes an issue of its own, and says when it was accepted."""
    event = {"exception": {"values": [{"type": name, "value": "new", "stacktrace": {"frames": [{"function": name}]}}]}}
    body = b"{}\n" + json.dumps({"type": "event"}).encode() + b"\n" + json.dumps(event).encode()
    answer = server.request("POST", f"/api/2/envelope/?sentry_key={server.projects[2].key}", body)
    assert answer.status == 200, answer.body
    return time.monotonic()


def rules(folder: Path, count: int) -> dict[str, object]:
    """What 10,000 rules about numbers over 1,000 projects take, questions to the store included."""
    projects = [Project(number, f"shop-{number}") for number in range(1, PROJECTS + 1)]
    with Server(folder / "server", projects) as server:
        for project in projects:
            for number in range(RULES_EACH):
                server.api(f"/organizations/{ORGANIZATION}/alert-rules/", "POST", rule_about(project.slug, number))
        send_some(folder, server, projects, count)
        time.sleep(SETTLE_MINUTES * 60)
        before = cpu_seconds(server)
        time.sleep(MINUTES * 60)
        took = cpu_seconds(server) - before
        return {"rules": PROJECTS * RULES_EACH, "percent_of_a_core": round(100 * took / (MINUTES * 60), 1), "peak_mb": memory_mb(server)}


def rule_about(project: str, number: int) -> dict[str, object]:
    dataset, aggregate, query, threshold = QUESTIONS[number % len(QUESTIONS)]
    return {
        "name": f"{aggregate} {number}",
        "projects": [project],
        "dataset": dataset,
        "aggregate": aggregate,
        "query": query,
        "timeWindow": (1, 5)[number // len(QUESTIONS) % 2],
        "thresholdType": 0,
        "triggers": [{"label": "critical", "alertThreshold": threshold, "actions": []}],
    }


def send_some(folder: Path, server: Server, projects: list[Project], count: int) -> None:
    """Events of the last minutes, so that questions find something."""
    file = str(folder / "payloads.bin")
    pitbench("gen", "--kind", "mixed", "--count", str(count), "--seed", str(time.time_ns()), "--out", file)
    dsns = ",".join(server.dsn(project.id) for project in projects[:100])
    pitbench("send", "--payloads", file, "--dsn", dsns, "--concurrency", "8")
