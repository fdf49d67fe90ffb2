"""Messages in, summary out; what is kept before it is committed; jobs and their check-ins; the leak."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from casino_telemetry import bus
from casino_telemetry.bus import Message
from casino_telemetry.errors import unavailable
from casino_telemetry.flags import Flags
from casino_telemetry.settings import Settings

from casino_analytics import crons
from casino_analytics.leak import MOST, PIECE, Leak
from casino_analytics.service import Analytics

FLAGS = Path(__file__).parents[3] / "flags.json"


class Shelf:
    """Documents in memory; away when told."""

    system = "memory"
    ready = True

    def __init__(self) -> None:
        self.away = False
        self.kept: dict[str, dict[str, Any]] = {}

    async def open(self) -> None:
        """Always open."""

    async def put(self, collection: str, documents: list[dict[str, Any]]) -> None:
        """Keeps them."""
        if self.away:
            raise unavailable("documents", "away")
        self.kept.setdefault(collection, {}).update({found["_id"]: found for found in documents})

    async def find(self, collection: str, limit: int = 1000) -> list[dict[str, Any]]:
        """All of them."""
        return list(self.kept.get(collection, {}).values())[:limit]

    async def close(self) -> None:
        """Nothing to do."""


def analytics(documents: str = "postgres://127.0.0.1:1/none") -> Analytics:
    """Not started."""
    os.environ["CASINO_DOCUMENTS"] = documents
    return Analytics(Settings("analytics", "127.0.0.1", 0, FLAGS, documents, "kafka://127.0.0.1:1", "analytics@test"))


def shelved() -> tuple[Analytics, Shelf]:
    """With documents in memory."""
    here, shelf = analytics(), Shelf()
    here.documents = here.intake._documents = shelf
    return here, shelf


def message(player: str, stake: int, payout: int, headers: dict[str, str] | None = None, **more: Any) -> Message:  # noqa: ANN401
    """A round."""
    value = bus.event(
        "round", player, "de", round_id="r", game="slot", stake_minor=stake, payout_minor=payout, currency="EUR", rtp=1.0
    )
    return Message("casino.rounds", player, value | more, headers or {}, 1.0)


def test_messages_become_a_summary_and_are_committed_once_kept() -> None:
    async def scenario() -> None:
        here, shelf = shelved()
        once = message("p-1", 100, 40)
        odd = [
            message("p-2", 100, -1),
            message("p-2", True, 0),
            Message("casino.rounds", "", {"type": "round"}),
            Message("x", "", {}),
        ]
        deposit = bus.event("deposit.captured", "p-3", "de", payment_id="1", amount_minor=500, currency="EUR", method="card")
        assert await here.intake.batch([once, once, *odd, Message("casino.payments", "p-3", deposit)]) is False
        summary = here.summary()
        assert summary["games"] == [
            {"game": "slot", "rounds": 1, "bet_minor": 100, "payout_minor": 40, "rtp": 0.4, "ggr_minor": 60}
        ]
        assert (summary["ggr_minor"], summary["active_sessions"], summary["fraud"]) == (60, 3, [])
        here.intake._kept -= 60
        shelf.away = True
        assert await here.intake.batch([]) is False
        here.intake._kept -= 60
        shelf.away = False
        assert await here.intake.batch([]) is True
        assert shelf.kept["totals"]["slot:de"]["bet"] == 100
        assert await here.intake.batch([]) is False, "nothing new to commit"

    asyncio.run(scenario())


def test_many_messages_are_kept_at_once() -> None:
    async def scenario() -> None:
        here, shelf = shelved()
        assert await here.intake.batch([message(f"p-{number}", 100, 0) for number in range(300)]) is True
        assert shelf.kept["totals"]["slot:de"]["rounds"] == 300

    asyncio.run(scenario())


def test_settlement_is_what_was_won_since_the_last_one() -> None:
    async def scenario() -> None:
        here, shelf = shelved()
        await here.intake.batch([message("p-1", 100, 40)])
        await here.settle()
        await here.intake.batch([message("p-1", 500, 0)])
        shelf.kept["settlements"].clear()
        await here.settle()
        (settlement,) = shelf.kept["settlements"].values()
        assert settlement["ggr_minor"] == 500
        assert settlement["lines"] == [{"game": "slot", "market": "de", "rounds": 1, "bet_minor": 500, "ggr_minor": 500}]
        assert shelf.kept["settled"]["slot:de"]["bet"] == 600

    asyncio.run(scenario())


def checked(monkeypatch: pytest.MonkeyPatch, fault: str, fail: bool = False) -> tuple[list[str], list[float]]:
    """Check-ins of a settlement under a fault, and how long it waited."""
    sent: list[str] = []
    waits: list[float] = []
    monkeypatch.setattr(crons, "capture_checkin", lambda **what: sent.append(what["status"]) or "id")
    monkeypatch.setattr(crons.Flags, "value", lambda _self, name, default=False: name == fault)

    async def work() -> None:
        if fail:
            raise RuntimeError("broken")

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    job = crons.Job("settlement", 60, 2, work, faulty=True)
    asyncio.run(crons.once(job, Flags(None), sleep))
    return sent, waits


def test_check_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked(monkeypatch, "") == (["in_progress", "ok"], [])
    assert checked(monkeypatch, "", fail=True) == (["in_progress", "error"], [])
    assert checked(monkeypatch, "cronMissed") == ([], [])
    assert checked(monkeypatch, "cronLate") == (["in_progress", "ok"], [180])


def test_the_clock_of_jobs() -> None:
    async def nothing() -> None:
        """Does nothing."""

    hourly, often = crons.Job("a", 60, 2, nothing), crons.Job("b", 1, 1, nothing)
    assert hourly.wait(3600 * 5 + 60) == 3540 and often.wait(61) == 59
    assert hourly.config()["schedule"]["value"] == "0 * * * *" and often.config()["schedule"]["value"] == "* * * * *"
    assert crons.Job("c", 5, 1, nothing).config()["schedule"]["value"] == "*/5 * * * *"


def test_the_leak_holds_and_lets_go() -> None:
    leak = Leak()
    for _ in range(3):
        leak.hold(10)
    assert leak.size == 30 * PIECE
    leak.size = MOST
    leak.hold(10)
    assert len(leak._kept) == 3
    leak.hold(0)
    assert leak.size == 0 and leak._kept == []


def test_the_leak_is_switched_by_the_message() -> None:
    async def scenario() -> None:
        here, _ = shelved()
        await here.intake.batch([message("p-1", 100, 0, {"x-casino-fault": "analyticsLeak=10x"})])
        assert here.leak.size == 10 * PIECE

    asyncio.run(scenario())


@pytest.fixture
def postgres() -> Iterator[str]:
    """A database of this test on the server of `CASINO_POSTGRES`."""
    server = os.environ.get("CASINO_POSTGRES", "")
    if not server:
        pytest.skip("CASINO_POSTGRES names no server")
    name = f"analytics_test_{secrets.token_hex(4)}"
    asyncio.run(execute(server, f"CREATE DATABASE {name}"))
    yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    asyncio.run(execute(server, f"DROP DATABASE {name} WITH (FORCE)"))


async def execute(url: str, statement: str) -> None:
    """One statement outside of a transaction."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("store", ["postgres", "mongo"])
def test_documents_survive_a_restart(store: str, request: pytest.FixtureRequest) -> None:
    url = os.environ.get("CASINO_MONGODB", "") if store == "mongo" else request.getfixturevalue("postgres")
    if not url:
        pytest.skip("CASINO_MONGODB names no server")

    async def scenario() -> None:
        first = analytics(url)
        assert first.documents.system == ("mongodb" if store == "mongo" else "postgresql")
        await first.start()
        before = sum(game["rounds"] for game in first.summary()["games"])
        await first.intake.batch([message(f"p-{number}", 100, 0) for number in range(250)])
        first.fraud._signal("velocity", "p-1", "de", "x")
        assert await first.intake.flush()
        await first.settle()
        await first.stop()
        second = analytics(url)
        await second.start()
        summary = second.summary()
        assert summary["games"][0]["rounds"] == before + 250
        assert summary["fraud"][0]["player"] == "p-1"
        assert second._settled[("slot", "de")].bet == (before + 250) * 100
        await second.look()
        await second.stop()

    asyncio.run(scenario())
