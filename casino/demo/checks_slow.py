"""What makes the casino slow beside the provider: queries in a loop, and a blocked event loop."""

from __future__ import annotations

import casino_client
from checks import Check, World
from pitwatch_client import Row
from waiting import wait_for


def n_plus_one(world: World) -> str:
    player = casino_client.enter(fault="lobbyNPlusOne=on")
    answer = player.ask("/api/lobby")
    assert answer.status == 200, f"the lobby answers {answer.status}"
    issues = wait_for(
        "an issue N+1 Query in user",
        lambda: world.pitwatch.issues("issue.type:performance_n_plus_one_db_queries", "user"),
        60,
    )
    return f"{issues[0]['shortId']} {issues[0]['title']!r} in {issues[0]['culprit']}"


def slow_provider(world: World) -> str:
    """Its calls stand out among all that payment does. (The finding Slow External Provider is for hosts with a name.)"""
    player = casino_client.enter(fault="paymentFailure=off,userBalanceMissingIndex=off")
    assert player.spin().status == 200
    fields = ["span.op", "span.description", "p95(span.duration)", "count()"]
    rows = wait_for(
        "a call of 2 s",
        lambda: slower(world.pitwatch.spans(fields, "is_transaction:false", "payment", sort="-p95(span.duration)"), 2000),
        60,
    )
    first = rows[0]
    assert "charges" in first["span.description"], f"the slowest of payment is {first}"
    return f"{first['span.description']} takes {first['p95(span.duration)'] / 1000:.1f} s (p95 of {first['count()']:.0f})"


def slower(rows: list[Row], milliseconds: float) -> list[Row]:
    return [row for row in rows if row["p95(span.duration)"] >= milliseconds]


def blocked_loop(world: World) -> str:
    """Seeds are stretched on the event loop; the profile of the engine says where the time went."""
    client = world.pitwatch.from_now()
    player = casino_client.enter(fault="rngBlocking=on,providerSlow=off,paymentFailure=off,userBalanceMissingIndex=off")
    spins = [player.spin().status for _ in range(3)]
    assert spins == [200] * 3, f"spins answered {spins}"

    functions = wait_for("a profile of the engine", lambda: client.functions("engine", inApp="true")["functions"], 90)
    names = [f"{row['function']['module']}.{row['function']['name']}" for row in functions[:3]]
    assert any("stretch" in name for name in names), f"the most expensive functions are {names}"
    return f"the most expensive functions of the engine are {', '.join(names)}"


CHECKS = [
    Check("N+1: the lobby asks once per game", n_plus_one),
    Check("the provider is the slowest that payment waits for", slow_provider),
    Check("blocking: a profile shows what holds up the engine", blocked_loop),
]
