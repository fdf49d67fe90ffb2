"""Signals of fraud: too fast, one device for many accounts, money that goes in and out without play."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sentry_sdk import metrics

log = logging.getLogger("casino.fraud")
ROUNDS_A_MINUTE = 60
DEPOSITS = 5
DEPOSITS_SECONDS = 600
ACCOUNTS = 3
MAX_PLAYERS = 20_000
MAX_DEVICES = 20_000
MAX_SIGNALS = 200
PLAYED_SHARE = 0.1


@dataclass(slots=True)
class Player:
    """Little enough to keep of twenty thousand."""

    minute: int = 0
    rounds: int = 0
    deposits: int = 0
    deposits_since: float = 0.0
    deposited: int = 0
    staked: int = 0
    """Since the last withdrawal."""


class Fraud:
    """Bounded: the players and devices heard of longest ago are forgotten first."""

    def __init__(self) -> None:
        self._players: OrderedDict[str, Player] = OrderedDict()
        self._devices: OrderedDict[str, set[str]] = OrderedDict()
        self.signals: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self.changed: set[str] = set()

    def round(self, player: str, market: str, stake: int, device: str, now: float | None = None) -> None:
        """A round was played."""
        now = now or time.time()
        state = self._player(player)
        state.staked += stake
        minute = int(now // 60)
        if state.minute != minute:
            state.minute, state.rounds = minute, 0
        state.rounds += 1
        if state.rounds == ROUNDS_A_MINUTE + 1:
            self._signal("velocity", player, market, f"more than {ROUNDS_A_MINUTE} rounds in a minute")
        if device:
            self._device(device, player, market)

    def payment(self, kind: str, player: str, market: str, amount: int, now: float | None = None) -> None:
        """A payment ended, as its message's type says."""
        now = now or time.time()
        state = self._player(player)
        if kind == "deposit.captured":
            state.deposited += amount
            if now - state.deposits_since > DEPOSITS_SECONDS:
                state.deposits, state.deposits_since = 0, now
            state.deposits += 1
            if state.deposits == DEPOSITS + 1:
                self._signal("velocity", player, market, f"more than {DEPOSITS} deposits in ten minutes")
        elif kind == "withdrawal.settled":
            if state.deposited and state.staked < PLAYED_SHARE * state.deposited:
                self._signal("deposit_and_withdraw", player, market, f"{amount} out, {state.deposited} in, {state.staked} played")
            state.deposited = state.staked = 0

    def _player(self, player: str) -> Player:
        state = self._players.get(player)
        if state is None:
            state = self._players[player] = Player()
            if len(self._players) > MAX_PLAYERS:
                self._players.popitem(last=False)
        else:
            self._players.move_to_end(player)
        return state

    def _device(self, device: str, player: str, market: str) -> None:
        players = self._devices.setdefault(device, set())
        self._devices.move_to_end(device)
        if len(self._devices) > MAX_DEVICES:
            self._devices.popitem(last=False)
        if player in players or len(players) > 2 * ACCOUNTS:
            return
        players.add(player)
        if len(players) > ACCOUNTS:
            self._signal("shared_device", player, market, f"{len(players)} accounts on one device")

    def _signal(self, kind: str, player: str, market: str, detail: str) -> None:
        at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        key = f"{kind}:{player}"
        self.signals[key] = {"_id": key, "signal": kind, "player": player, "market": market, "detail": detail, "at": at}
        self.signals.move_to_end(key)
        self.changed.add(key)
        if len(self.signals) > MAX_SIGNALS:
            self.changed.discard(self.signals.popitem(last=False)[0])
        log.warning("fraud signal", extra={"signal": kind, "player": player, "market": market, "detail": detail})
        metrics.count("casino.fraud", 1, attributes={"signal": kind, "market": market})

    def keep(self) -> list[dict[str, Any]]:
        """Signals that are new, as documents."""
        return [self.signals[key] for key in sorted(self.changed) if key in self.signals]

    def restore(self, documents: list[dict[str, Any]]) -> None:
        """Signals from before, the oldest first."""
        for found in sorted(documents, key=lambda found: str(found.get("at", "")))[-MAX_SIGNALS:]:
            self.signals.setdefault(str(found["_id"]), found)
