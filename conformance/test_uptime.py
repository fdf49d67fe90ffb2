"""Uptime checks of servers on this machine: what they answer, and what becomes of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from server import ORGANIZATION, TOKEN, Server, wait_until

HERE = f"/projects/{ORGANIZATION}/project-1/uptime/"


class Shop:
    """A site that can be broken."""

    def __init__(self) -> None:
        self.status = 200
        self.heard: list[dict[str, str]] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802
                shop.heard.append({name.lower(): value for name, value in self.headers.items()})
                body = b"all is well" if shop.status == 200 else b"sorry"
                self.send_response(shop.status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/health"


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.server.shutdown()


def one(server: Server, uptime: str) -> Any:
    return server.api(f"{HERE}{uptime}/")


def again(server: Server, uptime: str) -> None:
    """A change is tried at once, so that no test waits for an interval."""
    before = one(server, uptime)["lastCheck"]
    server.api(f"{HERE}{uptime}/", "PUT", {"name": one(server, uptime)["name"]})
    wait_until(lambda: one(server, uptime)["lastCheck"] != before, 20, "the check is made")


def issues(server: Server) -> list[Any]:
    return server.api(f"/organizations/{ORGANIZATION}/issues/?project=-1&query=issue.category:outage&statsPeriod=24h")


def test_down_and_up_again(start: Callable[..., Server], shop: Shop) -> None:
    server = start(uptime_allow_networks="127.0.0.1")
    made = server.api(HERE, "POST", {
        "name": "Shop", "url": shop.url, "environment": "prod", "expectedBody": "well", "latencyMaxMs": 4000,
        "headers": [["Authorization", "Bearer s3cret"]], "downtimeThreshold": 2, "recoveryThreshold": 1,
    })  # fmt: skip
    uptime = made["id"]
    assert (made["uptimeStatus"], made["intervalSeconds"], made["method"], made["kind"]) == (1, 60, "GET", "http")
    assert made["headers"] == [["Authorization", "[set]"]], "values are not shown again"
    wait_until(lambda: one(server, uptime)["lastCheck"] is not None, 20, "a new one is made at once")
    assert one(server, uptime)["lastReason"] == ""
    assert shop.heard[0]["authorization"] == "Bearer s3cret" and "PitwatchUptime" in shop.heard[0]["user-agent"]
    shop.status = 503
    again(server, uptime)
    assert (one(server, uptime)["uptimeStatus"], one(server, uptime)["lastReason"]) == (1, "the status is 503")
    assert issues(server) == [], "one failure is none"
    again(server, uptime)
    assert one(server, uptime)["uptimeStatus"] == 2
    wait_until(lambda: len(issues(server)) == 1, 20, "it is an issue")
    [issue] = issues(server)
    assert issue["title"] == f"Downtime detected for {shop.url}"
    assert (issue["issueType"], issue["issueCategory"]) == ("uptime_domain_failure", "outage")
    event = server.api(f"/organizations/{ORGANIZATION}/issues/{issue['id']}/events/latest/")
    assert event["contexts"]["uptime"]["reason"] == "status" and "s3cret" not in json.dumps(event)
    checks = server.api(f"{HERE}{uptime}/checks/")
    assert [check["checkStatus"] for check in checks] == ["failure_incident", "failure", "success"]
    assert checks[0]["checkStatusReason"] == {"type": "status", "description": "the status is 503"}
    assert checks[0]["httpStatusCode"] == 503
    shop.status = 200
    again(server, uptime)
    issue_path = f"/organizations/{ORGANIZATION}/issues/{issue['id']}/"
    wait_until(lambda: server.api(issue_path)["status"] == "resolved", 20, "the issue is resolved")
    assert one(server, uptime)["uptimeStatus"] == 1
    rows = server.api(f"{HERE}{uptime}/stats/?rollup=3600")
    assert sum(row[1]["failure"] for row in rows) == 2 and sum(row[1]["success"] for row in rows) == 2
    kept = one(server, uptime)
    again(server, uptime)
    assert shop.heard[-1]["authorization"] == "Bearer s3cret", "a change of other things leaves it"
    assert server.api(f"/organizations/{ORGANIZATION}/uptime/")[0]["id"] == kept["id"]
    for file in server.data.rglob("alarm.sqlite*"):
        assert b"s3cret" not in file.read_bytes(), f"{file} holds the secret"
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert server.request("DELETE", f"/api/0{HERE}{uptime}/", headers=headers).status == 202
    assert server.request("GET", f"/api/0{HERE}{uptime}/", headers=headers).status == 404


def test_inner_servers_are_not_called(start: Callable[..., Server], shop: Shop) -> None:
    server = start()
    port = shop.server.server_address[1]
    urls = [shop.url, f"http://localhost:{port}/", f"tcp://127.0.0.1:{port}", f"http://[::ffff:127.0.0.1]:{port}/"]
    made = [server.api(HERE, "POST", {"name": url, "url": url})["id"] for url in urls]
    for uptime in made:
        wait_until(lambda: one(server, uptime)["lastCheck"] is not None, 20, "the check is made")
        assert "not on the public internet" in one(server, uptime)["lastReason"]
    assert shop.heard == []


def test_what_makes_no_sense_is_refused(start: Callable[..., Server]) -> None:
    server = start()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    for field, body in [
        ("name", {"url": "https://x.example"}),
        ("url", {"name": "x"}),
        ("url", {"url": "ftp://x.example"}),
        ("url", {"url": "https://user:secret@x.example"}),
        ("url", {"url": "tcp://x.example"}),
        ("method", {"method": "BREW"}),
        ("intervalSeconds", {"intervalSeconds": 1}),
        ("timeoutMs", {"timeoutMs": 60_000, "intervalSeconds": 30}),
        ("expectedStatus", {"expectedStatus": "2xx"}),
        ("headers", {"headers": [["Host", "x"]]}),
        ("headers", {"headers": [["X", "a\nb"]]}),
        ("headers", {"headers": [["X", "[set]"]]}),
        ("downtimeThreshold", {"downtimeThreshold": 0}),
        ("redirects", {"redirects": "sometimes"}),
        ("owner", {"owner": "team:999"}),
    ]:
        good = {} if field in body and len(body) == 1 and field == "name" else {"name": "x", "url": "https://x.example"}
        whole = body if field == "name" or body == {"name": "x"} else {**good, **body}
        answer = server.request("POST", f"/api/0{HERE}", json.dumps(whole).encode(), headers)
        assert (answer.status, list(answer.json())) == (400, [field]), (body, answer.body)
