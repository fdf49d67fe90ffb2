"""The engine as a process that is killed in the middle of everything: payment's books agree with its rounds afterwards."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
import sys
import time
import uuid
from contextlib import suppress

import httpx
from conftest import Books, payment
from running import FLAGS, headers, person, running

KILLS = 3


def start(postgres: str, payment_url: str, port: int) -> subprocess.Popen[bytes]:
    """The service as it is started for real, without SDK, bus and object store."""
    settings = {
        "CASINO_LISTEN": f"127.0.0.1:{port}", "CASINO_POSTGRES": postgres, "CASINO_PAYMENT_URL": payment_url, "CASINO_FLAGS": str(FLAGS),
        "CASINO_BUS": "kafka://127.0.0.1:1", "CASINO_S3": "http://127.0.0.1:1", "SENTRY_DSN": "", "PYTHONPATH": os.pathsep.join(sys.path),
    }  # fmt: skip
    return subprocess.Popen([sys.executable, "-m", "casino_engine"], env=os.environ | settings, stdout=subprocess.DEVNULL)


def free_port() -> int:
    """Nobody's, and none that the system gives to a connection while the engine is dead."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


async def ready(client: httpx.AsyncClient) -> None:
    """Waits for the health check."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            if (await client.get("/health")).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        await asyncio.sleep(0.1)
    raise AssertionError("the engine did not start")


async def player(client: httpx.AsyncClient, over: asyncio.Event) -> int:
    """Spins until it is over, whatever comes back. How often it got an answer."""
    me, answers = person(), 0
    while not over.is_set():
        try:
            answer = await client.post(
                "/slot/spin", json={"stake_minor": 100, "request_uuid": str(uuid.uuid4())}, headers=headers(me)
            )
            answers += answer.status_code == 200
        except httpx.HTTPError:
            await asyncio.sleep(0.05)
    return answers


def test_no_coin_is_lost_when_the_engine_is_killed(postgres: str) -> None:
    async def scenario() -> None:
        chance, books = random.Random(9), Books()
        books.balance = 10_000_000
        till, url = payment(books)
        port = free_port()
        over = asyncio.Event()
        async with running(postgres):
            # Leaves empty tables.
            pass
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False) as client:
            players = [asyncio.create_task(player(client, over)) for _ in range(4)]
            for kill in range(KILLS + 1):
                engine = start(postgres, url, port)
                try:
                    await ready(client)
                    await asyncio.sleep(1 + chance.random())
                finally:
                    (engine.kill if kill < KILLS else engine.terminate)()
                    code = await asyncio.to_thread(engine.wait, 6)
            assert code == 0, "SIGTERM ends it cleanly"
            over.set()
            answered = sum(await asyncio.gather(*players))
            till.stop()
        assert answered > 20
        async with running(postgres, books, clean=False) as here:
            await here.engine.database.run("UPDATE rounds SET updated_at = now() - interval '2 minutes' WHERE state = 'staking'")
            while await here.engine.recovery.once():
                pass
            while await here.owed():
                await here.pay_owed()
            await here.balanced()

    asyncio.run(scenario())
