"""Whether the trace of a request tells which service did not answer."""

from __future__ import annotations

from collections.abc import Callable

from checks import World
from kill_outage import Outage
from pitwatch_client import Row, walk
from waiting import wait_for

FINE = {None, "", "ok", "unknown"}


def where_it_stopped(name: str, outage: Outage) -> Callable[[World], str]:
    def look(world: World) -> str:
        trace = world.needs("outage trace")
        found = wait_for(f"a failed span in trace {trace}", lambda: failed_spans(world, trace), 60)
        services = {span["project_slug"] for span in found}
        assert name not in services, f"trace {trace} has failed spans of {name}, which was gone"
        if outage.noticed_by:
            assert outage.noticed_by in services, f"failed spans are of {services}, none of {outage.noticed_by}"
        deepest = found[-1]
        return f"{deepest['project_slug']}: {deepest['op']} {deepest['description'] or deepest.get('transaction')!r} failed"

    return look


def failed_spans(world: World, trace: str) -> list[Row]:
    spans = walk(world.pitwatch.trace(trace, "span.status", "http.response.status_code"))
    return [span for span in spans if span.get("errors") or status(span) not in FINE]


def status(span: Row) -> str | None:
    shown = (span.get("additional_attributes") or {}).get("span.status") or span.get("status")
    return None if shown is None else str(shown)
