"""Settings that every service reads from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Where a service listens and where the others are."""

    service: str
    host: str
    port: int
    flags: Path | None
    postgres: str
    bus: str
    release: str


def read(service: str, port: int) -> Settings:
    """`port` is the one the contract gives the service."""
    host, _, text = text_of("CASINO_LISTEN", f"127.0.0.1:{port}").rpartition(":")
    flags = os.environ.get("CASINO_FLAGS", "")
    return Settings(
        service=service,
        host=host or "127.0.0.1",
        port=int(text),
        flags=Path(flags) if flags else None,
        postgres=text_of("CASINO_POSTGRES", "postgres://casino:casino@127.0.0.1:4232/casino"),
        bus=text_of("CASINO_BUS", "kafka://127.0.0.1:4292"),
        release=text_of("SENTRY_RELEASE", f"{service}@1.4.0"),
    )


def text_of(name: str, default: str) -> str:
    """A variable that is set but empty counts as unset."""
    return os.environ.get(name, "") or default


def number_of(name: str, default: float) -> float:
    """A variable's number, or the default where it is none."""
    try:
        return float(os.environ.get(name, "") or default)
    except ValueError:
        return default
