"""Scenario 1: four spins in the browser, and why each took so long."""

from __future__ import annotations

from typing import Any

import binomial
import browser
import casino_client
from checks import Check, World
from pitwatch_client import Row, walk
from waiting import wait_for

SPINS = 4
# A multiple of twenty: of each twenty charges exactly two are declined, so that the share is no accident.
CHARGES = 60
ROUTE = ("web", "gateway", "user", "engine", "payment")
SPIN_SECONDS = (2.4, 6.5)
MEAN_SECONDS = (3.0, 6.0)
PROVIDER_SHARE = (0.70, 0.92)
QUERY_MS = (480, 900)


def spins(world: World) -> str:
    seen = browser.drive("spin", casino=world.state.casino, spins=SPINS)
    rounds = seen["rounds"]
    assert len(rounds) == SPINS, f"{len(rounds)} rounds: {rounds}"
    odd = [one for one in rounds if one["status"] not in (200, 402)]
    assert not odd, f"answers that are neither a round nor a declined payment: {odd}"
    assert not seen["problems"], f"errors in the page: {seen['problems']}"
    world.found["rounds"] = rounds
    declined = sum(one["status"] == 402 for one in rounds)
    return f"{SPINS} spins, {declined} of them declined, {[one['milliseconds'] for one in rounds]} ms"


def one_trace(world: World) -> str:
    world.needs("rounds")
    fields = ["trace", "span.duration", "timestamp"]
    query = "is_transaction:true transaction:slot-machine-spin"
    roots = wait_for("a trace slot-machine-spin", lambda: world.pitwatch.spans(fields, query, "web", sort="-timestamp"), 60)
    trace = roots[0]["trace"]

    def complete() -> list[Row]:
        spans = list(walk(world.pitwatch.trace(trace, "bet", "payout", "rtp", "active_sessions", "service", "market")))
        return spans if set(ROUTE) <= {span["project_slug"] for span in spans} and len(rounds_of(spans)) == SPINS else []

    try:
        spans = wait_for(f"all of {', '.join(ROUTE)} and {SPINS} spins in trace {trace}", complete, 60)
    except AssertionError:
        spans = list(walk(world.pitwatch.trace(trace)))
        there = sorted({span["project_slug"] for span in spans})
        raise AssertionError(f"trace {trace} has {len(spans)} spans, {len(rounds_of(spans))} spins, from {there}") from None
    world.found |= {"trace": trace, "spans": spans}
    parts = sorted({span["project_slug"] for span in spans})
    return f"{trace}: {len(spans)} spans of {', '.join(parts)}"


def one_root(world: World) -> str:
    spans = world.needs("spans")
    roots = [root for root in world.pitwatch.trace(world.needs("trace")) if root.get("event_type") == "span"]
    names = [f"{root['project_slug']} {root.get('transaction') or root['op']}" for root in roots]
    assert len(roots) == 1 and roots[0]["project_slug"] == "web", f"{len(roots)} roots: {names}"
    return f"{len(spans)} spans hang together below the browser's"


def durations(world: World) -> str:
    seconds = [span["duration"] / 1000 for span in rounds_of(world.needs("spans"))]
    mean = sum(seconds) / len(seconds)
    text = ", ".join(f"{one:.1f}" for one in seconds)
    assert all(SPIN_SECONDS[0] <= one <= SPIN_SECONDS[1] for one in seconds), f"spins took {text} s"
    assert MEAN_SECONDS[0] <= mean <= MEAN_SECONDS[1], f"spins took {mean:.1f} s on average: {text}"
    return f"{text} s, {mean:.1f} s on average"


def slow_query(world: World) -> str:
    queries = [
        span
        for span in world.needs("spans")
        if span["project_slug"] == "user" and span["op"].startswith("db") and span["duration"] >= QUERY_MS[0]
    ]
    took = [round(span["duration"]) for span in queries]
    assert len(queries) == SPINS, f"slow queries of user: {took} ms, not one for each spin"
    assert all(one <= QUERY_MS[1] for one in took), f"queries took {took} ms"
    texts = {span["description"] for span in queries}
    assert all("select" in text.lower() for text in texts), f"the statement is not there: {texts}"
    return f"{took} ms for {texts.pop()[:60]!r}"


def flagged(world: World) -> str:
    issues = wait_for(
        "an issue Slow DB Query in user",
        lambda: world.pitwatch.issues("issue.type:performance_slow_db_query", "user"),
        60,
    )
    issue = issues[0]
    event = world.pitwatch.issue_event(issue["id"])
    world.found["slow query issue"] = issue
    return f"{issue['shortId']} {issue['title']!r}, seen {issue['count']} times, latest event {event['eventID'][:8]}"


def provider_share(world: World) -> str:
    spans = world.needs("spans")
    charges = [span for span in spans if is_charge(span)]
    assert len(charges) >= SPINS, f"{len(charges)} calls of payment to the provider in {SPINS} spins"
    share = sum(span["duration"] for span in charges) / sum(span["duration"] for span in rounds_of(spans))
    text = f"{share:.0%} of the spins' time is in {len(charges)} calls to the provider"
    assert PROVIDER_SHARE[0] <= share <= PROVIDER_SHARE[1], text
    return text


