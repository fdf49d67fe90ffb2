"""Stacks become readable: with what real build tools uploaded, early or late, and with nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from scenarios import CORPUS, Scenario, replay
from server import BINARY, ORGANIZATION, TOKEN, Server, wait_until
from test_uploads import CONFIGS, COMMANDS, plugin
from uploads import CLI_2, CLI_3, CLIENTS, app, bundle, passes, script, upload

Start = Callable[..., Server]
SCENARIO = Scenario("browser/casino-web-v11-static-transactions")
ARTIFACTS = CORPUS / "dev/_artifacts/casino-web"
RELEASE, DIST = "casino-web@7.3.1", "web-1"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PROJECT = f"/projects/{ORGANIZATION}/project-1"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """The corpus's build, as it was deployed."""
    return Path(shutil.copytree(ARTIFACTS, tmp_path / "build"))


def minified(folder: Path, name: str) -> str:
    return (folder / "assets" / name).read_text()


def stacks(event: dict[str, Any], name: str = "stacktrace") -> list[list[dict[str, Any]]]:
    """Frames of each exception, the outermost first."""
    entries = {entry["type"]: entry["data"] for entry in event["entries"]}
    values = entries.get("exception", {}).get("values", []) or entries.get("threads", {}).get("values", [])
    return [value[name]["frames"] for value in values if value[name]]


def line_of(frame: dict[str, Any]) -> str | None:
    return next((text for number, text in frame["context"] if number == frame["lineNo"]), None)


def compare(expected: dict[str, Any], event: dict[str, Any]) -> list[str]:
    """What differs from what the sidecar says about an event."""
    problems: list[str] = []
    came = stacks(event, "rawStacktrace")
    for stack, frames, raw in zip(expected["after_source_maps"], stacks(event), came, strict=True):
        shown = {(raw["lineNo"], raw["colNo"]): frame for frame, raw in zip(frames, raw, strict=True)}
        for wanted in stack["frames_outer_to_inner"]:
            # What browsers have built in is not listed.
            frame = shown[(wanted["minified"]["lineno"], wanted["minified"]["colno"])]
            original = wanted["original"]
            place = (frame["filename"], frame["lineNo"], frame["colNo"])
            # The sidecar counts columns from 0.
            if place != (original["source"], original["line"], original["column"] + 1):
                problems.append(f"{wanted} is shown at {place}")
            line = line_of(frame) or ""
            # Long lines are cut around the column.
            pieces = [piece.strip() for piece in line.split("{snip}")]
            if not line or any(piece not in original["source_line"] for piece in pieces):
                problems.append(f"{wanted} shows {line!r}")
            function = original.get("enclosing_function")
            if function and frame["function"].rpartition(".")[2] != function:
                problems.append(f"{wanted} is in {frame['function']!r}")
            if original["in_app_source"] and frame["inApp"] is not True:
                problems.append(f"{wanted} is not of the app")
    return problems


