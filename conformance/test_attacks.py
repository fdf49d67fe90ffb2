"""What similar servers had to publish fixes for."""

from __future__ import annotations

import gzip
import json
import secrets
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
import zstandard

from server import ORGANIZATION, TOKEN, Server, wait_until
from test_faults import envelope, send

ZEROS = b"\0" * (1 << 20)


def bomb(coding: str, mebibytes: int) -> bytes:
    """`mebibytes` of zeros, compressed."""
    if coding == "zstd":
        return zstandard.ZstdCompressor(level=3).compress(ZEROS * mebibytes)
    if coding == "br":
        return brotli.compress(ZEROS * mebibytes, quality=1)
    maker = zlib.compressobj(9, zlib.DEFLATED, 31 if coding == "gzip" else 15)
    return b"".join(maker.compress(ZEROS) for _ in range(mebibytes)) + maker.flush()


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_compression_bombs_are_refused_and_memory_stays(start: Callable[..., Server], coding: str) -> None:
    server = start()
    body = bomb(coding, 400)
    url = f"/api/1/envelope/?sentry_key={server.projects[1].key}"
    for _ in range(5):
        answer = server.request("POST", url, body, {"Content-Encoding": coding})
        # 503: the memory that all requests share was used up before the limit of one was reached.
        assert answer.status in (400, 413, 503), answer.body
    assert peak_bytes(server) < 450 << 20
    assert send(server, envelope(secrets.token_hex(16)))[0] == 200


def peak_bytes(server: Server) -> int:
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM"))


