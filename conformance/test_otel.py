"""OpenTelemetry's own SDKs, unmodified, against the real binary."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scenarios import CORPUS, Scenario
from server import ORGANIZATION, Server, free_port, wait_until
from services import RUST, otel
from test_sdks import run
from traces import spans_of

STATS = f"/organizations/{ORGANIZATION}/stats_v2/?field=sum(quantity)&groupBy=outcome&statsPeriod=24h&category=span"


def spans(server: Server) -> dict[str, int]:
    """What became of spans."""
    groups = server.api(STATS)["groups"]
    return {group["by"]["outcome"]: group["totals"]["sum(quantity)"] for group in groups}


def test_python(start: Callable[..., Server]) -> None:
    grpc = f"127.0.0.1:{free_port()}"
    server = start(otlp_grpc_listen=grpc)
    answers = json.loads(run(sys.executable, "python_otel.py", server.url, grpc, "1", server.projects[1].key))
    results = {name: answer["result"] for name, answer in answers.items()}
    refused = {"http-refused": "FAILURE", "grpc-refused": "FAILURE"}
    assert results == {"http": "SUCCESS", "http-gzip": "SUCCESS", "grpc": "SUCCESS", "grpc-gzip": "SUCCESS"} | refused
    wait_until(lambda: spans(server).get("accepted") == 8, 20, "two spans of each of four traces are accepted")
    assert set(spans(server)) == {"accepted"}
    for name in set(results) - set(refused):
        check_deposit(server, answers[name]["trace"], "TimeoutError: no rules for player 7")


@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json", "grpc"])
def test_node(protocol: str, start: Callable[..., Server]) -> None:
    server, environment = ready(start, protocol)
    trace = run("node", "node_otel.mjs", environment=environment)
    check_deposit(server, trace, "RangeError: no rules for player 7")


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_rust(protocol: str, start: Callable[..., Server]) -> None:
    server, environment = ready(start, protocol)
    trace = run(str(RUST), "deposit", environment=environment)
    check_deposit(server, trace, "no rules for player 7")  # Rust's errors do not tell their type


def ready(start: Callable[..., Server], protocol: str) -> tuple[Server, dict[str, str]]:
    """A server, and the environment in which OpenTelemetry's SDKs send to it."""
    grpc = f"127.0.0.1:{free_port()}"
    server = start(otlp_grpc_listen=grpc)
    return server, otel(server, 1, "risk", protocol, grpc if protocol == "grpc" else "")


def check_deposit(server: Server, trace: str, error: str) -> None:
    """A server's span with attributes of each type, a link and an event, around a query that failed."""
    wait_until(lambda: len(spans_of(server, trace)) == 2, 20, "both spans are shown")
    deposit, query = spans_of(server, trace)
    assert (deposit["op"], deposit["description"], deposit["is_transaction"]) == ("http.server", "POST /deposit", True)
    assert (query["op"], query["description"], query["parent_span_id"]) == ("db", "SELECT rules", deposit["event_id"])
    assert (query["transaction"], query["status"]) == ("POST /deposit", "internal_error")

    item = trace_item(server, trace, deposit["event_id"])
    attributes = {row["name"]: (row["type"], row["value"]) for row in item["attributes"]}
    assert attributes["casino.amount"] == ("float", 12.5)
    assert attributes["casino.player"] == ("int", 7)
    assert attributes["casino.vip"] == ("str", "true")  # the store keeps texts and numbers
    assert json.loads(attributes["casino.rules"][1]) == ["velocity", "country"]
    about = [attributes[name][1] for name in ("service.name", "release", "environment")]
    assert about == ["risk", "risk@3.0.1", "prod"]
    (event,) = json.loads(attributes["otel.events"][1])
    assert (event["name"], event["attributes"]) == ("rule.matched", {"rule": "velocity"})
    (link,) = item["links"]
    assert (link["traceId"], link["itemId"]) == ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    assert link["attributes"] == [{"name": "casino.why", "type": "str", "value": "retry"}]
    described = {row["name"]: row["value"] for row in trace_item(server, trace, query["event_id"])["attributes"]}
    assert described["normalized_description"] == "SELECT * FROM rules WHERE player = %s"

    wait_until(lambda: spans_of(server, trace)[1]["errors"], 20, "the exception is an error on its span")
    (shown,) = spans_of(server, trace)[1]["errors"]
    assert shown["title"] == error
    event = server.event(1, shown["event_id"])
    assert (event["contexts"]["trace"]["trace_id"], event["contexts"]["trace"]["span_id"]) == (trace, query["event_id"])
    assert [issue["id"] for issue in server.issues(1)] == [event["groupID"]]


