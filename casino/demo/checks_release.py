"""Two releases of payment, of which the second is worse."""

from __future__ import annotations

import time

import canary
import casino_client
import ports
import state
from checks import Check, Pending, World
from pitwatch_client import Client, Row
from services import RELEASES
from waiting import wait_for

DEPOSIT = "POST /payments/deposit"
GOOD, BAD = RELEASES["payment"], RELEASES["payment-canary"]
SECONDS_MAX = 180
DEPOSITS = 40


def canary_is_worse(world: World) -> str:
    """Requests until the bad release has failed twice: it gets a tenth of the traffic and fails a twentieth of that."""
    client = world.pitwatch.from_now()
    world.flags.set("badCanary", "on", by="scenario")
    try:
        wait_for("payment@1.5.0 runs", lambda: canary.NAME in started(world) and ports.answers(ports.PAYMENT_CANARY), 60)
        deadline = time.monotonic() + SECONDS_MAX
        player = casino_client.enter(fault="providerSlow=off,paymentFailure=off,userBalanceMissingIndex=off")
        while failed(client_rows := by_release(client)) < 2:
            assert time.monotonic() < deadline, f"{SECONDS_MAX} s of requests, and {BAD} has not failed twice: {client_rows}"
            for _ in range(DEPOSITS):
                player.deposit(100)
    finally:
        world.flags.reset(by="scenario")
    rates = {release: row["failure_rate()"] for release, row in client_rows.items()}
    assert rates[BAD] > rates.get(GOOD, 0), f"failures by release: {rates}"
    share = client_rows[BAD]["count()"] / sum(row["count()"] for row in client_rows.values())
    return f"{BAD} fails {rates[BAD]:.1%} of {share:.0%} of the traffic, {GOOD} {rates.get(GOOD, 0):.1%}"


def by_release(client: Client) -> dict[str, Row]:
    fields = ["release", "count()", "failure_rate()"]
    rows = client.spans(fields, f'is_transaction:true transaction:"{DEPOSIT}"', "payment")
    return {row["release"]: row for row in rows if row["release"] in (GOOD, BAD)}


def failed(rows: dict[str, Row]) -> float:
    row = rows.get(BAD)
    return row["count()"] * row["failure_rate()"] if row else 0


def started(world: World) -> dict[str, tuple[int, int]]:
    known = state.read(world.data)
    return known.processes if known else {}


def health(world: World) -> str:
    raise Pending("crash-free sessions, adoption and new issues by release come with part 4")


CHECKS = [
    Check("the second release of payment fails more", canary_is_worse),
    Check("releases compared on one page", health),
]