def failures(world: World) -> str:
    """Charges by the API, quickly: what is counted is what Pitwatch shows, against what the players were told."""
    world.flags.set("providerSlow", "off", by="scenario")
    world.flags.set("userBalanceMissingIndex", "off", by="scenario")
    try:
        wait_for("the faults are off", lambda: casino_client.enter().spin().status in (200, 402), 10)
        client = world.pitwatch.from_now()
        player = casino_client.enter()
        told = sum(player.spin().status == 402 for _ in range(CHARGES))
    finally:
        world.flags.reset(by="scenario")
    world.found["declined player"] = player
    query = "error.type:PaymentError"
    wait_for(f"{told} PaymentErrors", lambda: client.count("errors", query, "payment") >= told, 60)
    events = client.count("errors", query, "payment")
    charges = wait_for(
        f"{CHARGES} charges as spans",
        lambda: at_least(client.count("spans", "is_transaction:true transaction:*charges*", "provider"), CHARGES),
        60,
    )
    low, high = binomial.interval(events, charges)
    text = f"{events} of {charges} charges failed: {events / charges:.1%}, 95 % interval {low:.1%} to {high:.1%}"
    assert events == told, f"players were told of {told} declined payments; {text}"
    assert low <= 0.10 <= high, text
    return text


def one_issue(world: World) -> str:
    issues = world.pitwatch.issues("error.type:PaymentError", "payment")
    assert len(issues) == 1, f"{len(issues)} issues: {[issue['title'] for issue in issues]}"
    world.found["payment issue"] = issues[0]
    return f"{issues[0]['shortId']} {issues[0]['title']!r}, {issues[0]['count']} events, {issues[0]['userCount']} players"


def who_and_where(world: World) -> str:
    issue = world.needs("payment issue")
    event = world.pitwatch.issue_event(issue["id"])
    user, tags = event.get("user") or {}, {tag["key"]: tag["value"] for tag in event["tags"]}
    assert str(user.get("id", "")).startswith("p-"), f"the event does not say who: {user}"
    wanted = {"service": "payment", "market": "de", "game": "slot", "provider": "novapay"}
    wrong = {name: tags.get(name) for name, value in wanted.items() if tags.get(name) != value}
    assert not wrong, f"tags are {wrong}, not {wanted}"
    trace = event["contexts"]["trace"]["trace_id"]

    def shown() -> set[str]:
        # The spans of the other services may come first: the error is on the one it happened in.
        return {found["event_id"] for span in walk(world.pitwatch.trace(trace)) for found in span.get("errors", [])}

    wait_for(f"trace {trace} shows error {event['eventID']}", lambda: event["eventID"] in shown(), 30)
    spans = list(walk(world.pitwatch.trace(trace)))
    return f"{user['id']} ({user.get('username')}), trace {trace[:8]} of {len(spans)} spans shows the error"


def numbers(world: World) -> str:
    names = ("bet", "payout", "rtp")
    fields = [f"avg(tags[{name},number])" for name in names]
    query = " ".join(f"has:tags[{name},number]" for name in names[:1])
    row = wait_for("spans with a bet", lambda: present(world.pitwatch.spans([*fields, "count()"], query, "engine")), 30)
    values = {name: row.get(f"avg(tags[{name},number])") for name in names}
    assert all(isinstance(value, int | float) for value in values.values()), f"not all are numbers: {values}"
    assert values["bet"] > 0 and values["payout"] >= 0 and 0 <= values["rtp"] < 50, f"{values}"
    return ", ".join(f"{name} {value:.2f}" for name, value in values.items()) + f" on average of {row['count()']} spans"


def screens(world: World) -> str:
    seen = browser.drive(
        "look",
        pitwatch=world.state.pitwatch,
        organization=world.state.organization,
        email=world.state.email,
        password=world.state.password,
        trace=world.needs("trace"),
        services=list(ROUTE),
        issue=world.needs("payment issue")["shortId"],
        query=world.needs("slow query issue")["shortId"],
        pictures=str(world.data.folder / "pictures"),
    )
    return f"{seen['said']}; pictures in {world.data.folder / 'pictures'}"


def rounds_of(spans: list[Row]) -> list[Row]:
    return [span for span in spans if span["project_slug"] == "web" and span["op"] == "game.round"]


def is_charge(span: Row) -> bool:
    text = f"{span.get('description')} {span.get('name')}"
    return span["project_slug"] == "payment" and span["op"] == "http.client" and "/charges" in text


def present(rows: list[Row]) -> Row | None:
    return rows[0] if rows and rows[0].get("count()") else None


def at_least(count: int, wanted: int) -> Any:
    return count if count >= wanted else None


CHECKS = [
    Check("four spins in the page", spins),
    Check("one trace slot-machine-spin through browser, gateway, user, engine, payment", one_trace),
    Check("the trace hangs together", one_root),
    Check("a spin takes 3 to 6 s", durations),
    Check("the query without an index takes 500 ms", slow_query),
    Check("that query is an issue", flagged),
    Check("the provider takes about 80 % of the time", provider_share),
    Check("a tenth of the charges fails", failures),
    Check("they are one issue", one_issue),
    Check("it says who, and leads to the trace", who_and_where),
    Check("bet, payout and RTP are numbers to ask for", numbers),
    Check("the screens show it", screens),
]
