"""Which traces stay: what the rules promise, whatever order spans come in and whenever the server dies."""

from __future__ import annotations

import json
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from server import ORGANIZATION, Server, wait_until
from test_faults import send


def span(trace: str, kind: str, **changes: Any) -> dict[str, Any]:
    """A streamed span that says what kind of trace it is of."""
    now = time.time()
    attributes = {"kind": {"type": "string", "value": kind}}
    attributes |= {name: {"type": "string", "value": value} for name, value in changes.pop("attributes", {}).items()}
    one = {"trace_id": trace, "span_id": secrets.token_hex(8), "name": "GET /bets", "status": "ok", "is_segment": True}
    return one | {"start_timestamp": now - 0.02, "end_timestamp": now, "attributes": attributes} | changes


def send_spans(server: Server, spans: list[dict[str, Any]]) -> None:
    """Sends them a hundred at a time."""
    for start in range(0, len(spans), 100):
        some = spans[start : start + 100]
        header = {"type": "span", "item_count": len(some), "content_type": "application/vnd.sentry.items.span.v2+json"}
        body = b"{}\n" + json.dumps(header).encode() + b"\n" + json.dumps({"version": 2, "items": some}).encode()
        assert send(server, body)[0] == 200


def settings(server: Server, **changes: Any) -> dict[str, Any]:
    """Changes rules of sampling; what a test does not speak of is off."""
    path = f"/projects/{ORGANIZATION}/{server.projects[1].slug}/sampling/"
    wanted = server.api(path)["defaults"]
    wanted |= {"rare": {"count": 0}, "slow": {"quantile": 0.95, "rate": 0}, "newRelease": {"hours": 24, "rate": 0.1}}
    answer = server.api(path, "PUT", wanted | {"background": {"min": 0.02, "max": 0.02}} | changes)
    return answer["settings"]


def stored(server: Server) -> dict[str, list[tuple[str, float]]]:
    """For each kind its spans: their traces, and how many each stands for."""
    path = f"/organizations/{ORGANIZATION}/events/?field=id&field=trace&field=kind&field=sampling_weight"
    rows = server.pages(path, dataset="spans", statsPeriod="1h", per_page=100, query="has:kind")
    kinds: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for row in rows:
        kinds[row["kind"]].append((row["trace"], row["sampling_weight"]))
    return kinds


def count(server: Server, query: str) -> int:
    path = f"/organizations/{ORGANIZATION}/events/?field=count()"
    return server.pages(path, dataset="spans", statsPeriod="1h", query=query)[0]["count()"]


def judged(server: Server) -> int:
    """Spans that were kept or thinned out since the server was started."""
    lines = server.request("GET", "/-/metrics").body.decode().splitlines()
    return sum(int(line.rpartition(" ")[2]) for line in lines if line.startswith("pitwatch_sampling_spans_total{"))


def is_read(server: Server) -> bool:
    lines = server.request("GET", "/-/metrics").body.decode().splitlines()
    return 'pitwatch_pipeline_lag_bytes{lane="traces"} 0' in lines


def thin(server: Server, spans: int) -> None:
    """Puts everything into parts and has them thinned out."""
    wait_until(lambda: is_read(server), 30, "everything is read from the log")
    server.stop()
    server.settings["newest_minutes"] = "0"
    server.start()
    wait_until(lambda: judged(server) >= spans, 60, f"{spans} spans are judged")


def test_rules_keep_what_they_promise_and_weights_tell_the_rest(start: Callable[..., Server]) -> None:
    server = start()
    settings(server)
    spans = [span(secrets.token_hex(16), "rest") for _ in range(3000)]
    spans += [span(secrets.token_hex(16), "payout", name="POST /withdrawals") for _ in range(1000)]
    spans += [span(secrets.token_hex(16), "canary", attributes={"deployment": "canary"}) for _ in range(1500)]
    spans += [span(secrets.token_hex(16), "health", name="GET /healthz") for _ in range(100)]
    failed = {secrets.token_hex(16) for _ in range(50)}
    spans += [span(trace, "failed") for trace in failed]
    # What failed is somewhere else in the trace, and comes last.
    spans += [span(trace, "cause", status="error", is_segment=False) for trace in failed]
    linked = secrets.token_hex(16)
    spans.append(span(linked, "linked"))
    send_spans(server, spans)
    context = {"trace_id": linked, "span_id": "1" * 16}
    event = {"event_id": secrets.token_hex(16), "message": "no bet", "contexts": {"trace": context}}
    assert send(server, b'{}\n{"type":"event"}\n' + json.dumps(event).encode())[0] == 200
    wait_until(lambda: count(server, "has:kind") == len(spans), 30, "everything is kept while it is new")
    thin(server, len(spans))
    kinds = stored(server)
    assert {trace for trace, weight in kinds["failed"] if weight == 1} == failed
    assert {trace for trace, _ in kinds["cause"]} == failed
    assert kinds["linked"] == [(linked, 1)], "an error event saves its trace"
    assert "health" not in kinds
    assert 440 <= len(kinds["payout"]) <= 560 and {weight for _, weight in kinds["payout"]} == {2}
    assert 100 <= len(kinds["canary"]) <= 200 and {weight for _, weight in kinds["canary"]} == {10}
    assert 30 <= len(kinds["rest"]) <= 95 and {weight for _, weight in kinds["rest"]} == {50}
    # Four standard deviations.
    for kind, all_of, share in [("payout", 1000, 0.5), ("canary", 1500, 0.1), ("rest", 3000, 0.02)]:
        sd = (all_of * (1 - share) / share) ** 0.5
        assert abs(count(server, f"kind:{kind}") - all_of) < 4 * sd
    # Nothing is thinned out twice.
    thin(server, 0)
    assert stored(server) == kinds


