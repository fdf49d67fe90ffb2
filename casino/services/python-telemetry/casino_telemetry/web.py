"""What all HTTP handlers do alike: routes that name transactions, errors in the contract's shape, tags, health, and a clean end."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import signal
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, ClassVar

import sentry_sdk
from sentry_sdk.tracing import Transaction
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from casino_telemetry import caller, sdk
from casino_telemetry.errors import ApiError, bad_request
from casino_telemetry.settings import Settings

log = logging.getLogger("casino.web")
MAX_BODY = 64 * 1024


class Handler(RequestHandler):
    """One route, e.g. `/rounds/{round_id}`."""

    route: ClassVar[str] = ""
    busy: ClassVar[set[Handler]] = set()
    """Requests that are not answered yet."""

    def initialize(self, **parts: Any) -> None:  # noqa: ANN401 -- what an application is made of
        """Keeps the parts of the service the handlers work with."""
        for name, part in parts.items():
            setattr(self, name, part)

    def prepare(self) -> None:
        """Names the transaction by its route and tells who it is for."""
        Handler.busy.add(self)
        if self.route != Health.route:
            sdk.open_session()
        name_transaction(f"{self.request.method} {self.route}")
        caller.enter(caller.from_headers(self.request.headers))

    def body(self) -> dict[str, Any]:
        """The JSON object that was sent; none at all counts as an empty one."""
        try:
            body = json.loads(self.request.body or b"{}")
        except ValueError:
            raise bad_request("the body is no JSON") from None
        if not isinstance(body, dict):
            raise bad_request("the body is no JSON object")
        return body

    def answer(self, body: dict[str, Any], status: int = 200) -> None:
        """Ends the request with JSON."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(body))

    def write_error(self, status_code: int, **details: Any) -> None:  # noqa: ANN401 -- Tornado's signature
        """Every error has the contract's shape."""
        error = (details.get("exc_info") or (None, None, None))[1]
        if not isinstance(error, ApiError):
            code = {404: "not_found", 405: "method_not_allowed"}.get(status_code, "internal")
            error = ApiError(status_code, code, self._reason)
        self.answer(error.body(), status_code)

    def log_exception(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Expected errors are a line; the SDK, which wraps this method, reports the others."""
        if isinstance(error, ApiError):
            level = logging.WARNING if error.status_code >= 500 else logging.INFO
            log.log(
                level,
                "refused",
                extra={"route": self.route, "status": error.status_code, "code": error.code, "reason": error.message},
            )
        else:
            super().log_exception(kind, error, trace)

    def on_connection_close(self) -> None:
        """Whoever asked is gone; the work goes on, but nobody waits for it."""
        Handler.busy.discard(self)

    def on_finish(self) -> None:
        """Tells the span how it ended; the SDK's Tornado integration does not."""
        Handler.busy.discard(self)
        sdk.close_session()
        transaction = sentry_sdk.get_current_scope().transaction
        if isinstance(transaction, Transaction):
            transaction.set_http_status(self.get_status())


def name_transaction(name: str) -> None:
    """For all events of the scope at hand. The SDK's Tornado integration would call them by the handler's method."""
    sentry_sdk.get_current_scope().set_transaction_name(name, source="route")

    def rename(event: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any]:
        event["transaction"] = name
        event["transaction_info"] = {"source": "route"}
        return event

    sentry_sdk.get_isolation_scope().add_event_processor(rename)


class Health(Handler):
    """Whether the service can work."""

    route = "/health"
    settings_: Settings
    ready: Callable[[], bool]

    def get(self) -> None:
        """503 until everything it needs was reached once."""
        if not self.ready():
            raise ApiError(503, "starting", "the service is not ready yet")
        self.answer({"status": "ok", "service": self.settings_.service, "release": self.settings_.release})


class NotFound(Handler):
    """Every other address."""

    route = "/{other}"

    def prepare(self) -> None:
        """Before any method is looked for."""
        super().prepare()
        raise ApiError(404, "not_found", "there is nothing at this address")


def application(handlers: list[type[RequestHandler]], settings: Settings, **parts: Any) -> Application:  # noqa: ANN401
    """`{name}` in a route is one argument of the handler's methods."""
    routes = [(pattern(handler.route), handler, parts) for handler in handlers]
    health = (r"/health", Health, {"settings_": settings, "ready": parts["ready"]})
    return Application(
        [*routes, health], default_handler_class=NotFound, default_handler_args={},
        log_function=lambda _handler: None, websocket_max_message_size=16 * 1024,
    )  # fmt: skip


def pattern(route: str) -> str:
    """The regular expression of a route."""
    return re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]{1,80})", route)


async def serve(
    app: Application, settings: Settings, start: Callable[[], Awaitable[None]], stop: Callable[[], Awaitable[None]]
) -> None:
    """Listens until SIGTERM or SIGINT, then ends within five seconds with everything sent."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    server = HTTPServer(app, max_body_size=MAX_BODY, max_header_size=32 * 1024, idle_connection_timeout=60)
    server.listen(settings.port, settings.host)
    log.info("listening", extra={"port": settings.port, "release": settings.release})
    starting = asyncio.create_task(start())
    starting.add_done_callback(lambda task: _failed(task, over))
    await over.wait()
    server.stop()
    starting.cancel()
    for step in (answered(), server.close_all_connections(), stop()):
        try:
            await asyncio.wait_for(step, 1.0)
        except Exception as error:
            log.warning("stopping was not clean", extra={"error": repr(error)})
    await asyncio.to_thread(sdk.stop)
    log.info("stopped")


async def answered() -> None:
    """Returns when all requests are."""
    while Handler.busy:
        await asyncio.sleep(0.02)


def _failed(task: asyncio.Task[None], over: asyncio.Event) -> None:
    """A service that cannot start ends, so that whoever started it sees that."""
    if not task.cancelled() and task.exception() is not None:
        log.critical("cannot start", exc_info=task.exception())
        sentry_sdk.capture_exception(task.exception())
        over.set()
