"""Cron jobs: the settlement stays away, Pitwatch misses it, and knows when it is back."""

from __future__ import annotations

import alert_watch
from alert_rules import JOB_AWAY
from checks import Check, World
from pitwatch_client import Row
from waiting import wait_for

JOBS = ("settlement", "anomaly-batch")
# The settlement runs every two minutes in a demonstration, and may be two minutes late.
RUNS_SECONDS = 150
MISSED_SECONDS = 390
# Each question is a request, and nothing happens in between.
EVERY_SECONDS = 2


def monitors(world: World) -> dict[str, Row]:
    client = world.pitwatch
    rows = client.get(f"/organizations/{client.organization}/monitors/")
    return {row["slug"]: row for row in rows if row["project"]["slug"] == "analytics"}


def status(world: World, slug: str) -> str | None:
    found = monitors(world).get(slug, {"environments": []})["environments"]
    return found[0]["status"] if found else None


def jobs_check_in(world: World) -> str:
    for job in JOBS:
        wait_for(f"{job} checks in", lambda job=job: status(world, job) == "ok", RUNS_SECONDS, EVERY_SECONDS)
    return ", ".join(f"{slug} ({row['config']['schedule']})" for slug, row in sorted(monitors(world).items()))


def missed(world: World) -> str:
    """The flag keeps the settlement away. Nothing fails, nothing is sent; only the monitor notices, and a rule tells it."""
    began = alert_watch.now()
    world.flags.set("cronMissed", "on", by="scenario")
    try:
        wait_for(
            "the settlement is missed", lambda: status(world, "settlement") == "missed_checkin", MISSED_SECONDS, EVERY_SECONDS
        )
        issue: Row = wait_for("the missed settlement is an issue", lambda: failing(world), 30)
        message = alert_watch.told(world, began, JOB_AWAY, issue["shortId"])
    finally:
        world.flags.reset(by="scenario")
    event = world.pitwatch.issue_event(issue["id"])
    assert event["contexts"]["monitor"]["slug"] == "settlement", f"{event['contexts']['monitor']}"
    assert status(world, "anomaly-batch") == "ok", "the other job is well"
    world.found |= {"missed cron": issue, "missed since": began}
    return f"{issue['shortId']} {message.title!r}: {event['contexts']['outage']['evidence']['Failure reason']}"


def failing(world: World) -> Row | None:
    rows = world.pitwatch.issues("issue.category:outage is:unresolved", "analytics")
    return next((row for row in rows if "settlement" in row["title"]), None)


def well_again(world: World) -> str:
    issue, began = world.needs("missed cron"), world.needs("missed since")
    path = f"/organizations/{world.pitwatch.organization}/issues/{issue['id']}/"
    wait_for("the issue is resolved", lambda: world.pitwatch.get(path)["status"] == "resolved", RUNS_SECONDS, EVERY_SECONDS)
    alert_watch.told(world, began, JOB_AWAY, issue["shortId"], over=True)
    for is_over in (False, True):
        alert_watch.once(world, began, JOB_AWAY, issue["shortId"], over=is_over)
    return "resolved with the next run, by nobody; one message when it was missed and one when it was back"


CHECKS = [
    Check("jobs check in", jobs_check_in),
    Check("a missed cron job is told", missed),
    Check("it is back", well_again),
]
