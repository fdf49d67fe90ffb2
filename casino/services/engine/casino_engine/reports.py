"""What is told of a settled round: span data and measurements, metrics, a log line and the message on the bus."""

from __future__ import annotations

import logging
from typing import Any

from casino_telemetry import bus, caller, sdk
from casino_telemetry.flags import Flags
from sentry_sdk import metrics

from casino_engine.stats import Stats

log = logging.getLogger("casino.rounds")
TOPIC = "casino.rounds"


class Reports:
    """Tells everybody."""

    def __init__(self, publisher: bus.Publisher, stats: Stats, flags: Flags) -> None:
        self._publisher = publisher
        self._stats = stats
        self._flags = flags

    def settled(self, game: str, round_id: str, stake: int, payout: int, currency: str) -> float:
        """The game's running RTP with this round in it."""
        who = caller.current()
        rtp = self._stats.played(game, who.player, stake, payout)
        active = self._stats.active
        sdk.measure(bet=stake, payout=payout)
        sdk.measure(unit="ratio", rtp=rtp)
        sdk.measure(unit="none", active_sessions=active)
        about = {"game": game, "market": who.market, "currency": currency, "provider": "acme-games"}
        metrics.distribution("casino.bet", stake, unit=sdk.MONEY, attributes=about)
        metrics.distribution("casino.payout", payout, unit=sdk.MONEY, attributes=about)
        metrics.gauge("casino.rtp", rtp, unit="ratio", attributes={"game": game})
        metrics.gauge("casino.active_sessions", active, attributes={})
        line: dict[str, Any] = {
            "game": game, "round_id": round_id, "player": who.player, "market": who.market, "bet": stake, "payout": payout, "rtp": rtp,
        }  # fmt: skip
        for _ in range(max(1, int(self._flags.value("logFlood", 0)))):
            log.info("round settled", extra=line)
        fields: dict[str, Any] = {
            "round_id": round_id, "game": game, "stake_minor": stake, "payout_minor": payout, "currency": currency, "rtp": rtp,
        }  # fmt: skip
        if who.device:
            fields["device"] = who.device
        self._publisher.publish(TOPIC, who.player, bus.event("round", who.player, who.market, **fields))
        return rtp
