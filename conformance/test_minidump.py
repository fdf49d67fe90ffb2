"""Crashes of native programs: minidumps as crash reporters send them, and what becomes of them."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server import ORGANIZATION, TOKEN, Server
from test_symbolication import stacks
from uploads import CLI_3, CLIENTS, form, passes

Start = Callable[..., Server]
SOURCE = CLIENTS / "rust_minidump/crash.c"
REPORTER = Path(sys.executable).parent.parent / "rust/debug/crash-reporter"
PROJECT = f"/projects/{ORGANIZATION}/project-1"
DUMP = "upload_file_minidump"
LINE = next(number for number, line in enumerate(SOURCE.read_text().splitlines(), 1) if "it has no address" in line)

pytestmark = pytest.mark.skipif(os.uname().machine != "x86_64", reason="the program that crashes is for x86_64")


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A program with its debug information, and a minidump of its crash by `minidump-writer`."""
    folder = tmp_path_factory.mktemp("crash")
    shutil.copy(SOURCE, folder)
    # Without frame pointers, only debug files say how to walk the stack.
    command = ["gcc", "-g", "-O1", "-fomit-frame-pointer", "-Wl,--build-id=sha1", "-o", "wallet", SOURCE.name]
    subprocess.run(command, cwd=folder, check=True)
    subprocess.run([REPORTER, folder / "wallet.dmp", folder / "wallet"], check=True, timeout=60)
    return folder / "wallet", (folder / "wallet.dmp").read_bytes()


def post(server: Server, body: bytes, headers: dict[str, str], project: int = 1) -> str:
    """Sends it as Crashpad does, with the key in the address; answers the id without its dashes."""
    path = f"/api/{project}/minidump/?sentry_key={server.projects[project].key}"
    answer = server.request("POST", path, body, headers)
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/plain"), answer
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer.body.decode()), answer.body
    return answer.body.decode().replace("-", "")


def exception(event: dict[str, Any]) -> dict[str, Any]:
    (found,) = next(entry["data"]["values"] for entry in event["entries"] if entry["type"] == "exception")
    return found


def functions(event: dict[str, Any]) -> list[str]:
    """From the function that crashed to `main`."""
    return [frame["function"] for frame in reversed(stacks(event)[0])][:3]


def test_a_crash_is_an_event_that_becomes_readable(start: Start, tmp_path: Path, crashed: tuple[Path, bytes]) -> None:
    program, dump = crashed
    server = start()
    (tmp_path / "wallet.dmp").write_bytes(dump)
    (tmp_path / "wallet.log").write_text("lost a bet\n")
    about = {"release": "wallet@7.3.1", "tags": {"table": "roulette"}}
    command = ["curl", "-sS", "--fail-with-body", f"{server.url}/api/1/minidump/?sentry_key={server.projects[1].key}"]
    command += ["-F", f"{DUMP}=@wallet.dmp", "-F", f"sentry={json.dumps(about)}", "-F", "sentry[environment]=live"]
    command += ["-F", "guid=12-34", "-F", "log=@wallet.log;type=text/plain"]
    sent = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60).stdout
    event_id = sent.replace("-", "")
    early = server.wait_event(1, event_id)
    # What is in the dump.
    shown = exception(early)
    assert shown["type"] == "SIGSEGV / SEGV_MAPERR" and "at 0x10" in shown["value"], shown
    assert shown["mechanism"]["type"] == "minidump" and shown["mechanism"]["handled"] is False
    assert shown["mechanism"]["meta"]["signal"]["name"] == "SIGSEGV"
    assert early["platform"] == "native" and {"key": "level", "value": "fatal"} in early["tags"]
    assert early["contexts"]["os"]["name"] == "Linux" and early["contexts"]["device"]["arch"] == "x86_64"
    threads = next(entry["data"]["values"] for entry in early["entries"] if entry["type"] == "threads")
    assert [(thread["name"], thread["crashed"]) for thread in threads] == [("wallet", True), ("settlement", False)]
    assert threads[1]["stacktrace"]["frames"] and shown["stacktrace"]["registers"]["rip"]
    innermost = stacks(early)[0][-1]
    assert innermost["package"] == str(program) and innermost["trust"] == "context"
    assert "native_missing_dsym" in {error["type"] for error in early["errors"]}
    # What came with it.
    tags = {tag["key"]: tag["value"] for tag in early["tags"]}
    assert (tags["release"], tags["table"], tags["environment"]) == ("wallet@7.3.1", "roulette", "live")
    assert early["context"] == {"guid": "12-34"}
    kept = {file["name"]: file for file in server.api(f"{PROJECT}/events/{event_id}/attachments/")}
    assert {name: file["type"] for name, file in kept.items()} == {
        "wallet.dmp": "event.minidump",
        "wallet.log": "event.attachment",
    }
    content = f"/api/0{PROJECT}/events/{event_id}/attachments/{kept['wallet.dmp']['id']}/?download=1"
    assert server.request("GET", content, headers={"Authorization": f"Bearer {TOKEN}"}).body == dump
    # The debug file comes late, then it is there.
    passes(server, [CLI_3, "debug-files", "upload", "--wait", program], tmp_path)
    late = server.event(1, event_id)
    assert functions(late)[0] == "debit" and stacks(late)[0][-1]["lineNo"] == LINE
    body, headers = form([(DUMP, "wallet.dmp", dump)])
    again = server.wait_event(1, post(server, body, headers))
    assert functions(again) == ["debit", "charge", "main"], again["errors"]
    frames = stacks(again)[0]
    assert [frame["trust"] for frame in frames[-3:]] == ["cfi", "cfi", "context"], "the debug file says how to walk"
    assert frames[-1]["filename"] == "crash.c" and frames[-1]["lineNo"] == LINE
    assert [frame["inApp"] for frame in frames[-3:]] == [True, True, True] and again["title"] == "debit"
    # The same crash is the same issue; the early one was grouped by what was known then.
    third = server.wait_event(1, post(server, dump, {"Content-Type": "application/x-dmp"}))
    assert third["groupID"] == again["groupID"]


