"""Blackjack over HTTP: a hand survives a restart, and doubling takes its second stake once or not at all."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest
from conftest import Books
from running import Running, headers, person, running, stream_of

from casino_engine.blackjack import Hand


async def open_hand(here: Running, player: str) -> dict[str, Any]:
    """Deals until a hand is not over at once."""
    for _ in range(50):
        answer = (await here.post("/blackjack/deal", player, {"stake_minor": 100, "request_uuid": str(uuid.uuid4())})).json()
        if answer["state"] == "playing":
            return answer
    raise AssertionError("fifty blackjacks in a row")


def test_a_hand_goes_on_after_a_restart_with_the_same_cards(postgres: str) -> None:
    async def scenario() -> None:
        books, player = Books(), person()
        books.balance = 1_000_000
        async with running(postgres, books) as here:
            hand = await open_hand(here, player)
            assert len(hand["dealer"]) == 1 and hand["can_double"]
            record = (await here.client.get(f"/rounds/{hand['round_id']}", headers=headers(player))).json()
            assert record["state"] == "playing" and len(record["record"]["dealer"]) == 1
        async with running(postgres, books, clean=False) as here:
            path = f"/blackjack/{hand['round_id']}"
            assert (await here.post(f"{path}/stand", person())).status_code == 404
            done = (await here.post(f"{path}/stand", player)).json()
            assert done["state"] == "done" and done["player"] == hand["player"]
            # The answer of a finished hand stays the same.
            assert (await here.post(f"{path}/hit", player)).json()["payout_minor"] == done["payout_minor"]
            await here.engine.database.run("UPDATE seeds SET closed_at = now() - interval '2 minutes'")
            await here.engine.rounds.seeds.reveal()
            record = (await here.client.get(f"/rounds/{hand['round_id']}", headers=headers(player))).json()
            numbers = stream_of(record)
            again = Hand.deal(numbers, 100)
            again.finish(numbers)
            assert (again.player, again.dealer, again.won) == (done["player"], done["dealer"], done["payout_minor"])
            await here.engine.recovery.once()
            assert await here.state(player) == ["settled"] * len(await here.state(player))
            await here.balanced()

    asyncio.run(scenario())


def test_doubling_takes_a_second_stake(postgres: str) -> None:
    async def scenario() -> None:
        async with running(postgres) as here:
            player = person()
            hand = await open_hand(here, player)
            before = here.books.total("/stakes")
            done = (await here.post(f"/blackjack/{hand['round_id']}/double", player)).json()
            assert (done["state"], done["stake_minor"], len(done["player"])) == ("done", 200, 3)
            assert here.books.total("/stakes") == before + 100
            assert done["balance_minor"] == here.books.balance
            await here.balanced()

    asyncio.run(scenario())


@pytest.mark.parametrize(("fault", "status"), [("/stakes after", 503), ("/stakes before", 503), ("poor", 402)])
def test_doubling_that_fails_leaves_the_hand_as_it_was(postgres: str, fault: str, status: int) -> None:
    async def scenario() -> None:
        async with running(postgres) as here:
            player = person()
            hand = await open_hand(here, player)
            path, money = f"/blackjack/{hand['round_id']}", here.books.balance
            if fault == "poor":
                here.books.balance = 10
            else:
                here.books.fail = [fault]
            assert (await here.post(f"{path}/double", player)).status_code == status
            assert here.books.balance == (10 if fault == "poor" else money)
            here.books.balance = money
            assert (await here.post(f"{path}/double", player)).json()["stake_minor"] == 200
            await here.balanced()

    asyncio.run(scenario())


def test_a_player_who_leaves_stands(postgres: str) -> None:
    async def scenario() -> None:
        async with running(postgres) as here:
            player = person()
            await open_hand(here, player)
            await here.age(player, 16)
            assert await here.engine.recovery.once() == 1
            assert set(await here.state(player)) == {"settled"}
            await here.balanced()

    asyncio.run(scenario())


def test_a_crash_while_doubling_gives_the_second_stake_back(postgres: str) -> None:
    async def scenario() -> None:
        books, player = Books(), person()
        async with running(postgres, books) as here:
            hand = await open_hand(here, player)
            money = books.balance

            async def crash(*_: object) -> None:
                raise asyncio.CancelledError

            here.engine.cards._numbers = here.engine.cards.undouble = crash  # type: ignore[method-assign]
            request = here.post(f"/blackjack/{hand['round_id']}/double", player)
            await asyncio.gather(asyncio.wait_for(request, 1), return_exceptions=True)
        assert books.balance == money - 100
        async with running(postgres, books, clean=False) as here:
            await here.age(player, 2)
            assert await here.engine.recovery.once() == 1
            assert books.balance == money
            assert (await here.post(f"/blackjack/{hand['round_id']}/double", player)).json()["state"] == "done"
            await here.balanced()

    asyncio.run(scenario())