def test_no_verdict_is_lost_when_the_server_dies(start: Callable[..., Server]) -> None:
    server = start()
    settings(server)
    failed: set[str] = set()
    total = 0
    for number in range(6):
        traces = [secrets.token_hex(16) for _ in range(10)]
        failed |= set(traces)
        causes = [span(trace, "cause", status="error", is_segment=False) for trace in traces]
        rest = [span(trace, "failed") for trace in traces] + [span(secrets.token_hex(16), "rest") for _ in range(200)]
        send_spans(server, causes if number % 2 == 0 else rest)
        # Sealed or not, and killed: half of a trace is in another part than what speaks for it.
        if number % 3 == 0:
            server.stop()
            server.start()
        send_spans(server, rest if number % 2 == 0 else causes)
        total += len(causes) + len(rest)
        server.kill()
        server.start()
    wait_until(lambda: is_read(server), 30, "everything is read from the log")
    server.stop()
    # Thinning itself is killed as well.
    server.settings["newest_minutes"] = "0"
    for number in range(8):
        server.start()
        time.sleep(0.15 * number)
        server.kill()
    server.start()
    wait_until(lambda: len(stored(server)["rest"]) < 200, 60, "everything is thinned out")
    kinds = stored(server)
    for kind in ("failed", "cause"):
        assert Counter(trace for trace, _ in kinds[kind]) == Counter(failed)
    assert {weight for _, weight in kinds["rest"]} == {50}


def test_late_spans_go_the_way_of_their_trace(start: Callable[..., Server]) -> None:
    server = start()
    traces = [secrets.token_hex(16) for _ in range(400)]
    for share in (0.5, 0.1, 0.5):
        settings(server, background={"min": share, "max": share})
        send_spans(server, [span(trace, "rest", is_segment=share == 0.5) for trace in traces])
        thin(server, len(traces))
    spans = Counter(trace for trace, _ in stored(server)["rest"])
    assert set(spans.values()) == {3}, "all of a trace, or none"
    assert 150 < len(spans) < 250


def test_settings_are_checked_and_previewed(start: Callable[..., Server]) -> None:
    server = start()
    wanted = settings(server, spansPerSecond=1000)
    assert wanted["spansPerSecond"] == 1000
    path = f"/api/0/projects/{ORGANIZATION}/{server.projects[1].slug}/sampling/"
    headers = {"Authorization": "Bearer pwt_conformance0123456789", "Content-Type": "application/json"}
    wrong = wanted | {"rules": [{"name": "mine", "query": "span.duration:slow", "sampleRate": 0.5}]}
    answer = server.request("PUT", path, json.dumps(wrong).encode(), headers)
    assert answer.status == 400 and "rules.0.query" in answer.json()
    send_spans(server, [span(secrets.token_hex(16), "rest") for _ in range(300)])
    send_spans(server, [span(secrets.token_hex(16), "failed", status="error") for _ in range(60)])
    wait_until(lambda: count(server, "has:kind") == 360, 30, "everything is stored")
    preview = server.request("POST", f"{path}preview/", json.dumps(wanted).encode(), headers).json()
    rules = {rule["rule"]: rule for rule in preview["rules"] if rule["place"] is None}
    assert preview["tracesLookedAt"] == 360
    assert round(rules["error"]["kept"] * preview["seconds"]) == 60
    assert round(rules["background"]["kept"] * preview["seconds"]) == 6
    assert preview["bytesKeptPerDay"] < preview["bytesPerDay"]
