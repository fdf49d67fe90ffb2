"""The roulette table over WebSocket: bets in, results out to all, each message with the trace it belongs to."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections import deque
from typing import Any, ClassVar

import sentry_sdk
from casino_telemetry import caller, web
from casino_telemetry.errors import ApiError
from casino_telemetry.flags import Flags
from sentry_sdk import metrics
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from casino_engine.games import play_roulette
from casino_engine.rounds import Rounds
from casino_engine.stats import Stats

log = logging.getLogger("casino.table")
MOST = 500
PENDING = 4
"""Bets of one player that may be on their way at once."""
EVERY = 5.0
NAME = "WS /ws/tables/roulette bet"
FLOOD_EVERY = 0.1
FLOOD_EACH = 10


class Table:
    """All who sit at it."""

    def __init__(self, rounds: Rounds, flags: Flags, stats: Stats) -> None:
        self.rounds = rounds
        self.flags = flags
        self.stats = stats
        self.seats: set[Seat] = set()
        self.last: deque[int] = deque(maxlen=10)
        self._round = 0

    def news(self) -> dict[str, Any]:
        """What the table says between bets."""
        self._round += 1
        return {"type": "round", "round": self._round, "last": list(self.last), "players": len(self.seats)}

    async def run(self) -> None:
        """Tells the news until it is cancelled; faults are looked at for every seat."""
        ticks = int(EVERY / FLOOD_EVERY)
        tick = 0
        while True:
            await asyncio.sleep(FLOOD_EVERY)
            tick += 1
            # A stalled or flooded table is seen within a tick, news come every `EVERY` seconds.
            for seat in list(self.seats):
                seat.tick(tick % ticks == 0)
            if tick % ticks == 0:
                metrics.gauge("casino.table_seats", len(self.seats), attributes={"game": "roulette"})

    def tell(self, message: dict[str, Any], bettor: Seat) -> None:
        """A result to all; only who played sees the balance."""
        others = {name: value for name, value in message.items() if name not in ("balance_minor", "fair")}
        for seat in list(self.seats):
            seat.send(message if seat is bettor else others)


class Seat(WebSocketHandler):
    """One player's connection."""

    route: ClassVar[str] = "/ws/tables/roulette"
    table: Table

    def initialize(self, **parts: Any) -> None:  # noqa: ANN401 -- what an application is made of
        """Keeps the table."""
        self.table = parts["table"]
        self.who = caller.Caller()
        self._betting = 0

    def check_origin(self, origin: str) -> bool:
        """The gateway, the only one who can reach this, has checked the token."""
        return True

    async def prepare(self) -> None:
        """Refuses before the connection is made."""
        self.who = caller.from_headers(self.request.headers)
        if not self.who.player:
            self._refuse(401, "no_player", "a player is needed")
        elif len(self.table.seats) >= MOST:
            self._refuse(503, "table_full", "the table is full")

    def _refuse(self, status: int, code: str, message: str) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(ApiError(status, code, message).body()))

    def open(self, *_: str, **__: str) -> None:
        """Sits down."""
        self.table.seats.add(self)
        self.table.stats.seen(self.who.player)
        caller.enter(self.who)
        self.tick(True)
        log.info("sat down", extra={"player": self.who.player, "seats": len(self.table.seats)})

    def on_close(self) -> None:
        """Leaves; bets on their way are played all the same."""
        self.table.seats.discard(self)

    def tick(self, news: bool) -> None:
        """News, a hundred messages a second under `wsFlood`, none under `wsStall`."""
        caller.enter_quietly(self.who)
        if self.table.flags.value("wsStall", False):
            return
        if self.table.flags.value("wsFlood", False):
            for _ in range(FLOOD_EACH):
                self.send(self.table.news())
        elif news:
            self.send(self.table.news())

    async def on_message(self, message: str | bytes) -> None:
        """Bets are played beside each other, so that a slow provider does not stop the socket."""
        if self._betting >= PENDING:
            self.send({"type": "error", **ApiError(429, "too_many_bets", "wait for the last bets").body()})
            return
        self._betting += 1
        task = asyncio.create_task(self._bet(message))
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._betting -= 1
        if not task.cancelled() and task.exception() is not None:
            log.error("bet failed", exc_info=task.exception())

    async def _bet(self, text: str | bytes) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            message = None
        if not isinstance(message, dict) or message.get("type") != "bet":
            self.send({"type": "error", **ApiError(400, "bad_message", "a message is a bet").body()})
            return
        headers = {name: str(message[name]) for name in ("sentry-trace", "baggage") if message.get(name)}
        with sentry_sdk.isolation_scope():
            transaction = sentry_sdk.continue_trace(headers, op="websocket.server", name=NAME, source="route")
            with sentry_sdk.start_transaction(transaction):
                web.name_transaction(NAME)
                fault = str(message.get(caller.FAULT_HEADER) or self.who.fault)[:200]
                caller.enter(caller.with_fault(self.who, fault))
                caller.tag(game="roulette", provider="acme-games")
                await self._play(message, transaction)

    async def _play(self, message: dict[str, Any], transaction: Any) -> None:  # noqa: ANN401 -- sampled or not
        message.setdefault("request_uuid", str(uuid.uuid4()))
        request = message["request_uuid"]
        try:
            answer = await play_roulette(self.table.rounds, self.table.flags, message)
        except ApiError as error:
            transaction.set_http_status(error.status_code)
            self.send({"type": "error", "request_uuid": request, **error.body(), **trace()})
            return
        except Exception as error:
            transaction.set_status("internal_error")
            sentry_sdk.capture_exception(error)
            self.send({"type": "error", "request_uuid": request, **ApiError(500, "internal", "the bet failed").body(), **trace()})
            return
        transaction.set_status("ok")
        self.table.last.append(answer["number"])
        self.table.tell({"type": "result", "request_uuid": request, **answer, **trace()}, self)

    def send(self, message: dict[str, Any]) -> None:
        """Whoever is too slow to read loses the connection, not the memory of the engine."""
        if self.ws_connection is None:
            return
        try:
            if self.ws_connection.stream.writing() and len(self.ws_connection.stream._write_buffer) > 256 * 1024:
                self.close(1013, "too slow")
                return
            self.write_message(json.dumps(message)).add_done_callback(lambda future: future.exception())
        except WebSocketClosedError:
            self.table.seats.discard(self)


def trace() -> dict[str, str]:
    """The fields of a message that carry the trace."""
    found = {"sentry-trace": sentry_sdk.get_traceparent(), "baggage": sentry_sdk.get_baggage()}
    return {name: value for name, value in found.items() if value}
