"""The whole corpus: what official SDKs sent, replayed, and what each scenario says must be shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from profiles import check_profiles
from scenarios import Scenario, all_scenarios, replay
from server import ORGANIZATION, Server, wait_until
from sessions import check_sessions
from traces import check_traces

# Contexts that the SDK names after the exception's type, or that the server derives, are extras.
ISSUE_TYPES = ("error", "default")


@pytest.mark.parametrize("scenario", all_scenarios(), ids=lambda scenario: scenario.name)
def test_scenario(
    scenario: Scenario, corpus_server: Server, corpus_projects: dict[str, dict[str, int]], tmp_path: Path
) -> None:
    projects = corpus_projects[scenario.name]
    expect = scenario.expect
    ids = replay(corpus_server, scenario, projects, tmp_path / "ids.json")
    problems: list[str] = []
    issues = expect.get("issues") or []
    if issues:
        check_issues(corpus_server, projects, issues, ids, problems)
        check_counts(corpus_server, projects, expect, problems)
    check_grouping(corpus_server, projects, expect, ids, problems)
    check_secrets(corpus_server, projects, expect, problems)
    check_attachments(corpus_server, projects, expect, ids, problems)
    check_client_reports(corpus_server, projects, expect, problems)
    check_traces(corpus_server, projects, expect, ids, problems)
    check_profiles(corpus_server, projects, expect, ids, problems)
    check_sessions(corpus_server, projects, expect, problems)
    assert not problems, f"{scenario.name}:\n" + "\n".join(problems)


def check_issues(
    server: Server, projects: dict[str, int], issues: list[Any], ids: dict[str, str], problems: list[str]
) -> None:
    groups: dict[str, str] = {}
    for issue in issues:
        project = projects[issue["project"]]
        events = [server.wait_event(project, ids.get(old, old)) for old in dict.fromkeys(issue["event_ids"])]
        found = {event["groupID"] for event in events}
        if len(found) != 1:
            problems.append(f"{issue['title']}: its events are in {len(found)} issues")
            continue
        group = found.pop()
        if group in groups:
            problems.append(f"{issue['title']} and {groups[group]} are one issue")
        groups[group] = issue["title"]
        shown = server.api(f"/organizations/{ORGANIZATION}/issues/{group}/")
        compare_issue(issue, shown, problems)
        compare_event(json.loads(renamed(json.dumps(issue), ids)), events[0], problems)


def renamed(text: str, ids: dict[str, str]) -> str:
    """The expectation with the ids that the replay gave."""
    return re.sub(r"\b[0-9a-f]{32}\b", lambda match: ids.get(match.group(), match.group()), text)


def compare_issue(expected: dict[str, Any], shown: dict[str, Any], problems: list[str]) -> None:
    count = str(len(set(expected["event_ids"])))
    if shown["count"] != count:
        problems.append(f"{expected['title']}: count is {shown['count']!r}, not {count!r}")
    # The expectation counts what was in the bytes; addresses that SDKs ask the server to fill in are not.
    users = expected.get("users_seen", 0)
    if users and shown["userCount"] != users:
        problems.append(f"{expected['title']}: userCount is {shown['userCount']}, not {users}")


def compare_event(expected: dict[str, Any], event: dict[str, Any], problems: list[str]) -> None:
    """`expected` describes the issue's first event."""

    def same(what: str, shown: Any, wanted: Any) -> None:
        if shown != wanted:
            problems.append(f"{expected['title']}: {what} is {shown!r}, not {wanted!r}")

    entries = {entry["type"]: entry["data"] for entry in event["entries"]}
    tags = {tag["key"]: tag["value"] for tag in event["tags"]}
    if not fits(event["title"], expected["title"]):
        problems.append(f"title is {event['title']!r}, not {expected['title']!r}")
    same("level", tags.get("level"), expected.get("level") or "error")
    # A message that an SDK wraps into an exception to carry a stack is an error to Sentry.
    if expected.get("type") == "error" or "exception" not in entries:
        same("type", event["type"], expected.get("type"))
    same("platform", event["platform"], expected.get("platform"))
    # Normalisation shortens the URL of a script to its path.
    is_path = event["culprit"] and (expected.get("culprit") or "").endswith(event["culprit"])
    if expected.get("culprit") and not is_path and (expected.get("function_a_person_looks_for") or "?") not in event["culprit"]:
        same("culprit", event["culprit"], expected["culprit"])
    for key in ("release", "environment", "dist", "server_name"):
        if expected.get(key):
            same(key, tags.get(key), str(expected[key]))
    for key, value in (expected.get("tags") or {}).items():
        if not fits(tags.get(key) or "", value):
            same(f"tag {key}", tags.get(key), value)
    values = entries.get("exception", {}).get("values", [])
    if expected.get("exceptions_in_chain"):
        same("chain", [value["type"] for value in values], expected["exceptions_in_chain"])
    if expected.get("mechanism") and values:
        same("mechanism", (values[-1]["mechanism"] or {}).get("type"), expected["mechanism"])
        if expected.get("handled") is not None:
            same("handled", (values[-1]["mechanism"] or {}).get("handled"), expected["handled"])
    if expected.get("breadcrumbs"):
        same("breadcrumbs", len(entries.get("breadcrumbs", {}).get("values", [])), expected["breadcrumbs"])
    for key in ("id", "email", "username"):
        if (expected.get("user") or {}).get(key):
            same(f"user {key}", (event["user"] or {}).get(key), str(expected["user"][key]))
    missing = set(expected.get("contexts") or []) - set(event["contexts"])
    same("missing contexts", missing, set())
    same("missing extra", set(expected.get("extra") or []) - set(event["context"]), set())
    if expected.get("feature_flags"):
        flags = event["contexts"].get("flags", {}).get("values", [])
        same("flags", len(flags), len(expected["feature_flags"]))


