"""The HTTP addresses of the games."""

from __future__ import annotations

import uuid
from typing import Any

import sentry_sdk
from casino_telemetry.errors import ApiError, bad_request
from casino_telemetry.flags import Flags
from casino_telemetry.web import Handler

from casino_engine import blackjack, roulette, slot
from casino_engine.cards import Cards
from casino_engine.fair import Numbers
from casino_engine.rounds import Drawn, Rounds

MOST = 1_000_000


class TableStateError(Exception):
    """The table lost its state (`exceptionEngine`)."""


class Game(Handler):
    """What all games work with."""

    rounds: Rounds
    cards: Cards
    flags: Flags

    def request_of(self, body: dict[str, Any]) -> str:
        """The `request_uuid`; without one every request is new."""
        return request_uuid(body)

    def stake_of(self, body: dict[str, Any]) -> int:
        """A stake within limits, in the player's currency."""
        stake = body.get("stake_minor")
        if type(stake) is not int or not 0 < stake <= MOST:
            raise bad_request(f"a stake is between 1 and {MOST}", "bad_stake")
        return stake


class SlotSpin(Game):
    """One spin."""

    route = "/slot/spin"

    async def post(self) -> None:
        """Stake, draw, payout."""
        body = self.body()
        stake = self.stake_of(body)
        if stake % slot.COINS:
            raise bad_request(f"a stake is {slot.COINS} coins, one for each line", "bad_stake")
        variant = str(self.flags.value("rtpRegression", "off"))
        pay, coin = slot.pay_table(variant), stake // slot.COINS

        def draw(numbers: Numbers) -> Drawn:
            return slot_drawn(slot.spin(numbers, pay), coin)

        self.answer(await self.rounds.play("slot", slot.version(variant), stake, self.request_of(body), draw))


def slot_drawn(spin: slot.Spin, coin: int) -> Drawn:
    """A spin in money."""
    lines = [{"line": win.line, "symbol": win.symbol, "pay_minor": win.coins * coin} for win in spin.wins]
    payout = spin.coins * coin
    record = {"stops": list(spin.stops), "win": payout}
    return Drawn(payout, record, {"stops": list(spin.stops), "window": list(spin.window), "lines": lines})


class RouletteSpin(Game):
    """One spin for one player."""

    route = "/roulette/spin"

    async def post(self) -> None:
        """Stake, draw, payout."""
        self.answer(await play_roulette(self.rounds, self.flags, self.body()))


async def play_roulette(rounds: Rounds, flags: Flags, body: dict[str, Any]) -> dict[str, Any]:
    """The same over HTTP and at a table."""
    bets = roulette.read(body.get("bets"), MOST)
    broken = bool(flags.value("exceptionEngine", False))

    def draw(numbers: Numbers) -> Drawn:
        with sentry_sdk.start_span(op="function", name="roulette.table_state"):
            if broken:
                # After the stake was taken: the round is rolled back.
                raise TableStateError("table roulette-1 has no state for this round")
        return roulette_drawn(roulette.spin(numbers), bets)

    stake = sum(bet.stake for bet in bets)
    return await rounds.play("roulette", roulette.VERSION, stake, request_uuid(body), draw)


def roulette_drawn(number: int, bets: list[roulette.Bet]) -> Drawn:
    """A number in money."""
    wins = [
        {"kind": bet.kind, "numbers": sorted(bet.numbers), "stake_minor": bet.stake, "payout_minor": bet.payout(number)}
        for bet in bets
        if bet.payout(number)
    ]
    payout = sum(bet.payout(number) for bet in bets)
    record = {"stops": [number], "win": payout}
    return Drawn(payout, record, {"number": number, "colour": roulette.colour(number), "wins": wins})


class BlackjackDeal(Game):
    """A new hand."""

    route = "/blackjack/deal"

    async def post(self) -> None:
        """Stake and four cards."""
        body = self.body()
        self.answer(await self.cards.deal(self.stake_of(body), self.request_of(body)))


class BlackjackAction(Game):
    """A step of a hand."""

    route = "/blackjack/{round_id}/{action}"

    async def post(self, round_id: str, action: str) -> None:
        """`hit`, `stand` or `double`."""
        if action not in ("hit", "stand", "double"):
            raise ApiError(404, "not_found", "a hand can hit, stand or double")
        self.answer(await self.cards.act(id_of(round_id), action))


class RoundRecord(Game):
    """What was drawn, and from what."""

    route = "/rounds/{round_id}"

    async def get(self, round_id: str) -> None:
        """With the server seed once it was revealed."""
        row = await self.rounds.database.row(
            """SELECT r.*, s.seed_hash, s.server_seed, s.revealed_at FROM rounds r JOIN seeds s USING (seed_id) WHERE r.round_id = $1""",
            id_of(round_id),
        )
        player = self.request.headers.get("x-casino-player", "")
        if row is None or (player and player != row["player"]):
            raise ApiError(404, "no_round", "there is no such round")
        fair = {"seed_hash": row["seed_hash"], "seed_id": str(row["seed_id"]), "nonce": row["nonce"], "stretch": row["stretch"]}
        if row["revealed_at"] is not None:
            fair["server_seed"] = bytes(row["server_seed"]).hex()
        self.answer(
            {
                "round_id": str(row["round_id"]), "game": row["game"], "version": row["version"], "state": row["state"],
                "stake_minor": row["stake"], "payout_minor": row["payout"], "currency": row["currency"],
                "record": public(row["game"], row["state"], row["record"]), "fair": fair,
                "at": row["created_at"].isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            }
        )  # fmt: skip


def public(game: str, state: str, record: dict[str, Any]) -> dict[str, Any]:
    """The dealer's hole card stays hidden while the hand is played."""
    if game == "blackjack" and state != "settled" and record:
        return blackjack.Hand.kept(record).view()
    return record


def request_uuid(body: dict[str, Any]) -> str:
    """What makes two requests the same one."""
    text = body.get("request_uuid")
    if text is None:
        return str(uuid.uuid4())
    if not isinstance(text, str):
        raise bad_request("request_uuid is no UUID")
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise bad_request("request_uuid is no UUID") from None


def id_of(text: str) -> uuid.UUID:
    """A round's id from an address."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise ApiError(404, "no_round", "there is no such round") from None
