"""A release beside the one before: what changed is called significant, what did not is noise."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from typing import Any

from server import ORGANIZATION, TOKEN, Server, wait_until
from test_sampling import is_read, send_spans, span

BEFORE, AFTER = "casino@1.4.0", "casino@1.5.0"
"""Names, the share that fails and the middle of durations in seconds, before and after."""
ENDPOINTS = {
    "POST /deposit": ((0.02, 0.05), (0.15, 0.05)),
    "POST /spin": ((0.02, 0.05), (0.02, 0.09)),
    "GET /lobby": ((0.05, 0.03), (0.05, 0.03)),
}
REQUESTS = 400


def requests(release: str, name: str, failing: float, seconds: float, chance: random.Random) -> list[dict[str, Any]]:
    """Requests of an endpoint, at times that lie in the last ten minutes."""
    made = []
    for _ in range(REQUESTS):
        end = time.time() - chance.uniform(1, 600)
        start = end - seconds * chance.lognormvariate(0, 0.3)
        attributes: dict[str, Any] = {"sentry.release": {"type": "string", "value": release}}
        attributes["sentry.op"] = {"type": "string", "value": "http.server"}
        attributes["bet"] = {"type": "double", "value": chance.gauss(500, 50)}
        attributes["payout"] = {"type": "double", "value": chance.gauss(400 if release == BEFORE else 480, 60)}
        one = span(secrets.token_hex(16), "request", name=name, start_timestamp=start, end_timestamp=end)
        one["attributes"] |= attributes
        one["status"] = "error" if chance.random() < failing else "ok"
        made.append(one)
    return made


def test_what_a_release_changed_is_told_from_noise(start: Callable[..., Server]) -> None:
    server = start()
    chance = random.Random(5)
    for release, side in ((BEFORE, 0), (AFTER, 1)):
        for name, sides in ENDPOINTS.items():
            send_spans(server, requests(release, name, *sides[side], chance))
        wait_until(lambda: is_read(server), 30, "everything is read from the log")
        time.sleep(0.01)
    path = f"/organizations/{ORGANIZATION}/releases/{AFTER}/compare/"
    found = server.api(f"{path}?statsPeriod=1h")
    assert (found["version"], found["previous"]) == (AFTER, BEFORE)
    verdicts = {it["transaction"]: (it["failures"]["verdict"], it["duration"]["verdict"]) for it in found["endpoints"]}
    assert verdicts == {
        "POST /deposit": ("significant", "noise"),
        "POST /spin": ("noise", "significant"),
        "GET /lobby": ("noise", "noise"),
    }
    spin = next(it for it in found["endpoints"] if it["transaction"] == "POST /spin")
    assert spin["before"]["count"] == spin["after"]["count"] == REQUESTS
    assert 0.6 < spin["duration"]["change"] < 1.0
    numbers = {it["name"]: (it["change"]["verdict"], it["after"]["count"]) for it in found["measurements"]}
    assert numbers == {"bet": ("noise", 1_200), "payout": ("significant", 1_200), "rtp": ("tooFew", 0)}
    assert all(vital["change"]["verdict"] == "tooFew" for vital in found["vitals"])


def test_a_first_release_has_nothing_to_be_compared_with(start: Callable[..., Server]) -> None:
    server = start()
    send_spans(server, requests(BEFORE, "POST /spin", 0.02, 0.05, random.Random(5)))
    wait_until(lambda: is_read(server), 30, "everything is read from the log")
    path = f"/organizations/{ORGANIZATION}/releases"
    found = server.api(f"{path}/{BEFORE}/compare/?statsPeriod=1h")
    assert found["previous"] is None
    assert [it["failures"]["verdict"] for it in found["endpoints"]] == ["tooFew"]
    for wrong, status in ((f"{path}/nobody@1/compare/", 404), (f"{path}/{BEFORE}/compare/?{'measurement=a&' * 11}", 400)):
        assert server.request("GET", f"/api/0{wrong}", None, {"Authorization": f"Bearer {TOKEN}"}).status == status
