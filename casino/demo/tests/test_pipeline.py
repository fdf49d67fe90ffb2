"""What is told to Pitwatch, once; and that trouble is a line, and no more."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

import canary
import code_roots
import flag_hook
import history
import pipeline
import sentry_cli
from flag_file import Flags
from pipeline import Pipeline
from places import Data
from secret_values import Secrets
from services import RELEASES
from state import State

CLI = """#!/bin/sh
echo "$SENTRY_ORG $SENTRY_PROJECT $SENTRY_AUTH_TOKEN $*" >> {log}
{then}
"""


class Server:
    """Answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.asked.append((self.command, self.path, headers, body))
                self.send_response(outer.status if "/api/" in self.path else 200)
                self.end_headers()
                self.wfile.write(b"[]")

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def to(self, path: str) -> list[Any]:
        return [json.loads(body or b"null") for _, asked, _, body in self.asked if path in asked]


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    for module in (pipeline, flag_hook):
        monkeypatch.setattr(module, "warn", lines.append)
    monkeypatch.setattr(flag_hook, "TOLD", set())
    return lines


def delivery(server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch, then: str = "") -> Pipeline:
    """With a sentry-cli that writes down how it was called, and maps of one page."""
    (folder / "pitwatch").mkdir(exist_ok=True)
    maps = folder / "maps"
    maps.mkdir(exist_ok=True)
    (maps / "main.js").write_text("1\n//# debugId=1")
    monkeypatch.setattr(pipeline, "maps_of", lambda page: maps if page == "web" else folder / "none")
    program = folder / "sentry-cli"
    program.write_text(CLI.format(log=folder / "calls", then=then))
    program.chmod(0o755)
    monkeypatch.setattr(sentry_cli, "find", lambda: program)
    secrets = Secrets(token="owner", build_token="builds", flag_secret="s" * 32)
    return Pipeline(folder, SimpleNamespace(url=server.url, secrets=secrets))  # type: ignore[arg-type]


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text().splitlines()


