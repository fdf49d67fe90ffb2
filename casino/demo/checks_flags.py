"""The flag that did it: Pitwatch hears of changes from the switches, and finds the one that an issue hangs on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import casino_client
from checks import Check, Pending, World
from pitwatch_client import Row
from waiting import wait_for

FLAG = "paymentFailure"
QUICK = "providerSlow=off,userBalanceMissingIndex=off"
# With the flag and without: enough to tell from chance.
PLAYERS = 12
AT_ONCE = 4


def change_is_heard(world: World) -> str:
    if not world.state.flag_secret:
        raise Pending("this Pitwatch has no webhook for flags yet")
    client = world.pitwatch.from_now()
    world.flags.set("panicUser", "on", by="scenario")
    world.flags.reset(by="scenario")
    path = f"/organizations/{client.organization}/flags/logs/"
    rows: list[Row] = wait_for(
        "two changes of panicUser", lambda: two(client.get(path, flag="panicUser", **client.time())["data"]), 20
    )
    assert {row["action"] for row in rows} == {"updated"}, f"{rows}"
    return f"{len(rows)} changes, by {rows[0]['createdBy']}"


def two(rows: list[Row]) -> list[Row]:
    return rows if len(rows) >= 2 else []


def suspect(world: World) -> str:
    """Declined charges have the flag on; other errors of payment have it off."""
    client = world.pitwatch
    issue = declined_issue(world)
    path = f"/organizations/{client.organization}/issues/{issue['id']}/suspect/flags/"
    if client.request(path).status == 404:
        raise Pending("this Pitwatch does not look for suspect flags yet")
    # Each by a player of its own: what happens to one player again and again says little.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = [*pool.map(declined, range(PLAYERS)), *pool.map(forgotten, range(PLAYERS))]
    assert statuses == [402] * PLAYERS + [200] * PLAYERS, f"spins and withdrawals were answered with {statuses}"

    def found() -> Row | None:
        rows = client.get(path)["data"]
        return next((row for row in rows if row["flag"] == FLAG and not row["is_filtered"]), None)

    row = wait_for(f"{FLAG} is a suspect of {issue['shortId']}", found, 60)
    return f"{issue['shortId']}: {row['flag']}={row['result']}, elsewhere {row['baseline_percent']:.0%}, score {row['score']:.1f}"


def declined(_: int) -> int:
    return casino_client.enter(fault=f"{FLAG}=100%,{QUICK}").spin().status


def forgotten(_: int) -> int:
    """Another error of payment, without the flag."""
    player = casino_client.enter(fault=f"{FLAG}=off,rejectionPayment=on,{QUICK}")
    player.verify()
    return player.withdraw(100).status


def declined_issue(world: World) -> Row:
    """The issue of declined charges, also where the scenario of the spins did not run."""
    declined(0)
    query = 'error.type:PaymentError error.value:"provider declined the charge"'
    rows = wait_for("the issue of declined charges", lambda: world.pitwatch.issues(query, "payment"), 60)
    return rows[0]


CHECKS = [
    Check("a change is heard", change_is_heard),
    Check(f"{FLAG} is the suspect of declined charges", suspect),
]
