"""What a scenario says of its traces, compared with what the server shows."""

from __future__ import annotations

import json
import urllib.parse
from collections import Counter
from typing import Any

from server import ORGANIZATION, Server, wait_until


def check_traces(
    server: Server, projects: dict[str, int], expect: dict[str, Any], ids: dict[str, str], problems: list[str]
) -> None:
    """Each trace has the spans that were sent, none twice, and each parent that was sent is the parent shown."""
    for trace in (expect.get("traces") or {}).get("list", []):
        if trace["spans"]:
            check_trace(server, projects, trace, ids, problems)
    spans = {span["event_id"]: span for trace in shown(server, expect, ids) for span in trace}
    for transaction in expect.get("transactions") or []:
        check_transaction(transaction, ids, spans, problems)
    check_streamed(expect.get("spans_v2") or {}, spans, problems)
    everything = json.dumps(list(spans.values()))
    secrets = list((expect.get("pii") or {}).get("secrets_in_data") or {})
    problems += [f"the secret {secret!r} is readable in a span" for secret in secrets if secret in everything]


def check_trace(
    server: Server, projects: dict[str, int], trace: dict[str, Any], ids: dict[str, str], problems: list[str]
) -> None:
    new = ids.get(trace["trace_id"], trace["trace_id"])
    wait_until(lambda: len(spans_of(server, new)) >= trace["spans"], 20, f"trace {new} has {trace['spans']} spans")
    spans = spans_of(server, new)
    if len(spans) != trace["spans"]:
        problems.append(f"trace {new}: {len(spans)} spans, not {trace['spans']}")
    if len({span["event_id"] for span in spans}) != len(spans):
        problems.append(f"trace {new}: a span is shown twice")
    wanted = {projects[project] for project in trace["projects"] if project in projects}
    if {span["project_id"] for span in spans} - wanted:
        problems.append(f"trace {new}: projects {({span['project_id'] for span in spans})}, not {wanted}")


def shown(server: Server, expect: dict[str, Any], ids: dict[str, str]) -> list[list[dict[str, Any]]]:
    """The spans of every trace of the scenario."""
    traces = (expect.get("traces") or {}).get("list", [])
    return [spans_of(server, ids.get(trace["trace_id"], trace["trace_id"])) for trace in traces if trace["spans"]]


def spans_of(server: Server, trace: str, *attributes: str) -> list[dict[str, Any]]:
    """All spans of a trace, parents before children, with these attributes beside what spans always show."""
    query = urllib.parse.urlencode([("additional_attributes", name) for name in attributes])
    waiting = list(server.api(f"/organizations/{ORGANIZATION}/trace/{trace}/?{query}"))
    spans = []
    while waiting:
        span = waiting.pop()
        waiting.extend(span.get("children", []))
        if span.get("event_type") == "span":
            spans.append(span)
    return spans


def check_transaction(
    expected: dict[str, Any], ids: dict[str, str], spans: dict[str, dict[str, Any]], problems: list[str]
) -> None:
    new = ids.get(expected["event_id"], expected["event_id"])
    found = [span for span in spans.values() if span["is_transaction"] and span["transaction_id"] == new]
    if len(found) != 1:
        problems.append(f"transaction {expected['name']}: shown {len(found)} times")
        return
    segment = found[0]
    if segment["op"] != expected["op"]:
        problems.append(f"transaction {expected['name']}: op is {segment['op']!r}")
    # Names that are addresses are stripped of what varies, as Relay does; the expectation has what was sent.
    if segment["transaction"] != expected["name"] and "://" not in expected["name"]:
        problems.append(f"transaction {expected['name']}: name is {segment['transaction']!r}")
    # The replay moves times and rounds them again.
    if abs(segment["duration"] - expected["duration_ms"]) > 1:
        problems.append(f"transaction {expected['name']}: {segment['duration']} ms, not {expected['duration_ms']}")
    ops = Counter(span["op"] for span in spans.values() if not span["is_transaction"] and span["transaction_id"] == new)
    if ops != Counter(expected["span_ops"]):
        problems.append(f"transaction {expected['name']}: spans are {dict(ops)}, not {expected['span_ops']}")


def check_streamed(expected: dict[str, Any], spans: dict[str, dict[str, Any]], problems: list[str]) -> None:
    if not expected:
        return
    ops = Counter(span["op"] for span in spans.values())
    missing = Counter(expected["by_op"]) - ops
    if missing:
        problems.append(f"streamed spans: {dict(missing)} are missing")