def test_all_is_told_once(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    delivery(server, tmp_path, monkeypatch).tell()
    assert said == []
    made = calls(tmp_path)
    assert all(" builds " in call and call.startswith("casino ") for call in made)
    own = [call.partition(" builds ")[2] for call in made if call.startswith("casino payment ")]
    release, depth = RELEASES["payment"], len(history.commits("payment"))
    assert own == [
        f"releases new {release}",
        f"releases set-commits {release} --local --initial-depth {depth}",
        f"releases finalize {release}",
        f"deploys new -r {release} -e demo",
    ]
    uploads = [call for call in made if "sourcemaps upload" in call]
    assert len(uploads) == 1 and f"--release {RELEASES['web']} --url-prefix ~/" in uploads[0]
    assert not any(RELEASES[canary.NAME] in call for call in made), "the second release is not there yet"
    assert {body["repository"] for body in server.to("/code-mappings/bulk/")} == {
        history.repository(name) for name in code_roots.ROOTS
    }
    asked = len(server.asked)
    delivery(server, tmp_path, monkeypatch).tell()
    assert calls(tmp_path) == made and len(server.asked) == asked, "a second start tells nothing"
    again = delivery(server, tmp_path, monkeypatch)
    (tmp_path / "maps" / "main.js").write_text("2\n//# debugId=2")
    again.tell()
    assert ["sourcemaps upload" in call for call in calls(tmp_path)[len(made) :]] == [True], "a new build is uploaded"


def test_the_second_release_is_told_when_it_comes(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    told = delivery(server, tmp_path, monkeypatch)
    for _ in range(2):
        told.deploy(canary.NAME)
    assert [call.partition(" builds ")[2].split(" ")[:2] for call in calls(tmp_path)] == [
        ["releases", "new"],
        ["releases", "set-commits"],
        ["releases", "finalize"],
        ["deploys", "new"],
    ]
    assert said == []


def test_trouble_is_one_line_and_tried_again(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    text = (
        "error: API request failed\\n\\nCaused by:\\n    sentry reported an error: no (http status: 500)\\n\\nAdd --log-level\\n"
    )
    then = f'case "$*" in *gateway*) printf "{text}" >&2; exit 1;; esac'
    server.status = 403
    delivery(server, tmp_path, monkeypatch, then).tell()
    assert len(said) == 1 and said[0].startswith("2 of "), said
    assert "sentry reported an error: no (http status: 500)" in said[0] and "--log-level" not in said[0]
    server.status = 200
    before = len(calls(tmp_path))
    delivery(server, tmp_path, monkeypatch).tell()
    assert all("gateway" in call for call in calls(tmp_path)[before:]) and len(said) == 1


def test_without_sentry_cli_the_rest_runs(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    told = delivery(server, tmp_path, monkeypatch)
    told.program = None
    told.tell()
    told.deploy(canary.NAME)
    assert len(said) == 1 and "sentry-cli is not there" in said[0]


@pytest.fixture
def listening(server: Server, tmp_path: Path) -> Data:
    """A demonstration whose Pitwatch takes changes of flags."""
    data = Data(tmp_path)
    Flags(data).seed()
    State(launcher=os.getpid(), pitwatch=server.url, organization="casino", flag_secret="s" * 32).write(data)
    return data


def test_changes_of_flags_are_told_and_signed(server: Server, listening: Data, said: list[str]) -> None:
    flags = Flags(listening)
    flags.set("panicUser", "on", by="cli")
    flags.set("exceptionEngine", "on", by="page")
    flags.reset(by="scenario")
    flags.reset(by="scenario")
    path = "/api/0/organizations/casino/flags/hooks/provider/generic/"
    assert [asked[1] for asked in server.asked] == [path] * 3, "what changes nothing is not told"
    rows = [row for body in server.to(path) for row in body["data"]]
    assert [(row["flag"], row["action"], row["created_by"]["id"]) for row in rows] == [
        ("panicUser", "updated", "cli@casino.example"),
        ("exceptionEngine", "updated", "page@casino.example"),
        ("panicUser", "updated", "scenario@casino.example"),
        ("exceptionEngine", "updated", "scenario@casino.example"),
    ]
    assert len({row["change_id"] for row in rows}) == 4 and max(row["change_id"] for row in rows) < 2**53
    for _, _, headers, body in server.asked:
        assert headers[flag_hook.SIGNATURE] == flag_hook.signature("s" * 32, body)
    assert said == []


@pytest.mark.parametrize("status", [404, 500])
def test_who_does_not_listen_stops_nobody(server: Server, listening: Data, said: list[str], status: int) -> None:
    server.status = status
    flags = Flags(listening)
    for variant in ("on", "off", "on"):
        assert flags.set("panicUser", variant).default == variant
    assert said == [f"Pitwatch is not told of changed flags: it answers {status}"]


def test_nobody_is_asked_where_no_demonstration_runs(server: Server, tmp_path: Path, said: list[str]) -> None:
    data = Data(tmp_path)
    Flags(data).seed()
    Flags(data).set("panicUser", "on")
    State(launcher=0, pitwatch=server.url, organization="casino", flag_secret="s" * 32).write(data)
    Flags(data).set("panicUser", "off")
    assert server.asked == [] and said == []


def test_an_old_server_has_no_place_for_the_secret(server: Server, said: list[str]) -> None:
    watcher: Any = SimpleNamespace(url=server.url, secrets=Secrets(token="owner", flag_secret="s" * 32))
    assert flag_hook.register(watcher) == "s" * 32
    assert server.to("/flags/signing-secrets/") == [{"provider": "generic", "secret": "s" * 32}]
    server.status = 404
    assert flag_hook.register(watcher) == "" and len(said) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "error: API request failed\n\nCaused by:\n    it is closed\n\nAdd --log-level",
            "error: API request failed it is closed",
        ),
        ("error: unexpected argument", "error: unexpected argument"),
        ("nothing of the kind\n", "nothing of the kind"),
        ("", "it said nothing"),
    ],
)
def test_what_sentry_cli_says_becomes_a_line(text: str, expected: str) -> None:
    assert sentry_cli.reason(text) == expected
