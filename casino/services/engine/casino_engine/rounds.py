"""The road of a round: noted, staked, drawn, settled, paid. Whatever dies on the way, the stake is played or goes back.

A round is noted before payment is asked, and what a settled round owes is noted in the same transaction that settles it. So a crash
leaves either a round that is still `staking`, which `recovery` rolls back, or something owed, which `owed` pays.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sentry_sdk
from casino_telemetry import caller
from casino_telemetry.database import Database
from casino_telemetry.errors import ApiError, unavailable
from casino_telemetry.flags import Flags

from casino_engine.fair import BLOCKING_ROUNDS, ROUNDS, Numbers, Source, Stream
from casino_engine.owed import Owed
from casino_engine.payments import Order, Payments, StakeFailed
from casino_engine.reports import Reports
from casino_engine.seeds import Seeds

log = logging.getLogger("casino.rounds")
NAMES = uuid.UUID("6b0d7e2c-0f5b-5a55-9c0e-7a1d3a0f4203")
NOW = timedelta(0)


@dataclass(frozen=True)
class Drawn:
    """What a draw gave: the payout, what the record keeps, what the player is shown."""

    payout: int
    record: dict[str, Any]
    shown: dict[str, Any]


@dataclass
class Round:
    """A round that is being played."""

    id: uuid.UUID
    game: str
    version: str
    stake: int
    who: caller.Caller
    seed_id: uuid.UUID
    seed_hash: str
    nonce: int
    stretch: int
    secret: bytes = field(repr=False)
    balance: int | None = None
    step: int = 0
    record: dict[str, Any] = field(default_factory=dict)

    def order(self, kind: str, amount: int) -> Order:
        """The same kind of the same round always has the same `request_uuid`."""
        request = uuid.uuid5(self.id, kind)
        return Order(request, self.id, self.who.player, self.who.market, self.who.currency, amount, self.game)

    def fair(self) -> dict[str, Any]:
        """What the player needs to check the draw later."""
        return {"seed_hash": self.seed_hash, "seed_id": str(self.seed_id), "nonce": self.nonce}


class Replayed(Exception):
    """The round was asked for before; this is its answer."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__("replayed")
        self.answer = answer


