"""Memory that grows: in analytics (Python), and in the admin page (React)."""

from __future__ import annotations

import time
from pathlib import Path

import browser
import casino_client
import state
from checks import Check, World
from pitwatch_client import Row
from waiting import wait_for

GROWTH_BYTES_MIN = 8_000_000
ROUNDS_MAX = 80


def in_python(world: World) -> str:
    """Ten times 100 KB for each round, until the process is larger. Memory that an earlier leak left free is used first."""
    known = state.read(world.data)
    assert known and "analytics" in known.processes, "analytics does not run"
    pid = known.processes["analytics"][0]
    before, rounds = resident(pid), 0
    player = casino_client.enter(fault="providerSlow=off,paymentFailure=off,userBalanceMissingIndex=off,analyticsLeak=10x")
    while resident(pid) - before < GROWTH_BYTES_MIN:
        assert rounds < ROUNDS_MAX, f"after {rounds} rounds analytics has {resident(pid) / 1e6:.0f} MB, before {before / 1e6:.0f}"
        player.spin()
        rounds += 1
    after = wait_for("analytics has taken the rounds in", lambda: settled(pid), 20)
    return f"from {before / 1e6:.0f} to {after / 1e6:.0f} MB in {rounds} rounds"


def settled(pid: int) -> int | None:
    """Its size, once it does not change within half a second."""
    size = resident(pid)
    time.sleep(0.5)
    return size if resident(pid) == size else None


def in_react(world: World) -> str:
    seen = browser.drive("leak", casino=world.state.casino, variant="10x")
    grown = seen["after"] - seen["before"]
    text = f"from {seen['before'] / 1e6:.0f} to {seen['after'] / 1e6:.0f} MB"
    assert grown > GROWTH_BYTES_MIN, f"the page's heap grew {text}"
    field = "max(tags[heap_used,number])"
    rows = wait_for("spans with heap_used", lambda: with_heap(world.pitwatch.spans([field, "count()"], "", "admin"), field), 60)
    return f"the heap of the admin page grew {text}; its spans say at most {rows[0][field] / 1e6:.0f} MB"


def with_heap(rows: list[Row], field: str) -> list[Row]:
    return [row for row in rows if row.get(field)]


def resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


CHECKS = [
    Check("Python: analytics keeps every round", in_python),
    Check("React: the admin page keeps what it drew", in_react),
]
