"""Faults of the casino, the alerts they make, and the messages that arrive: each once, and one more when it is over."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import alert_watch
import casino_client
import checks_release
from alert_rules import CHARGES_FAIL, NEW_RELEASE, PROVIDER_SLOW
from casino_client import Player
from checks import Check, World
from checks_release import BAD
from pitwatch_client import Row
from waiting import wait_for

# On from the start, in a demonstration.
FAULTS = {"paymentFailure": "10%", "providerSlow": "2-5s"}
NO_FAULTS = dict.fromkeys(FAULTS, "off")
QUICK = {"userBalanceMissingIndex": "off"}
# Services look at the flags once a second. A charge with the fault would make the next minute a bad one, too.
FLAGS_SECONDS = 2
PLAYERS = 12
# Two of each twenty in a row are declined, so four of these at least, wherever a twenty begins: more than the rule's 5 %,
# in one minute or in one of two. Not more charges, so that they are over soon and the next minute may be well again.
CHARGES = 60
# The release fails one request in twenty: 600 without a failure happen never.
DEPOSITS_MAX = 600
DEPOSITS = 48
# Alerts join what is wrong already, and until five minutes after it is over.
QUIET_SECONDS = 600
# A minute without the fault has ended, and a minute since the last message.
OVER_SECONDS = 200


def quiet(world: World) -> str:
    """Nothing is wrong, so that what fires below fires because of what is switched on there."""
    switch(world, NO_FAULTS | QUICK)
    wait_for("no incident", lambda: not alert_watch.troubles(world), QUIET_SECONDS, every=2)
    assert casino_client.enter().spin().status == 200
    return "no incident is open"


def new_issue(world: World) -> str:
    """Payment's second release brings an error that the first did not have."""
    resolve_known(world)
    began = alert_watch.now()
    with checks_release.bad_release(world), ThreadPoolExecutor(PLAYERS) as pool:
        players = [casino_client.enter() for _ in range(PLAYERS)]
        sent = 0
        while not alert_watch.messages(world, began, NEW_RELEASE) and sent < DEPOSITS_MAX:
            sent += len([*pool.map(checks_release.deposit_at_bad, many(players, DEPOSITS))])
        message = alert_watch.told(world, began, NEW_RELEASE)
    alert_watch.once(world, began, NEW_RELEASE)
    issues = [issue["shortId"] for issue in issues_of_release(world)]
    assert [message.short_id] == issues, f"the message is about {message.short_id}, the issues of {BAD} are {issues}"
    return f"after at most {sent} deposits: {message.short_id} {message.title!r}"


def failing_payments(world: World) -> str:
    """One charge in ten is declined, which is more than the rule allows."""
    world.found["alerts began"] = began = alert_watch.now()
    switch(world, FAULTS)
    statuses = play(CHARGES)
    assert set(statuses) == {200, 402}, f"spins were answered with {set(statuses)}"
    incident = alert_watch.fires(world, CHARGES_FAIL)
    world.found["message of charges"] = message = alert_watch.told(world, began, CHARGES_FAIL)
    assert message.action == "critical", f"{message}"
    measured = alert_watch.measured(world, CHARGES_FAIL)
    return f"{statuses.count(402)} of {CHARGES} declined; incident {incident['identifier']}: {measured}"


def slow_provider(world: World) -> str:
    """It fires as well; but who was told of the charges is not told of what may be their cause by another message."""
    began, message = world.needs("alerts began"), world.needs("message of charges")
    alert_watch.fires(world, PROVIDER_SLOW)
    assert PROVIDER_SLOW in message.causes, f"the message of the charges names the causes {message.causes}"
    alert: Row = wait_for(f"{PROVIDER_SLOW} fires", lambda: alert_watch.alert(world, PROVIDER_SLOW), alert_watch.ARRIVES_SECONDS)
    assert alert["status"] == "rides_along", f"the alert is {alert['status']}"
    assert not alert_watch.messages(world, began, PROVIDER_SLOW), "it was told by itself"
    return f"a line in {message.title!r}: {alert_watch.measured(world, PROVIDER_SLOW)}"


def over(world: World) -> str:
    """The faults are off, people play, and the rules see it by themselves."""
    began = world.needs("alerts began")
    try:
        switch(world, NO_FAULTS)
        assert play(CHARGES) == [200] * CHARGES
        names = (CHARGES_FAIL, PROVIDER_SLOW)
        wait_for(
            f"the end of {' and '.join(names)}",
            lambda: not any(alert_watch.incidents(world, name) for name in names),
            OVER_SECONDS,
            alert_watch.EVERY_SECONDS,
        )
        message = alert_watch.told(world, began, CHARGES_FAIL, over=True, seconds=OVER_SECONDS)
    finally:
        world.flags.reset(by="scenario")
        # What was broken here on purpose is not what the groups after this one look for.
        world.pitwatch = world.pitwatch.from_now()
    for is_over in (False, True):
        alert_watch.once(world, began, CHARGES_FAIL, over=is_over)
    assert not alert_watch.messages(world, began, PROVIDER_SLOW), f"{PROVIDER_SLOW} was told by itself"
    return f"{message.text!r}; one message when it fired and one when it was over"


def switch(world: World, variants: dict[str, str]) -> None:
    for flag, variant in variants.items():
        world.flags.set(flag, variant, by="scenario")
    time.sleep(FLAGS_SECONDS)


def play(spins: int) -> list[int]:
    players = [casino_client.enter() for _ in range(PLAYERS)]
    with ThreadPoolExecutor(PLAYERS) as pool:
        return [*pool.map(lambda player: player.spin().status, many(players, spins))]


def many(players: list[Player], times: int) -> list[Player]:
    return players * (times // len(players))


def issues_of_release(world: World) -> list[Row]:
    client = world.pitwatch
    path = f"/organizations/{client.organization}/issues/"
    return client.get(path, query=f'firstRelease:"{BAD}" issue.category:error', statsPeriod="14d")


def resolve_known(world: World) -> None:
    """Where the release was tried before, its issue is not new any more; but it comes back."""
    client = world.pitwatch
    for issue in issues_of_release(world):
        client.put(f"/organizations/{client.organization}/issues/{issue['id']}/", {"status": "resolved"})


CHECKS = [
    Check("nothing is wrong yet", quiet),
    Check("a new issue of a bad release is told", new_issue),
    Check("failing payments are told", failing_payments),
    Check("the slow provider rides along as their cause", slow_provider),
    Check("all is well again, and that is told", over),
]