class Rounds:
    """All games go through here."""

    def __init__(
        self, database: Database, seeds: Seeds, source: Source, payments: Payments, owed: Owed, reports: Reports, flags: Flags
    ) -> None:
        self.database = database
        self.seeds = seeds
        self.source = source
        self.payments = payments
        self.owed = owed
        self.reports = reports
        self.flags = flags

    async def play(self, game: str, version: str, stake: int, request: str, draw: Callable[[Numbers], Drawn]) -> dict[str, Any]:
        """A round that is over with one draw."""
        try:
            round_ = await self.begin(game, version, stake, request)
        except Replayed as replayed:
            return replayed.answer
        await self.take_stake(round_)
        try:
            with sentry_sdk.start_span(op="game.draw", name=f"{game}.draw") as span:
                numbers = await self.stream(round_)
                drawn = draw(numbers)
                span.set_data("bet", stake)
                span.set_data("payout", drawn.payout)
                span.set_data("game.version", version)
            return await self.settle(round_, drawn)
        except BaseException:
            await self.give_back(round_)
            raise

    async def begin(self, game: str, version: str, stake: int, request: str) -> Round:
        """Notes the round; `Replayed` when it was asked for before."""
        who = caller.current()
        if not who.player:
            raise ApiError(401, "no_player", "a player is needed")
        if not who.currency:
            raise ApiError(400, "no_currency", "a currency is needed")
        if self.owed.full:
            raise unavailable("payment", "too many payouts wait for payment")
        caller.tag(game=game, provider="acme-games")
        round_id = uuid.uuid5(NAMES, f"{who.player}/{game}/{request}")
        seed, nonce = await self.seeds.take()
        stretch = BLOCKING_ROUNDS if self.flags.value("rngBlocking", False) else ROUNDS
        noted = await self.database.run(
            """INSERT INTO rounds (round_id, player, market, currency, pays, game, version, seed_id, nonce, stretch, state, stake)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'staking', $11) ON CONFLICT (round_id) DO NOTHING""",
            round_id, who.player, who.market, who.currency, who.pays, game, version, seed.id, nonce, stretch, stake,
        )  # fmt: skip
        if not noted:
            raise Replayed(await self._answered(round_id))
        return Round(round_id, game, version, stake, who, seed.id, seed.hash, nonce, stretch, seed.secret)

    async def _answered(self, round_id: uuid.UUID) -> dict[str, Any]:
        """The first answer, which may be an error."""
        row = await self.database.row("SELECT state, answer FROM rounds WHERE round_id = $1", round_id)
        state, answer = (row["state"], row["answer"]) if row else ("staking", None)
        if state in ("settled", "playing") and answer:
            return answer
        if state == "refused" and answer:
            raise ApiError(answer["status"], answer["code"], answer["message"], answer.get("reason"))
        if state == "rolled_back":
            raise ApiError(409, "round_rolled_back", "this round did not happen and its stake went back")
        raise ApiError(409, "round_in_progress", "this round is being played")

    async def take_stake(self, round_: Round) -> None:
        """Or ends the round with payment's answer."""
        try:
            round_.balance = await self.payments.stake(round_.order("stake", round_.stake), round_.who.pays)
        except StakeFailed as failed:
            if not failed.known:
                await self.give_back(round_)
            elif failed.answer.status_code < 500:
                await self._refuse(round_, failed.answer)
            else:
                await self._forget(round_)
            raise failed.answer from failed
        except BaseException:
            # The request was cancelled: nobody knows whether it was taken.
            await self.give_back(round_)
            raise

    async def _forget(self, round_: Round) -> None:
        """Payment never heard of it: the same request may be made again."""
        await self.database.run("DELETE FROM rounds WHERE round_id = $1 AND state = 'staking'", round_.id)

    async def _refuse(self, round_: Round, answer: ApiError) -> None:
        kept = {"status": answer.status_code, "code": answer.code, "message": answer.message, "reason": answer.why}
        await self.database.run(
            "UPDATE rounds SET state = 'refused', answer = $2, updated_at = now() WHERE round_id = $1 AND state = 'staking'",
            round_.id,
            kept,
        )

    async def give_back(self, round_: Round) -> None:
        """The stake goes back, now or later. Where even noting it fails, `recovery` finds the round still `staking`."""
        order = round_.order("stake", round_.stake)
        try:
            async with self.database.transaction() as connection:
                mine = await connection.run(
                    "UPDATE rounds SET state = 'rolled_back', updated_at = now() WHERE round_id = $1 AND state = 'staking'",
                    round_.id,
                )
                if mine:
                    await self.owed.note(connection, "rollback", order, NOW)
        except ApiError as error:
            log.warning("rolled back later", extra={"round_id": str(round_.id), "error": str(error)})
            return
        if mine:
            with sentry_sdk.start_span(op="game.rollback", name=f"{round_.game}.rollback"):
                await self.owed.pay_now("rollback", order)

    async def stream(self, round_: Round) -> Stream:
        """The numbers of a round, from the first."""
        return await self.source.stream(round_.secret, round_.nonce, round_.stretch)

    async def settle(self, round_: Round, drawn: Drawn, state: str = "staking") -> dict[str, Any]:
        """Makes it final, pays the win and tells of it."""
        order = round_.order("payout", drawn.payout)
        answer = {
            "round_id": str(round_.id), **drawn.shown, "stake_minor": round_.stake, "payout_minor": drawn.payout,
            "balance_minor": round_.balance, "fair": round_.fair(),
        }  # fmt: skip
        async with self.database.transaction() as connection:
            mine = await connection.run(
                """UPDATE rounds SET state = 'settled', stake = $2, payout = $3, record = $4, answer = $5, step = step + 1, updated_at = now()
                   WHERE round_id = $1 AND state = $6 AND step = $7""",
                round_.id, round_.stake, drawn.payout, drawn.record, answer, state, round_.step,
            )  # fmt: skip
            if not mine:
                raise ApiError(409, "round_rolled_back", "this round took too long and its stake went back")
            if drawn.payout:
                await self.owed.note(connection, "payout", order)
        if drawn.payout:
            answer |= await self._pay(round_, order)
        answer["rtp"] = self.reports.settled(round_.game, str(round_.id), round_.stake, drawn.payout, round_.who.currency)
        return answer

    async def _pay(self, round_: Round, order: Order) -> dict[str, Any]:
        """Nothing that fails here may fail the round: it is settled, and what it owes is noted."""
        try:
            paid, balance = await self.owed.pay_now("payout", order)
            if not paid:
                return {"payout_pending": True}
            if balance is None:
                return {}
            await self.database.run(
                "UPDATE rounds SET answer = jsonb_set(answer, '{balance_minor}', to_jsonb($2::bigint)) WHERE round_id = $1",
                round_.id,
                balance,
            )
        except ApiError as error:
            log.warning("the answer is not kept", extra={"round_id": str(round_.id), "error": str(error)})
            return {} if balance is None else {"balance_minor": balance}
        return {"balance_minor": balance}
