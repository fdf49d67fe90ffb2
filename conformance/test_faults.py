"""What a server must survive: `kill -9`, a second server on the same folder, a full intake log, slow clients."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest

from server import BINARY, ORGANIZATION, Server, wait_until

ROUNDS = 5 if os.environ.get("PITWATCH_SLOW") != "1" else 40


def envelope(event_id: str, message: str = "boom") -> bytes:
    event = {"event_id": event_id, "message": message, "level": "error", "platform": "python", "timestamp": time.time()}
    payload = json.dumps(event).encode()
    header = json.dumps({"event_id": event_id}).encode()
    return header + b"\n" + json.dumps({"type": "event", "length": len(payload)}).encode() + b"\n" + payload + b"\n"


def send(server: Server, body: bytes, connection: http.client.HTTPConnection | None = None) -> tuple[int, bytes]:
    link = connection or http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    key = server.projects[1].key
    link.request("POST", "/api/1/envelope/", body, {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key}"})
    answer = link.getresponse()
    return answer.status, answer.read()


class Load:
    """Threads that send until told to stop, and remember what was acknowledged."""

    def __init__(self, server: Server, body: Callable[[str], bytes] | None = None, threads: int = 4) -> None:
        self.server = server
        self.body = body or (lambda event_id: envelope(event_id, f"boom {len(self.acknowledged) % 3 * 'x'}"))
        self.acknowledged: list[str] = []
        self.halt = threading.Event()
        self.threads = [threading.Thread(target=self.work) for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def work(self) -> None:
        link = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=5)
        while not self.halt.is_set():
            event_id = secrets.token_hex(16)
            try:
                status, _ = send(self.server, self.body(event_id), link)
            except OSError:
                link.close()
                continue
            except http.client.HTTPException:
                link.close()
                continue
            if status == 200:
                self.acknowledged.append(event_id)

    def stop(self) -> None:
        self.halt.set()
        for thread in self.threads:
            thread.join(20)


def stored_ids(server: Server) -> Counter[str]:
    ids: Counter[str] = Counter()
    for issue in server.issues(1):
        path = f"/organizations/{ORGANIZATION}/issues/{issue['id']}/events/"
        ids.update(event["eventID"] for event in server.pages(path, limit=100))
    return ids


def test_kill_at_any_moment_loses_and_doubles_nothing(start: Callable[..., Server]) -> None:
    server = start()
    acknowledged: list[str] = []
    for number in range(ROUNDS):
        load = Load(server)
        wait_until(lambda: len(load.acknowledged) > 50 + 37 * number, 30, "events are acknowledged")
        server.kill()
        load.stop()
        acknowledged += load.acknowledged
        server.start()
    wait_until(lambda: set(acknowledged) <= set(stored_ids(server)), 60, "everything acknowledged is there")
    ids = stored_ids(server)
    assert [event for event in acknowledged if ids[event] != 1] == []
    counted = sum(int(issue["count"]) for issue in server.issues(1))
    assert counted == sum(ids.values()), "issue counts agree with the events"


def test_the_second_server_on_a_folder_refuses(start: Callable[..., Server]) -> None:
    server = start()
    second = subprocess.run(
        [BINARY, "serve", "--data", str(server.data), "--listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=30
    )
    assert second.returncode == 1
    assert "is using the data folder" in second.stderr and str(server.data) in second.stderr
    assert server.request("GET", "/-/ready").status == 200


def test_a_full_intake_log_answers_429_and_recovers(start: Callable[..., Server]) -> None:
    """The log's own bound plays the full disk: nothing is taken that cannot be kept."""
    server = start(intake_kept_bytes="16 MiB")
    key = server.projects[1].key
    payload = os.urandom(900_000).hex().encode()
    item = b'{"type":"replay_recording","length":' + str(len(payload)).encode() + b"}\n" + payload
    statuses = set()
    for _ in range(40):
        answer = server.request("POST", f"/api/1/envelope/?sentry_key={key}", b"{}\n" + item)
        statuses.add(answer.status)
        if answer.status == 429:
            assert int(answer.headers["retry-after"]) > 0 and answer.headers["x-sentry-rate-limits"]
            break
    assert statuses <= {200, 429} and 429 in statuses
    event_id = secrets.token_hex(16)
    assert send(server, envelope(event_id))[0] == 200, "errors have a log of their own"
    server.wait_event(1, event_id)


def test_slow_clients_do_not_hold_the_server(start: Callable[..., Server]) -> None:
    server = start()
    key = server.projects[1].key
    slow = []
    for _ in range(200):
        link = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        head = f"POST /api/1/envelope/?sentry_key={key} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{{"
        link.sendall(head.encode())
        slow.append(link)
    event_id = secrets.token_hex(16)
    assert send(server, envelope(event_id))[0] == 200
    server.wait_event(1, event_id)
    for link in slow:
        link.close()


def test_an_event_sent_again_is_counted_as_duplicate(start: Callable[..., Server]) -> None:
    server = start()
    event_id = secrets.token_hex(16)
    for _ in range(3):
        assert send(server, envelope(event_id))[0] == 200
    server.wait_event(1, event_id)
    path = f"/organizations/{ORGANIZATION}/stats_v2/?field=sum(quantity)&groupBy=reason&groupBy=outcome&statsPeriod=24h"

    def duplicates() -> int:
        groups = server.api(path)["groups"]
        return sum(group["totals"]["sum(quantity)"] for group in groups if group["by"]["reason"] == "duplicate")

    wait_until(lambda: duplicates() == 2, 20, "two duplicates are counted")
    assert server.issues(1)[0]["count"] == "1"


@pytest.mark.parametrize("hours", [-3, 5, 24 * 400])
def test_a_broken_clock_is_put_right(start: Callable[..., Server], hours: int) -> None:
    server = start()
    event_id = secrets.token_hex(16)
    event = {"event_id": event_id, "message": "late", "timestamp": time.time() - hours * 3600}
    sent_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(event["timestamp"]))
    payload = json.dumps(event).encode()
    header = json.dumps({"event_id": event_id, "sent_at": sent_at}).encode()
    assert send(server, header + b'\n{"type":"event"}\n' + payload)[0] == 200
    shown = server.wait_event(1, event_id)
    assert any(error["type"] == "clock_drift" for error in shown["errors"])
    assert shown["dateCreated"][:13] == shown["dateReceived"][:13] or hours


def test_what_people_say_in_the_report_dialog_is_shown(start: Callable[..., Server]) -> None:
    server = start()
    event_id = secrets.token_hex(16)
    assert send(server, envelope(event_id))[0] == 200
    server.wait_event(1, event_id)
    path = f"/api/embed/error-page/?dsn={server.dsn(1)}&eventId={event_id}&title=%3Cscript%3E"
    script = server.request("GET", path)
    assert script.status == 200 and script.headers["content-type"].startswith("text/javascript")
    assert b"<script>" not in script.body, "nothing of the query is in the code"
    form = b"name=Ana&email=ana%40example.com&comments=%3Cb%3Eit+broke"
    answer = server.request("POST", path, form, {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 200, answer
    wait_until(lambda: server.event(1, event_id)["userReport"] is not None, 20, "the report is shown")
    report = server.event(1, event_id)["userReport"]
    assert (report["name"], report["email"], report["comments"]) == ("Ana", "ana@example.com", "<b>it broke")
