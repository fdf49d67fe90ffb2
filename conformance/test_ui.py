"""The UI in headless Chromium against the real binary with recorded traffic in it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from scenarios import Scenario, replay
from server import Server
from test_faults import send

WEB = Path(__file__).parent.parent / "web"
ARTIFACTS = Path(__file__).parent.parent / "artifacts" / "screenshots"
SCENARIOS = ("python/fastapi-payments", "browser/casino-web-v11", "python/unicode-secrets-attachments-large")


def hostile() -> tuple[str, bytes]:
    """An event that wants to run script wherever text is shown."""
    event_id = secrets.token_hex(16)
    frame = {"function": "<script>alert(2)</script>", "filename": "javascript:alert(3)", "lineno": 1, "in_app": True}
    frame |= {"context_line": "</script><script>alert(4)</script>", "vars": {"x": "<svg onload=alert(5)>"}}
    exception = {"type": "HostileError", "value": "<img src=x onerror=alert(1)>", "stacktrace": {"frames": [frame]}}
    event = {"event_id": event_id, "exception": {"values": [exception]}, "tags": {"html": "<b onclick=alert(6)>x</b>"}}
    event |= {"timestamp": time.time(), "request": {"url": "javascript:alert(7)"}}
    header = json.dumps({"event_id": event_id}).encode()
    return event_id, header + b'\n{"type":"event"}\n' + json.dumps(event).encode()


def test_the_ui_in_a_browser(start: Callable[..., Server], tmp_path: Path) -> None:
    server = start([1])
    for name in SCENARIOS:
        scenario = Scenario(name)
        replay(server, scenario, {old: 1 for old in scenario.old_projects}, tmp_path / "ids.json")
    event_id, body = hostile()
    assert send(server, body)[0] == 200
    server.wait_event(1, event_id)
    environment = os.environ | {
        "PITWATCH_URL": server.url,
        "PITWATCH_EMAIL": "owner@example.com",
        "PITWATCH_PASSWORD": "correct horse battery staple",
    }
    done = subprocess.run(
        ["npx", "playwright", "test"], cwd=WEB, env=environment, capture_output=True, text=True, timeout=300
    )
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    for picture in (WEB / "test-results").rglob("*.png"):
        shutil.copy(picture, ARTIFACTS / picture.name)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
