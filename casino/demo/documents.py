"""MongoDB for analytics' documents, where the machine has it. Debian does not, so PostgreSQL is the usual answer."""

from __future__ import annotations

import shutil
from pathlib import Path

import ports
from programs import Program

URL = f"mongodb://{ports.HOST}:{ports.MONGODB}/casino"


def prepare(data: Path) -> Program | None:
    """How to start it, or None where it is not installed: then a table of PostgreSQL serves, and traces say so."""
    server = shutil.which("mongod")
    if server is None:
        return None
    folder = data / "mongodb"
    folder.mkdir(parents=True, exist_ok=True)
    options = ["--bind_ip", ports.HOST, "--port", str(ports.MONGODB), "--dbpath", str(folder)]
    return Program(
        name="mongodb",
        command=[server, *options, "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25"],
        ready=lambda: ports.answers(ports.MONGODB),
        port=ports.MONGODB,
        folder=folder,
        stop_seconds=15,
    )
