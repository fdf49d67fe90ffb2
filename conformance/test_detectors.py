"""Thresholds of performance detectors, by Sentry's API: in effect at once, for those who may change a project."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

from server import ORGANIZATION, READER, Server, wait_until
from traces import spans_of

CONFIGURE = f"/projects/{ORGANIZATION}/project-1/performance-issues/configure/"


def test_thresholds_are_in_effect_without_a_restart(start: Callable[..., Server]) -> None:
    server = start()
    assert server.api(CONFIGURE)["n_plus_one_db_count"] == 5
    many_queries(server, "/before")
    wait_until(lambda: culprits(server) == {"/before"}, 20, "the queries are an issue")

    changed = server.api(CONFIGURE, "PUT", {"n_plus_one_db_count": 50})
    assert changed == {"n_plus_one_db_count": 50}
    many_queries(server, "/while")
    server.api(CONFIGURE, "DELETE")
    assert server.api(CONFIGURE)["n_plus_one_db_count"] == 5

    switch = "n_plus_one_db_queries_detection_enabled"
    server.api(CONFIGURE, "PUT", {switch: False})
    many_queries(server, "/off")
    server.api(CONFIGURE, "DELETE")
    assert server.api(CONFIGURE)[switch] is False, "a reset is about thresholds"
    server.api(CONFIGURE, "PUT", {switch: True})
    many_queries(server, "/after")
    wait_until(lambda: culprits(server) == {"/before", "/after"}, 20, "only what is looked for is found")


def test_who_may_change_them(start: Callable[..., Server]) -> None:
    server = start()

    def ask(method: str, body: Any = None, token: str = READER) -> int:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return server.request(method, f"/api/0{CONFIGURE}", json.dumps(body or {}).encode(), headers).status

    assert ask("GET") == 200
    assert ask("PUT", {"n_plus_one_db_count": 9}) == 403
    assert ask("DELETE") == 403
    assert ask("GET", token="pwt_nobody0123456789") == 401
    assert server.api(CONFIGURE)["n_plus_one_db_count"] == 5


def test_what_cannot_be_is_refused(start: Callable[..., Server]) -> None:
    server = start()

    def refused(body: Any) -> Any:
        headers = {"Authorization": "Bearer pwt_conformance0123456789", "Content-Type": "application/json"}
        answer = server.request("PUT", f"/api/0{CONFIGURE}", json.dumps(body).encode(), headers)
        assert answer.status == 400
        return answer.json()

    assert refused({"n_plus_one_db_count": 1}) == {"n_plus_one_db_count": ["This value must be between 2 and 1000."]}
    assert refused({"nonsense": 1}) == {"detail": "Invalid settings option: nonsense"}
    assert refused({}) == {"detail": "Invalid settings option"}
    assert server.api(CONFIGURE)["n_plus_one_db_count"] == 5


def test_findings_are_searched_by_type(start: Callable[..., Server]) -> None:
    server = start()
    many_queries(server, "/balances")
    wait_until(lambda: culprits(server) == {"/balances"}, 20, "the queries are an issue")

    def found(query: str) -> set[str]:
        return {issue["issueType"] for issue in server.issues(1, query)}

    n_plus_one = "performance_n_plus_one_db_queries"
    assert found(f"issue.type:{n_plus_one}") == {n_plus_one}
    assert n_plus_one not in found(f"!issue.type:{n_plus_one}")
    assert found(f"issue.type:[error,{n_plus_one}]") == {n_plus_one}
    assert found("issue.type:performance_slow_db_query") == set()
    assert n_plus_one in found("issue.category:performance")


def test_findings_know_what_their_transaction_said(start: Callable[..., Server]) -> None:
    server = start()
    many_queries(server, "/spins")
    wait_until(lambda: culprits(server) == {"/spins"}, 20, "the queries are an issue")
    issue = next(issue for issue in server.issues(1) if issue["title"].startswith("N+1 Query"))
    event = server.api(f"/issues/{issue['id']}/events/latest/")
    tags = {tag["key"]: tag["value"] for tag in event["tags"]}
    assert (tags["market"], tags["service"]) == ("de", "user")
    assert event["contexts"]["flags"]["values"] == [{"flag": "lobbyNPlusOne", "result": True}]


def many_queries(server: Server, name: str) -> None:
    """A request that makes a query for each of ten players. Waits until it is shown, so that it was looked at."""
    trace, root = secrets.token_hex(16), secrets.token_hex(8)
    now = time.time() - 1
    queries = [
        {
            "trace_id": trace,
            "span_id": secrets.token_hex(8),
            "parent_span_id": root,
            "op": "db.sql.query",
            "description": "SELECT id FROM players" if number == 0 else "SELECT balance FROM wallet WHERE player = %s",
            "start_timestamp": now + number * 0.02,
            "timestamp": now + number * 0.02 + 0.015,
        }
        for number in range(11)
    ]
    event = {
        "event_id": secrets.token_hex(16),
        "type": "transaction",
        "transaction": name,
        "transaction_info": {"source": "route"},
        "start_timestamp": now,
        "timestamp": now + 0.3,
        "tags": {"market": "de", "service": "user"},
        "contexts": {
            "trace": {"trace_id": trace, "span_id": root, "op": "http.server"},
            "flags": {"values": [{"flag": "lobbyNPlusOne", "result": True}]},
        },
        "spans": queries,
    }
    body = "\n".join(["{}", '{"type":"transaction"}', json.dumps(event), ""]).encode()
    key = server.projects[1].key
    answer = server.request("POST", f"/api/1/envelope/?sentry_key={key}", body)
    assert answer.status == 200, answer.body
    wait_until(lambda: len(spans_of(server, trace)) == 12, 20, f"the spans of {name} are shown")


def culprits(server: Server) -> set[str]:
    """Where queries for each of many rows were found."""
    return {issue["culprit"] for issue in server.issues(1) if issue["title"].startswith("N+1 Query")}
