"""Drives pages in headless Chromium: runs `browser/drive.mjs` with Playwright from one of the pages' packages."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from places import DEMO, ROOT, SERVICES
from programs import Program, base_environment
from say import Stop

CHROMIUM = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
SECONDS_MAX = 180


def drive(what: str, **given: Any) -> dict[str, Any]:
    """One visit. Returns what it saw; AssertionError when the page did not do what it should."""
    command = ["node", str(DEMO / "browser" / "drive.mjs"), what, json.dumps(given)]
    environment = base_environment() | {"CHROMIUM": CHROMIUM, "PLAYWRIGHT_PACKAGE": str(playwright())}
    try:
        result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS_MAX)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"the browser did not finish {what} within {SECONDS_MAX} s") from None
    lines = result.stdout.strip().splitlines()
    assert result.returncode == 0 and lines, f"{what} in the browser: {result.stderr.strip()[-1500:]}"
    return json.loads(lines[-1])


def visitors(casino: str, browsers: int) -> Program:
    """So many that play by themselves. Raises Stop where there is no Chromium."""
    if not Path(CHROMIUM).exists():
        raise Stop(f"{CHROMIUM} is not there: apt-get install chromium, or CHROMIUM names another one")
    given = json.dumps({"casino": casino, "browsers": browsers})
    return Program(
        name="browsers",
        command=["node", str(DEMO / "browser" / "visitors.mjs"), given],
        ready=lambda: True,
        environment={"CHROMIUM": CHROMIUM, "PLAYWRIGHT_PACKAGE": str(playwright())},
        folder=DEMO,
    )


def playwright() -> Path:
    """The folder whose packages have Playwright: the page's own, or Pitwatch's."""
    for folder in (SERVICES / "web", ROOT / "web"):
        if (folder / "node_modules" / "@playwright" / "test").exists():
            return folder
    raise Stop("Playwright is missing: run `npm ci` in casino/services/web")