MALFORMED = {
    "empty": b"",
    "not JSON": b"hello\n",
    "no type": b'{}\n{"length":2}\n{}',
    "length beyond the end": b'{}\n{"type":"event","length":99}\n{}',
    "length of the wrong kind": b'{}\n{"type":"event","length":"x"}\n{}',
    "bad event id": b'{"event_id":"zz"}\n{"type":"event"}\n{}',
    "too many items": b"{}\n" + b'{"type":"session"}\n{}\n' * 501,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_envelopes_get_a_clear_400(start: Callable[..., Server], name: str) -> None:
    server = start()
    status, body = send(server, MALFORMED[name])
    assert status == 400 and json.loads(body)["detail"]


HOSTILE = {
    "deep": b'{"extra":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
    "deep list": b"[" * 20000 + b"]" * 20000,
    "broken JSON": b'{"message": "x"',
    "invalid UTF-8": b'{"message": "\xff\xfe"}',
    "half a surrogate": b'{"message": "\\ud800"}',
    "huge number": b'{"timestamp": 1e999, "message": "x"}',
    "thousands of tags": json.dumps({"message": "x", "tags": {f"t{n}": "v" * 300 for n in range(3000)}}).encode(),
    "huge string": json.dumps({"message": "x" * 900_000}).encode(),
    "wrong types": json.dumps({"message": 5, "level": [], "exception": "x", "tags": 7, "user": [1], "request": 1}).encode(),
    "many exceptions": json.dumps({"exception": {"values": [{"type": "E", "value": str(n)} for n in range(5000)]}}).encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_events_end_as_event_or_outcome(start: Callable[..., Server], name: str) -> None:
    server = start()
    event_id = secrets.token_hex(16)
    header = json.dumps({"event_id": event_id}).encode()
    status, _ = send(server, header + b'\n{"type":"event"}\n' + HOSTILE[name])
    assert status == 200
    path = f"/organizations/{ORGANIZATION}/stats_v2/?field=sum(quantity)&groupBy=outcome&statsPeriod=24h&category=error"

    def accounted() -> bool:
        return sum(group["totals"]["sum(quantity)"] for group in server.api(path)["groups"]) == 1

    wait_until(accounted, 20, "the event is counted as accepted or as dropped")
    assert send(server, envelope(secrets.token_hex(16)))[0] == 200


def test_keys_open_only_their_own_project(start: Callable[..., Server]) -> None:
    server = start([1, 2])
    other = server.projects[2].key
    answer = server.request("POST", f"/api/1/envelope/?sentry_key={other}", envelope(secrets.token_hex(16)))
    assert answer.status == 403
    answer = server.request("POST", "/api/1/envelope/?sentry_key=" + "0" * 32, envelope(secrets.token_hex(16)))
    assert answer.status == 403
    assert server.request("POST", "/api/1/envelope/", b"{}\n").status == 401
    assert server.request("POST", "/api/999999/envelope/?sentry_key=" + other, b"{}\n").status == 403


def test_another_projects_event_is_not_found(start: Callable[..., Server]) -> None:
    server = start([1, 2])
    event_id = secrets.token_hex(16)
    assert send(server, envelope(event_id))[0] == 200
    server.wait_event(1, event_id)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    for path in (
        f"/projects/{ORGANIZATION}/project-2/events/{event_id}/",
        f"/projects/other/project-1/events/{event_id}/",
        f"/projects/{ORGANIZATION}/project-1/events/{'0' * 32}/",
    ):
        assert server.request("GET", "/api/0" + path, headers=headers).status == 404, path
    assert server.request("GET", f"/api/0/projects/{ORGANIZATION}/project-1/events/{event_id}/").status == 401
    bad = {"Authorization": "Bearer pwt_wrong"}
    assert server.request("GET", f"/api/0/organizations/{ORGANIZATION}/issues/", headers=bad).status == 401


@pytest.mark.parametrize("name", ["../../../../etc/passwd", "..\\..\\x", "/etc/shadow", "a\0b", "con", "x" * 5000])
def test_names_are_never_paths(start: Callable[..., Server], name: str) -> None:
    server = start()
    event_id = secrets.token_hex(16)
    item = json.dumps({"type": "attachment", "length": 5, "filename": name}).encode()
    assert send(server, envelope(event_id) + item + b"\nhello\n")[0] == 200
    server.wait_event(1, event_id)
    path = f"/projects/{ORGANIZATION}/project-1/events/{event_id}/attachments/"
    wait_until(lambda: bool(server.api(path)), 10, "the attachment is listed")
    row = server.api(path)[0]
    answer = server.request(
        "GET", f"/api/0{path}{row['id']}/?download=1", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    assert (answer.status, answer.body) == (200, b"hello")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    written = [path for path in server.folder.rglob("*") if path.is_file()]
    assert all("passwd" not in str(path) and "shadow" not in str(path) for path in written)


def test_paths_outside_the_site_are_not_served(start: Callable[..., Server]) -> None:
    server = start()
    for path in ("/assets/../../Cargo.toml", "/assets/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "//etc/passwd"):
        answer = server.request("GET", path)
        assert b"root:" not in answer.body and answer.status in (200, 400, 404), path


def test_quotas_answer_429_at_the_door_and_say_so(start: Callable[..., Server]) -> None:
    server = start()
    key = next(iter(server.api(f"/projects/{ORGANIZATION}/project-1/keys/")))
    path = f"/projects/{ORGANIZATION}/project-1/keys/{key['id']}/"
    server.api(path, "PUT", {"rateLimit": {"window": 3600, "count": 2}})
    time.sleep(0)
    statuses = [send(server, envelope(secrets.token_hex(16)))[0] for _ in range(5)]
    assert statuses == [200, 200, 429, 429, 429]
    stats = f"/organizations/{ORGANIZATION}/stats_v2/?field=sum(quantity)&groupBy=outcome&statsPeriod=24h&category=error"

    def limited() -> int:
        groups = server.api(stats)["groups"]
        return sum(group["totals"]["sum(quantity)"] for group in groups if group["by"]["outcome"] == "rate_limited")

    wait_until(lambda: limited() == 3, 20, "three are counted as rate limited")


def test_garbage_that_claims_to_be_compressed_is_refused(start: Callable[..., Server]) -> None:
    server = start()
    url = f"/api/1/envelope/?sentry_key={server.projects[1].key}"
    for coding in ("gzip", "deflate", "br", "zstd"):
        assert server.request("POST", url, b"garbage!", {"Content-Encoding": coding}).status == 400, coding
    assert server.request("POST", url, b"x", {"Content-Encoding": "lzma"}).status == 415
    good = gzip.compress(envelope(secrets.token_hex(16)))
    assert server.request("POST", url, good, {"Content-Encoding": "gzip"}).status == 200
