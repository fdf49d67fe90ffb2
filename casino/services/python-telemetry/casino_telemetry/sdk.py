"""Starts the Sentry SDK, when there is a DSN, and reports numbers the way all services do."""

from __future__ import annotations

import logging
import os
import warnings
from typing import Any, Literal

import sentry_sdk
from sentry_sdk.integrations.asyncpg import AsyncPGIntegration
from sentry_sdk.integrations.logging import LoggingIntegration

from casino_telemetry.settings import Settings, number_of

Profiling = Literal["transaction", "continuous"]
MONEY = "minor"


def start(settings: Settings, profiling: Profiling) -> bool:
    """Whether an SDK was started. Without a DSN nothing of it runs, so that its cost can be measured."""
    if not os.environ.get("SENTRY_DSN"):
        return False
    # The SDK would rather have span data, which is sent as well; measurements are what older screens read.
    warnings.filterwarnings("ignore", message=r"`set_measurement\(\)` is deprecated")
    sentry_sdk.init(
        release=settings.release,
        traces_sampler=sampler(number_of("SENTRY_TRACES_SAMPLE_RATE", 1.0)),
        enable_logs=True,
        integrations=[LoggingIntegration(level=logging.INFO, event_level=None, sentry_logs_level=logging.INFO)],
        # `casino_telemetry.database` opens the spans of SQL, with the statement as it is written there.
        disabled_integrations=[AsyncPGIntegration],
        # Installed, the packages stand beside libraries, which the SDK would take them for.
        in_app_include=["casino_engine", "casino_analytics", "casino_telemetry"],
        max_request_body_size="small",
        shutdown_timeout=1,
        **profiler(profiling),
    )
    scope = sentry_sdk.get_global_scope()
    scope.set_tag("service", settings.service)
    scope.set_attribute("service", settings.service)
    return True


def profiler(kind: Profiling) -> dict[str, Any]:
    """Options of the one or the other profiler for the share of `SENTRY_PROFILES_SAMPLE_RATE`."""
    share = number_of("SENTRY_PROFILES_SAMPLE_RATE", 0.0)
    if share <= 0:
        return {}
    if kind == "continuous":
        return {"profile_session_sample_rate": share, "profile_lifecycle": "trace"}
    return {"profiles_sample_rate": share}


def sampler(share: float) -> Any:  # noqa: ANN401 -- the SDK's type for it is private
    """The share of traces to keep. What another service decided holds; health checks and open sockets are no work."""

    def decide(context: dict[str, Any]) -> float | bool:
        request = context.get("tornado_request")
        if request is not None and (request.path == "/health" or request.headers.get("Upgrade", "").lower() == "websocket"):
            return 0.0
        inherited = context.get("parent_sampled")
        return share if inherited is None else inherited

    return decide


def measure(unit: str = MONEY, **numbers: float) -> None:
    """Puts numbers on the transaction as measurements and, as data, on it and on the span at hand."""
    scope = sentry_sdk.get_current_scope()
    transaction, span = scope.transaction, scope.span
    for name, value in numbers.items():
        if transaction is not None:
            transaction.set_measurement(name, value, unit)
            transaction.set_data(name, value)
        if span is not None and span is not transaction:
            span.set_data(name, value)


def open_session() -> None:
    """Counts a request as a session, as the SDK does by itself for WSGI and ASGI but not for Tornado. An error that is
    reported meanwhile makes it an errored one, one that nobody handled a crashed one."""
    sentry_sdk.get_isolation_scope().start_session(session_mode="request")


def close_session() -> None:
    """The request is answered."""
    sentry_sdk.get_isolation_scope().end_session()


def stop() -> None:
    """Sends what waits, within the time a service has to end."""
    sentry_sdk.flush(timeout=1.5)
