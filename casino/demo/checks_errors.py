"""One error of each kind in each language, and answers of 400 and 500."""

from __future__ import annotations

from collections.abc import Callable

import browser
import casino_client
from casino_client import GATEWAY
from checks import Check, World
from pitwatch_client import Row
from waiting import wait_for
from web_requests import ask

# One charge in ten is declined.
VISITS = 4
QUICK = "providerSlow=off,paymentFailure=off,userBalanceMissingIndex=off"


def refused(world: World) -> str:
    client = world.pitwatch.from_now()
    answer = ask(f"{GATEWAY}/api/me")
    assert answer.status == 401, f"without a token the gateway answers {answer.status}"
    assert "error" in answer.json(), f"the answer does not say why: {answer.body!r}"
    count = wait_for(
        "a span with status 401",
        lambda: client.count("spans", "http.response.status_code:401 is_transaction:true", "gateway"),
        60,
    )
    return f"{count} transactions of the gateway have status 401"


def panic(world: World) -> str:
    answer = casino_client.enter(fault="panicUser=on").ask("/api/me")
    assert answer.status >= 500, f"a panic of user was answered with {answer.status}"
    assert ask("http://127.0.0.1:4201/health").status == 200, "user does not work after a panic"
    found = issue(world, "user", lambda row: "panic" in text(row))
    return f"answered with {answer.status}; {found['shortId']} {found['title']!r}"


def server_errors(world: World) -> str:
    query = "http.response.status_code:>=500 is_transaction:true"
    count = wait_for("spans with a status of 500 or more", lambda: world.pitwatch.count("spans", query, "gateway"), 60)
    return f"{count} transactions of the gateway"


def exception(world: World) -> str:
    answer = casino_client.enter(fault=f"exceptionEngine=on,{QUICK}").roulette()
    assert answer.status >= 500, f"the exception was answered with {answer.status}: {answer.body[:200]!r}"
    found = issue(world, "engine", lambda row: "TableStateError" in text(row))
    return f"answered with {answer.status}; {found['shortId']} {found['title']!r}"


def rejection(world: World) -> str:
    player = casino_client.enter(fault=f"rejectionPayment=on,{QUICK}")
    player.verify()
    answer = player.withdraw()
    assert answer.status < 500, f"the withdrawal was answered with {answer.status}: {answer.body[:200]!r}"

    def unhandled(row: Row) -> bool:
        event = world.pitwatch.issue_event(row["id"])
        tags = {tag["key"]: tag["value"] for tag in event["tags"]}
        return "unhandledrejection" in tags.get("mechanism", "").lower() or tags.get("handled") == "no"

    found = issue(world, "payment", unhandled)
    return f"{found['shortId']} {found['title']!r}"


def in_the_browser(world: World) -> str:
    break_the_reels(world)
    found = issue(world, "web", lambda row: True)
    return f"{found['shortId']} {found['title']!r}"


def break_the_reels(world: World) -> None:
    """The reels must move, for it is their animation that throws; they do not when the charge is declined."""
    for _ in range(VISITS):
        seen = browser.drive("spin", casino=world.state.casino, spins=1, fault="angularError:on", motion=True)
        if seen["rounds"][0]["status"] == 200:
            return


def issue(world: World, project: str, fits: Callable[[Row], bool]) -> Row:
    """An error of a project that fits."""

    def find() -> Row | None:
        return next((row for row in world.pitwatch.issues("issue.category:error", project) if fits(row)), None)

    return wait_for(f"an issue of {project}", find, 60)  # type: ignore[return-value]


def text(row: Row) -> str:
    return f"{row['title']} {row.get('metadata')}"


CHECKS = [
    Check("4xx: a request without a token", refused),
    Check("Rust: a panic", panic),
    Check("5xx: answers of the gateway", server_errors),
    Check("Python: an exception", exception),
    Check("Node: an unhandled rejection", rejection),
    Check("Angular: an error in the page", in_the_browser),
]
