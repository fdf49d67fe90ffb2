"""How SDKs name the casino's files in stack traces, and where those lie in the repositories."""

from __future__ import annotations

import hashlib
import json

from places import SERVICES

# Their frames have the whole path; Rust and Go keep that of the machine that compiled them, which is this one.
COMPILED_OR_RUN_HERE = ("gateway", "user", "wallet", "provider", "players", "notification", "payment")
# Of each project the beginning of a frame's path and what it is in the repository of the service.
ROOTS: dict[str, list[tuple[str, str]]] = {
    **{name: [(f"casino_{name}/", f"casino_{name}/")] for name in ("engine", "analytics")},
    **{name: [(f"{SERVICES / name}/", "")] for name in COMPILED_OR_RUN_HERE},
    **{name: [("src/", "src/")] for name in ("web", "admin")},
}


def fingerprint() -> str:
    return hashlib.sha256(json.dumps(ROOTS, sort_keys=True).encode()).hexdigest()
