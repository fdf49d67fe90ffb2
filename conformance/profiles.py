"""What a scenario says of its profiles, compared with what the server shows."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from server import ORGANIZATION, Server, wait_until


def check_profiles(
    server: Server, projects: dict[str, int], expect: dict[str, Any], ids: dict[str, str], problems: list[str]
) -> None:
    """Profiles and chunks are stored with the samples that were sent, belong to their transactions, and their
    hottest functions of the app are those of the flame graph."""
    for profile in expect.get("profiles") or []:
        check_transaction_profile(server, projects, profile, ids, problems)
    for profiler in expect.get("profile_chunks") or []:
        check_profiler(server, projects, profiler, ids, problems)


def check_transaction_profile(
    server: Server, projects: dict[str, int], expected: dict[str, Any], ids: dict[str, str], problems: list[str]
) -> None:
    new = ids.get(expected["event_id"], expected["event_id"])
    wait_until(lambda: find(server, projects, new) is not None, 20, f"profile {new} is stored")
    shown = find(server, projects, new)
    assert shown is not None
    # The trace is asked for by the id that the replay gave it.
    wanted = {"transaction": expected["transaction"], "platform": expected["platform"], "kind": "transaction"}
    wanted["traceId"] = ids.get(expected["trace_id"], expected["trace_id"])
    problems += [f"profile {new}: {key} is {shown[key]!r}" for key in wanted if shown[key] != wanted[key]]
    sent = server.api(f"/projects/{ORGANIZATION}/{shown['project']}/profiling/profiles/{new}/")
    if sent["transaction"]["name"] != expected["transaction"] or sent["version"] != "1":
        problems.append(f"profile {new}: {sent['transaction']} in version {sent['version']}")
    check_samples(expected, [sent], problems)
    check_hottest(server, {"project": shown["projectId"], "profile": new, "thread": "all"}, expected, problems)


def check_profiler(
    server: Server, projects: dict[str, int], expected: dict[str, Any], ids: dict[str, str], problems: list[str]
) -> None:
    new = ids.get(expected["profiler_id"], expected["profiler_id"])

    def chunks() -> list[dict[str, Any]]:
        return [row for row in listed(server, projects) if row["profilerId"] == new]

    wait_until(lambda: len(chunks()) >= expected["chunks"], 20, f"the chunks of {new} are stored")
    if len(chunks()) != expected["chunks"]:
        problems.append(f"profiler {new}: {len(chunks())} chunks, not {expected['chunks']}")
    asked = {"profiler_id": new, "statsPeriod": "7d", "project": chunks()[0]["projectId"]}
    sent = server.api(f"/organizations/{ORGANIZATION}/profiling/chunks/?{urlencode(asked)}")
    if {chunk["platform"] for chunk in sent["chunks"]} != {expected["platform"]}:
        problems.append(f"profiler {new}: platforms {[chunk['platform'] for chunk in sent['chunks']]}")
    check_samples(expected, sent["chunks"], problems)
    between = {"project": asked["project"], "profiler": new, "from": 0, "to": 8e9, "thread": "all"}
    check_hottest(server, between, expected, problems)


def check_samples(expected: dict[str, Any], sent: list[dict[str, Any]], problems: list[str]) -> None:
    """Threads that were seen once are left out, so there may be a few less; never more."""
    samples = [sample for one in sent for sample in one["profile"]["samples"]]
    if not 0.8 * expected["samples"] <= len(samples) <= expected["samples"]:
        problems.append(f"{len(samples)} samples, not {expected['samples']}")
    for one in sent:
        threads = Counter(sample["thread_id"] for sample in one["profile"]["samples"])
        if set(threads) - set(one["profile"]["thread_metadata"]):
            problems.append(f"threads {threads} without metadata")


def check_hottest(
    server: Server, asked: dict[str, Any], expected: dict[str, Any], problems: list[str]
) -> None:
    """The hottest function of the app, where it is told apart from the others."""
    tree = server.api(f"/organizations/{ORGANIZATION}/profiling/tree/?{urlencode(asked)}")
    own: Counter[str] = Counter()
    for _, place, _, _, samples, _ in tree["rows"]:
        if place >= 0 and tree["functions"][place]["inApp"]:
            own[tree["functions"][place]["name"]] += samples
    ranked = expected["hottest_in_app"]
    if len(ranked) > 1 and ranked[0]["samples"] == ranked[1]["samples"]:
        missing = [one["function"] for one in ranked if one["function"] not in own]
        problems += [f"{name} is not in the flame graph" for name in missing]
        return
    hottest = own.most_common(1)
    if not hottest or hottest[0][0] != ranked[0]["function"]:
        problems.append(f"the hottest functions are {own.most_common(3)}, not {ranked}")
    elif hottest[0][1] < 0.8 * ranked[0]["samples"]:
        problems.append(f"{hottest[0]} was seen {ranked[0]['samples']} times")


def find(server: Server, projects: dict[str, int], profile: str) -> dict[str, Any] | None:
    return next((row for row in listed(server, projects) if row["id"] == profile), None)


def listed(server: Server, projects: dict[str, int]) -> list[dict[str, Any]]:
    """All profiles of these projects."""
    asked = urlencode([("project", number) for number in projects.values()])
    return server.pages(f"/organizations/{ORGANIZATION}/profiling/profiles/?{asked}")
