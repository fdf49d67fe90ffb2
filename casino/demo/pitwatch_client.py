"""Asks Pitwatch by its API, which is Sentry's, for what the casino reported."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pitwatch import PROJECTS
from state import State
from web_requests import Answer, ask

Row = dict[str, Any]


@dataclass(frozen=True)
class Client:
    """Questions about what happened since a moment."""

    url: str
    organization: str
    token: str
    since: datetime

    @classmethod
    def of(cls, state: State) -> Client:
        # Clocks of SDKs and server are the same; spans that began a moment ago belong to it.
        return cls(state.pitwatch, state.organization, state.token, datetime.now(UTC) - timedelta(seconds=1))

    def from_now(self) -> Client:
        return Client(self.url, self.organization, self.token, datetime.now(UTC))

    def get(self, path: str, **query: Any) -> Any:
        answer = self.request(path, **query)
        assert answer.status == 200, f"{path}: {answer.status} {answer.body[:500]!r}"
        return answer.json()

    def request(self, path: str, **query: Any) -> Answer:
        text = urllib.parse.urlencode({name: value for name, value in query.items() if value is not None}, doseq=True)
        headers = {"authorization": f"Bearer {self.token}"}
        return ask(f"{self.url}/api/0{path}?{text}", headers=headers, seconds=30)

    def put(self, path: str, body: Any) -> Any:
        headers = {"authorization": f"Bearer {self.token}"}
        answer = ask(f"{self.url}/api/0{path}", "PUT", body, headers, 30)
        assert answer.status == 200, f"{path}: {answer.status} {answer.body[:500]!r}"
        return answer.json()

    def events(self, dataset: str, fields: list[str], query: str = "", project: str | None = None, **more: Any) -> list[Row]:
        path = f"/organizations/{self.organization}/events/"
        asked = {"dataset": dataset, "field": fields, "query": query, "project": number(project), "per_page": 100}
        return self.get(path, **asked, **self.time(), **more)["data"]

    def spans(self, fields: list[str], query: str = "", project: str | None = None, **more: Any) -> list[Row]:
        return self.events("spans", fields, query, project, **more)

    def count(self, dataset: str, query: str, project: str | None = None) -> int:
        rows = self.events(dataset, ["count()"], query, project)
        return int(rows[0]["count()"]) if rows else 0

    def issues(self, query: str, project: str | None = None) -> list[Row]:
        path = f"/organizations/{self.organization}/issues/"
        return self.get(path, query=query, project=number(project), limit=100, **self.time())

    def issue_event(self, issue: str, which: str = "latest") -> Row:
        return self.get(f"/organizations/{self.organization}/issues/{issue}/events/{which}/")

    def issue_events(self, issue: str) -> list[Row]:
        return self.get(f"/organizations/{self.organization}/issues/{issue}/events/", full="true", per_page=100)

    def trace(self, trace: str, *attributes: str) -> list[Row]:
        """The roots of a trace; spans have their children in them."""
        return self.get(f"/organizations/{self.organization}/trace/{trace}/", additional_attributes=list(attributes))

    def functions(self, project: str, **more: Any) -> Any:
        path = f"/organizations/{self.organization}/profiling/functions/"
        return self.get(path, project=number(project), **self.time(), **more)

    def time(self) -> dict[str, str]:
        end = datetime.now(UTC) + timedelta(minutes=1)
        return {"start": self.since.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "end": end.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}


def number(project: str | None) -> int | None:
    return None if project is None else list(PROJECTS).index(project) + 1


def walk(roots: list[Row]) -> Iterator[Row]:
    """All spans of a trace, parents before children."""
    for root in roots:
        if root.get("event_type", "span") == "span":
            yield root
        yield from walk(root.get("children", []))
