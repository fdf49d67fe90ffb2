"""Keys, passwords and secrets of one demonstration: made once, kept in its data folder, readable by its owner only."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class Secrets:
    """All of them."""

    email: str = "owner@example.com"
    password: str = ""
    token: str = ""
    # What builds use: it may make releases and upload what belongs to them.
    build_token: str = ""
    # Changes of flags are signed with it.
    flag_secret: str = ""
    # Messages of alerts are signed with it.
    alert_secret: str = ""
    token_secret: str = ""
    callback_secret: str = ""
    # Public keys of DSNs, by project.
    keys: dict[str, str] = field(default_factory=dict)


def load(path: Path, projects: list[str]) -> Secrets:
    """Reads them, and makes those that are missing."""
    known = Secrets(**json.loads(path.read_text())) if path.exists() else Secrets()
    known.password = known.password or f"play-{secrets.token_hex(6)}"
    known.token = known.token or f"pwt_{secrets.token_hex(16)}"
    known.build_token = known.build_token or f"pwt_{secrets.token_hex(16)}"
    known.flag_secret = known.flag_secret or secrets.token_hex(16)
    known.alert_secret = known.alert_secret or secrets.token_hex(32)
    known.token_secret = known.token_secret or secrets.token_hex(32)
    known.callback_secret = known.callback_secret or secrets.token_hex(32)
    known.keys = {project: known.keys.get(project) or secrets.token_hex(16) for project in projects}
    write_atomically(path, json.dumps(asdict(known), indent=2) + "\n", mode=0o600)
    return known


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
    """Readers see the old file or the new one, never half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    draft.replace(path)
