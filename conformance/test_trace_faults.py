"""What a trace must survive: `kill -9`, spans that make no sense, and senders who say too much."""

from __future__ import annotations

import json
import secrets
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from server import ORGANIZATION, Server, wait_until
from test_faults import ROUNDS, Load, send
from traces import spans_of


def transaction(event_id: str, trace: str, spans: list[dict[str, Any]] | None = None, **changes: Any) -> bytes:
    """An envelope with a transaction of one second and these spans."""
    now = time.time()
    context = {"trace_id": trace, "span_id": event_id[:16], "op": "http.server", "status": "ok"}
    event = {"event_id": event_id, "type": "transaction", "transaction": "POST /bets", "start_timestamp": now - 1}
    event |= {"timestamp": now, "contexts": {"trace": context}, "spans": spans or [], "platform": "python"} | changes
    header = json.dumps({"event_id": event_id}).encode()
    return header + b'\n{"type":"transaction"}\n' + json.dumps(event).encode()


def span(trace: str, number: int, parent: str, **changes: Any) -> dict[str, Any]:
    """A span of half a second in the middle of the transaction's second."""
    now = time.time()
    one = {"trace_id": trace, "span_id": f"{number:016x}", "parent_span_id": parent, "op": "db.query"}
    return one | {"description": "SELECT 1", "start_timestamp": now - 0.75, "timestamp": now - 0.25} | changes


def numbers(server: Server) -> Counter[str]:
    """How often each transaction is stored, by the attribute that counts them."""
    path = f"/organizations/{ORGANIZATION}/events/"
    asked = {"dataset": "spans", "query": "has:bet.number", "statsPeriod": "1h", "per_page": 100}
    rows = server.pages(f"{path}?field=bet.number&field=count()", **asked)
    return Counter({row["bet.number"]: row["count()"] for row in rows})


def test_kill_at_any_moment_loses_and_doubles_no_span(start: Callable[..., Server]) -> None:
    server = start()
    acknowledged: list[str] = []
    for number in range(ROUNDS):
        load = Load(server, lambda event_id: transaction(event_id, secrets.token_hex(16), tags={"bet.number": event_id}))
        wait_until(lambda: len(load.acknowledged) > 50 + 37 * number, 30, "transactions are acknowledged")
        server.kill()
        load.stop()
        acknowledged += load.acknowledged
        server.start()
    wait_until(lambda: set(acknowledged) <= set(numbers(server)), 60, "everything acknowledged is there")
    stored = numbers(server)
    assert [event for event in acknowledged if stored[event] != 1] == []


def test_a_trace_of_nonsense_is_shown_and_says_so(start: Callable[..., Server]) -> None:
    server = start()
    trace, root = secrets.token_hex(16), secrets.token_hex(16)
    spans = [
        span(trace, 1, f"{2:016x}"),
        span(trace, 2, f"{1:016x}"),
        span(trace, 3, "ffffffffffffffff"),
        span(trace, 4, root[:16]),
        span(trace, 4, root[:16], description="SELECT 2"),
    ]
    assert send(server, transaction(root, trace, spans))[0] == 200
    wait_until(lambda: len(spans_of(server, trace)) >= 5, 20, "the spans are shown")
    shown = {one["event_id"]: one for one in spans_of(server, trace)}
    assert len(shown) == 5, "each span once"
    assert "orphan" in shown[f"{3:016x}"]["odd"]
    assert any("cycle" in one["odd"] for one in shown.values())
    assert shown[f"{4:016x}"]["parent_span_id"] == root[:16]


def test_repeated_queries_become_one_issue_with_their_spans(start: Callable[..., Server]) -> None:
    server = start()
    now = time.time()
    for _ in range(3):
        trace, root = secrets.token_hex(16), secrets.token_hex(16)
        spans = [span(trace, 1, root[:16], description="SELECT * FROM players", start_timestamp=now - 1, timestamp=now - 0.9)]
        for number in range(2, 14):
            begun = now - 0.9 + number * 0.02
            text = f"SELECT * FROM bets WHERE player = {number}"
            spans.append(span(trace, number, root[:16], description=text, start_timestamp=begun, timestamp=begun + 0.015))
        assert send(server, transaction(root, trace, spans))[0] == 200
    wait_until(lambda: server.issues(1), 20, "the finding is an issue")
    (issue,) = server.issues(1)
    assert (issue["title"], issue["culprit"]) == ("N+1 Query", "POST /bets")
    assert (issue["issueCategory"], issue["issueType"]) == ("performance", "performance_n_plus_one_db_queries")
    event = server.api(f"/organizations/{ORGANIZATION}/issues/{issue['id']}/events/latest/")
    finding = event["contexts"]["performance_issue"]
    assert len(finding["offender_span_ids"]) >= 5
    shown = {one["event_id"] for one in spans_of(server, event["contexts"]["trace"]["trace_id"])}
    assert set(finding["offender_span_ids"]) <= shown
