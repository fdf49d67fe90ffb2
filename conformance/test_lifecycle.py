"""What becomes of an issue: new, resolved, regressed, archived, returned, escalating; seen by the API."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

from server import ORGANIZATION, Server, wait_until
from test_faults import send

HERE = f"/organizations/{ORGANIZATION}"


def report(server: Server, release: str = "", count: int = 1) -> str:
    """Sends so many errors of one kind and waits until they are counted; the id of their issue."""
    before = sum(int(issue["count"]) for issue in server.issues(1))
    for _ in range(count):
        event = secrets.token_hex(16)
        error = {"type": "PayoutError", "value": "no account"}
        body = {"event_id": event, "platform": "python", "exception": {"values": [error]}} | ({"release": release} if release else {})
        assert send(server, "\n".join([json.dumps({"event_id": event}), '{"type":"event"}', json.dumps(body)]).encode())[0] == 200
    wait_until(lambda: sum(int(issue["count"]) for issue in server.issues(1)) == before + count, 20, "the errors are counted")
    (issue,) = server.issues(1)
    return issue["id"]


def change(server: Server, issue: str, **fields: Any) -> None:
    server.api(f"{HERE}/issues/{issue}/", "PUT", fields)


def state(server: Server, issue: str) -> tuple[str, str | None]:
    found = server.api(f"{HERE}/issues/{issue}/")
    return found["status"], found["substatus"]


def happened(server: Server, issue: str) -> list[str]:
    activity = server.api(f"{HERE}/issues/{issue}/activities/")["activity"]
    return [one["type"] for one in reversed(activity)]


def test_every_state_that_events_and_people_lead_to(start: Callable[..., Server]) -> None:
    server = start()
    issue = report(server, "api@1.9.0")
    assert state(server, issue) == ("unresolved", "new")

    change(server, issue, status="resolved", statusDetails={"inRelease": "api@1.9.0"})
    report(server, "api@1.8.5")
    report(server, "api@1.9.0")
    assert state(server, issue) == ("resolved", None)
    report(server, "api@1.10.0")
    assert state(server, issue) == ("unresolved", "regressed")
    change(server, issue, status="resolvedInNextRelease")
    report(server, "api@1.10.0")
    assert state(server, issue) == ("resolved", None)
    report(server, "api@1.11.0")
    assert state(server, issue) == ("unresolved", "regressed")

    change(server, issue, status="ignored", statusDetails={"ignoreCount": 3, "ignoreWindow": 60})
    report(server, count=2)
    assert state(server, issue) == ("ignored", "archived_until_condition_met")
    report(server)
    assert state(server, issue) == ("unresolved", "ongoing")
    change(server, issue, status="ignored", substatus="archived_forever")
    report(server, count=20)
    assert state(server, issue) == ("ignored", "archived_forever")
    change(server, issue, status="unresolved")
    assert state(server, issue) == ("unresolved", "ongoing")

    change(server, issue, status="ignored", substatus="archived_until_escalating")
    # Of an issue younger than a week, an hour may have ten times what its worst hour had.
    report(server, count=150)
    assert state(server, issue) == ("ignored", "archived_until_escalating")
    report(server, count=150)
    assert state(server, issue) == ("unresolved", "escalating")
    assert [row["id"] for row in server.issues(1, "is:escalating")] == [issue]
    assert happened(server, issue) == [
        "set_resolved_in_release", "set_regression", "set_resolved_in_release", "set_regression", "set_ignored",
        "set_unresolved", "set_ignored", "set_unresolved", "set_ignored", "set_escalating",
    ]  # fmt: skip