def fits(shown: str, wanted: str) -> bool:
    """Whether a text is what was sent, but for secrets that were replaced and an end that was cut off."""
    pieces = re.split(r"\[[a-z-]+\]|\[Filtered\]", shown.removesuffix("..."))
    pattern = ".*".join(re.escape(piece) for piece in pieces)
    return re.fullmatch(pattern + (".*" if shown.endswith("...") else ""), wanted, re.DOTALL) is not None


def check_counts(server: Server, projects: dict[str, int], expect: dict[str, Any], problems: list[str]) -> None:
    rows = [row for project in projects.values() for row in server.issues(project)]
    errors = [row for row in rows if row["type"] in ISSUE_TYPES]
    if len(errors) != expect["issue_count"]:
        titles = sorted(row["title"] for row in errors)
        problems.append(f"{len(errors)} issues, not {expect['issue_count']}: {titles}")


def check_grouping(
    server: Server, projects: dict[str, int], expect: dict[str, Any], ids: dict[str, str], problems: list[str]
) -> None:
    for events in (expect.get("grouping") or {}).get("must_group", []):
        groups = set()
        for old in events:
            new = ids.get(old, old)
            where = [project for project in projects.values() if server.has_event(project, new)]
            groups |= {server.event(project, new)["groupID"] for project in where}
        if len(groups) != 1:
            problems.append(f"{len(groups)} issues for the events {events}")


def check_secrets(server: Server, projects: dict[str, int], expect: dict[str, Any], problems: list[str]) -> None:
    """No secret may be readable through the API. Source lines are the application's own code."""
    secrets = list((expect.get("pii") or {}).get("secrets_in_data") or {})
    if not secrets:
        return
    for project in projects.values():
        for issue in server.issues(project):
            path = f"/organizations/{ORGANIZATION}/issues/{issue['id']}"
            events = server.pages(f"{path}/events/", full=1, limit=100)
            text = json.dumps([issue, *(without_source(event) for event in events)], ensure_ascii=False)
            problems += [f"{issue['title']}: {secret!r} is readable" for secret in secrets if secret in text]


def without_source(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_source(part) for key, part in value.items() if key != "context" or isinstance(part, dict)}
    if isinstance(value, list):
        return [without_source(part) for part in value]
    return value


def check_attachments(
    server: Server, projects: dict[str, int], expect: dict[str, Any], ids: dict[str, str], problems: list[str]
) -> None:
    for attachment in expect.get("attachments") or []:
        event = ids.get(attachment["event_id"], attachment["event_id"])
        for project in projects.values():
            if not server.has_event(project, event):
                continue
            slug = server.projects[project].slug
            path = f"/projects/{ORGANIZATION}/{slug}/events/{event}/attachments/"

            def listed() -> list[Any]:
                return [row for row in server.api(path) if row["name"] == attachment["filename"]]

            wait_until(lambda: bool(listed()), 10, f"{attachment['filename']} is listed")
            row = listed()[0]
            if row["size"] != attachment["size"] or row["sha1"] != attachment["sha1"]:
                problems.append(f"attachment {attachment['filename']}: {row['size']} bytes, sha1 {row['sha1']}")


def check_client_reports(server: Server, projects: dict[str, int], expect: dict[str, Any], problems: list[str]) -> None:
    """What SDKs say they dropped is on the page of dropped data."""
    path = f"/organizations/{ORGANIZATION}/stats_v2/"
    for report in expect.get("client_reports") or []:

        def total() -> int:
            query = "&".join(f"project={project}" for project in projects.values())
            query += "&field=sum(quantity)&groupBy=reason&groupBy=category&groupBy=outcome&statsPeriod=24h&interval=1h"
            groups = server.api(f"{path}?{query}")["groups"]
            rows = [
                group["totals"]["sum(quantity)"]
                for group in groups
                if group["by"]["outcome"] == "client_discard"
                and group["by"]["reason"] == report["reason"]
                and group["by"]["category"] == report["category"]
            ]
            return sum(rows)

        try:
            wait_until(lambda: total() >= report["quantity"], 10, f"the client report {report} is counted")
        except AssertionError as problem:
            problems.append(f"{problem} (counted {total()})")
