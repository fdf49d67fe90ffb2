"""The engine as a service: its parts, its tasks in the background, its start and its end."""

from __future__ import annotations

import logging
import os

from casino_telemetry import logs, memory, sdk, settings, web
from casino_telemetry.bus import Publisher
from casino_telemetry.calls import Service
from casino_telemetry.database import Database
from casino_telemetry.flags import Flags
from casino_telemetry.tasks import Tasks
from tornado.web import Application

from casino_engine import games, lobby, schema
from casino_engine.cards import Cards
from casino_engine.fair import Source
from casino_engine.owed import Owed
from casino_engine.payments import Payments
from casino_engine.recovery import Recovery
from casino_engine.reports import Reports
from casino_engine.rounds import Rounds
from casino_engine.seeds import Seeds
from casino_engine.stats import Stats
from casino_engine.table import Seat, Table

log = logging.getLogger("casino.engine")
HANDLERS = [games.SlotSpin, games.RouletteSpin, games.BlackjackDeal, games.BlackjackAction, games.RoundRecord, lobby.Asset, Seat]


class Engine:
    """Everything the engine is made of."""

    def __init__(self, config: settings.Settings) -> None:
        self.config = config
        self.flags = Flags(config.flags, config.release)
        self.database = Database(config.postgres, "engine", schema.create)
        self.payment = Service("payment", settings.text_of("CASINO_PAYMENT_URL", "http://127.0.0.1:4204"))
        self.publisher = Publisher(config.bus)
        self.source = Source()
        self.stats = Stats()
        payments = Payments(self.payment)
        self.owed = Owed(self.database, payments)
        seeds = Seeds(self.database, os.environ.get("CASINO_SEED", ""))
        reports = Reports(self.publisher, self.stats, self.flags)
        self.rounds = Rounds(self.database, seeds, self.source, payments, self.owed, reports, self.flags)
        self.cards = Cards(self.rounds)
        self.recovery = Recovery(self.rounds, self.cards)
        self.table = Table(self.rounds, self.flags, self.stats)
        self.pictures = lobby.Pictures(
            settings.text_of("CASINO_S3", "http://127.0.0.1:4290"),
            settings.text_of("CASINO_S3_KEY", "casino"),
            settings.text_of("CASINO_S3_SECRET", "casino-secret"),
        )
        self._tasks = Tasks()

    def application(self) -> Application:
        """All addresses."""
        return web.application(
            HANDLERS, self.config, ready=lambda: self.database.ready, rounds=self.rounds, cards=self.cards, flags=self.flags,
            table=self.table, pictures=self.pictures,
        )  # fmt: skip

    async def start(self) -> None:
        """The bus and the pictures may come later, PostgreSQL has to be there."""
        for work in (self.publisher.run(), self.pictures.run(), self.table.run(), memory.run()):
            self._tasks.spawn(work)
        await self.database.open()
        for work in (self.owed.run(), self.recovery.run()):
            self._tasks.spawn(work)
        log.info("ready")

    async def stop(self) -> None:
        """Within a second and a half."""
        await self.publisher.drain(0.5)
        await self._tasks.stop()
        self.source.close()
        await self.payment.close()
        await self.database.close()


async def main() -> None:
    """Runs until it is told to end."""
    config = settings.read("engine", 4203)
    logs.start(config.service)
    sdk.start(config, "transaction")
    engine = Engine(config)
    await web.serve(engine.application(), config, engine.start, engine.stop)