def test_sentrys_native_sdk_sends_an_envelope(start: Start, crashed: tuple[Path, bytes]) -> None:
    _, dump = crashed
    server = start()
    event_id = os.urandom(16).hex()
    event = json.dumps({"event_id": event_id, "level": "fatal", "release": "wallet@1.0.0", "user": {"id": "7"}}).encode()
    header = {"type": "attachment", "attachment_type": "event.minidump", "filename": "minidump.dmp", "length": len(dump)}
    items = [{"type": "event", "length": len(event)}, event, header, dump]
    lines = [json.dumps({"event_id": event_id}).encode()]
    lines += [item if isinstance(item, bytes) else json.dumps(item).encode() for item in items]
    path = f"/api/1/envelope/?sentry_key={server.projects[1].key}"
    answer = server.request("POST", path, gzip.compress(b"\n".join(lines)), {"Content-Encoding": "gzip"})
    assert answer.json() == {"id": event_id}
    shown = server.wait_event(1, event_id)
    assert exception(shown)["type"] == "SIGSEGV / SEGV_MAPERR"
    assert shown["user"]["id"] == "7" and {"key": "release", "value": "wallet@1.0.0"} in shown["tags"]
    (kept,) = server.api(f"{PROJECT}/events/{event_id}/attachments/")
    assert kept["type"] == "event.minidump" and kept["size"] == len(dump)


def test_crashpad_sends_what_the_sdk_left_for_it(start: Start, crashed: tuple[Path, bytes]) -> None:
    """Events and breadcrumbs are in MessagePack, in files beside the dump."""
    _, dump = crashed
    server = start()

    def text(value: str) -> bytes:
        return bytes([0xA0 | len(value)]) + value.encode()

    event_id = os.urandom(16).hex()
    event = b"\x82" + text("event_id") + b"\xd9\x20" + event_id.encode() + text("release") + text("wallet@2.0.0")
    crumb = b"\x82" + text("message") + text("bet") + text("timestamp") + text("2026-11-22T10:00:00Z")
    body, headers = form(
        [
            (DUMP, "a.dmp", gzip.compress(dump)),
            ("__sentry-event", "__sentry-event", event),
            ("__sentry-breadcrumb1", "__sentry-breadcrumb1", crumb * 2),
            ("__sentry-breadcrumb2", "__sentry-breadcrumb2", b""),
        ]
    )
    assert post(server, body, headers) == event_id
    shown = server.wait_event(1, event_id)
    assert {"key": "release", "value": "wallet@2.0.0"} in shown["tags"]
    crumbs = next(entry["data"]["values"] for entry in shown["entries"] if entry["type"] == "breadcrumbs")
    assert [crumb["message"] for crumb in crumbs] == ["bet", "bet"]
    (kept,) = server.api(f"{PROJECT}/events/{event_id}/attachments/")
    assert kept["type"] == "event.minidump", "what became part of the event is not kept twice"


def test_dumps_that_are_broken_are_events_that_say_so(start: Start, crashed: tuple[Path, bytes]) -> None:
    _, dump = crashed
    server = start()
    wrong = {
        "ends within its header": b"MDMP\x93\xa7",
        "ends before its list of contents": b"MDMP\x93\xa7" + bytes(60),
        "is of version": b"MDMP" + bytes(60),
        # Nothing but the directory is left.
        "has no list of threads": dump[:300],
    }
    for words, body in wrong.items():
        shown = server.wait_event(1, post(server, body, {"Content-Type": "application/octet-stream"}))
        messages = [error.get("message", "") for error in shown["errors"]]
        assert any(words in message for message in messages), (words, messages)
        assert exception(shown)["mechanism"]["type"] == "minidump"
        (kept,) = server.api(f"{PROJECT}/events/{shown['id']}/attachments/")
        assert kept["size"] == len(body), "it can be looked at"
    # Whatever they are, they are read elsewhere, and the server goes on.
    for place in range(0, 2_000, 100):
        body = dump[:place] + b"\xff" * 40 + dump[place + 40 :]
        if body.startswith(b"MDMP"):
            post(server, body, {"Content-Type": "application/octet-stream"})
    shown = server.wait_event(1, post(server, dump, {}))
    assert exception(shown)["type"] == "SIGSEGV / SEGV_MAPERR"


def test_what_is_no_minidump_is_refused(start: Start) -> None:
    server = start()
    path = f"/api/1/minidump/?sentry_key={server.projects[1].key}"

    def refused(body: bytes, headers: dict[str, str]) -> str:
        answer = server.request("POST", path, body, headers)
        assert answer.status == 400, answer
        return answer.json()["detail"]

    assert "does not begin with MDMP" in refused(b"hello", {"Content-Type": "application/octet-stream"})
    body, headers = form([("log", "a.log", b"x")])
    assert "missing minidump" in refused(body, headers)
    body, headers = form([(DUMP, "a.dmp", b"\xfd7zXZ\0" + bytes(20))])
    assert "compressed with xz" in refused(body, headers)
    assert server.request("POST", "/api/1/minidump/", b"MDMP").status == 401
    assert server.request("GET", path).status == 405
