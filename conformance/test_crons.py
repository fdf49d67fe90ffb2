"""Cron monitors: check-ins of official clients, unmodified, and what becomes of those that fail or stay away.

A minute is the shortest that a monitor waits, so one test waits for one; all other clocks stand in Rust's tests.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli import NEW, OLD, Cli
from server import ORGANIZATION, READER, Server, wait_until
from test_sdks import run

HERE = f"/organizations/{ORGANIZATION}"


def monitors(server: Server) -> dict[str, Any]:
    return {found["slug"]: found for found in server.api(f"{HERE}/monitors/")}


def status(server: Server, slug: str, environment: str = "production") -> str | None:
    found = monitors(server).get(slug, {"environments": []})
    return next((one["status"] for one in found["environments"] if one["name"] == environment), None)


def check_ins(server: Server, slug: str) -> list[dict[str, Any]]:
    return server.api(f"{HERE}/monitors/{slug}/checkins/")


def issues(server: Server, query: str = "") -> list[dict[str, Any]]:
    return server.api(f"{HERE}/issues/?project=-1&query={query}&statsPeriod=24h")


def curl(server: Server, slug: str, query: str) -> int:
    return server.request("GET", f"/api/1/cron/{slug}/{server.projects[1].key}/?{query}").status


def test_python_decorator(start: Callable[..., Server]) -> None:
    server = start()
    running = json.loads(run(sys.executable, "python_crons.py", server.dsn(1)))["running"]
    wait_until(lambda: status(server, "long-job", "prod") is not None, 10, "the last check-in is taken")
    found = monitors(server)
    assert {slug: one["environments"][0]["status"] for slug, one in found.items()} == {
        "nightly-settlement": "ok",
        "nightly-report": "error",
        "long-job": "ok",
    }
    settlement = found["nightly-settlement"]
    assert settlement["config"] == {
        "schedule_type": "crontab",
        "schedule": "15 3 * * *",
        "checkin_margin": 5,
        "max_runtime": 40,
        "timezone": "Europe/Madrid",
        "failure_issue_threshold": 1,
        "recovery_threshold": 1,
        "alert_rule_id": None,
    }
    assert found["nightly-report"]["config"]["schedule"] == [2, "hour"]
    assert (settlement["isUpserting"], settlement["project"]["slug"], settlement["owner"]) == (True, "project-1", None)
    [done] = check_ins(server, "nightly-settlement")
    assert (done["status"], done["environment"]) == ("ok", "prod") and done["duration"] is not None
    [open_run] = check_ins(server, "long-job")
    assert (open_run["id"], open_run["status"]) == (running.replace("-", ""), "in_progress")

    wait_until(lambda: len(issues(server, "issue.category:outage")) == 1, 10, "the failure is an issue")
    [issue] = [one for one in issues(server) if one["title"].startswith("Monitor failure")]
    assert issue["title"] == "Monitor failure: nightly-report"
    assert (issue["issueCategory"], issue["issueType"], issue["level"]) == ("outage", "monitor_check_in_failure", "error")
    event = server.api(f"{HERE}/issues/{issue['id']}/events/latest/")
    assert {tag["key"]: tag["value"] for tag in event["tags"]}["monitor.slug"] == "nightly-report"
    assert event["contexts"]["monitor"]["slug"] == "nightly-report"
    assert event["contexts"]["outage"]["evidence"]["Failure reason"] == "An error check-in was detected"
    [failed] = check_ins(server, "nightly-report")
    assert failed["eventId"] == event["eventID"]
    assert failed["groups"] == [{"id": int(issue["id"]), "shortId": issue["shortId"]}]
    assert done["groups"] == open_run["groups"] == []
    [environment] = monitors(server)["nightly-report"]["environments"]
    assert environment["activeIncident"]["issue"] == {"id": issue["id"], "shortId": issue["shortId"]}
    # It is well again: the issue is resolved, by nobody.
    assert curl(server, "nightly-report", "status=ok&environment=prod") == 202
    wait_until(lambda: server.api(f"{HERE}/issues/{issue['id']}/")["status"] == "resolved", 10, "the issue is resolved")


def test_lists_name_the_issue_of_every_row(start: Callable[..., Server]) -> None:
    """Also after a merge: whoever follows a row must arrive."""
    server = start()
    for number in range(12):
        monitor = {"name": f"job-{number:02}", "project": "project-1", "config": {"schedule_type": "interval", "schedule": [1, "day"]}}
        server.api(f"{HERE}/monitors/", "POST", monitor)
        assert curl(server, f"job-{number:02}", f"status={'error' if number % 2 else 'ok'}&environment=prod") == 202
    wait_until(lambda: len(issues(server, "issue.category:outage")) == 6, 20, "each failure is an issue")
    known = {issue["title"].split(": ")[1]: issue for issue in issues(server, "issue.category:outage")}
    pages = server.pages(f"{HERE}/monitors/", per_page=5)
    assert sorted(one["slug"] for one in pages) == [f"job-{number:02}" for number in range(12)]
    for one in pages:
        incident = one["environments"][0]["activeIncident"]
        issue = known.get(one["slug"])
        assert (incident and incident["issue"]) == (issue and {"id": issue["id"], "shortId": issue["shortId"]}), one

    ids = [known["job-01"]["id"], known["job-03"]["id"]]
    server.api(f"/projects/{ORGANIZATION}/project-1/issues/?id={ids[0]}&id={ids[1]}", "PUT", {"merge": 1})
    groups = [check_ins(server, slug)[0]["groups"] for slug in ("job-01", "job-03")]
    assert groups[0] == groups[1] and str(groups[0][0]["id"]) in ids, groups


def test_node_with_monitor(start: Callable[..., Server]) -> None:
    server = start()
    assert json.loads(run("node", "node_crons.mjs", server.dsn(1)))["done"]
    wait_until(lambda: status(server, "token-check", "prod") == "error", 10, "the failure is known")
    assert status(server, "token-refresh", "prod") == "ok"
    config = monitors(server)["token-refresh"]["config"]
    assert (config["checkin_margin"], config["max_runtime"], config["timezone"]) == (2, 10, "Asia/Tokyo")


@pytest.mark.parametrize("program", [NEW, OLD], ids=["3.x", "2.x"])
def test_sentry_cli(start: Callable[..., Server], tmp_path: Path, program: Path) -> None:
    server = start()
    cli = Cli(server, program, tmp_path / "work")
    cli.variables["SENTRY_DSN"] = server.dsn(1)
    cli.run("monitors", "run", "backup", "--schedule", "0 4 * * *", "--check-in-margin", "5", "--max-runtime", "20",
            "--timezone", "Europe/Berlin", "-e", "prod", "--", "true")  # fmt: skip
    wait_until(lambda: status(server, "backup", "prod") == "ok", 10, "the check-in is taken")
    config = monitors(server)["backup"]["config"]
    assert (config["schedule"], config["checkin_margin"], config["max_runtime"]) == ("0 4 * * *", 5, 20)
    assert config["timezone"] == "Europe/Berlin"
    cli.run("monitors", "run", "backup", "-e", "prod", "--", "sh", "-c", "exit 3", code=3)
    wait_until(lambda: status(server, "backup", "prod") == "error", 10, "the failure is known")
    printed = cli.run("monitors", "list")
    guid = monitors(server)["backup"]["id"]
    assert guid in printed and "backup" in printed and "active" in printed
    assert [one["status"] for one in check_ins(server, "backup")] == ["error", "ok"]


def test_curl_and_what_is_wrong(start: Callable[..., Server]) -> None:
    server = start()
    made = {"project": "project-1", "name": "Settle jackpots", "owner": None,
            "config": {"schedule_type": "interval", "schedule": [1, "day"], "timezone": "UTC"}}  # fmt: skip
    monitor = server.api(f"{HERE}/monitors/", "POST", made)
    slug = monitor["slug"]
    assert (slug, monitor["status"], monitor["environments"]) == ("settle-jackpots", "active", [])
    assert curl(server, slug, "status=in_progress") == 202
    wait_until(lambda: [one["status"] for one in check_ins(server, slug)] == ["in_progress"], 10, "it runs")
    assert curl(server, slug, "status=ok&duration=1.5") == 202
    wait_until(lambda: [one["status"] for one in check_ins(server, slug)] == ["ok"], 10, "it ended")
    assert check_ins(server, slug)[0]["duration"] == 1500
    assert curl(server, slug, "") == 400, "no status"
    assert curl(server, "nobody", "status=ok") == 202
    body = json.dumps({"status": "ok", "monitor_config": {"schedule": {"type": "crontab", "value": "61 * * * *"}}}).encode()
    path = f"/api/1/cron/broken/{server.projects[1].key}/"
    assert server.request("POST", path, body, {"Content-Type": "application/json"}).status == 202
    wait_until(lambda: len(server.api(f"{HERE}/processing-errors/")) == 2, 10, "problems are shown")
    kinds = {(one["slug"], one["type"]) for one in server.api(f"{HERE}/processing-errors/")}
    assert kinds == {("nobody", "monitor_not_found"), ("broken", "monitor_invalid_config")}
    outcomes = server.api(f"{HERE}/stats_v2/?field=sum(quantity)&groupBy=outcome&groupBy=reason&category=monitor&statsPeriod=1d")
    sums = {(one["by"]["outcome"], one["by"]["reason"]): one["totals"]["sum(quantity)"] for one in outcomes["groups"]}
    assert sums == {("accepted", "none"): 2, ("invalid", "invalid_monitor"): 2}
    for _ in range(8):
        curl(server, slug, "status=ok")
    def errors() -> list[str]:
        return [one["type"] for one in server.api(f"{HERE}/monitors/{slug}/processing-errors/")]
    wait_until(lambda: errors() == ["monitor_environment_ratelimited"], 10, "too many are turned away")


def test_a_missed_job_is_an_issue_and_survives_a_kill(start: Callable[..., Server]) -> None:
    server = start()
    config = {"schedule": {"type": "interval", "value": 1, "unit": "minute"}, "checkin_margin": 1}
    body = json.dumps({"status": "ok", "check_in_id": uuid.uuid4().hex, "monitor_config": config}).encode()
    path = f"/api/1/cron/every-minute/{server.projects[1].key}/"
    assert server.request("POST", path, body, {"Content-Type": "application/json"}).status == 202
    began = time.monotonic()
    wait_until(lambda: status(server, "every-minute") == "ok", 10, "it is taken")
    server.kill()
    server.start()
    # What was due while nobody listened is not known; what is due afterwards is missed.
    wait_until(lambda: "missed" in [one["status"] for one in check_ins(server, "every-minute")], 300, "it is missed")
    assert time.monotonic() - began > 60
    wait_until(lambda: any(one["title"] == "Monitor failure: every-minute" for one in issues(server)), 10, "an issue")
    rows = server.api(f"{HERE}/monitors/every-minute/stats/?rollup=3600")
    assert sum(row["production"]["missed"] for row in rows) >= 1


def test_the_api_as_sentry_has_it(start: Callable[..., Server]) -> None:
    server = start([1, 2])
    config = {"schedule_type": "crontab", "schedule": "0 3 * * *"}
    made = server.api(f"{HERE}/monitors/", "POST", {"project": "project-1", "name": "Nightly", "config": config})
    twin = server.api(f"{HERE}/monitors/", "POST", {"project": "project-2", "name": "Nightly", "config": config})
    assert (made["slug"], twin["slug"]) == ("nightly", "nightly") and made["id"] != twin["id"]
    one = f"{HERE}/monitors/nightly/"
    assert server.api(one)["id"] == made["id"]
    assert server.api(f"/projects/{ORGANIZATION}/project-2/monitors/nightly/")["id"] == twin["id"]
    assert server.api(f"{HERE}/monitors/{twin['id']}/")["project"]["slug"] == "project-2"
    headers = {"Authorization": "Bearer pwt_conformance0123456789", "Content-Type": "application/json"}
    for method, path in (("PUT", one), ("DELETE", one), ("PUT", f"{one}environments/production/")):
        answer = server.request(method, f"/api/0{path}", b'{"isMuted": true}', headers)
        assert answer.status == 409, (method, path, answer.body)
        assert "project-1, project-2" in answer.json()["detail"]
    assert server.api(f"{HERE}/monitors/{twin['id']}/", "PUT", {"status": "active"})["id"] == twin["id"], "an id is clear"
    one = f"/projects/{ORGANIZATION}/project-1/monitors/nightly/"
    changed = server.api(one, "PUT", {"name": "Every night", "config": {"checkin_margin": 9}, "is_muted": True})
    assert (changed["name"], changed["isMuted"], changed["slug"]) == ("Every night", True, "nightly")
    assert (changed["config"]["checkin_margin"], changed["config"]["schedule"]) == (9, "0 3 * * *")
    assert server.api(one, "PUT", {"status": "disabled"})["status"] == "disabled"
    listed = server.api(f"{HERE}/monitors/?project=1")
    assert [found["slug"] for found in listed] == ["nightly"]
    assert server.api(f"{HERE}/monitors/?query=NIGHT&project=2")[0]["id"] == twin["id"]

    def refused(body: dict[str, Any], method: str = "POST", path: str = f"{HERE}/monitors/") -> Any:
        headers = {"Authorization": "Bearer pwt_conformance0123456789", "Content-Type": "application/json"}
        answer = server.request(method, f"/api/0{path}", json.dumps(body).encode(), headers)
        return answer.status, answer.json()

    good = {"project": "project-1", "name": "x", "config": config}
    assert refused({**good, "project": "nobody"}) == (400, {"project": ["Invalid project"]})
    assert refused({"project": "project-1", "config": config})[1] == {"name": ["This field is required."]}
    assert refused({"project": "project-1", "name": "x"})[1] == {"config": ["This field is required."]}
    assert list(refused({**good, "slug": "No Slug"})[1]) == ["slug"]
    assert list(refused({**good, "owner": "team:999"})[1]) == ["owner"]
    for wrong in ({"schedule": "0 25 * * *"}, {"timezone": "Mars/Olympus"}, {"checkin_margin": -1}, {"max_runtime": 99999}):
        answer = refused({**good, "config": {**config, **wrong}})
        assert (answer[0], list(answer[1])) == (400, ["config"]), wrong
    assert refused({**good, "slug": "nightly"})[0] == 409
    reader = {"Authorization": f"Bearer {READER}", "Content-Type": "application/json"}
    assert server.request("PUT", f"/api/0{one}", b"{}", reader).status == 403
    assert server.request("GET", f"/api/0{one}", headers=reader).status == 200

    preview = server.api(f"{HERE}/monitors-schedule-preview/", "POST", {**config, "timezone": "Europe/Madrid", "count": 3})
    assert len(preview["next"]) == 3 and preview["next"] == sorted(preview["next"])
    month = f"since={time.time() - 30 * 86400}&until={time.time()}&rollup=21600"
    stats = server.api(f"{HERE}/monitors-stats/?monitor={made['id']}&monitor={twin['id']}&{month}")
    assert set(stats) == {made["id"], twin["id"]} and 120 <= len(stats[made["id"]]) <= 122
    assert stats[made["id"]][0][1] == {}
    assert server.request("DELETE", f"/api/0{one}", headers={"Authorization": "Bearer pwt_conformance0123456789"}).status == 202
    assert [found["id"] for found in server.api(f"{HERE}/monitors/")] == [twin["id"]]
