"""Numbers of the business, errors of one player, and flags on events."""

from __future__ import annotations

import casino_client
from casino_client import Player
from checks import Check, World
from pitwatch_client import Row
from waiting import wait_for


def of_the_business(world: World) -> str:
    names = ("bet", "payout", "rtp", "active_sessions")
    found: dict[str, float] = {}
    for name in names:
        field = f"avg(tags[{name},number])"
        rows = wait_for(f"spans with {name}", lambda name=name: counted(world, name), 60)
        found[name] = rows[0][field]
    return ", ".join(f"{name} {value:.2f}" for name, value in found.items())


def counted(world: World, name: str) -> list[Row]:
    rows = world.pitwatch.spans([f"avg(tags[{name},number])", "count()"], f"has:tags[{name},number]")
    return rows if rows and rows[0]["count()"] else []


def by_market(world: World) -> str:
    rows = world.pitwatch.spans(["market", "avg(tags[bet,number])", "count()"], "has:tags[bet,number] has:market", "engine")
    assert rows, "no bet says its market"
    return ", ".join(f"{row['market']} {row['avg(tags[bet,number])']:.0f} ({row['count()']:.0f})" for row in rows)


def of_one_player(world: World) -> str:
    player: Player = casino_client.enter(fault="paymentFailure=100%,providerSlow=off,userBalanceMissingIndex=off")
    statuses = [player.spin().status for _ in range(3)]
    assert statuses == [402] * 3, f"spins without money were answered with {statuses}"
    query = f"user.id:{player.id}"
    wait_for(f"3 errors of {player.id}", lambda: world.pitwatch.count("errors", query) >= 3, 60)
    events = world.pitwatch.events("errors", ["id", "user.id", "title"], query)
    others = {row["user.id"] for row in events} - {player.id}
    assert not others, f"the search for one player shows others: {others}"
    issues = world.pitwatch.issues(query)
    assert issues, f"the search {query} finds events and no issue"
    world.found["issue of a player"] = issues[0]
    return f"{player.id} met {len(events)} errors in {len(issues)} issues"


def flags_on_events(world: World) -> str:
    event = world.pitwatch.issue_event(world.needs("issue of a player")["id"])
    values = {flag["flag"]: flag["result"] for flag in (event["contexts"].get("flags") or {}).get("values", [])}
    # The player's own fault, as the provider was asked for it.
    assert values.get("paymentFailure") in (True, "100%", 1), f"the event has the flags {values}"
    return ", ".join(f"{name}={value}" for name, value in sorted(values.items()))


def secrets_are_masked(world: World) -> str:
    """The test card's number must not be found anywhere, whatever was logged."""
    player = casino_client.enter(fault="piiLeak=on,providerSlow=off,userBalanceMissingIndex=off,paymentFailure=100%")
    assert player.spin().status == 402
    client = world.pitwatch
    query = f"user.id:{player.id}"
    wait_for("the error with what was logged", lambda: client.count("errors", query, "payment"), 60)
    issue = client.issues(query, "payment")[0]
    for event in client.issue_events(issue["id"]):
        whole = str(client.get(f"/projects/{client.organization}/payment/events/{event['eventID']}/json/"))
        digits = "".join(character for character in whole if character.isdigit())
        for number in ("4242424242424242", "4111111111111111", "5555555555554444"):
            assert number not in digits, f"event {event['eventID']} shows the card number {number}"
    return "no card number in what is stored of the events"


CHECKS = [
    Check("RTP, bet size, payout and active sessions", of_the_business),
    Check("bet size by market", by_market),
    Check("errors of one player", of_one_player),
    Check("flags stand on events", flags_on_events),
    Check("what must not be shown is masked", secrets_are_masked),
]
