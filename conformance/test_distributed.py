"""One request through several services with official SDKs is one trace with the right parents."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable

from server import ORGANIZATION, Server, free_port, wait_until
from test_sdks import CLIENTS, run
from traces import spans_of


def test_node_calls_python(start: Callable[..., Server]) -> None:
    server = start([1, 2])
    port = free_port()
    command = [sys.executable, "python_wallet.py", server.dsn(2), str(port)]
    wallet = subprocess.Popen(command, cwd=CLIENTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert wallet.stdout is not None and wallet.stdout.readline() == b"serving\n"
        url = f"http://127.0.0.1:{port}/players/7/balance"
        wait_until(lambda: is_open(port), 10, "the wallet listens")
        trace = run("node", "node_caller.mjs", server.dsn(1), url)
    finally:
        wallet.communicate(timeout=20)

    wait_until(lambda: len(spans_of(server, trace)) >= 4, 20, "the spans of both services are shown")
    spans = {span["event_id"]: span for span in spans_of(server, trace)}
    (entered,) = [span for span in spans.values() if span["is_transaction"] and span["project_id"] == 1]
    (served,) = [span for span in spans.values() if span["is_transaction"] and span["project_id"] == 2]
    called = spans[served["parent_span_id"]]
    assert (entered["parent_span_id"], entered["transaction"]) == (None, "POST /spin")
    assert (called["op"], called["parent_span_id"]) == ("http.client", entered["event_id"])
    assert served["transaction"] == "/players/{player}/balance"
    (query,) = [span for span in spans.values() if span["op"].startswith("db")]
    assert query["project_id"] == 2
    assert not any(span["odd"] for span in spans.values())

    roots = server.api(f"/organizations/{ORGANIZATION}/trace/{trace}/")
    assert [root["event_id"] for root in roots if root["event_type"] == "span"] == [entered["event_id"]]


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
