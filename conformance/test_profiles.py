"""Profiles of the real Python SDK, and those that are not kept."""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from profiles import listed
from server import ORGANIZATION, Server, wait_until
from test_faults import send
from test_sdks import run
from traces import spans_of


def ask(server: Server, what: str, **query: Any) -> Any:
    return server.api(f"/organizations/{ORGANIZATION}/profiling/{what}/?{urlencode(query)}")


def names(tree: dict[str, Any]) -> set[str]:
    return {function["name"] for function in tree["functions"]}


@pytest.mark.parametrize("kind", ["transaction", "continuous"])
def test_python_is_profiled(start: Callable[..., Server], kind: str) -> None:
    server = start()
    ids = json.loads(run(sys.executable, "python_profiles.py", server.dsn(1), kind))
    wait_until(lambda: bool(listed(server, {"1": 1})), 20, "the profile is stored")
    wait_until(lambda: len(spans_of(server, ids["trace"])) == 2, 20, "the trace is stored")
    (profile, *_) = listed(server, {"1": 1})
    assert (profile["kind"], profile["platform"], profile["release"]) == (kind, "python", "settlement@2.0.1")
    spans = {span["event_id"]: span for span in spans_of(server, ids["trace"])}
    segment, span = spans[ids["segment"]], spans[ids["span"]]
    when = {"from": span["start_timestamp"], "to": span["end_timestamp"]}
    if kind == "transaction":
        assert (profile["transaction"], profile["traceId"], profile["spanId"]) == ("settle", ids["trace"], ids["segment"])
        assert segment["profile_id"] == profile["id"]
        of_span = ask(server, "tree", profile=profile["id"], **when)
    else:
        assert segment["profiler_id"] == profile["profilerId"]
        of_span = ask(server, "tree", profiler=segment["profiler_id"], **when)
    assert "settle_round" in names(of_span)
    taken = max(row[3] for row in of_span["rows"][1:] if of_span["functions"][row[1]]["name"] == "settle_round")
    assert 0.3e6 < taken < 0.9e6, "microseconds in the function, while the span ran"

    merged = ask(server, "tree", transaction="settle")
    assert merged["extent"]["profiles"] >= 1 and "settle_round" in names(merged)
    (first, *_) = [cost for cost in ask(server, "functions", inApp=1)["functions"] if cost["samples"] > 5]
    assert first["function"]["name"] in ("settle_round", "<genexpr>", "settle_round.<locals>.<genexpr>")
    chart = ask(server, "chart", profile=profile["id"])
    assert chart["bars"] and chart["frames"] and chart["threads"]
    shown = ask(server, "speedscope", profile=profile["id"])
    assert shown["$schema"].startswith("https://www.speedscope.app/")
    flamegraph = ask(server, "flamegraph", project=1, query='event.type:transaction transaction:"settle"')
    assert any(frame["name"] == "settle_round" for frame in flamegraph["shared"]["frames"])


def envelope(profiles: list[dict[str, Any]], with_transaction: bool = True, **header: Any) -> bytes:
    """A transaction with profiles of it."""
    event, trace, now = secrets.token_hex(16), secrets.token_hex(16), time.time()
    context = {"trace_id": trace, "span_id": event[:16], "op": "task", "status": "ok"}
    transaction = {"event_id": event, "type": "transaction", "transaction": "POST /bets", "platform": "python"}
    transaction |= {"start_timestamp": now - 1, "timestamp": now, "contexts": {"trace": context}, "release": "bets@2"}
    lines = [json.dumps({"event_id": event})]
    if with_transaction:
        lines += ['{"type":"transaction"}', json.dumps(transaction)]
    for profile in profiles:
        about = {"id": event, "name": "x", "trace_id": trace, "active_thread_id": "1"}
        lines += [json.dumps({"type": "profile"} | header), json.dumps({"transaction": about} | profile)]
    return "\n".join(lines).encode()


def profile(**changes: Any) -> dict[str, Any]:
    samples = [{"stack_id": 0, "thread_id": "1", "elapsed_since_start_ns": str(at * 10_000_000)} for at in range(20)]
    code = {"frames": [{"function": "settle", "in_app": True}], "stacks": [[0]], "samples": samples}
    one = {"version": "1", "event_id": secrets.token_hex(16), "platform": "python", "release": "other@1"}
    return one | {"profile": code, "device": {"architecture": "x86_64"}} | changes


def reasons(server: Server) -> set[tuple[str, str]]:
    path = f"/organizations/{ORGANIZATION}/stats_v2/"
    asked = "groupBy=outcome&groupBy=reason&groupBy=category&field=sum(quantity)&statsPeriod=1h&category=profile"
    groups = server.api(f"{path}?{asked}")["groups"]
    return {(group["by"]["outcome"], group["by"].get("reason") or "") for group in groups}


def test_what_is_no_profile_is_accounted_for(start: Callable[..., Server]) -> None:
    server = start()
    kept = profile()
    short = profile()
    short["profile"] = short["profile"] | {"samples": short["profile"]["samples"][:1]}
    broken = profile(profile={"frames": [], "stacks": [[7]], "samples": profile()["profile"]["samples"]})
    send(server, envelope([kept]))
    send(server, envelope([profile()], with_transaction=False))
    send(server, envelope([short]))
    send(server, envelope([broken]))
    send(server, envelope([profile(event_id=kept["event_id"])]))
    send(server, envelope([profile()], with_transaction=False, sampled=False))
    expected = {
        ("accepted", "none"),
        ("invalid", "profiling_no_transaction_associated"),
        ("invalid", "profiling_not_enough_samples"),
        ("invalid", "profiling_malformed_stacks"),
        ("invalid", "duplicate"),
    }
    wait_until(lambda: expected <= reasons(server), 20, f"{expected} are accounted for, not {reasons(server)}")
    wait_until(lambda: len(listed(server, {"1": 1})) == 2, 20, "the one without a transaction is listed, too")
    rows = {row["id"]: row for row in listed(server, {"1": 1})}
    shown = rows[kept["event_id"]]
    assert (shown["transaction"], shown["release"], shown["environment"]) == ("POST /bets", "bets@2", "")


def test_profiles_survive_kill(start: Callable[..., Server]) -> None:
    server = start()
    sent = []
    for _ in range(30):
        one = profile()
        send(server, envelope([one]))
        sent.append(one["event_id"])
        if len(sent) % 10 == 0:
            server.kill()
            server.start()
    wait_until(lambda: len(listed(server, {"1": 1})) == len(sent), 20, "everything acknowledged is there")
    assert {row["id"] for row in listed(server, {"1": 1})} == set(sent)
    tree = ask(server, "tree")
    assert (tree["extent"]["profiles"], tree["extent"]["unreadable"]) == (30, 0)
