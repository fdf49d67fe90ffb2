"""Memory that grows: in analytics (Python), and in the admin page (React)."""

from __future__ import annotations

from pathlib import Path

import browser
import casino_client
import state
from checks import Check, World
from waiting import wait_for

GROWTH_BYTES_MIN = 8_000_000
ROUNDS = 12


def in_python(world: World) -> str:
    """Ten times 100 KB for each round: after a dozen the process is a good ten megabytes larger."""
    known = state.read(world.data)
    assert known and "analytics" in known.processes, "analytics does not run"
    pid = known.processes["analytics"][0]
    world.flags.set("analyticsLeak", "10x", by="scenario")
    try:
        before = resident(pid)
        player = casino_client.enter(fault="providerSlow=off,paymentFailure=off,userBalanceMissingIndex=off,analyticsLeak=10x")
        for _ in range(ROUNDS):
            player.spin()
        grown = wait_for(
            f"analytics grows by {GROWTH_BYTES_MIN / 1e6:.0f} MB", lambda: more(resident(pid) - before, GROWTH_BYTES_MIN), 30
        )
    finally:
        world.flags.reset(by="scenario")
    return f"{grown / 1e6:.0f} MB in {ROUNDS} rounds, from {before / 1e6:.0f} MB"


def in_react(world: World) -> str:
    seen = browser.drive("leak", casino=world.state.casino, variant="10x")
    grown = seen["after"] - seen["before"]
    assert grown > GROWTH_BYTES_MIN, f"the page's heap grew from {seen['before'] / 1e6:.1f} to {seen['after'] / 1e6:.1f} MB"
    return f"the heap of the admin page grew from {seen['before'] / 1e6:.1f} to {seen['after'] / 1e6:.1f} MB"


def more(value: int, least: int) -> int | None:
    return value if value >= least else None


def resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


CHECKS = [
    Check("Python: analytics keeps every round", in_python),
    Check("React: the admin page keeps what it drew", in_react),
]
