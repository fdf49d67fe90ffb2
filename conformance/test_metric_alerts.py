"""Rules about numbers: an SDK's errors make a rule fire and be over; the preview says when it would have."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from server import ORGANIZATION, READER, TOKEN, Answer, Project, Server, wait_until

RULES = f"/organizations/{ORGANIZATION}/alert-rules/"
INCIDENTS = f"/organizations/{ORGANIZATION}/incidents/"
# A minute until it has ended, and what it takes to settle and to be asked for.
FIRES = 150

FAILS = """
import sentry_sdk
sentry_sdk.init(dsn={dsn!r}, environment="production", traces_sample_rate=1.0)
for number in range(5):
    with sentry_sdk.start_transaction(op="http.server", name="/deposit") as transaction:
        transaction.set_status("internal_error")
        sentry_sdk.capture_exception(ValueError(f"no provider {{number}}"))
sentry_sdk.flush(10)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Server(tmp_path_factory.mktemp("metric-alerts"), [Project(1, "shop"), Project(2, "quiet")]) as server:
        yield server


def rule(**fields: Any) -> dict[str, Any]:
    critical = {"label": "critical", "alertThreshold": 2, "actions": []}
    return {
        "name": "Deposits fail", "projects": ["shop"], "dataset": "events", "aggregate": "count()", "query": "",
        "timeWindow": 1, "thresholdType": 0, "resolveThreshold": None, "triggers": [critical],
    } | fields  # fmt: skip


def fail(server: Server) -> None:
    text = FAILS.format(dsn=server.dsn(1))
    subprocess.run([sys.executable, "-c", text], check=True, timeout=60)


def raw(server: Server, method: str, path: str, body: Any = None, token: str = TOKEN) -> Answer:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return server.request(method, f"/api/0{path}", None if body is None else json.dumps(body).encode(), headers)


def ask(server: Server, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answer = raw(server, method, path, body)
    assert answer.status == status, f"{method} {path}: {answer.status} {answer.body[:500]!r}"
    return answer.json() if answer.body else None


def test_rules_have_sentrys_shape(server: Server) -> None:
    made = ask(server, "POST", RULES, rule(name="Shape", eventTypes=["error"], owner="team:1"), 201)
    assert made["projects"] == ["shop"]
    assert (made["status"], made["timeWindow"], made["thresholdType"], made["eventTypes"]) == (0, 1, 0, ["error"])
    trigger = made["triggers"][0]
    assert trigger["alertRuleId"] == made["id"] and trigger["alertThreshold"] == 2
    path = f"{RULES}{made['id']}/"
    assert ask(server, "GET", path) == made
    changed = ask(server, "PUT", path, made | {"name": "Other", "timeWindow": 5})
    assert (changed["name"], changed["timeWindow"], changed["id"]) == ("Other", 5, made["id"])
    assert ask(server, "PUT", path, {"enabled": False})["status"] == 5
    listed = ask(server, "GET", f"/projects/{ORGANIZATION}/shop/alert-rules/")
    assert [it["name"] for it in listed] == ["Other"]
    assert ask(server, "GET", f"/projects/{ORGANIZATION}/quiet/alert-rules/") == []
    ask(server, "DELETE", path, status=204)
    ask(server, "GET", path, status=404)


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"aggregate": "cuont()"}, "aggregate", "cuont"),
        ({"query": "level:error AND"}, "query", ""),
        ({"projects": ["nowhere"]}, "projects", "There is no project nowhere."),
        ({"projects": []}, "projects", "Name at least one project."),
        ({"dataset": "nonsense"}, "dataset", "dataset must be one of"),
        ({"timeWindow": 0}, "timeWindow", "minutes"),
        ({"symptom": True}, "runbookUrl", "required"),
        ({"triggers": []}, "triggers", "threshold"),
        ({"anomaly": {"kind": "ratio"}}, "aggregate", "share"),
        ({"causes": ["999"]}, "causes", "There is no rule 999."),
    ],
)
def test_what_makes_no_sense_is_refused(server: Server, fields: dict[str, Any], field: str, sentence: str) -> None:
    said = ask(server, "POST", RULES, rule(**fields), 400)
    assert list(said) == [field] and sentence in said[field][0], said


def test_who_may_only_read_changes_nothing(server: Server) -> None:
    assert raw(server, "GET", RULES, token=READER).status == 200
    assert raw(server, "POST", RULES, rule(), READER).status == 403


def test_errors_make_a_rule_fire_until_they_end(server: Server) -> None:
    errors = ask(server, "POST", RULES, rule(), 201)
    failures = ask(
        server,
        "POST",
        RULES,
        rule(name="Failure rate", dataset="transactions", aggregate="failure_rate()", query="transaction:/deposit",
             triggers=[{"label": "warning", "alertThreshold": 0.5, "actions": []}]),
        201,
    )  # fmt: skip
    fail(server)

    def open_ones() -> dict[str, Any]:
        return {it["title"]: it for it in ask(server, "GET", f"{INCIDENTS}?status=open")}

    wait_until(lambda: len(open_ones()) == 2, FIRES, "both rules fire")
    opened = open_ones()
    assert (opened["Deposits fail"]["status"], opened["Failure rate"]["status"]) == (20, 10)
    assert opened["Deposits fail"]["alertRule"]["id"] == errors["id"]
    assert opened["Deposits fail"]["projects"] == ["shop"]
    now = ask(server, "GET", f"{RULES}{failures['id']}/")
    assert now["phase"] == "warning" and now["lastTriggered"]
    state = ask(server, "GET", f"{RULES}{errors['id']}/state/")["series"][0]
    assert state["phase"] == "critical" and state["group"] == {"project": "shop"}
    assert any(value == 5 for _, value in state["points"]), state

    preview = ask(server, "POST", f"{RULES}preview/", rule(name=""))
    # The five minutes at hand are not over, so they are not judged.
    assert preview["stepMinutes"] == 5 and preview["problem"] is None
    points = preview["series"][0]["points"]
    assert len(points) >= 2015 and all(value == 0 for _, value in points[:2000])

    # A restart in between changes nothing.
    server.kill()
    server.start()

    def closed() -> bool:
        return not any(it["title"] == "Deposits fail" for it in ask(server, "GET", f"{INCIDENTS}?status=open"))

    wait_until(closed, FIRES, "the rule is over")
    identifier = opened["Deposits fail"]["identifier"]
    incident = ask(server, "GET", f"{INCIDENTS}{identifier}/")
    assert incident["status"] == 2 and incident["dateClosed"]
    assert [it["value"] for it in incident["activities"]] == ["20", "2"]
