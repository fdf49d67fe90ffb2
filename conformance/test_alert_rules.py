"""Rules about issues: made in both forms, previewed, fired by a real SDK, quiet, from files."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from server import ORGANIZATION, READER, TOKEN, Answer, Server, wait_until
from test_sdks import run

HERE = f"/projects/{ORGANIZATION}/project-1/rules/"
FIRST_SEEN = "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition"
ATTRIBUTE = "sentry.rules.filters.event_attribute.EventAttributeFilter"
MAIL = "sentry.mail.actions.NotifyEmailAction"
DEFAULT = "Send a notification for high priority issues"


def ask(server: Server, method: str, path: str, body: Any = None, token: str = TOKEN) -> Answer:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return server.request(method, f"/api/0{path}", None if body is None else json.dumps(body).encode(), headers)


def fail(server: Server, kind: str, environment: str = "production") -> str:
    event = run(sys.executable, "python_payment.py", server.dsn(1), kind, environment).strip()
    server.wait_event(1, event)
    return event


def triggered(server: Server, rule: str) -> str | None:
    return server.api(f"{HERE}{rule}/")["lastTriggered"]


def plain(**more: Any) -> dict[str, Any]:
    return {
        "name": "Payments", "when": ["new issue"], "if": ["error.type equals PaymentError"],
        "then": ["mail to owner@example.com"],
    } | more  # fmt: skip


def test_the_guide_s_example_fires_for_what_it_is_about(start: Callable[..., Server]) -> None:
    server = start()
    first = server.api(HERE)
    assert [rule["name"] for rule in first] == [DEFAULT]
    rule = server.api(HERE, "POST", plain())
    assert rule["filters"] == [{"id": ATTRIBUTE, "attribute": "exception.type", "match": "eq", "value": "PaymentError"}]
    (action,) = rule["actions"]
    assert action["id"] == MAIL and action["targetType"] == "Member" and action["targetIdentifier"].isdigit()
    staging = server.api(HERE, "POST", plain(name="Staging", environment="staging"))

    fail(server, "LoginError")
    wait_until(lambda: triggered(server, first[0]["id"]), 10, "the first rule fires")
    assert triggered(server, rule["id"]) is None

    sent = time.monotonic()
    event = fail(server, "PaymentError")
    wait_until(lambda: triggered(server, rule["id"]), 2, "the rule fires")
    assert time.monotonic() - sent < 20
    assert triggered(server, staging["id"]) is None
    fail(server, "PaymentError", "staging")
    wait_until(lambda: triggered(server, staging["id"]), 10, "an issue is new once in each environment")

    found = server.api(f"{HERE}preview/?days=1", "POST", {"when": "new issue", "if": "error.type equals PaymentError"})
    assert (found["count"], found["issues"]) == (1, 1)
    (firing,) = found["firings"]
    assert (firing["reason"], firing["eventId"]) == ("new", event)
    assert firing["issue"]["shortId"].startswith("PROJECT-1-")
    assert sum(day["count"] for day in found["perDay"]) == 1
    often = server.api(f"{HERE}preview/", "POST", {"when": "more than 1 events in 1h"})
    assert (often["count"], often["isEstimate"]) == (1, True)
    assert server.api(f"{HERE}preview/", "POST", {"when": "more than 2 events in 1h"})["count"] == 0


def test_nothing_fires_twice_and_nothing_is_lost_over_a_kill(start: Callable[..., Server]) -> None:
    server = start()
    rule = server.api(HERE, "POST", plain())["id"]
    fail(server, "PaymentError")
    wait_until(lambda: triggered(server, rule), 10, "the rule fires")
    before = triggered(server, rule)
    server.kill()
    server.start()
    fail(server, "PaymentError")
    every = server.api(HERE, "POST", plain(name="Every", when="every event"))["id"]
    fail(server, "PaymentError")
    wait_until(lambda: triggered(server, every), 10, "the other rule fires")
    assert triggered(server, rule) == before


def test_what_was_written_comes_back_as_it_was_written(start: Callable[..., Server]) -> None:
    server = start()
    written = {
        "name": "Terraform", "actionMatch": "any", "filterMatch": "all", "frequency": 1440, "environment": None,
        "owner": None,
        "conditions": [{"id": FIRST_SEEN, "name": "A new issue is created"},
            {"id": "sentry.rules.conditions.event_frequency.EventFrequencyCondition", "value": "500", "interval": "1h",
                "comparisonType": "count"}],
        "filters": [{"id": "sentry.rules.filters.level.LevelFilter", "level": "50", "match": "gte"}],
        "actions": [{"id": MAIL, "targetType": "IssueOwners", "targetIdentifier": "", "fallthroughType": "ActiveMembers"}],
    }  # fmt: skip
    rule = server.api(HERE, "POST", written)
    assert {name: rule[name] for name in written} == written
    path = f"{HERE}{rule['id']}/"
    assert server.api(path) == rule
    again = ask(server, "POST", HERE, written | {"name": "Copy"})
    assert again.status == 400 and "exact duplicate of 'Terraform'" in again.json()["name"][0]
    changed = server.api(path, "PUT", {"name": "Changed", "frequency": 60})
    assert (changed["name"], changed["frequency"], changed["conditions"]) == ("Changed", 60, written["conditions"])
    assert server.api(path, "PUT", {"status": "disabled"})["status"] == "disabled"

    combined = server.pages(f"/organizations/{ORGANIZATION}/combined-rules/", per_page=1)
    assert [(one["name"], one["type"]) for one in combined] == [("Changed", "rule"), (DEFAULT, "rule")]
    found = server.pages(f"/organizations/{ORGANIZATION}/combined-rules/", name="chan", project=1)
    assert [one["id"] for one in found] == [rule["id"]]

    (workflow, _) = server.pages(f"/organizations/{ORGANIZATION}/workflows/", project=1)
    assert (workflow["id"], workflow["enabled"], workflow["config"]) == (rule["id"], False, {"frequency": 60})
    assert [one["type"] for one in workflow["triggers"]["conditions"]] == ["first_seen_event"]
    (filtered,) = workflow["actionFilters"]
    assert [one["type"] for one in filtered["conditions"]] == ["event_frequency_count", "level"]
    assert filtered["actions"][0]["config"]["targetType"] == "issue_owners"
    assert server.api(f"/organizations/{ORGANIZATION}/workflows/{rule['id']}/") == workflow

    snoozed = server.api(f"{path}snooze/", "POST", {"target": "everyone", "until": "2099-01-01T00:00:00Z"})
    assert snoozed["until"] == "2099-01-01T00:00:00Z"
    assert server.api(path)["snooze"] is True
    assert ask(server, "DELETE", f"{path}snooze/").status == 204
    assert server.api(path)["snooze"] is False
    assert ask(server, "DELETE", path).status == 202
    assert ask(server, "GET", path).status == 404


def test_what_makes_no_sense_is_refused_with_the_field(start: Callable[..., Server]) -> None:
    server = start()
    for body, field, part in [
        ({}, "name", "1 to 256"),
        (plain(when="on fire"), "when", "is not known"),
        (plain(then="mail to nobody@example.com"), "then", "not the address of a member"),
        (plain(then="mail team nobody"), "then", "no team"),
        (plain(every="soon"), "every", "not a time"),
        (plain(owner="team:999"), "owner", "team:<id>"),
        (plain(causes=["999"]), "causes", "list of up to 100 rules"),
        ({"name": "a", "conditions": [{"id": "shout"}]}, "conditions", "not a condition"),
        ({"name": "a", "conditions": [{"id": FIRST_SEEN}], "actions": []}, "actions", "add an action"),
        ({"name": "a", "frequency": 0, "actions": [{"id": MAIL, "targetType": "IssueOwners"}]}, "frequency", "1 to 43200"),
    ]:
        refused = ask(server, "POST", HERE, body)
        assert refused.status == 400, body
        assert part in refused.json()[field][0], refused.body
    assert ask(server, "POST", HERE, plain(), READER).status == 403
    assert ask(server, "GET", HERE, token=READER).status == 200
    assert ask(server, "GET", f"{HERE}none/").status == 404
    assert ask(server, "PUT", f"{HERE}999999/", {}).status == 404

    templates = server.api(f"{HERE}templates/")
    assert [one["id"] for one in templates] == ["payment", "authentication", "database", "server-errors"]
    for template in templates:
        assert server.api(HERE, "POST", template["rule"])["name"] == template["name"]
    parts = server.api(f"{HERE}configuration/")
    assert FIRST_SEEN in [part["id"] for part in parts["conditions"]]


def test_rules_of_a_file_are_those_of_the_file(start: Callable[..., Server]) -> None:
    server = start()
    written = server.provision.read_text()
    rule = '[[organization.project.alert]]\nname = "Payments"\nwhen = "new issue"\nthen = "mail to owner@example.com"\n'

    def apply(text: str) -> list[str]:
        server.provision.write_text(written.replace("[[organization.member]]", text + "[[organization.member]]", 1))
        assert server.process is not None
        server.process.send_signal(signal.SIGHUP)
        return [one["name"] for one in server.api(HERE)]

    wait_until(lambda: apply(rule) == [DEFAULT, "Payments"], 10, "the rule is there")
    (made,) = [one for one in server.api(HERE) if one["origin"]]
    assert made["origin"] == "provision.toml"
    for method in ("PUT", "DELETE"):
        refused = ask(server, method, f"{HERE}{made['id']}/", {"name": "Mine"})
        assert refused.status == 400 and "comes from the file provision.toml" in refused.json()["detail"]
    event = fail(server, "PaymentError")
    assert event
    wait_until(lambda: triggered(server, made["id"]), 10, "the rule fires")
    # What makes no sense changes nothing.
    assert "Payments" in apply(rule.replace("new issue", "on fire"))
    wait_until(lambda: apply("") == [DEFAULT], 10, "the rule is gone")
