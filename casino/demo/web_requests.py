"""Small HTTP requests to our own processes on loopback, each with a time limit and a cap on the answer."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

ANSWER_BYTES_MAX = 32 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """What a server said, whatever its status."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        return json.loads(self.body)


def ask(url: str, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None, seconds: float = 10) -> Answer:
    """One request; `body` is sent as JSON. Raises OSError when there is no answer."""
    data = None if body is None else json.dumps(body).encode()
    sent = {"content-type": "application/json"} if data is not None else {}
    return send(url, method, data, sent | (headers or {}), seconds)


def send(url: str, method: str, data: bytes | None, headers: dict[str, str], seconds: float) -> Answer:
    """One request with exactly these bytes, which somebody may have signed."""
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with OPENER.open(request, timeout=seconds) as response:
            return answer_of(response.status, response)
    except urllib.error.HTTPError as error:
        with error:
            return answer_of(error.code, error)


def answer_of(status: int, response: Any) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(status, response.read(ANSWER_BYTES_MAX), headers)


def is_healthy(url: str) -> bool:
    return ask(url, seconds=2).status == 200


# Without the proxies that the environment may name: they know nothing of loopback.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