def trace_item(server: Server, trace: str, span: str) -> dict[str, Any]:
    slug = server.projects[1].slug
    return server.api(f"/projects/{ORGANIZATION}/{slug}/trace-items/{span}/?item_type=spans&trace_id={trace}")


@pytest.mark.parametrize(
    ("name", "rewrite"),
    [
        ("node-json-live-gateway", "/v1/=/api/1/otlp/v1/"),
        ("python-protobuf-risk-engine", "/api/140/=/api/1/"),
    ],
)
def test_recorded(name: str, rewrite: str, start: Callable[..., Server], tmp_path: Path) -> None:
    """What OpenTelemetry's SDKs were recorded to send becomes the traces that the recording says."""
    server = start([1])
    scenario = Scenario(f"otlp/{name}")
    ids = replay_otlp(server, scenario, rewrite, tmp_path / "ids.json")
    expect = scenario.expect["otlp"]
    traces = [ids.get(trace, trace) for trace in expect["trace_ids"]]

    def shown() -> list[dict[str, Any]]:
        return [span for trace in traces for span in spans_of(server, trace)]

    wait_until(lambda: len(shown()) >= expect["span_count"], 20, "all spans are shown")
    assert Counter(span["description"] for span in shown()) == Counter(expect["spans_by_name"])
    failed = [span for span in shown() if span["status"] not in ("ok", "", "unknown", "cancelled")]
    assert len(failed) == expect["error_spans"]
    if name.startswith("python"):
        wait_until(lambda: server.issues(1), 20, "the exception on a span is an issue")
        assert [row["metadata"]["type"] for row in server.issues(1)] == ["PermissionError"]


def replay_otlp(server: Server, scenario: Scenario, rewrite: str, out: Path) -> dict[str, str]:
    """Sends the requests for traces only: logs and metrics are served by a later part of the product."""
    command = [sys.executable, str(CORPUS / "replay.py"), "--refresh", "--quiet", "--map-out", str(out)]
    command += ["--dsn", server.dsn(1), "--path-rewrite", rewrite, "--only", "traces"]
    done = subprocess.run([*command, str(scenario.folder)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(out.read_text())["ids"]


def test_every_exception_of_a_large_export_is_an_error(start: Callable[..., Server]) -> None:
    server = start([1])
    count, now = 600, time.time_ns()
    spans = [
        {
            "traceId": secrets.token_hex(16),
            "spanId": secrets.token_hex(8),
            "name": f"settle {number}",
            "startTimeUnixNano": str(now - 1_000_000),
            "endTimeUnixNano": str(now),
            "events": [{"timeUnixNano": str(now), "name": "exception", "attributes": [
                {"key": "exception.type", "value": {"stringValue": "SettlementError"}},
                {"key": "exception.message", "value": {"stringValue": "refused"}},
            ]}],
        }
        for number in range(count)
    ]  # fmt: skip
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()
    headers = {"Content-Type": "application/json", "x-sentry-auth": f"sentry sentry_key={server.projects[1].key}"}
    assert server.request("POST", "/v1/traces", body, headers).status == 200
    wait_until(lambda: sum(int(row["count"]) for row in server.issues(1)) == count, 20, "each is counted")
