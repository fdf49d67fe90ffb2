"""Release health: sessions are counted once, whatever arrives, twice, late, or around a `kill -9`."""

from __future__ import annotations

import http.client
import json
import random
import sys
import time
import urllib.parse
import uuid
from collections.abc import Callable
from typing import Any

from server import ORGANIZATION, Server, wait_until
from test_sdks import run

COUNTED = ("healthy", "errored", "unhandled", "abnormal", "crashed")


def ask(server: Server, *fields: str, **query: Any) -> list[dict[str, Any]]:
    """Groups of the sessions API."""
    pairs = [("field", field) for field in fields] + [("statsPeriod", "48h"), ("interval", "1h")]
    for name, value in query.items():
        pairs += [(name, each) for each in (value if isinstance(value, list) else [value])]
    return server.api(f"/organizations/{ORGANIZATION}/sessions/?{urllib.parse.urlencode(pairs)}")["groups"]


def by_status(server: Server, project: int, **query: Any) -> dict[str, int]:
    groups = ask(server, "sum(session)", groupBy="session.status", project=project, includeSeries=0, **query)
    return {group["by"]["session.status"]: group["totals"]["sum(session)"] for group in groups}


def total(server: Server, project: int, **query: Any) -> int:
    return sum(by_status(server, project, **query).values())


def test_python_requests_and_runs(start: Callable[..., Server]) -> None:
    server = start()
    done = json.loads(run(sys.executable, "python_sessions.py", server.dsn(1)))
    assert done["requests"] == {"well": 17, "badly": 2, "very-badly": 1}
    wait_until(lambda: total(server, 1) == 28, 20, "all sessions are counted")
    shop = by_status(server, 1, query="release:shop@1.0.0")
    assert [shop[name] for name in COUNTED] == [17, 2, 0, 0, 1]
    fields = ("sum(session)", "crash_free_rate(session)", "crash_rate(session)", "count_unique(user)", "crash_free_rate(user)")
    shop, desk = (ask(server, *fields, query=f"release:{name}")[0]["totals"] for name in ("shop@1.0.0", "desk@2.0.0"))
    assert (shop["crash_free_rate(session)"], shop["crash_rate(session)"]) == (0.95, 0.05)
    assert (shop["count_unique(user)"], shop["crash_free_rate(user)"]) == (0, None)
    assert (desk["sum(session)"], desk["crash_free_rate(session)"]) == (8, 0.875)
    assert (desk["count_unique(user)"], desk["crash_free_rate(user)"]) == (4, 0.75)
    series = ask(server, "sum(session)", groupBy=["project", "release", "environment"])
    assert {group["by"]["release"]: sum(group["series"]["sum(session)"]) for group in series} == {
        "shop@1.0.0": 20,
        "desk@2.0.0": 8,
    }
    assert {(group["by"]["project"], group["by"]["environment"]) for group in series} == {(1, "prod")}
    check_release(server)


def test_node_process(start: Callable[..., Server]) -> None:
    server = start()
    run("node", "node_app.mjs", server.dsn(1))
    wait_until(lambda: total(server, 1) == 1, 20, "the process is one session")
    assert by_status(server, 1)["errored"] == 1, "it caught its errors"


def check_release(server: Server) -> None:
    path = f"/organizations/{ORGANIZATION}/releases"
    release = server.api(f"{path}/shop@1.0.0/?health=1&adoptionStages=1")
    (project,) = release["projects"]
    health = project["healthData"]
    assert project["hasHealthData"] and health["hasHealthData"]
    assert (health["totalSessions"], health["totalSessions24h"], health["totalProjectSessions24h"]) == (20, 20, 28)
    assert (health["crashFreeSessions"], health["sessionsCrashed"], health["sessionsErrored"]) == (95.0, 1, 2)
    assert health["crashFreeUsers"] is None
    assert round(health["sessionsAdoption"], 2) == 71.43
    assert sum(count for _, count in health["stats"]["24h"]) == 20
    assert release["adoptionStages"][project["slug"]]["stage"] == "adopted"
    rows = {row["version"]: row for row in server.api(f"{path}/?health=1")}
    assert rows["desk@2.0.0"]["projects"][0]["healthData"]["totalUsers"] == 4
    assert rows["desk@2.0.0"]["adoptionStages"] is None


