"""What a scenario says of its sessions, compared with what the server shows."""

from __future__ import annotations

import urllib.parse
from collections import Counter
from typing import Any

from server import ORGANIZATION, Server, wait_until

# From the words of SDKs to those of the API.
SHOWN = {"ok": "healthy", "exited": "healthy"}


def check_sessions(server: Server, projects: dict[str, int], expect: dict[str, Any], problems: list[str]) -> None:
    """Every release in every environment has as many sessions of each status as were sent, and as many users."""
    wanted: dict[tuple[str, str], Counter[str]] = {}
    users: dict[tuple[str, str], set[str]] = {}
    for session in (expect.get("sessions") or {}).get("final", []):
        where = (session["release"], session["environment"] or "")
        status = SHOWN.get(session["status"], session["status"])
        status = "errored" if status == "healthy" and session["errors"] else status
        wanted.setdefault(where, Counter())[status] += 1
        users.setdefault(where, set()).update({session["distinct_id"]} - {None})
    for name, counts in (expect.get("session_aggregates") or {}).items():
        release, environment = name.split("|")
        sent = wanted.setdefault((release, environment), Counter())
        for status in ("exited", "errored", "unhandled", "abnormal", "crashed"):
            sent[SHOWN.get(status, status)] += counts.get(status, 0)
    for (release, environment), sent in wanted.items():
        query = [("field", "sum(session)"), ("field", "count_unique(user)"), ("groupBy", "session.status")]
        query += [("statsPeriod", "7d"), ("interval", "1d"), ("query", f'release:"{release}"'), ("environment", environment)]
        query += [("project", str(new)) for new in projects.values()]
        path = f"/organizations/{ORGANIZATION}/sessions/?{urllib.parse.urlencode(query)}"

        def totals(field: str, path: str = path) -> Counter[str]:
            groups = server.api(path)["groups"]
            return Counter({group["by"]["session.status"]: group["totals"][field] for group in groups})

        wait_until(lambda: totals("sum(session)").total() >= sent.total(), 20, f"sessions of {release} are counted")
        if +totals("sum(session)") != +sent:
            problems.append(f"sessions of {release}: {+totals('sum(session)')}, not {+sent}")
        people = totals("count_unique(user)").total()
        if people != len(users.get((release, environment), set())):
            problems.append(f"users of {release}: {people}, not {len(users.get((release, environment), set()))}")
