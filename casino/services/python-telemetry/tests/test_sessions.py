"""Requests count as sessions: answered, with an error that somebody handled, or with one that nobody did."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from tornado.testing import AsyncHTTPTestCase
from tornado.web import Application

from casino_telemetry import settings, web


class Kept(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.envelopes: list[Envelope] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)

    def sessions(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for item in (item for envelope in self.envelopes for item in envelope.items if item.type == "sessions"):
            for row in json.loads(item.get_bytes())["aggregates"]:
                for name in ("exited", "errored", "crashed"):
                    found[name] = found.get(name, 0) + row.get(name, 0)
        return found


class Works(web.Handler):
    """Answers."""

    route = "/works"

    def get(self) -> None:
        self.answer({})


class Handled(web.Handler):
    """Reports, and answers all the same."""

    route = "/handled"

    def get(self) -> None:
        sentry_sdk.capture_exception(ValueError("odd"))
        self.answer({})


class Breaks(web.Handler):
    """Does not answer."""

    route = "/breaks"

    def get(self) -> None:
        raise ValueError("broken")


@pytest.fixture
def kept() -> Iterator[Kept]:
    transport = Kept()
    sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", release="engine@1", transport=transport)
    yield transport
    sentry_sdk.init()


def test_requests_are_sessions(kept: Kept) -> None:
    class Asking(AsyncHTTPTestCase):
        def get_app(self) -> Application:
            ready: dict[str, Any] = {"ready": lambda: True}
            return web.application([Works, Handled, Breaks], settings.read("engine", 0), **ready)

        def runTest(self) -> None:
            for path, status in (("/works", 200), ("/works", 200), ("/handled", 200), ("/breaks", 500), ("/health", 200)):
                assert self.fetch(path).code == status, path

    result = Asking().run()
    assert result is not None and result.wasSuccessful(), result
    sentry_sdk.flush(2)
    assert kept.sessions() == {"exited": 2, "errored": 1, "crashed": 1}
