"""What checks of alerts look at: rules with what they measure, alerts with what became of them, and messages that arrived."""

from __future__ import annotations

from datetime import UTC, datetime

import alert_messages
from alert_messages import Message
from checks import World
from pitwatch_client import Row
from waiting import wait_for

EVERY_SECONDS = 1
# A message leaves seconds after its alert was decided.
ARRIVES_SECONDS = 30
# Until the minute has ended, has settled and was asked for, and once more in case it was nearly over.
FIRES_SECONDS = 180


def now() -> str:
    """As messages have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rule(world: World, name: str) -> Row:
    client = world.pitwatch
    found = client.get(f"/organizations/{client.organization}/alert-rules/", name=name, per_page=100)
    assert [row["name"] for row in found] == [name], f"rules called {name}: {[row['name'] for row in found]}"
    return found[0]


def incidents(world: World, name: str) -> list[Row]:
    """Of a rule about numbers, those that are open."""
    client = world.pitwatch
    return client.get(f"/organizations/{client.organization}/incidents/", status="open", alertRule=rule(world, name)["id"])


def fires(world: World, name: str, seconds: float = FIRES_SECONDS) -> Row:
    return wait_for(f"an incident of {name}", lambda: incidents(world, name), seconds, EVERY_SECONDS)[0]


def measured(world: World, name: str) -> str:
    client = world.pitwatch
    path = f"/organizations/{client.organization}/alert-rules/{rule(world, name)['id']}/state/"
    state = client.get(path)["series"][0]
    assert not state["problem"], f"{name} cannot be measured: {state['problem']}"
    return f"{name} is {'nothing' if state['value'] is None else format(state['value'], '.3g')} ({state['phase']})"


def alert(world: World, name: str) -> Row | None:
    """The one of a rule about numbers that fires."""
    client = world.pitwatch
    path = f"/organizations/{client.organization}/alerts/"
    return next(iter(client.get(path, state="firing", rule=rule(world, name)["id"])), None)


def troubles(world: World) -> list[Row]:
    """Incidents that still gather alerts, so that one that fires now would not be told by itself."""
    client = world.pitwatch
    return client.get(f"/organizations/{client.organization}/alert-incidents/", state="open")


def messages(world: World, since: str, rule: str, short_id: str = "", over: bool = False) -> list[Message]:
    """That arrived since then: that it fires, or that it is over."""
    kept = alert_messages.kept(world.data.messages)
    return [
        message
        for message in kept
        if message.at >= since
        and message.rule == rule
        and (not short_id or message.short_id == short_id)
        and (message.action == "resolved") == over
    ]


def told(
    world: World, since: str, rule: str, short_id: str = "", over: bool = False, seconds: float = ARRIVES_SECONDS
) -> Message:
    what = f"a message that {rule} {'is over' if over else 'fires'}"
    return wait_for(what, lambda: messages(world, since, rule, short_id, over), seconds, EVERY_SECONDS)[0]


def once(world: World, since: str, rule: str, short_id: str = "", over: bool = False) -> None:
    """Neither sent twice nor told twice."""
    found = messages(world, since, rule, short_id, over)
    assert len(found) == 1, f"{len(found)} messages of {rule}: {[(one.key, one.action, one.title) for one in found]}"