def update(sid: str, sequence: int, status: str, release: str = "web@1") -> dict[str, Any]:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "sid": sid, "did": sid[:2], "seq": sequence, "init": sequence == 0, "started": now, "timestamp": now,
        "status": status, "errors": int(status not in ("ok", "exited")),
        "attrs": {"release": release, "environment": "prod"},
    }  # fmt: skip


def counts(exited: int, crashed: int) -> dict[str, Any]:
    started = time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime())
    bucket = {"started": started, "exited": exited, "crashed": crashed}
    return {"aggregates": [bucket], "attrs": {"release": "api@1", "environment": "prod"}}


def envelope(items: list[tuple[str, dict[str, Any]]]) -> bytes:
    lines = [b"{}"]
    for kind, payload in items:
        lines += [json.dumps({"type": kind}).encode(), json.dumps(payload).encode()]
    return b"\n".join(lines) + b"\n"


def send(server: Server, body: bytes) -> bool:
    """True when it was acknowledged."""
    key = server.projects[1].key
    headers = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key}"}
    try:
        link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        link.request("POST", "/api/1/envelope/", body, headers)
        return link.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False


def test_kill_in_the_middle_counts_nothing_twice_or_not_at_all(start: Callable[..., Server]) -> None:
    server = start()
    dice = random.Random(7)
    expected = {"exited": 0, "crashed": 0}
    for _ in range(4):
        sessions = [(uuid.UUID(int=dice.getrandbits(128)).hex, dice.choice(("exited", "crashed"))) for _ in range(400)]
        updates = [("session", update(sid, 0, "ok")) for sid, _ in sessions]
        updates += [("session", update(sid, 1, status)) for sid, status in sessions] * 2
        dice.shuffle(updates)
        sent = 0
        for place in range(0, len(updates), 50):
            # What a server adds up is sent once, so only what was acknowledged must be there.
            assert send(server, envelope([*updates[place : place + 50], ("sessions", counts(3, 1))]))
            sent += 1
        for _, status in sessions:
            expected[status] += 1
        expected["exited"] += 3 * sent
        expected["crashed"] += sent
        server.kill()
        server.start()
    wait_until(lambda: total(server, 1) == sum(expected.values()), 30, "everything is counted")
    time.sleep(1)
    found = by_status(server, 1)
    assert found == {"healthy": expected["exited"], "crashed": expected["crashed"], "errored": 0, "unhandled": 0, "abnormal": 0}
    path = f"/organizations/{ORGANIZATION}/stats_v2/?field=sum(quantity)&groupBy=outcome&category=session&statsPeriod=1d"
    groups = server.api(path)["groups"]
    accepted = [group["totals"]["sum(quantity)"] for group in groups if group["by"]["outcome"] == "accepted"]
    assert accepted == [4 * (1200 + 24)]


def test_what_cannot_be_counted_is_accounted_for(start: Callable[..., Server]) -> None:
    server = start()
    old = {**update("a" * 32, 0, "ok"), "started": "2020-01-01T00:00:00Z"}
    nameless = {**update("b" * 32, 0, "ok"), "attrs": {}}
    broken = ("session", {"sid": "c" * 32})
    assert send(server, envelope([("session", old), ("session", nameless), broken, ("session", update("d" * 32, 0, "ok"))]))
    wait_until(lambda: total(server, 1) == 1, 20, "the good one is counted")
    path = f"/organizations/{ORGANIZATION}/stats_v2/?field=sum(quantity)&groupBy=reason&category=session&outcome=invalid&statsPeriod=1d"
    wait_until(lambda: len(server.api(path)["groups"]) == 3, 20, "the others have reasons")
    reasons = {group["by"]["reason"]: group["totals"]["sum(quantity)"] for group in server.api(path)["groups"]}
    assert reasons == {"timestamp": 1, "invalid_release": 1, "invalid_session": 1}
    answer = server.request("GET", f"/api/0/organizations/{ORGANIZATION}/sessions/?field=sum(session)")
    assert answer.status == 401
