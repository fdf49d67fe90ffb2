"""What is reported: logs as one line with their trace, the sampler's decisions, callers from headers, errors that are answers."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace

import pytest
from tornado.httputil import HTTPHeaders

from casino_telemetry import caller, sdk, settings
from casino_telemetry.errors import ApiError
from casino_telemetry.logs import JsonLines
from casino_telemetry.web import pattern


def test_a_log_line_is_one_json_object() -> None:
    record = logging.makeLogRecord(
        {"name": "x", "msg": "round %s\nsettled", "args": ("7",), "levelname": "INFO", "bet": 100, "odd": {1}}
    )
    line = JsonLines("engine").format(record)
    assert "\n" not in line
    found = json.loads(line)
    assert {"time", "level", "service", "message", "trace_id", "span_id", "bet", "odd"} == set(found)
    assert (found["level"], found["service"], found["message"], found["bet"]) == ("info", "engine", "round 7\nsettled", 100)
    assert found["time"].endswith("Z")


@pytest.mark.parametrize(
    ("path", "upgrade", "parent", "kept"),
    [
        ("/slot/spin", "", None, 0.05),
        ("/slot/spin", "", True, True),
        ("/slot/spin", "", False, False),
        ("/health", "", True, 0.0),
        ("/ws", "websocket", None, 0.0),
    ],
)
def test_sampling(path: str, upgrade: str, parent: bool | None, kept: float) -> None:
    request = SimpleNamespace(path=path, headers={"Upgrade": upgrade})
    assert sdk.sampler(0.05)({"tornado_request": request, "parent_sampled": parent}) == kept
    assert sdk.sampler(0.05)({"parent_sampled": None}) == 0.05


def test_the_caller_of_headers() -> None:
    headers = HTTPHeaders({"X-Casino-Player": "p-1", "X-Casino-Market": "se", "X-Casino-Fault": "a=b"})
    found = caller.from_headers(headers)
    assert (found.player, found.market, found.currency, found.pays, found.fault) == ("p-1", "se", "SEK", "wallet", "a=b")
    assert caller.from_headers({"x-casino-market": "mars"}).market == ""
    assert caller.from_headers({"x-casino-name": "Zo\u00eb", "x-casino-fault": "a=b\r\nx: y"}) == caller.Caller()
    assert found.headers() == {
        "x-casino-player": "p-1", "x-casino-market": "se", "x-casino-currency": "SEK", "x-casino-pays": "wallet", "x-casino-fault": "a=b",
    }  # fmt: skip


def test_settings_that_are_empty_count_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASINO_LISTEN", "127.0.0.1:9")
    monkeypatch.setenv("CASINO_BUS", "")
    monkeypatch.setenv("SENTRY_PROFILES_SAMPLE_RATE", "many")
    found = settings.read("engine", 4203)
    assert (found.host, found.port, found.bus) == ("127.0.0.1", 9, "kafka://127.0.0.1:4292")
    assert sdk.profiler("transaction") == {}
    monkeypatch.setenv("SENTRY_PROFILES_SAMPLE_RATE", "0.5")
    assert sdk.profiler("transaction") == {"profiles_sample_rate": 0.5}
    assert sdk.profiler("continuous") == {"profile_session_sample_rate": 0.5, "profile_lifecycle": "trace"}
    monkeypatch.setenv("SENTRY_DSN", "")
    assert sdk.start(found, "transaction") is False


def test_errors_and_routes() -> None:
    assert ApiError(402, "payment_failed", "no", "declined").body() == {
        "error": {"code": "payment_failed", "message": "no", "reason": "declined"}
    }
    assert pattern("/rounds/{round_id}") == "/rounds/(?P<round_id>[^/]{1,80})"
