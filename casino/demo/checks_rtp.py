"""A slot that pays back too little: the rule knows its mathematics. It fires when chance explains it no more, and ends."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import alert_watch
import casino_client
from alert_rules import RTP
from checks import Check, World

OFF = ("paymentFailure", "providerSlow", "userBalanceMissingIndex")
FAULT = "halved"
PLAYERS = 8
WAVE = 200
# Expected after 1,800; more where healthy spins of the last hours are in the same window.
SPINS_MAX = 20_000
# Windows of hours are measured every other minute.
MEASURED_SECONDS = 200
# What was lost stays in the window; healthy spins beside it make it what chance may do.
HEALTHY_SPINS_MAX = 40_000


def fires(world: World) -> str:
    world.found["rtp began"] = began = alert_watch.now()
    spins = play_until(world, FAULT, SPINS_MAX, lambda: bool(alert_watch.incidents(world, RTP)))
    message = alert_watch.told(world, began, RTP, seconds=MEASURED_SECONDS)
    alert_watch.once(world, began, RTP)
    return f"after {spins} spins: {message.text!r}"


def ends(world: World) -> str:
    began = world.needs("rtp began")
    spins = play_until(world, "off", HEALTHY_SPINS_MAX, lambda: not alert_watch.incidents(world, RTP))
    message = alert_watch.told(world, began, RTP, over=True, seconds=MEASURED_SECONDS)
    alert_watch.once(world, began, RTP, over=True)
    return f"after {spins} spins: {message.text!r}"


def play_until(world: World, variant: str, most: int, enough: Callable[[], bool]) -> int:
    """Many play with one pay table. Returns how often, until then."""
    for flag in OFF:
        world.flags.set(flag, "off", by="scenario")
    world.flags.set("rtpRegression", variant, by="scenario")
    spins = 0
    try:
        with ThreadPoolExecutor(PLAYERS) as pool:
            players = [casino_client.enter() for _ in range(PLAYERS)]
            while not enough():
                assert spins < most, f"{spins} spins, and still {alert_watch.measured(world, RTP)}"
                statuses = {*pool.map(lambda player: player.spin().status, players * (WAVE // PLAYERS))}
                assert statuses == {200}, f"spins were answered with {statuses}"
                spins += WAVE
    finally:
        world.flags.reset(by="scenario")
    return spins


CHECKS = [Check(f"the slot's pay table is {FAULT}", fires), Check("it pays as it should again, and that is told", ends)]
