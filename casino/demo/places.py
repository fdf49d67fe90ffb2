"""Where things lie: the clone, what was built, and the data of a run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

DEMO = Path(__file__).resolve().parent
CASINO = DEMO.parent
ROOT = CASINO.parent
SERVICES = CASINO / "services"
# Shared by all clones of this account, like the Makefile's.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pitwatch"
PITWATCH_TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or CACHE / "target")
# The casino's own workspace must not share a folder with the server's: each would rebuild what the other needs.
RUST_TARGET = Path(os.environ.get("CASINO_TARGET_DIR") or CACHE / "casino")
VENV = Path(os.environ.get("CASINO_VENV") or CACHE / "casino-venv")
KAFKA = CACHE / "casino-kafka"
OBJECTS = CACHE / "casino-objects"
BUILT = CACHE / "casino-built"


@dataclass(frozen=True)
class Data:
    """The folder of one demonstration: databases, logs, flags and what it wrote down."""

    folder: Path

    @classmethod
    def of_environment(cls) -> Data:
        return cls(Path(os.environ.get("DEMO_DATA") or CASINO / ".data").absolute())

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def flags(self) -> Path:
        return self.folder / "flags.json"

    @property
    def truth(self) -> Path:
        return self.folder / "ground-truth.jsonl"

    @property
    def messages(self) -> Path:
        return self.folder / "messages.jsonl"

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets.json"

    @property
    def state(self) -> Path:
        return self.folder / "state.json"

    @property
    def lock(self) -> Path:
        return self.folder / "demo.lock"

    def prepare(self) -> None:
        for folder in (self.folder, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
