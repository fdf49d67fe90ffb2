"""Official SDKs, unmodified, against the real binary."""

from __future__ import annotations

import functools
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from server import ORGANIZATION, Server, wait_until

CLIENTS = Path(__file__).parent / "clients"


def run(*command: str, environment: dict[str, str] | None = None) -> str:
    """Runs a client to its end. Returns the last line it prints."""
    variables = os.environ | (environment or {})
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=CLIENTS, env=variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def latest(server: Server, issue: dict[str, Any]) -> dict[str, Any]:
    return server.api(f"/organizations/{ORGANIZATION}/issues/{issue['id']}/events/latest/")


def entry(event: dict[str, Any], kind: str) -> Any:
    return next(entry["data"] for entry in event["entries"] if entry["type"] == kind)


def test_fastapi(start: Callable[..., Server]) -> None:
    server = start()
    run(sys.executable, "python_app.py", server.dsn(1))
    wait_until(lambda: len(server.issues(1)) >= 3, 20, "the errors and messages are issues")
    rows = {row["title"].split(":")[0]: row for row in server.issues(1)}
    error = rows["ZeroDivisionError"]
    assert (error["count"], error["userCount"]) == ("2", 1)
    event = latest(server, error)
    frame = entry(event, "exception")["values"][-1]["stacktrace"]["frames"][-1]
    assert (frame["function"], frame["inApp"]) == ("trigger_error", True)
    assert [1, 0] != frame["context"] and any("1 / 0" in line for _, line in frame["context"])
    assert "4111111111111111" not in json.dumps(frame["vars"])
    assert any(crumb["message"] == "balance read" for crumb in entry(event, "breadcrumbs")["values"])
    assert event["user"]["id"] == "player-7"
    assert {"key": "checked", "value": "yes"} in event["tags"]
    assert "KeyError" not in rows, "before_send dropped it"
    message = next(row for title, row in rows.items() if title == "Suspicious payment amount")
    assert message["count"] == "2", "numbers in messages do not make issues"
    payment = next(row for title, row in rows.items() if title.startswith("Payment"))
    assert payment["count"] == "2", "one log template is one issue"
    assert latest(server, message)["contexts"]["payment"]["currency"] == "EUR"


def test_node(start: Callable[..., Server]) -> None:
    server = start()
    ids = json.loads(run("node", "node_app.mjs", server.dsn(1)))
    event = server.wait_event(1, ids[0])
    chain = [value["type"] for value in entry(event, "exception")["values"]]
    assert chain == ["SyntaxError", "PaymentDeclined"]
    assert event["user"]["email"] == "p@players.example"
    assert server.wait_event(1, ids[2])["groupID"] == event["groupID"], "the reference differs, the cause does not"
    wait_until(lambda: len(server.issues(1)) == 2, 20, "there are two issues")
    counts = {row["id"]: row["count"] for row in server.issues(1)}
    assert counts[event["groupID"]] == "2"


def test_browser(start: Callable[..., Server]) -> None:
    server = start()
    pages = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(CLIENTS / "browser"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), pages) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{host.server_address[1]}/index.html?dsn={server.dsn(1)}"
        answers = json.loads(run("node", "browser_drive.mjs", url))
        host.shutdown()
    assert answers and set(answers) == {200}, "cross-origin requests are answered"
    wait_until(lambda: bool(server.issues(1)), 20, "the browser's error is an issue")
    issue = next(row for row in server.issues(1) if row["type"] == "error")
    assert issue["title"].startswith("TypeError: Cannot read properties of undefined")
    tags = {tag["key"]: tag["value"] for tag in latest(server, issue)["tags"]}
    assert tags["browser.name"].startswith(("Chrome", "HeadlessChrome")) and tags["release"] == "casino-web@7.3.1"


def test_rust(start: Callable[..., Server]) -> None:
    server = start()
    run("cargo", "run", "--quiet", "--locked", "--manifest-path", "rust/Cargo.toml", "--", server.dsn(1))
    wait_until(lambda: len(server.issues(1)) >= 2, 20, "both kinds of errors are issues")
    rows = {row["level"]: row for row in server.issues(1)}
    assert rows["fatal"]["title"] == "panic: ledger is out of balance" and rows["fatal"]["isUnhandled"]
    assert rows["error"]["count"] == "2", "the player's number does not make an issue"
    assert rows["error"]["title"].startswith("WalletError: wallet of player")
