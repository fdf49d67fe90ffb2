"""Scenarios of the corpus: what was captured, and what a server must show for it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server import Server

CORPUS = Path(__file__).parent / "corpus"
# Requests to routes that a later part of the product serves: OTLP, remote write, sentry-cli's uploads.
LATER = ("otlp/", "prometheus/", "sentry-cli/sourcemaps")


@dataclass(frozen=True)
class Scenario:
    """One folder of the corpus."""

    name: str

    @property
    def folder(self) -> Path:
        return CORPUS / "dev" / self.name

    @property
    def expect(self) -> dict[str, Any]:
        return json.loads((self.folder / "expect.json").read_text())

    @property
    def old_projects(self) -> list[str]:
        return self.expect.get("projects") or []


def all_scenarios() -> list[Scenario]:
    folders = sorted(path.parent for path in (CORPUS / "dev").glob("*/*/expect.json"))
    names = [str(folder.relative_to(CORPUS / "dev")) for folder in folders]
    return [Scenario(name) for name in names if not name.startswith(LATER)]


def replay(server: Server, scenario: Scenario, projects: dict[str, int], out: Path) -> dict[str, str]:
    """Sends a scenario, dated now and with new ids. Returns old id → new id."""
    first = next(iter(projects.values()))
    command = [sys.executable, str(CORPUS / "replay.py"), "--refresh", "--quiet", "--map-out", str(out)]
    command += ["--dsn", server.dsn(first)]
    for old, new in projects.items():
        command += ["--map", f"{old}={server.dsn(new)}"]
    # Routes that do not exist yet; browsers ask for them, but nothing depends on the answer.
    command += ["--only", r"/api/\d+/|/tunnel|/store/|embed"]
    done = subprocess.run([*command, str(scenario.folder)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{scenario.name}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return json.loads(out.read_text())["ids"]
