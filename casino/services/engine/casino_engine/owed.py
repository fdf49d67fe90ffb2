"""Payouts and rollbacks that payment has not confirmed: kept in PostgreSQL before they are tried, and tried until they are answered."""

from __future__ import annotations

import asyncio
import logging
import uuid
from datetime import timedelta
from typing import Any

import sentry_sdk
from casino_telemetry import caller
from casino_telemetry.calls import Unreachable
from casino_telemetry.database import Connection, Database, Row
from casino_telemetry.errors import ApiError

from casino_engine.payments import Order, Payments

log = logging.getLogger("casino.owed")
MOST = 1000
"""With that many waiting no new round begins: what is owed stays bounded."""
BATCH = 10
PARK_AFTER = 30
FIRST_TRY = timedelta(seconds=12)
"""Longer than the request itself may take to do it."""


class MoneyParked(Exception):
    """Something owed was refused again and again; a person has to look at it."""


class Owed:
    """The queue of what is owed."""

    def __init__(self, database: Database, payments: Payments) -> None:
        self._database = database
        self._payments = payments
        self.waiting = 0

    @property
    def full(self) -> bool:
        """Whether new rounds have to wait."""
        return self.waiting >= MOST

    async def note(self, connection: Connection, kind: str, order: Order, after: timedelta = FIRST_TRY) -> None:
        """Inside the transaction that makes it owed."""
        trace = {"sentry-trace": sentry_sdk.get_traceparent() or "", "baggage": sentry_sdk.get_baggage() or ""}
        await connection.run(
            """INSERT INTO owed (id, kind, round_id, body, trace, next_at) VALUES ($1, $2, $3, $4, $5, now() + $6)
               ON CONFLICT (id) DO NOTHING""",
            order.request_uuid, kind, order.round_id, order.body(), trace | caller.current().headers(), after,
        )  # fmt: skip
        self.waiting += 1

    async def pay_now(self, kind: str, order: Order) -> tuple[bool, int | None]:
        """Tries at once what was noted before; whether it is done, and the balance."""
        try:
            balance = await self._payments.pay(kind, order.body())
        except (Unreachable, ApiError) as error:
            log.warning("owed for later", extra={"kind": kind, "round_id": str(order.round_id), "error": str(error)})
            return False, None
        await self._done(order.request_uuid, kind, order.round_id)
        return True, balance

    async def _done(self, request: uuid.UUID, kind: str, round_id: uuid.UUID) -> None:
        """A failure here only means that payment is asked once more and gives its first answer."""
        try:
            await self._database.run("DELETE FROM owed WHERE id = $1", request)
            self.waiting = max(0, self.waiting - 1)
        except ApiError as error:
            log.warning("not struck off", extra={"kind": kind, "round_id": str(round_id), "error": str(error)})

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                await self._round()
            except ApiError as error:
                log.warning("owed waits for the database", extra={"error": str(error)})
            except Exception as error:
                log.exception("owed failed")
                sentry_sdk.capture_exception(error)
            await asyncio.sleep(1.0)

    async def _round(self) -> None:
        counted = await self._database.row("SELECT count(*) AS number FROM owed WHERE NOT parked")
        self.waiting = counted["number"] if counted else 0
        if not self.waiting:
            return
        # What is taken is put off before it is tried: a second engine, or this one after a crash, does not try it at the same time.
        rows = await self._database.rows(
            """UPDATE owed SET attempts = attempts + 1, next_at = now() + least(60, 10 + 2 ^ least(attempts, 6)) * interval '1 second'
               WHERE id IN (SELECT id FROM owed WHERE NOT parked AND next_at <= now() ORDER BY next_at LIMIT $1 FOR UPDATE SKIP LOCKED)
               RETURNING *""",
            BATCH,
        )
        for row in rows:
            await self._again(row)

    async def _again(self, row: Row) -> None:
        """One more try, as a part of the trace in which it became owed."""
        trace: dict[str, str] = row["trace"]
        with sentry_sdk.isolation_scope():
            transaction = sentry_sdk.continue_trace(trace, op="queue.task", name=f"owed {row['kind']}", source="task")
            with sentry_sdk.start_transaction(transaction):
                caller.enter(caller.from_headers(trace))
                body: dict[str, Any] = row["body"]
                caller.tag(game=body["game"], provider="acme-games")
                try:
                    await self._payments.pay(row["kind"], body)
                except (Unreachable, ApiError) as error:
                    transaction.set_status("unavailable")
                    await self._later(row, error)
                    return
                await self._done(row["id"], row["kind"], row["round_id"])
                log.info("paid later", extra={"kind": row["kind"], "round_id": str(row["round_id"]), "attempts": row["attempts"]})

    async def _later(self, row: Row, error: Exception) -> None:
        """Payment away: no limit. Payment refusing: after half an hour of it a person is asked, and it is kept."""
        refused = isinstance(error, ApiError) and error.status_code < 500
        parked = refused and row["attempts"] >= PARK_AFTER
        await self._database.run(
            "UPDATE owed SET last_error = $2, parked = $3 WHERE id = $1", row["id"], str(error)[:300], parked
        )
        if parked:
            sentry_sdk.capture_exception(MoneyParked(f"{row['kind']} of round {row['round_id']}: {error}"))
        log.warning(
            "owed still",
            extra={"kind": row["kind"], "round_id": str(row["round_id"]), "attempts": row["attempts"], "error": str(error)},
        )
