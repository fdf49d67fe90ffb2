"""A whole engine in the test's process: real PostgreSQL, real HTTP, payment's books beside it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from casino_telemetry.calls import Service
from casino_telemetry.settings import Settings
from conftest import Books, payment
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from casino_engine.fair import Stream, commitment, stretch_seed
from casino_engine.service import Engine

FLAGS = Path(__file__).parents[3] / "flags.json"


@dataclass
class Running:
    """What tests talk to."""

    engine: Engine
    books: Books
    url: str
    client: httpx.AsyncClient

    async def post(self, path: str, player: str, body: dict[str, Any] | None = None, fault: str = "") -> httpx.Response:
        """As the gateway would ask."""
        return await self.client.post(path, json=body or {}, headers=headers(player, fault))

    async def spin(self, player: str, request: str | None = None, fault: str = "") -> httpx.Response:
        """One spin of the slot for a hundred."""
        return await self.post("/slot/spin", player, {"stake_minor": 100, "request_uuid": request or str(uuid.uuid4())}, fault)

    async def state(self, player: str) -> list[str]:
        """Of all rounds of a player, the oldest first."""
        rows = await self.engine.database.rows("SELECT state FROM rounds WHERE player = $1 ORDER BY created_at", player)
        return [row["state"] for row in rows]

    async def owed(self) -> int:
        """How much waits for payment."""
        row = await self.engine.database.row("SELECT count(*) AS number FROM owed")
        assert row is not None
        return row["number"]

    async def pay_owed(self) -> None:
        """As the background does, but now."""
        await self.engine.database.run("UPDATE owed SET next_at = now()")
        await self.engine.owed._round()

    async def age(self, player: str, minutes: int) -> None:
        """Lets time pass for a player's rounds."""
        await self.engine.database.run(
            "UPDATE rounds SET updated_at = now() - $2 * interval '1 minute' WHERE player = $1", player, float(minutes)
        )

    async def balanced(self) -> None:
        """What payment did is what the settled rounds say, to the last coin."""
        row = await self.engine.database.row(
            "SELECT coalesce(sum(stake), 0)::bigint AS stake, coalesce(sum(payout), 0)::bigint AS payout FROM rounds WHERE state = 'settled'"
        )
        assert row is not None
        books = self.books
        taken_back = sum(
            amount
            for (path, request), amount in books.done.items()
            if path == "/rollbacks" and ("/stakes", request) in books.done
        )
        assert books.total("/stakes") - taken_back == row["stake"]
        assert books.total("/payouts") == row["payout"]
        assert await self.owed() == 0


def headers(player: str, fault: str = "") -> dict[str, str]:
    """As the gateway sets them."""
    found = {"x-casino-player": player, "x-casino-market": "de", "x-casino-currency": "EUR", "x-casino-pays": "wallet"}
    return found | ({"x-casino-fault": fault} if fault else {})


def person() -> str:
    """A player nobody else plays."""
    return f"p-{uuid.uuid4().hex[:8]}"


@asynccontextmanager
async def running(postgres: str, books: Books | None = None, clean: bool = True) -> AsyncIterator[Running]:
    """An engine without its background tasks, which tests run by hand."""
    books = books or Books()
    till, address = payment(books)
    engine = Engine(Settings("engine", "127.0.0.1", 0, FLAGS, postgres, "kafka://127.0.0.1:1", "engine@test"))
    await engine.payment.close()
    engine.rounds.payments._service = engine.payment = Service("payment", address)
    await engine.database.open()
    if clean:
        await engine.database.run("TRUNCATE rounds, owed, seeds")
    sockets = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(engine.application())
    server.add_sockets(sockets)
    url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    async with httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as client:
        try:
            yield Running(engine, books, url, client)
        finally:
            server.stop()
            till.stop()
            await server.close_all_connections()
            await engine.stop()


def stream_of(record: dict[str, Any]) -> Stream:
    """The numbers of a revealed round, made as any player could."""
    fair = record["fair"]
    seed = bytes.fromhex(fair["server_seed"])
    assert commitment(seed) == fair["seed_hash"]
    return Stream(stretch_seed(seed, fair["nonce"], fair["stretch"]))
