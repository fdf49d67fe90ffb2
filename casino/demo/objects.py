"""The S3 server for game assets: `s3s-fs`, one small process that keeps buckets as folders."""

from __future__ import annotations

from pathlib import Path

import ports
from places import OBJECTS
from programs import Program
from web_requests import ask

URL = f"http://{ports.HOST}:{ports.OBJECTS}"
BUCKET = "casino-assets"
VERSION = "0.14.1"
BINARY = OBJECTS / "bin" / "s3s-fs"


def prepare(data: Path) -> Program:
    folder = data / "objects"
    (folder / BUCKET).mkdir(parents=True, exist_ok=True)
    command = [
        str(BINARY), "--host", ports.HOST, "--port", str(ports.OBJECTS),
        "--access-key", "casino", "--secret-key", "casino-secret", str(folder),
    ]  # fmt: skip
    return Program(
        name="objects",
        command=command,
        # Without a signature it refuses, which is an answer.
        ready=lambda: ask(URL, seconds=1).status > 0,
        port=ports.OBJECTS,
        folder=folder,
    )
