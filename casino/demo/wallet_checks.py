"""Asks the wallet whether its six invariants hold."""

from __future__ import annotations

from typing import Any

import ports
from waiting import wait_for
from web_requests import ask

WALLET = f"http://{ports.HOST}:{ports.WALLET}"
# What was in flight when somebody died is settled or taken back within this time.
SETTLED_SECONDS_MAX = 90


def money_is_right() -> str:
    last: dict[str, Any] = {}

    def holds() -> bool:
        try:
            last.update(ask(f"{WALLET}/checks", "POST", {}, seconds=20).json())
        except OSError:
            return False
        return bool(last.get("ok"))

    try:
        wait_for("all invariants hold", holds, SETTLED_SECONDS_MAX, every=2)
    except AssertionError:
        broken = [one for one in last.get("invariants", []) if not one["ok"]]
        raise AssertionError(f"invariants that do not hold: {broken or last}") from None
    return f"all {len(last['invariants'])} invariants of the wallet hold"
