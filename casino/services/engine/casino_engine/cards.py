"""The road of a blackjack hand, which waits for its player between steps and survives a restart in the meantime."""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import Any
from weakref import WeakValueDictionary

import sentry_sdk
from casino_telemetry import caller
from casino_telemetry.database import Row
from casino_telemetry.errors import ApiError

from casino_engine import blackjack
from casino_engine.blackjack import Hand
from casino_engine.fair import Stream, commitment
from casino_engine.payments import Order, StakeFailed
from casino_engine.rounds import NOW, Drawn, Replayed, Round, Rounds

log = logging.getLogger("casino.blackjack")
GAME = "blackjack"


class Cards:
    """Deals and plays hands."""

    def __init__(self, rounds: Rounds) -> None:
        self._rounds = rounds
        self._busy: WeakValueDictionary[uuid.UUID, asyncio.Lock] = WeakValueDictionary()

    async def deal(self, stake: int, request: str) -> dict[str, Any]:
        """A new hand."""
        rounds = self._rounds
        try:
            round_ = await rounds.begin(GAME, blackjack.VERSION, stake, request)
        except Replayed as replayed:
            return replayed.answer
        await rounds.take_stake(round_)
        try:
            with sentry_sdk.start_span(op="game.draw", name="blackjack.deal"):
                hand = Hand.deal(await rounds.stream(round_), stake)
            if hand.done:
                return await rounds.settle(round_, drawn(hand))
            return await self._keep(round_, hand, "staking")
        except BaseException:
            await rounds.give_back(round_)
            raise

    async def act(self, round_id: uuid.UUID, action: str) -> dict[str, Any]:
        """`hit`, `stand` or `double`; one at a time for each hand."""
        lock = self._busy.get(round_id)
        if lock is None:
            lock = self._busy[round_id] = asyncio.Lock()
        async with lock:
            row = await self._row(round_id)
            if row["state"] == "settled":
                return row["answer"]
            if row["state"] != "playing":
                raise ApiError(409, "round_in_progress", "this hand is not waiting for its player")
            caller.tag(game=GAME, provider="acme-games")
            round_, hand = await self.restore(row)
            if action == "double":
                return await self._double(round_, hand)
            with sentry_sdk.start_span(op="game.draw", name=f"blackjack.{action}"):
                numbers = await self._numbers(round_, hand)
                hand.hit(numbers) if action == "hit" else hand.finish(numbers)
            if hand.done:
                return await self._rounds.settle(round_, drawn(hand), "playing")
            return await self._keep(round_, hand, "playing")

    async def _row(self, round_id: uuid.UUID) -> Row:
        row = await self._rounds.database.row("SELECT * FROM rounds WHERE round_id = $1 AND game = $2", round_id, GAME)
        if row is None or row["player"] != caller.current().player:
            raise ApiError(404, "no_round", "there is no such hand")
        return row

    async def restore(self, row: Row) -> tuple[Round, Hand]:
        """A hand as it was."""
        who = caller.current()
        if who.player != row["player"]:
            who = caller.Caller(player=row["player"], market=row["market"], currency=row["currency"], pays=row["pays"])
            caller.enter(who)
        secret = await self._rounds.seeds.secret_of(row["seed_id"])
        hand = Hand.kept(row["record"])
        round_ = Round(
            row["round_id"], GAME, row["version"], hand.stake, who, row["seed_id"], commitment(secret), row["nonce"], row["stretch"], secret,
            balance=(row["answer"] or {}).get("balance_minor"), step=row["step"],
        )  # fmt: skip
        return round_, hand

    async def _numbers(self, round_: Round, hand: Hand) -> Stream:
        """The same numbers as before a restart: those of cards on the table are passed over."""
        numbers = await self._rounds.stream(round_)
        for _ in range(hand.drawn):
            blackjack.draw(numbers)
        return numbers

    async def _keep(self, round_: Round, hand: Hand, state: str) -> dict[str, Any]:
        answer = {
            "round_id": str(round_.id), **shown(hand), "stake_minor": hand.stake, "payout_minor": 0, "balance_minor": round_.balance,
            "fair": round_.fair(),
        }  # fmt: skip
        mine = await self._rounds.database.run(
            """UPDATE rounds SET state = 'playing', record = $2, answer = $3, step = step + 1, updated_at = now()
               WHERE round_id = $1 AND state = $4 AND step = $5""",
            round_.id, hand.keep(), answer, state, round_.step,
        )  # fmt: skip
        if not mine:
            raise ApiError(409, "round_rolled_back", "this round took too long and its stake went back")
        return answer

    async def _double(self, round_: Round, hand: Hand) -> dict[str, Any]:
        if not hand.can_double:
            raise ApiError(409, "cannot_double", "only the first two cards can be doubled")
        mine = await self._rounds.database.run(
            "UPDATE rounds SET state = 'doubling', step = step + 1, updated_at = now() WHERE round_id = $1 AND state = 'playing' AND step = $2",
            round_.id, round_.step,
        )  # fmt: skip
        if not mine:
            raise ApiError(409, "round_in_progress", "this hand is not waiting for its player")
        round_.step += 1
        order = second_stake(round_, hand.stake)
        try:
            round_.balance = await self._rounds.payments.stake(order, round_.who.pays)
        except StakeFailed as failed:
            await self.undouble(round_, None if failed.known else order)
            raise failed.answer from failed
        except BaseException:
            await self.undouble(round_, order)
            raise
        try:
            with sentry_sdk.start_span(op="game.draw", name="blackjack.double"):
                hand.double(await self._numbers(round_, hand))
            round_.stake = hand.stake
            return await self._rounds.settle(round_, drawn(hand), "doubling")
        except BaseException:
            await self.undouble(round_, order)
            raise

    async def undouble(self, round_: Round, order: Order | None) -> None:
        """Back to where the player decides; a second stake that may have been taken goes back."""
        rounds = self._rounds
        try:
            async with rounds.database.transaction() as connection:
                mine = await connection.run(
                    """UPDATE rounds SET state = 'playing', step = step + 1, updated_at = now()
                       WHERE round_id = $1 AND state = 'doubling' AND step = $2""",
                    round_.id, round_.step,
                )  # fmt: skip
                if mine and order is not None:
                    await rounds.owed.note(connection, "rollback", order, NOW)
        except ApiError as error:
            # `recovery` finds the hand still `doubling`.
            log.warning("rolled back later", extra={"round_id": str(round_.id), "error": str(error)})
            return
        if mine and order is not None:
            await rounds.owed.pay_now("rollback", order)

    async def finish(self, row: Row) -> None:
        """Stands for a player who went away."""
        round_, hand = await self.restore(row)
        hand.finish(await self._numbers(round_, hand))
        await self._rounds.settle(round_, drawn(hand), "playing")


def second_stake(round_: Round, amount: int) -> Order:
    """Each try of doubling has its own request, because a rolled-back one stays blocked."""
    return round_.order(f"double-{round_.step}", amount)


def drawn(hand: Hand) -> Drawn:
    """A finished hand."""
    return Drawn(hand.won, hand.keep(), shown(hand))


def shown(hand: Hand) -> dict[str, Any]:
    """What the page shows."""
    total, _ = blackjack.count(Hand.values(hand.player))
    return {**hand.view(), "player_total": total, "can_double": hand.can_double}
