"""What makes the casino slow beside the provider: queries in a loop, and a blocked event loop."""

from __future__ import annotations

import casino_client
from checks import Check, World
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
    issues = wait_for(
        "an issue about the slow provider in payment",
        lambda: [
            issue for issue in world.pitwatch.issues("issue.category:performance", "payment") if "rovider" in issue["title"]
        ],
        60,
    )
    return f"{issues[0]['shortId']} {issues[0]['title']!r}"


def blocked_loop(world: World) -> str:
    """Seeds are stretched on the event loop; the profile of the engine says where the time went."""
    client = world.pitwatch.from_now()
    player = casino_client.enter(fault="rngBlocking=on,providerSlow=off,paymentFailure=off,userBalanceMissingIndex=off")
    spins = [player.spin().status for _ in range(3)]
    assert spins == [200] * 3, f"spins answered {spins}"

    def hottest() -> list[dict[str, object]]:
        said = client.functions("engine", inApp="true")
        rows = said["data"] if isinstance(said, dict) and "data" in said else said
        return rows if isinstance(rows, list) else rows.get("functions", [])

    functions = wait_for("a profile of the engine", hottest, 90)
    names = [str(row.get("function") or row.get("name")) for row in functions[:3]]
    assert any("stretch" in name for name in names), f"the most expensive functions are {names}"
    return f"the most expensive functions of the engine are {', '.join(names)}"


CHECKS = [
    Check("N+1: the lobby asks once per game", n_plus_one),
    Check("the slow provider is an issue", slow_provider),
    Check("blocking: a profile shows what holds up the engine", blocked_loop),
]
