"""Real build tools upload source maps and debug files; hostile and broken uploads leave nothing behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from server import ORGANIZATION, Server
from uploads import CLI_2, CLI_3, built, passes

Start = Callable[..., Server]


@pytest.mark.parametrize("cli", [CLI_3, CLI_2], ids=["3.x", "2.x"])
def test_sentry_cli_injects_and_uploads(start: Start, tmp_path: Path, cli: Path) -> None:
    server = start()
    output = built(tmp_path / "shop")
    injected = passes(server, [cli, "sourcemaps", "inject", output], tmp_path)
    assert "app.min.js" in injected
    debug_id = json.loads((output / "app.min.js.map").read_text())["debugId"]
    command = [cli, "sourcemaps", "upload", "--release", "shop@1.0.0", "--dist", "7", "--wait", output]
    first = passes(server, command, tmp_path)
    print(first)
    second = passes(server, command, tmp_path)
    print(second)
    assert debug_id
