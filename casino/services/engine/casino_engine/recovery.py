"""Finds rounds that nobody goes on with, after a crash or because the player left, and ends them; reveals seeds that are done."""

from __future__ import annotations

import asyncio
import logging
import uuid

import sentry_sdk
from casino_telemetry import caller
from casino_telemetry.database import Row
from casino_telemetry.errors import ApiError

from casino_engine.cards import Cards, second_stake
from casino_engine.payments import Order
from casino_engine.rounds import NOW, Rounds

log = logging.getLogger("casino.recovery")
EVERY = 10.0
BATCH = 20
# A stake may take 30 s; what is older than a minute has nobody working on it.
STUCK = "SELECT * FROM rounds WHERE state IN ('staking', 'doubling') AND updated_at < now() - interval '1 minute' ORDER BY updated_at LIMIT $1"
LEFT = "SELECT * FROM rounds WHERE state = 'playing' AND updated_at < now() - interval '15 minutes' ORDER BY updated_at LIMIT $1"


class Recovery:
    """Looks every ten seconds."""

    def __init__(self, rounds: Rounds, cards: Cards) -> None:
        self._rounds = rounds
        self._cards = cards

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                await self.once()
            except ApiError as error:
                log.warning("recovery waits for the database", extra={"error": str(error)})
            except Exception as error:
                log.exception("recovery failed")
                sentry_sdk.capture_exception(error)
            await asyncio.sleep(EVERY)

    async def once(self) -> int:
        """How many rounds were ended."""
        database = self._rounds.database
        stuck = await database.rows(STUCK, BATCH)
        left = await database.rows(LEFT, BATCH)
        for row in [*stuck, *left]:
            with sentry_sdk.isolation_scope(), sentry_sdk.start_transaction(op="task", name="round recovery", source="task"):
                caller.enter(
                    caller.Caller(player=row["player"], market=row["market"], currency=row["currency"], pays=row["pays"])
                )
                caller.tag(game=row["game"], provider="acme-games")
                await self._end(row)
        await self._rounds.seeds.reveal()
        return len(stuck) + len(left)

    async def _end(self, row: Row) -> None:
        log.warning("round recovered", extra={"round_id": str(row["round_id"]), "game": row["game"], "state": row["state"]})
        if row["state"] == "staking":
            await self._roll_back(row)
        elif row["state"] == "doubling":
            round_, hand = await self._cards.restore(row)
            await self._cards.undouble(round_, second_stake(round_, hand.stake))
        else:
            await self._cards.finish(row)

    async def _roll_back(self, row: Row) -> None:
        order = Order(
            uuid.uuid5(row["round_id"], "stake"),
            row["round_id"],
            row["player"],
            row["market"],
            row["currency"],
            row["stake"],
            row["game"],
        )
        async with self._rounds.database.transaction() as connection:
            mine = await connection.run(
                "UPDATE rounds SET state = 'rolled_back', updated_at = now() WHERE round_id = $1 AND state = 'staking'",
                row["round_id"],
            )
            if mine:
                await self._rounds.owed.note(connection, "rollback", order, NOW)
