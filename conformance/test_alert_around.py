"""What stands out around an incident: the planted provider, the deploy and the flag before it, and nothing else."""

from __future__ import annotations

import random
import secrets
import time
import urllib.parse
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from server import ORGANIZATION, READER, TOKEN, Server, wait_until
from test_alerts import post
from test_flags import SECRETS, generic, iso, set_secret, tell
from test_sampling import is_read, send_spans, span

HERE = f"/organizations/{ORGANIZATION}"
BEGAN = 600
"""How many seconds ago the incident began."""


def payments(chance: random.Random, failing: dict[str, float], ago: tuple[float, float]) -> Iterable[dict[str, Any]]:
    """Payments at times within `ago` seconds; each provider has its share that fails, whatever the market."""
    for number in range(600):
        provider = ("slowpay", "fastpay", "cardpay")[number % 3]
        end = time.time() - chance.uniform(*ago)
        attributes = {"provider": provider, "market": chance.choice(["es", "de", "fr"]), "request.id": secrets.token_hex(8)}
        one = span(secrets.token_hex(16), "payment", attributes=attributes, name="POST /deposit")
        failed = chance.random() < failing.get(provider, 0.02)
        yield one | {"start_timestamp": end - 0.05, "end_timestamp": end, "status": "error" if failed else "ok"}


def around(server: Server, incident: str, **query: Any) -> Any:
    return server.api(f"{HERE}/alert-incidents/{incident}/around/?{urllib.parse.urlencode(query)}")


def incident_of(server: Server, labels: dict[str, str]) -> str:
    began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - BEGAN))
    known = {str(one["id"]) for one in server.api(f"{HERE}/alert-incidents/")}
    post(server, labels | {"severity": "page"}, startsAt=began)
    wait_until(lambda: len(server.api(f"{HERE}/alert-incidents/")) > len(known), 20, "the incident is open")
    return next(str(one["id"]) for one in server.api(f"{HERE}/alert-incidents/") if str(one["id"]) not in known)


def deploy(server: Server, version: str, project: str, ago: float) -> None:
    server.api(f"{HERE}/releases/", "POST", {"version": version, "projects": [project]})
    body = {"environment": "production", "dateFinished": iso(ago)}
    server.api(f"{HERE}/releases/{urllib.parse.quote(version)}/deploys/", "POST", body)


@pytest.fixture
def server(start: Callable[..., Server]) -> Server:
    return start([1, 2])


def test_what_was_planted_is_found_and_what_is_innocent_is_not(server: Server) -> None:
    chance = random.Random(7)
    send_spans(server, list(payments(chance, {"slowpay": 0.6}, (5, BEGAN - 30))))
    # Before it began another provider failed: that is not what this incident is about.
    send_spans(server, list(payments(chance, {"cardpay": 0.9}, (BEGAN + 300, BEGAN + 3_000))))
    deploy(server, "casino@1.5.0", "project-1", BEGAN + 120)
    deploy(server, "casino@1.4.0", "project-1", BEGAN + 7_200)
    deploy(server, "other@9.0.0", "project-2", BEGAN + 120)
    set_secret(server, "generic")
    assert tell(server, "generic", generic("new-payout", 1, ago=BEGAN + 60)).status == 200
    assert tell(server, "generic", generic("old-flag", 2, ago=BEGAN + 7_200)).status == 200
    wait_until(lambda: is_read(server), 30, "everything is read from the log")

    incident = incident_of(server, {"alertname": "Deposits", "project": "project-1"})
    found = around(server, incident)
    assert found["projects"] == ["project-1"]
    assert [(one["version"], one["environment"]) for one in found["deploys"]] == [("casino@1.5.0", "production")]
    flags = [(one["flag"], one["action"], one["author"]) for one in found["flags"]]
    assert flags == [("new-payout", "updated", "ann@example.com")]

    failures = found["failures"]
    attributes = {one["key"]: one for one in failures["attributes"]}
    first = failures["attributes"][0]
    assert first["key"] == "provider" and first["values"][0]["value"] == "slowpay", failures
    slowpay = first["values"][0]
    assert slowpay["leftShare"] > 0.9 and slowpay["rightShare"] < 0.3, slowpay
    assert [value["value"] for value in first["values"]] == ["slowpay"]
    # Every market and every id is as frequent among what failed as among the rest.
    assert "market" not in attributes and "request.id" not in attributes, attributes
    assert 90 < failures["left"] < 160 and 440 < failures["right"] < 510, failures


def test_an_incident_of_a_quiet_project_shows_nothing_of_others(server: Server) -> None:
    send_spans(server, list(payments(random.Random(7), {"slowpay": 0.6}, (5, BEGAN - 30))))
    deploy(server, "casino@1.5.0", "project-1", BEGAN + 120)
    wait_until(lambda: is_read(server), 30, "everything is read from the log")
    found = around(server, incident_of(server, {"alertname": "Bonus", "project": "project-2"}))
    assert (found["projects"], found["deploys"], found["flags"]) == (["project-2"], [], [])
    assert found["failures"] == {"left": 0, "right": 0, "attributes": []}


def test_who_may_not_read_events_sees_nothing_of_it(server: Server) -> None:
    incident = incident_of(server, {"alertname": "Deposits", "project": "project-1"})
    path = f"/api/0{HERE}/alert-incidents/{incident}/around/"
    for token, status in ((TOKEN, 200), (READER, 403)):
        assert server.request("GET", path, headers={"Authorization": f"Bearer {token}"}).status == status
    missing = f"/api/0{HERE}/alert-incidents/999/around/"
    assert server.request("GET", missing, headers={"Authorization": f"Bearer {TOKEN}"}).status == 404
