"""Analytics as a service: its parts, its jobs, its two addresses."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from typing import Any

from casino_telemetry import logs, memory, sdk, settings, web
from casino_telemetry.errors import ApiError
from casino_telemetry.flags import Flags
from casino_telemetry.tasks import Tasks
from sentry_sdk import metrics
from tornado.web import Application

from casino_analytics import anomalies, crons
from casino_analytics.documents import connect
from casino_analytics.fraud import Fraud
from casino_analytics.intake import Intake
from casino_analytics.leak import Leak
from casino_analytics.live import Live, Totals, document

log = logging.getLogger("casino.analytics")
GAUGES_SECONDS = 10.0
SHOWN_SIGNALS = 50


class Summary(web.Handler):
    """Live numbers."""

    route = "/summary"
    analytics: Analytics

    def get(self) -> None:
        """From memory."""
        self.answer(self.analytics.summary())


class Analytics:
    """Everything analytics is made of."""

    def __init__(self, config: settings.Settings) -> None:
        self.config = config
        self.flags = Flags(config.flags, config.release)
        self.live = Live()
        self.fraud = Fraud()
        self.leak = Leak()
        self.documents = connect(settings.text_of("CASINO_DOCUMENTS", config.postgres))
        self.intake = Intake(config.bus, self.live, self.fraud, self.leak, self.documents, self.flags)
        # A drill may want settlement more often than the hour.
        every = min(60, max(1, int(settings.number_of("CASINO_SETTLEMENT_MINUTES", 60))))
        self.settlement = crons.Job("settlement", every, 2, self.settle, faulty=True)
        self.batch = crons.Job("anomaly-batch", 1, 1, self.look)
        self._settled: dict[tuple[str, str], Totals] = {}
        self._tasks = Tasks()
        self._restored = False

    def application(self) -> Application:
        """All addresses."""
        return web.application([Summary], self.config, ready=lambda: self._restored, analytics=self)

    async def start(self) -> None:
        """What was kept comes first, so that nothing is counted over it."""
        await self.documents.open()
        while not self._restored:
            try:
                self.live.restore(await self.documents.find("totals"))
                self.fraud.restore(await self.documents.find("fraud"))
                self._settled = Live.totals_of(await self.documents.find("settled"))
                self._restored = True
            except ApiError as error:
                log.warning("restored later", extra={"error": str(error)})
                await asyncio.sleep(1)
        jobs = (crons.run(self.settlement, self.flags), crons.run(self.batch, self.flags))
        for work in (self.intake.run(), memory.run(), self.gauges(), *jobs):
            self._tasks.spawn(work)
        log.info("ready", extra={"documents": self.documents.system})

    def _snapshot(self) -> dict[tuple[str, str], Totals]:
        return {key: Totals(**vars(totals)) for key, totals in self.live.totals.items()}

    def summary(self) -> dict[str, Any]:
        """As the contract has it, and by market and minute."""
        games = self.live.by(0)
        return {
            "games": [row("game", name, games[name]) for name in sorted(games)],
            "ggr_minor": sum(totals.ggr for totals in games.values()),
            "active_sessions": self.live.active,
            "fraud": [
                {name: value for name, value in signal.items() if name != "_id"}
                for signal in list(reversed(self.fraud.signals.values()))[:SHOWN_SIGNALS]
            ],
            "markets": [row("market", name, totals) for name, totals in sorted(self.live.by(1).items())],
            "minutes": [
                {"at": stamp(minute.start), "games": [row("game", name, totals) for name, totals in sorted(minute.games.items())]}
                for minute in self.live.minutes
            ],
        }

    async def gauges(self) -> None:
        """Tells the live numbers until it is cancelled."""
        while True:
            for (game, market), totals in self.live.totals.items():
                about = {"game": game, "market": market}
                metrics.gauge("casino.rtp", totals.rtp, unit="ratio", attributes=about)
                metrics.gauge("casino.ggr", totals.ggr, unit=sdk.MONEY, attributes=about)
            metrics.gauge("casino.active_sessions", self.live.active, attributes={})
            await asyncio.sleep(GAUGES_SECONDS)

    async def look(self) -> None:
        """The anomaly batch."""
        found = anomalies.look(self.live)
        for finding in found:
            log.warning("anomaly", extra=vars(finding))
            anomalies.report(finding)
        await self.documents.put("anomalies", [finding.document() for finding in found])

    async def settle(self) -> None:
        """What was won since the last settlement, by game and market; the difference of two snapshots."""
        now, before = self._snapshot(), self._settled
        at = stamp(time.time())
        lines = []
        for (game, market), totals in sorted(now.items()):
            past = before.get((game, market), Totals())
            bet, payout = totals.bet - past.bet, totals.payout - past.payout
            lines.append(
                {
                    "game": game,
                    "market": market,
                    "rounds": totals.rounds - past.rounds,
                    "bet_minor": bet,
                    "ggr_minor": bet - payout,
                }
            )
        ggr = sum(line["ggr_minor"] for line in lines)
        await self.documents.put("settlements", [{"_id": at, "at": at, "ggr_minor": ggr, "lines": lines}])
        await self.documents.put("settled", [document(key, totals) for key, totals in now.items()])
        self._settled = now
        log.info("settled", extra={"ggr": ggr, "lines": len(lines)})

    async def stop(self) -> None:
        """What is not kept yet was not committed either and comes again."""
        await self._tasks.stop()
        await self.documents.close()


def row(kind: str, name: str, totals: Totals) -> dict[str, Any]:
    """One line of the summary."""
    return {
        kind: name, "rounds": totals.rounds, "bet_minor": totals.bet, "payout_minor": totals.payout, "rtp": totals.rtp, "ggr_minor": totals.ggr,
    }  # fmt: skip


def stamp(seconds: float) -> str:
    """A time as text."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


async def main() -> None:
    """Runs until it is told to end."""
    config = settings.read("analytics", 4205)
    logs.start(config.service)
    sdk.start(config, "continuous")
    analytics = Analytics(config)
    await web.serve(analytics.application(), config, analytics.start, analytics.stop)
