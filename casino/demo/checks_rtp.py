"""A slot that pays back too little: the rule knows its mathematics, and fires when chance explains it no more."""

from __future__ import annotations

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


def fires(world: World) -> str:
    began = alert_watch.now()
    for flag in OFF:
        world.flags.set(flag, "off", by="scenario")
    world.flags.set("rtpRegression", FAULT, by="scenario")
    spins = 0
    try:
        with ThreadPoolExecutor(PLAYERS) as pool:
            players = [casino_client.enter() for _ in range(PLAYERS)]
            while not alert_watch.incidents(world, RTP):
                assert spins < SPINS_MAX, f"{spins} spins, and still {alert_watch.measured(world, RTP)}"
                statuses = {*pool.map(lambda player: player.spin().status, players * (WAVE // PLAYERS))}
                assert statuses == {200}, f"spins were answered with {statuses}"
                spins += WAVE
    finally:
        world.flags.reset(by="scenario")
    message = alert_watch.told(world, began, RTP, seconds=MEASURED_SECONDS)
    alert_watch.once(world, began, RTP)
    return f"after {spins} spins: {message.text!r}"


CHECKS = [Check(f"the slot's pay table is {FAULT}", fires)]
