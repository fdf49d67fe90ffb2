"""Faults that can be switched while running: reads `flags.json` once a second when it has changed, and tells the SDK each value."""

from __future__ import annotations

import json
import logging
import time
import zlib
from pathlib import Path
from typing import Any

import sentry_sdk

from casino_telemetry import caller

log = logging.getLogger("casino.flags")
MAX_FILE = 256 * 1024


class Flags:
    """The flags of one file; without a file everything has the default the code gives."""

    def __init__(self, path: Path | None, release: str = "") -> None:
        self.path = path
        self.release = release
        self._looked = -1.0
        self._stamp: tuple[int, int] | None = None
        self._flags: dict[str, Any] = {}

    def value(self, name: str, default: Any = False) -> Any:  # noqa: ANN401 -- a flag may be of any JSON type
        """The flag's value for the caller of the running task."""
        self._refresh()
        flag = self._flags.get(name)
        variants = flag.get("variants") if isinstance(flag, dict) else None
        if not isinstance(variants, dict) or flag.get("state") != "ENABLED":
            return default
        chosen = self._variant(name, flag, variants)
        value = variants.get(chosen, default)
        # The SDK takes booleans only.
        sentry_sdk.feature_flags.add_feature_flag(name, chosen != "off" and bool(value))
        return value

    def _variant(self, name: str, flag: dict[str, Any], variants: dict[str, Any]) -> str:
        who = caller.current()
        wanted = override(who.fault, name)
        if wanted in variants:
            return wanted
        about = {"market": who.market, "userId": who.player, "release": self.release}
        targeted = target(name, flag.get("targeting"), about)
        return targeted if targeted in variants else str(flag.get("defaultVariant", ""))

    def _refresh(self) -> None:
        now = time.monotonic()
        if self.path is None or now - self._looked < 1.0:
            return
        self._looked = now
        try:
            stat = self.path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            if stamp == self._stamp:
                return
            if stat.st_size > MAX_FILE:
                raise ValueError("the file is too large")
            flags = json.loads(self.path.read_text())["flags"]
            if not isinstance(flags, dict):
                raise ValueError("flags is no object")
        except (OSError, ValueError, KeyError, TypeError) as error:
            # Half-written files happen; what was known goes on.
            log.warning("flags are not readable", extra={"error": str(error)})
            return
        self._stamp, self._flags = stamp, flags


def override(fault: str, name: str) -> str:
    """The variant that `x-casino-fault: flag=variant[,flag=variant]` names."""
    for part in fault.split(","):
        flag, _, variant = part.strip().partition("=")
        if flag == name:
            return variant
    return ""


def target(name: str, rule: Any, about: dict[str, str]) -> str:  # noqa: ANN401 -- JsonLogic is any JSON
    """The variant of a targeting rule; empty where the rule is none of the two known forms."""
    if not isinstance(rule, dict):
        return ""
    if "fractional" in rule:
        return fraction(name, rule["fractional"], about["userId"])
    match rule.get("if"):
        case [{"in": [{"var": str(field)}, list(values)]}, yes, no]:
            return str(yes if about.get(field, "") in values else no)
    return ""


def fraction(name: str, shares: Any, user: str) -> str:  # noqa: ANN401 -- JsonLogic is any JSON
    """The same player always gets the same variant."""
    try:
        weights = [(str(variant), int(weight)) for variant, weight in shares]
    except (TypeError, ValueError):
        return ""
    total = sum(weight for _, weight in weights)
    if total <= 0:
        return ""
    place = zlib.crc32((name + user).encode()) % total
    for variant, weight in weights:
        place -= weight
        if place < 0:
            return variant
    return ""
