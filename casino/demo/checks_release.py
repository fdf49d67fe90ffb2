"""Two releases of payment, of which the second is worse, and what Pitwatch was told of all of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import canary
import casino_client
import history
import ports
import state
from casino_client import Player
from checks import Check, World
from pipeline import ENVIRONMENT
from pitwatch_client import Client, Row
from services import RELEASES
from waiting import wait_for
from web_requests import ask

DEPOSIT = "POST /payments/deposit"
GOOD, BAD = RELEASES["payment"], RELEASES["payment-canary"]
QUICK = "providerSlow=off,paymentFailure=off,userBalanceMissingIndex=off"
SECONDS_MAX = 180
DEPOSITS = 40
PLAYERS = 4
# Until the tests of the comparison have enough of the bad release: it fails one request in twenty.
COMPARED_MAX = 480
SUSPECT = "Fees depend on the player's tier"
# SDKs send what became of sessions once a minute.
SESSIONS_SECONDS = 120


def told(world: World) -> str:
    """Commits, deploy and date of each release, as sentry-cli told them."""
    rows = {row["version"]: row for row in releases(world.pitwatch)}
    for service, release in RELEASES.items():
        if service == canary.NAME:
            continue
        row = rows[release]
        wanted = history.commits(service)
        assert row["commitCount"] == len(wanted), f"{release} has {row['commitCount']} commits, not {len(wanted)}"
        assert row["lastCommit"]["message"] == wanted[-1].message, f"{release} ends with {row['lastCommit']}"
        assert (row["lastDeploy"] or {}).get("environment") == ENVIRONMENT, f"{release} is not deployed: {row['lastDeploy']}"
        assert row["dateReleased"], f"{release} is not finalized"
    authors = {author["name"] for row in rows.values() for author in row["authors"]}
    return f"{len(rows)} releases with commits of {len(authors)} authors, deployed to {ENVIRONMENT}"


def canary_is_worse(world: World) -> str:
    """Requests until the bad release has failed twice: it gets a tenth of the traffic and fails a twentieth of that."""
    client = world.pitwatch.from_now()
    with bad_release(world):
        deadline = time.monotonic() + SECONDS_MAX
        player = casino_client.enter(fault=QUICK)
        while failed(client_rows := by_release(client)) < 2:
            assert time.monotonic() < deadline, f"{SECONDS_MAX} s of requests, and {BAD} has not failed twice: {client_rows}"
            for _ in range(DEPOSITS):
                player.deposit(100)
    rates = {release: row["failure_rate()"] for release, row in client_rows.items()}
    assert rates[BAD] > rates.get(GOOD, 0), f"failures by release: {rates}"
    share = client_rows[BAD]["count()"] / sum(row["count()"] for row in client_rows.values())
    return f"{BAD} fails {rates[BAD]:.1%} of {share:.0%} of the traffic, {GOOD} {rates.get(GOOD, 0):.1%}"


def shows_up(world: World) -> str:
    """Nobody told Pitwatch that the release is bad: it is in the list with an issue that began in it."""
    client = world.pitwatch
    row = next(row for row in releases(client) if row["version"] == BAD)
    wanted = history.commits(canary.NAME)
    assert row["commitCount"] == len(wanted), f"{BAD} has {row['commitCount']} commits, not the {len(wanted)} since {GOOD}"
    assert (row["lastDeploy"] or {}).get("environment") == ENVIRONMENT, f"{BAD} is not deployed: {row['lastDeploy']}"
    assert row["newGroups"] >= 1, f"no issue began in {BAD}"
    issues = client.issues(f'firstRelease:"{BAD}" issue.category:error', "payment")
    assert issues, f"no issue of payment began in {BAD}"
    world.found["issue of the bad release"] = issues[0]
    return f"{row['newGroups']} new issue: {issues[0]['shortId']} {issues[0]['title']!r}"


def suspect_commit(world: World) -> str:
    event = world.pitwatch.issue_event(world.needs("issue of the bad release")["id"])
    found = event["suspectCommit"]
    assert found, "there is no suspect commit"
    wanted = next(commit for commit in history.commits(canary.NAME) if commit.message == SUSPECT)
    assert found["message"].strip() == SUSPECT, f"the suspect is {found}"
    assert found["author"]["email"] == wanted.author[1], f"by {found['author']}"
    return f"{found['id'][:8]} {SUSPECT!r} by {found['author']['name']}"


def line_of_code(world: World) -> str:
    """The frame that failed leads to its line, which the page of switches shows."""
    event = world.pitwatch.issue_event(world.needs("issue of the bad release")["id"])
    values = next(entry for entry in event["entries"] if entry["type"] == "exception")["data"]["values"]
    frame = [frame for frame in values[-1]["stacktrace"]["frames"] if frame["inApp"]][-1]
    link = frame["sourceLink"]
    assert link, f"{frame['filename']}:{frame['lineNo']} has no link"
    address, _, line = link.partition("#")
    answer = ask(address)
    assert answer.status == 200, f"{link} is answered with {answer.status}"
    shown = answer.body.decode().partition(f'<li id="{line}">')[2].partition("</li>")[0]
    assert "permille" in shown, f"{link} shows {shown!r}"
    return f"{link}: {shown.strip()!r}"


def compared(world: World) -> str:
    """The rollout goes on: the bad release gets as many requests as the good one, until chance is ruled out."""
    path = f"/organizations/{world.pitwatch.organization}/releases/{BAD}/compare/"
    sent = 0
    with bad_release(world), ThreadPoolExecutor(PLAYERS) as pool:
        players = [casino_client.enter(fault=QUICK) for _ in range(PLAYERS)]
        while True:
            found = world.pitwatch.get(path)
            row = next((row for row in found["endpoints"] if row["transaction"] == DEPOSIT), None)
            if row and row["failures"]["verdict"] == "significant":
                break
            assert sent < COMPARED_MAX, f"after {sent} more requests {DEPOSIT} is {row}"
            for _ in pool.map(deposit_at_bad, players * (DEPOSITS // PLAYERS)):
                sent += 1
    assert found["previous"] == GOOD, f"{BAD} is compared with {found['previous']}"
    before, after = row["before"]["failureRate"], row["after"]["failureRate"]
    assert after > before, f"{DEPOSIT}: {before:.1%} before, {after:.1%} after"
    return f"{DEPOSIT} fails {after:.1%} of {row['after']['count']}, before {before:.1%} of {row['before']['count']}: significant"


def health(world: World) -> str:
    """Who was let down: crash-free rates of each release whose SDK counts sessions."""
    wanted = {RELEASES[name] for name in ("gateway", "user", "wallet", "provider", "engine", "payment", "web", "admin")}

    def counted() -> dict[str, float]:
        fields = ["sum(session)", "crash_free_rate(session)"]
        asked = {"field": fields, "groupBy": "release", "interval": "1h", "statsPeriod": "24h"}
        groups = world.pitwatch.get(f"/organizations/{world.pitwatch.organization}/sessions/", **asked)["groups"]
        totals = {group["by"]["release"]: group["totals"] for group in groups}
        return {release: row["crash_free_rate(session)"] for release, row in totals.items() if row["sum(session)"]}

    try:
        rates = wait_for("sessions", lambda: found if wanted <= set(found := counted()) else None, SESSIONS_SECONDS, every=2)
    except AssertionError:
        raise AssertionError(f"no sessions of {', '.join(sorted(wanted - set(counted())))}") from None
    listed = {row["version"] for row in releases(world.pitwatch) if has_health(row)}
    assert wanted <= listed, f"the list has no health of {', '.join(sorted(wanted - listed))}"
    return ", ".join(f"{release} {rate:.1%}" for release, rate in sorted(rates.items()))


def has_health(row: Row) -> bool:
    return any((project.get("healthData") or {}).get("hasHealthData") for project in row["projects"])


@contextmanager
def bad_release(world: World) -> Iterator[None]:
    """Payment's second release runs, as long as it is looked at."""
    world.flags.set("badCanary", "on", by="scenario")
    try:
        wait_for(f"{BAD} runs", lambda: canary.NAME in started(world) and ports.answers(ports.PAYMENT_CANARY), 60)
        yield
    finally:
        world.flags.set("badCanary", "off", by="scenario")


def deposit_at_bad(player: Player) -> int:
    """Past the gateway, which gives the second release a tenth only; with what the gateway says of a player."""
    headers = {
        "x-casino-player": player.id,
        "x-casino-name": player.name,
        "x-casino-market": "de",
        "x-casino-currency": player.currency,
        "x-casino-fault": player.fault,
    }
    body = player.deposit_body(100)
    return ask(f"http://{ports.HOST}:{ports.PAYMENT_CANARY}/payments/deposit", "POST", body, headers, 30).status


def releases(client: Client) -> list[Row]:
    return client.get(f"/organizations/{client.organization}/releases/", health="1", per_page=100)


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


CHECKS = [
    Check("every release has its commits, authors and deploy", told),
    Check("the second release of payment fails more", canary_is_worse),
    Check("it shows up by itself, with its issue", shows_up),
    Check("the suspect commit is the one that did it", suspect_commit),
    Check("its frame leads to the line", line_of_code),
    Check("releases compared on one page", compared),
    Check("crash-free sessions of each release", health),
]
