"""Who changed rules, routing, channels, silences and on-call, and how: kept in the order it happened, without secrets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from server import ORGANIZATION, READER, TOKEN, Project, Server
from test_metric_alerts import rule as metric_rule

BASE = f"/organizations/{ORGANIZATION}"
RULES = f"/projects/{ORGANIZATION}/shop/rules/"
LAYER = {"people": ["a@example.com"], "starts": "2026-01-01T00:00:00Z"}
SECRET = "s3cret-that-nobody-sees"


@pytest.fixture
def server(start: Callable[..., Server], tmp_path: Any) -> Iterator[Server]:
    with Server(tmp_path / "audited", [Project(1, "shop")]) as server:
        yield server


def log(server: Server, query: str = "") -> list[Any]:
    return server.api(f"{BASE}/audit-logs/?{query}")["rows"]


def told(row: Any) -> tuple[str, str, dict[str, Any]]:
    return row["event"], row["data"]["name"], row["data"]["changes"]


def test_each_change_is_kept_with_what_it_was_before(server: Server) -> None:
    made = server.api(RULES, "POST", {"name": "Payments", "when": ["new issue"], "then": ["mail owners"]})
    server.api(f"{RULES}{made['id']}/", "PUT", {"name": "Pay", "frequency": 60})
    # Nothing is changed, so nothing is noted.
    server.api(f"{RULES}{made['id']}/", "PUT", {"name": "Pay", "frequency": 60})
    server.api(f"{RULES}{made['id']}/snooze/", "POST", {"target": "everyone", "until": "2099-01-01T00:00:00Z"})
    server.api(f"{RULES}{made['id']}/snooze/", "DELETE")
    server.api(f"{RULES}{made['id']}/", "DELETE")
    rows = log(server)
    quiet = [row["data"]["changes"].get("quiet") for row in rows[1:3]]
    assert quiet == [["2099-01-01T00:00:00Z", None], [None, "2099-01-01T00:00:00Z"]]
    rows = rows[:1] + rows[3:]
    assert [row["event"] for row in rows] == ["rule.remove", "rule.edit", "rule.create"]
    assert told(rows[1]) == ("rule.edit", "Pay", {"name": ["Payments", "Pay"], "frequency": [30, 60]})
    assert rows[2]["data"]["changes"]["name"] == [None, "Payments"] and rows[0]["data"]["changes"]["name"] == ["Pay", None]
    one = rows[1]
    assert (one["targetObject"], one["targetUser"], one["ipAddress"], one["note"]) == (int(made["id"]), None, None, "changed the rule Pay")
    # A token that is nobody's is told by its name.
    assert one["actor"] == {"id": None, "name": "tests", "email": None} and one["data"]["program"] == "tests"
    assert [int(row["id"]) for row in rows] == sorted((int(row["id"]) for row in rows), reverse=True)
    assert one["dateCreated"].startswith("20")


THINGS: list[tuple[str, str, str, dict[str, Any], dict[str, Any], list[Any]]] = [
    (
        "alertrule", "alert-rules", "timeWindow", metric_rule(),
        {"timeWindow": 5}, [1, 5],
    ),
    (
        "channel", "alert-channels", "settings.channel",
        {"kind": "slack", "name": "ops", "settings": {"channel": "#a"}, "secrets": {"token": SECRET}},
        {"settings": {"channel": "#b"}}, ["#a", "#b"],
    ),
    (
        "silence", "alert-silences", "comment", {"matchers": ["a=\"b\""], "endsAt": "2099-01-01T00:00:00Z", "comment": "x"},
        {"comment": "y"}, ["x", "y"],
    ),
    (
        "maintenance", "alert-maintenance", "window.minutes",
        {"name": "m", "matchers": ["a=\"b\""], "window": {"crontab": "0 3 * * *", "minutes": 5}},
        {"window": {"crontab": "0 3 * * *", "minutes": 6}}, [5, 6],
    ),
    (
        "rotation", "on-call", "layers.0.people.0", {"name": "r", "layers": [LAYER]},
        {"layers": [LAYER | {"people": ["b@example.com"]}]}, ["a@example.com", "b@example.com"],
    ),
    (
        "escalation", "escalation-policies", "steps.0.waitMinutes",
        {"name": "e", "steps": [{"waitMinutes": 5, "targets": [{"mail": "a@example.com"}]}]},
        {"steps": [{"waitMinutes": 7, "targets": [{"mail": "a@example.com"}]}]}, [5, 7],
    ),
]  # fmt: skip


def test_every_kind_of_thing_is_noted(server: Server) -> None:
    for subject, place, path, body, change, pair in THINGS:
        body = body | ({"projects": ["shop"]} if subject == "alertrule" else {})
        identifier = server.api(f"{BASE}/{place}/", "POST", body)["id"]
        server.api(f"{BASE}/{place}/{identifier}/", "PUT", change)
        server.api(f"{BASE}/{place}/{identifier}/", "DELETE")
        rows = log(server, f"target={subject}:{identifier}")
        # A silence that is ended stays in the list, so that is a change.
        last = "silence.edit" if subject == "silence" else f"{subject}.remove"
        assert [row["event"] for row in rows] == [last, f"{subject}.edit", f"{subject}.create"], (subject, rows)
        assert rows[1]["data"]["changes"][path] == pair, rows[1]

    routing = {"route": {"receiver": "a"}, "receivers": [{"name": "a", "targets": [{"mail": "a@example.com"}]}]}
    server.api(f"{BASE}/alert-routing/", "PUT", routing)
    server.api(f"{BASE}/alert-routing/", "PUT", routing | {"route": {"receiver": "a", "group_wait": "5s"}})
    server.api(f"{BASE}/alert-routing/", "PUT", {"route": None})
    assert [row["event"] for row in log(server)[:3]] == ["routing.remove", "routing.edit", "routing.create"]
    assert log(server)[1]["data"]["changes"] == {"route.group_wait": [None, "5s"]}


def test_secrets_are_never_kept(server: Server) -> None:
    body = {"kind": "webhook", "name": "hook", "settings": {"url": f"https://hooks.example/{SECRET}"}, "secrets": {"secret": SECRET}}
    identifier = server.api(f"{BASE}/alert-channels/", "POST", body)["id"]
    server.api(f"{BASE}/alert-channels/{identifier}/", "PUT", {"secrets": {"secret": SECRET + "2"}})
    rows = log(server)
    assert rows[0]["data"]["changes"] == {"secrets": [None, ["secret"]]}
    assert sorted(rows[1]["data"]["changes"]["secrets"][1]) == ["secret", "url"]
    assert SECRET not in json.dumps(rows)
    server.stop()
    stored = b"".join(file.read_bytes() for file in server.data.rglob("alarm.sqlite*"))
    assert stored and SECRET.encode() not in stored


def test_the_list_has_pages_and_filters(server: Server) -> None:
    for number in range(5):
        server.api(f"{BASE}/alert-silences/", "POST", {"matchers": [f"a=\"{number}\""], "endsAt": "2099-01-01T00:00:00Z"})
    server.api(RULES, "POST", {"name": "Payments", "when": ["new issue"], "then": ["mail owners"]})
    headers = {"Authorization": f"Bearer {TOKEN}"}
    first = server.request("GET", f"/api/0{BASE}/audit-logs/?per_page=4", headers=headers)
    assert len(first.json()["rows"]) == 4 and 'rel="next"; results="true"' in first.headers["link"]
    cursor = first.headers["link"].rpartition('cursor="')[2].split('"')[0]
    rest = log(server, f"per_page=4&cursor={cursor}")
    assert len(rest) == 2 and int(rest[0]["id"]) < int(first.json()["rows"][-1]["id"])
    assert [row["event"] for row in log(server, "event=rule.create")] == ["rule.create"]
    assert log(server, "actor=77") == [] and len(log(server, "statsPeriod=1h")) == 6
    assert "rule.edit" in server.api(f"{BASE}/audit-logs/")["options"]
    for wrong in ("event=nothing", "actor=x", "target=rule", "target=rule:x", "cursor=x"):
        assert server.request("GET", f"/api/0{BASE}/audit-logs/?{wrong}", headers=headers).status == 400, wrong


def test_only_owners_and_managers_read_it_and_people_are_named(server: Server) -> None:
    path = f"/api/0{BASE}/audit-logs/"
    assert server.request("GET", path).status == 401
    assert server.request("GET", path, headers={"Authorization": f"Bearer {READER}"}).status == 403
    for method in ("POST", "PUT", "DELETE"):
        assert server.request(method, path, b"{}", {"Authorization": f"Bearer {TOKEN}"}).status == 405

    login = json.dumps({"email": "owner@example.com", "password": "correct horse battery staple"}).encode()
    answer = server.request("POST", "/auth/login", login, {"Content-Type": "application/json"})
    assert answer.status in (200, 204), answer.body
    cookie = answer.headers["set-cookie"].split(";")[0]
    csrf = server.request("GET", "/api/ui/bootstrap", headers={"Cookie": cookie}).json()["csrfToken"]
    person = {"Cookie": cookie, "X-CSRF-Token": csrf, "Content-Type": "application/json"}
    silence = json.dumps({"matchers": ["a=\"b\""], "endsAt": "2099-01-01T00:00:00Z"}).encode()
    assert server.request("POST", f"/api/0{BASE}/alert-silences/", silence, person).status == 201
    (row,) = log(server)
    assert row["actor"]["email"] == "owner@example.com" and row["actor"]["id"] and row["data"]["program"] == ""
    assert log(server, f"actor={row['actor']['id']}") == [row]
