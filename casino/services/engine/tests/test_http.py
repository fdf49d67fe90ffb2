"""What is answered to requests that cannot be, and the table's WebSocket."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import pytest
from running import Running, headers, person, running
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

STRAIGHT = {"kind": "straight", "numbers": [7], "stake_minor": 10}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/slot/spin", '{"stake_minor": 101}', 400, "bad_stake"),
        ("/slot/spin", '{"stake_minor": true}', 400, "bad_stake"),
        ("/slot/spin", '{"stake_minor": 5000000}', 400, "bad_stake"),
        ("/slot/spin", '{"stake_minor": 100, "request_uuid": "x"}', 400, "bad_request"),
        ("/slot/spin", "[1]", 400, "bad_request"),
        ("/slot/spin", "{", 400, "bad_request"),
        ("/roulette/spin", '{"bets": []}', 400, "bad_bet"),
        ("/blackjack/nonsense/hit", "", 404, "no_round"),
        ("/blackjack/00000000-0000-0000-0000-000000000000/fold", "", 404, "not_found"),
        ("/rounds/1", "", 405, "method_not_allowed"),
        ("/nothing", "", 404, "not_found"),
    ],
)
def test_errors_have_one_shape(postgres: str, path: str, body: str, status: int, code: str) -> None:
    async def scenario() -> None:
        async with running(postgres) as here:
            answer = await here.client.post(path, content=body, headers=headers(person()))
            assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
            assert await here.owed() == 0 and here.books.done == {}

    asyncio.run(scenario())


def test_without_a_player_there_is_no_spin(postgres: str) -> None:
    async def scenario() -> None:
        async with running(postgres) as here:
            answer = await here.client.post("/slot/spin", json={"stake_minor": 100})
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "no_player")
            health = (await here.client.get("/health")).json()
            assert health == {"status": "ok", "service": "engine", "release": "engine@test"}

    asyncio.run(scenario())


async def sit(here: Running, player: str, fault: str = "") -> WebSocketClientConnection:
    """A seat at the table."""
    url = here.url.replace("http", "ws") + "/ws/tables/roulette"
    return await websocket_connect(HTTPRequest(url, headers=headers(player, fault)))


async def heard(seat: WebSocketClientConnection, kind: str) -> dict[str, Any]:
    """The next message of a kind."""
    while True:
        text = await asyncio.wait_for(seat.read_message(), 5)
        assert text is not None
        message = json.loads(text)
        if message["type"] == kind:
            return message


def test_a_bet_at_the_table_is_told_to_all(postgres: str) -> None:
    async def scenario() -> None:
        async with running(postgres) as here:
            player = person()
            mine, other = await sit(here, player), await sit(here, person())
            request = str(uuid.uuid4())
            await mine.write_message(json.dumps({"type": "bet", "bets": [STRAIGHT], "request_uuid": request}))
            told, seen = await heard(mine, "result"), await heard(other, "result")
            assert told["request_uuid"] == request and told["number"] == seen["number"]
            assert told["balance_minor"] == here.books.balance and "balance_minor" not in seen
            assert (await here.state(player)) == ["settled"]
            await mine.write_message(json.dumps({"type": "bet", "bets": [STRAIGHT], "x-casino-fault": "exceptionEngine=on"}))
            assert (await heard(mine, "error"))["error"]["code"] == "internal"
            for nonsense in ("{", "[]", '{"type": "dance"}', '{"type": "bet"}'):
                await mine.write_message(nonsense)
                assert (await heard(mine, "error"))["error"]["code"] in ("bad_message", "bad_bet")
            with pytest.raises(HTTPClientError):
                await sit(here, "")
            mine.close()
            other.close()
            await here.balanced()

    asyncio.run(scenario())


def test_the_table_floods_and_stalls(postgres: str) -> None:
    async def messages(here: Running, fault: str) -> int:
        seat = await sit(here, person(), fault)
        count = 0
        try:
            async with asyncio.timeout(1):
                while await seat.read_message() is not None:
                    count += 1
        except TimeoutError:
            pass
        seat.close()
        return count

    async def scenario() -> None:
        async with running(postgres) as here:
            table = asyncio.create_task(here.engine.table.run())
            assert await messages(here, "wsStall=on") == 0
            assert 60 <= await messages(here, "wsFlood=on") <= 130
            assert await messages(here, "") <= 2
            table.cancel()

    asyncio.run(scenario())