def expected_events(server: Server, ids: dict[str, str]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for issue in SCENARIO.expect["issues"]:
        if issue.get("after_source_maps"):
            event = ids.get(issue["event_ids"][0], issue["event_ids"][0])
            yield issue, server.wait_event(1, event)


def send(server: Server, tmp_path: Path) -> dict[str, str]:
    (old,) = SCENARIO.old_projects
    return replay(server, SCENARIO, {old: 1}, tmp_path / "ids.json")


def check(server: Server, ids: dict[str, str]) -> list[dict[str, Any]]:
    checked = list(expected_events(server, ids))
    problems = [problem for issue, event in checked for problem in compare(issue, event)]
    assert checked and not problems, "\n".join(problems)
    return [event for _, event in checked]


def upload_build(server: Server, build: Path, tmp_path: Path, cli: Path = CLI_3) -> None:
    # The files have their ids already; injecting must leave them alone.
    before = minified(build, "index-DqpBW_SC.js")
    passes(server, [cli, "sourcemaps", "inject", build], tmp_path)
    assert minified(build, "index-DqpBW_SC.js") == before
    passes(server, [cli, "sourcemaps", "upload", "--release", RELEASE, "--dist", DIST, "--wait", build], tmp_path)


@pytest.mark.parametrize("cli", [CLI_3, CLI_2], ids=["3.x", "2.x"])
def test_the_corpus_is_readable_as_its_sidecar_says(start: Start, tmp_path: Path, build: Path, cli: Path) -> None:
    server = start()
    upload_build(server, build, tmp_path, cli)
    ids = send(server, tmp_path)
    events = check(server, ids)
    for event in events:
        assert [error for error in event["errors"] if error["type"].startswith("js_")] == [], event["errors"]
    # Grouped and named by what people wrote.
    by_title = {issue["title"]: issue for issue in server.issues(1)}
    (issue,) = [issue for title, issue in by_title.items() if title.startswith("TypeError")]
    assert issue["metadata"]["function"] == "evaluateLine" and "reels" in issue["metadata"]["filename"]
    latest = server.api(f"/organizations/{ORGANIZATION}/issues/{issue['id']}/events/latest/")
    assert stacks(latest)[-1][-1]["function"] == "evaluateLine"
    raw = next(entry["data"] for entry in latest["entries"] if entry["type"] == "exception")["values"][-1]
    assert raw["rawStacktrace"]["frames"][-1]["function"] == "J"
    # After a restart it is as it was.
    server.stop()
    server.start()
    check(server, ids)


def test_maps_that_come_late_count(start: Start, tmp_path: Path, build: Path) -> None:
    server = start()
    ids = send(server, tmp_path)
    early = [event for _, event in expected_events(server, ids)]
    (frame,) = [stacks(event)[-1][-1] for event in early if event["title"].startswith("TypeError")]
    assert frame["function"] == "J" and frame["lineNo"] == 3
    messages = [error["message"] for event in early for error in event["errors"]]
    assert any("no map was uploaded for debug id" in message for message in messages), messages
    upload_build(server, build, tmp_path)
    for event in check(server, ids):
        assert event["errors"] == [], "what was wrong no longer is"


def test_a_crash_between_event_and_map_loses_nothing(start: Start, tmp_path: Path, build: Path) -> None:
    """The event is read again from the intake log, and is in the same issue, though its stack differs."""
    server = start()
    ids = send(server, tmp_path)
    before = {event["id"]: event["groupID"] for _, event in expected_events(server, ids)}
    upload_build(server, build, tmp_path)
    server.kill()
    server.start()
    after = {event["id"]: event["groupID"] for event in check(server, ids)}
    assert after == before
    assert all(issue["count"] in ("1", "2") for issue in server.issues(1))


def test_release_files_are_found_by_release_and_address(start: Start, tmp_path: Path, build: Path) -> None:
    """As tools before debug ids uploaded, for an event that has none."""
    server = start()
    for name in ("index-DqpBW_SC.js", "index-DqpBW_SC.js.map"):
        command = [CLI_2, "files", "--release", RELEASE, "upload", build / "assets" / name, f"~/assets/{name}", "--dist", DIST]
        passes(server, command, tmp_path)
    event = send_error(server, dist=DIST)
    (frame,) = stacks(event)[0]
    assert (frame["function"], frame["filename"], frame["lineNo"]) == ("evaluateLine", "../../src/lib/reels.ts", 17)
    other = send_error(server, dist="web-2")
    (frame,) = stacks(other)[0]
    assert frame["function"] == "J"
    told = explained(server, other["id"])
    assert "uploads for distribution web-1, which do not count" in told, told


def send_error(server: Server, project: int = 1, debug_id: str | None = None, **more: Any) -> dict[str, Any]:
    """Sends an event with a frame of the corpus's script; answers it as it is shown."""
    url = "http://casino.example/assets/index-DqpBW_SC.js"
    frame = {"function": "J", "filename": url, "abs_path": url, "lineno": 3, "colno": 1106, "in_app": True}
    event_id = os.urandom(16).hex()
    event: dict[str, Any] = {"event_id": event_id, "platform": "javascript", "release": RELEASE}
    event["exception"] = {"values": [{"type": "TypeError", "value": "x", "stacktrace": {"frames": [frame]}}]}
    if debug_id:
        event["debug_meta"] = {"images": [{"type": "sourcemap", "code_file": url, "debug_id": debug_id}]}
    return send_event(server, event | more, project)


def send_event(server: Server, event: dict[str, Any], project: int = 1) -> dict[str, Any]:
    body = f"{json.dumps({'event_id': event['event_id']})}\n{json.dumps({'type': 'event'})}\n{json.dumps(event)}\n"
    path = f"/api/{project}/envelope/?sentry_key={server.projects[project].key}"
    assert server.request("POST", path, body.encode()).status == 200
    return server.wait_event(project, event["event_id"])


def explained(server: Server, event: str, *more: str, project: int = 1) -> str:
    slug = server.projects[project].slug
    command = [BINARY, "explain-frame", "--data", str(server.data), "--url", server.url, "--org", ORGANIZATION]
    command += ["--project", slug, "--event", event, *more]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=server.folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


ID = "19c5818b-c20c-591d-8943-ea389fc0001a"


def test_broken_maps_are_told_on_the_frame(start: Start, tmp_path: Path, build: Path) -> None:
    server = start()
    paths = {"files/a.js": script("~/a.js", ID), "files/a.js.map": {**script("~/a.js.map", ID), "type": "source_map"}}
    paths["files/a.js"]["headers"]["sourcemap"] = "a.js.map"
    content = {"files/a.js": b"let a;", "files/a.js.map": b'{"version":3,"sources":["a"],"mappings":"!!!"}'}
    upload(server, bundle(paths, content))
    event = send_error(server, debug_id=ID)
    (frame,) = stacks(event)[0]
    assert frame["function"] == "J" and frame["resolvedWith"] is None
    assert "malformed" in frame["problem"]["message"], frame
    assert [error["type"] for error in event["errors"]] == ["js_invalid_source"]
    told = explained(server, event["id"], "--frame", "0")
    assert "problem: the source map" in told and "to do: Build again" in told, told
    # The newest upload wins.
    upload_build(server, build, tmp_path)
    assert stacks(server.event(1, event["id"]))[0][0]["function"] == "evaluateLine"


def test_other_projects_do_not_profit(start: Start, tmp_path: Path, build: Path) -> None:
    server = start([1, 2])
    upload_build(server, build, tmp_path)
    assert stacks(send_error(server, 1, ID))[0][0]["function"] == "evaluateLine"
    event = send_error(server, 2, ID, dist=DIST)
    (frame,) = stacks(event)[0]
    assert frame["function"] == "J"
    told = explained(server, event["id"], project=2)
    assert ID in told and "bundle" not in told.partition("to do")[0], told


def test_it_is_explained_why_a_frame_is_not_readable(start: Start, tmp_path: Path, build: Path) -> None:
    server = start()
    event = send_error(server, debug_id=ID, dist=DIST)
    told = explained(server, event["id"])
    assert f"debug id: {ID}" in told and f"no map was uploaded for debug id {ID}" in told, told
    assert "~/assets/index-DqpBW_SC.js" in told and "to do: Upload the output of the very build" in told, told
    path = f"{PROJECT}/events/{event['id']}/source-map-debug/"
    (frame,) = server.api(path)["exceptions"][0]["frames"]
    assert frame["debug_id_process"]["uploaded_source_map_with_correct_debug_id"] is False
    assert frame["release_process"]["source_file_lookup_result"] == "unsuccessful"
    upload_build(server, build, tmp_path)
    told = explained(server, event["id"])
    assert "readable: evaluateLine ../../src/lib/reels.ts:17:24" in told and "problem" not in told, told
    (frame,) = server.api(path)["exceptions"][0]["frames"]
    assert frame["debug_id_process"] == {
        "debug_id": ID,
        "uploaded_source_file_with_correct_debug_id": True,
        "uploaded_source_map_with_correct_debug_id": True,
    }


# --- fresh builds, in a browser ---


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Serves folders on loopback; answers the URL."""
    servers: list[ThreadingHTTPServer] = []

    def begin(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield begin
    for server in servers:
        server.shutdown()


MAIN = """import * as Sentry from "@sentry/browser";
import { pay } from "./pay.js";
Sentry.init({ dsn: DSN });
document.getElementById("pay").addEventListener("click", () => pay("1"));
window.sentryDone = () => Sentry.flush(5000);
"""


@pytest.mark.parametrize("tool", ["vite", "esbuild"])
def test_a_fresh_build_is_readable_in_chromium(
    start: Start, serve: Callable[[Path], str], tmp_path: Path, tool: str
) -> None:
    server = start()
    folder = app(tmp_path / "shop")
    (folder / "main.js").write_text(MAIN.replace("DSN", json.dumps(server.dsn(1))))
    source = "/main.js" if tool == "vite" else "dist/main.js"
    (folder / "index.html").write_text(
        f'<!doctype html><button id="pay">Pay</button><script type="module" src="{source}"></script>'
    )
    (folder / "build.mjs").write_text(CONFIGS[tool].replace("OPTIONS", plugin(tool, server)))
    passes(server, COMMANDS[tool], folder)
    url = serve(folder / "dist" if tool == "vite" else folder)
    done = subprocess.run(
        ["node", "browser_click.mjs", f"{url}/index.html", "#pay"],
        cwd=CLIENTS, capture_output=True, text=True, timeout=120, env=os.environ | {"CHROMIUM": CHROMIUM},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    wait_until(lambda: server.issues(1), 20, "the error arrives")
    (issue,) = server.issues(1)
    event = server.api(f"/organizations/{ORGANIZATION}/issues/{issue['id']}/events/latest/")
    frame = stacks(event)[-1][-1]
    assert (frame["function"], frame["lineNo"]) == ("pay", 3) and frame["filename"].endswith("pay.js"), frame
    assert line_of(frame) == "    throw new Error(`no amount: ${amount}`);"
    assert frame["inApp"] is True and frame["resolvedWith"] == "debug-id"
    callers = [(frame["filename"].rpartition("/")[2], frame["lineNo"]) for frame in stacks(event)[-1]]
    assert ("main.js", 4) in callers, callers
    assert issue["metadata"]["function"] == "pay" and event["errors"] == []


# --- native programs and Java ---

CRASH = """#include <stdlib.h>
static int balance(int stake) {
    if (stake > 10) abort();
    return stake;
}
int charge(int stake) { return balance(stake) * 2; }
int main(void) { return charge(11); }
"""


def test_addresses_of_a_program_become_functions(start: Start, tmp_path: Path) -> None:
    server = start()
    (tmp_path / "charge.c").write_text(CRASH)
    command = ["gcc", "-g", "-O0", "-no-pie", "-Wl,--build-id=sha1", "-o", "charge", "charge.c"]
    subprocess.run(command, cwd=tmp_path, check=True)
    checked = passes(server, [CLI_3, "debug-files", "check", tmp_path / "charge"], tmp_path)
    debug_id = re.search(r"Debug ID: ([0-9a-f-]{36})", checked).group(1)  # type: ignore[union-attr]
    named = subprocess.run(["nm", "charge"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    addresses = {line.split()[2]: int(line.split()[0], 16) for line in named.splitlines() if len(line.split()) == 3}
    # Return addresses are behind a call: ten bytes in, all three are in their functions.
    frames = [{"instruction_addr": hex(addresses[name] + 10)} for name in ("main", "charge", "balance")]
    event = {
        "event_id": os.urandom(16).hex(),
        "platform": "native",
        "exception": {"values": [{"type": "SIGABRT", "value": "abort", "stacktrace": {"frames": frames}}]},
        "debug_meta": {
            "images": [
                {"type": "elf", "debug_id": debug_id, "code_file": "/srv/charge", "image_addr": "0x400000", "image_size": 1 << 20}
            ]
        },
    }
    early = send_event(server, event)
    assert [error["type"] for error in early["errors"]] == ["native_missing_dsym"]
    passes(server, [CLI_3, "debug-files", "upload", "--wait", tmp_path / "charge"], tmp_path)
    for shown in (server.event(1, event["event_id"]), send_event(server, event | {"event_id": os.urandom(16).hex()})):
        assert [frame["function"] for frame in stacks(shown)[0]] == ["main", "charge", "balance"], shown["errors"]
        assert {frame["filename"] for frame in stacks(shown)[0]} == {"charge.c"} and shown["errors"] == []
        assert [frame["lineNo"] for frame in stacks(shown)[0]] == [7, 6, 2] or stacks(shown)[0][0]["lineNo"] == 7


NATIVE = Path(__file__).parent.parent / "crates/symbols/tests/data/native"
# File, type of image, debug id, where the call of `enter` returns to, the trap in what `charge` has inlined, and the line
# of `charge` there: a PDB does not say where something was inlined, only which line is nearest.
FOREIGN = [
    ("wallet-x86_64.pdb", "pe", "5834eb76-06d4-8de6-4c4c-44205044422e-1", 0x1025, 0x100C, 17),
    ("wallet-i686.pdb", "pe", "6d40fb7a-f49f-e203-4c4c-44205044422e-1", 0x102F, 0x1010, 17),
    ("wallet-x86_64.dwarf", "macho", "4c4c448f-5555-3144-a188-680000630378", 0x3B5, 0x391, 16),
    ("wallet-arm64.dwarf", "macho", "4c4c442b-5555-3144-a10e-9bbdf476a017", 0x31C, 0x300, 16),
]


@pytest.mark.parametrize(("file", "kind", "debug_id", "call", "trap", "line"), FOREIGN, ids=[case[0] for case in FOREIGN])
def test_programs_of_windows_and_apple_become_readable(
    start: Start, tmp_path: Path, file: str, kind: str, debug_id: str, call: int, trap: int, line: int
) -> None:
    server = start()
    checked = passes(server, [CLI_3, "debug-files", "check", NATIVE / file], tmp_path)
    assert debug_id in checked, checked
    base = 0x7FF600000000 if "64" in file else 0x10000000
    image = {"type": kind, "debug_id": debug_id, "code_file": "wallet", "image_addr": hex(base), "image_size": 0x10000}
    frames = [{"instruction_addr": hex(base + address)} for address in (call, trap)]
    event = {
        "platform": "native",
        "exception": {"values": [{"type": "EXC_BAD_INSTRUCTION", "value": "x", "stacktrace": {"frames": frames}}]},
        "debug_meta": {"images": [image]},
    }
    early = send_event(server, event | {"event_id": os.urandom(16).hex()})
    assert [error["type"] for error in early["errors"]] == ["native_missing_dsym"]
    passes(server, [CLI_3, "debug-files", "upload", "--wait", NATIVE / file], tmp_path)
    (stored,) = server.pages(f"/projects/{ORGANIZATION}/project-1/files/dsyms/", debug_id=debug_id)
    assert stored["debugId"] == debug_id and stored["objectName"], stored
    for shown in (server.event(1, early["eventID"]), send_event(server, event | {"event_id": os.urandom(16).hex()})):
        (found,) = stacks(shown)
        names = [frame["function"].partition("(")[0] for frame in found]
        assert names == ["enter", "wallet::Wallet::charge", "wallet::checked"], (names, shown["errors"])
        assert [frame["lineNo"] for frame in found] == [25, line, 11]
        assert {frame["filename"].rpartition("/")[2] for frame in found} == {"wallet.cpp"}


def test_debug_files_that_are_broken_harm_nobody(start: Start, tmp_path: Path) -> None:
    """Each is read by a process of its own; the server goes on."""
    server = start()
    path = Path(__file__).parent.parent / "crates/symbols/tests/data/deep.elf"
    debug_id = "a125df4c-0609-b13d-728a-fd423481bbc8"
    checked = passes(server, [CLI_3, "debug-files", "check", path], tmp_path)
    found = re.search(r"Debug ID: ([0-9a-f-]{36})", checked)
    debug_id = found.group(1) if found else debug_id
    passes(server, [CLI_3, "debug-files", "upload", "--wait", path], tmp_path)
    image = {"type": "elf", "debug_id": debug_id, "code_file": "/srv/deep", "image_addr": "0x0", "image_size": 1 << 30}
    event = {
        "event_id": os.urandom(16).hex(),
        "platform": "native",
        "exception": {"values": [{"type": "X", "stacktrace": {"frames": [{"instruction_addr": "0x1000"}]}}]},
        "debug_meta": {"images": [image]},
    }
    shown = send_event(server, event)
    assert [error["type"] for error in shown["errors"]] == ["native_bad_dsym"], shown["errors"]
    assert "more than 150 deep" in shown["errors"][0]["message"]
    assert server.request("GET", "/-/live").status == 200


def test_names_that_proguard_shortened_are_restored(start: Start, tmp_path: Path) -> None:
    server = start()
    mapping = tmp_path / "mapping.txt"
    mapping.write_text("com.example.Wallet -> a.b:\n    1:3:void debit(int):40:42 -> a\ncom.example.NoMoney -> a.c:\n")
    said = passes(server, [CLI_3, "proguard", "upload", mapping], tmp_path)
    (stored,) = server.pages(f"{PROJECT}/files/dsyms/")
    event = {
        "event_id": os.urandom(16).hex(),
        "platform": "java",
        "exception": {
            "values": [
                {
                    "type": "c",
                    "module": "a",
                    "value": "x",
                    "stacktrace": {"frames": [{"module": "a.b", "function": "a", "lineno": 2, "filename": "SourceFile"}]},
                }
            ]
        },
        "debug_meta": {"images": [{"type": "proguard", "uuid": stored["debugId"]}]},
    }
    shown = send_event(server, event)
    (frame,) = stacks(shown)[0]
    assert (frame["module"], frame["function"], frame["lineNo"]) == ("com.example.Wallet", "debit", 41), said
    assert shown["title"].startswith("NoMoney"), shown["title"]


def test_an_upload_needs_a_token_and_stacks_need_none(start: Start) -> None:
    """Looking at a stack never asks for more than looking at the event."""
    server = start()
    event = send_error(server, debug_id=ID)
    path = f"/api/0{PROJECT}/events/{event['id']}/source-map-debug/"
    assert server.request("GET", path).status == 401
    assert server.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"}).status == 200
