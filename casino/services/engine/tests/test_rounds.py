"""The road of a round with everything that can go wrong on it: no coin is lost or made."""

from __future__ import annotations

import asyncio
import random
import uuid

import pytest
from conftest import Books
from running import headers, person, running, stream_of

from casino_engine import odds, slot
from casino_engine.fair import BLOCKING_ROUNDS, ROUNDS


def test_a_spin_takes_pays_and_can_be_checked_later(postgres: str) -> None:
    async def scenario() -> None:
        async with running(postgres) as here:
            player = person()
            answers = [(await here.spin(player)).json() for _ in range(30)]
            paid = sum(answer["payout_minor"] for answer in answers)
            assert paid > 0
            assert here.books.balance == 10_000 - 3_000 + paid == answers[-1]["balance_minor"]
            assert len({answer["fair"]["nonce"] for answer in answers}) == 30
            assert answers[-1]["rtp"] == pytest.approx(paid / 3_000, abs=1e-6)
            await here.balanced()

            path = f"/rounds/{answers[0]['round_id']}"
            assert "server_seed" not in (await here.client.get(path, headers=headers(player))).json()["fair"]
            assert (await here.client.get(path, headers=headers(person()))).status_code == 404
            await here.engine.database.run("UPDATE seeds SET closed_at = now() - interval '2 minutes'")
            assert await here.engine.rounds.seeds.reveal() == 1
            for answer in answers:
                record = (await here.client.get(f"/rounds/{answer['round_id']}", headers=headers(player))).json()
                spin = slot.spin(stream_of(record), odds.slot().pay)
                assert list(spin.stops) == record["record"]["stops"] == answer["stops"]
                assert spin.coins * 20 == record["payout_minor"] == answer["payout_minor"]

    asyncio.run(scenario())


def test_the_same_request_is_one_round(postgres: str) -> None:
    async def scenario() -> None:
        async with running(postgres) as here:
            player, request = person(), str(uuid.uuid4())
            first = (await here.spin(player, request)).json()
            for _ in range(2):
                again = (await here.spin(player, request)).json()
                assert (again["round_id"], again["stops"], again["balance_minor"]) == (
                    first["round_id"],
                    first["stops"],
                    first["balance_minor"],
                )
            both = await asyncio.gather(*(here.spin(player, request2) for request2 in [str(uuid.uuid4())] * 2))
            assert sorted(answer.status_code for answer in both) in ([200, 200], [200, 409])
            assert here.books.total("/stakes") == 200
            await here.balanced()

    asyncio.run(scenario())


def test_a_refused_stake_is_payments_word(postgres: str) -> None:
    async def scenario() -> None:
        async with running(postgres) as here:
            here.books.balance = 50
            player, request = person(), str(uuid.uuid4())
            for _ in range(2):
                answer = await here.spin(player, request)
                assert answer.status_code == 402
                assert answer.json() == {
                    "error": {"code": "payment_failed", "message": "too little money", "reason": "insufficient_funds"}
                }
            assert await here.state(player) == ["refused"]
            await here.balanced()

    asyncio.run(scenario())


@pytest.mark.parametrize("fault", ["/stakes before", "/stakes after", "/stakes 503", "/stakes 404"])
def test_a_stake_nobody_knows_of_goes_back(postgres: str, fault: str) -> None:
    async def scenario() -> None:
        async with running(postgres) as here:
            here.books.fail = [fault, "/rollbacks before"]
            player = person()
            answer = await here.spin(player)
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "payment_unavailable")
            assert await here.state(player) == ["rolled_back"] and await here.owed() == 1
            await here.pay_owed()
            assert here.books.balance == 10_000
            await here.balanced()

    asyncio.run(scenario())


def test_payment_that_is_down_costs_nothing_and_the_request_may_come_again(postgres: str) -> None:
    async def scenario() -> None:
        async with running(postgres) as here:
            player, request = person(), str(uuid.uuid4())
            service = here.engine.rounds.payments._service
            url, service._client.base_url = str(service._client.base_url), "http://127.0.0.1:1"
            assert (await here.spin(player, request)).json()["error"]["code"] == "payment_unavailable"
            assert await here.state(player) == [] and await here.owed() == 0
            service._client.base_url = url
            assert (await here.spin(player, request)).status_code == 200
            await here.balanced()

    asyncio.run(scenario())


@pytest.mark.parametrize("fault", ["/payouts before", "/payouts after", "/payouts 500", "/payouts 409"])
def test_a_win_is_paid_later_and_once(postgres: str, fault: str) -> None:
    async def scenario() -> None:
        async with running(postgres) as here:
            player = person()
            here.books.fail = [fault]
            answers = [(await here.spin(player)).json() for _ in range(30)]
            assert [answer for answer in answers if answer.get("payout_pending")]
            assert await here.owed() == 1
            await here.pay_owed()
            await here.balanced()

    asyncio.run(scenario())


def test_a_draw_that_fails_gives_the_stake_back(postgres: str) -> None:
    async def scenario() -> None:
        async with running(postgres) as here:
            player = person()
            bets = {"bets": [{"kind": "straight", "numbers": [7], "stake_minor": 40}]}
            answer = await here.post("/roulette/spin", player, bets, "exceptionEngine=on")
            assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
            assert await here.state(player) == ["rolled_back"]
            assert here.books.total("/stakes") == here.books.total("/rollbacks") == 40
            assert {sent.get("X-Casino-Fault") for sent in here.books.headers} == {"exceptionEngine=on"}
            assert (await here.post("/roulette/spin", player, bets)).status_code == 200
            await here.balanced()

    asyncio.run(scenario())


def test_a_crash_between_stake_and_draw_is_found(postgres: str) -> None:
    async def scenario() -> None:
        books, player, request = Books(), person(), str(uuid.uuid4())
        async with running(postgres, books) as here:

            async def crash(*_: object) -> None:
                raise asyncio.CancelledError

            # As a kill would: neither the draw nor the way back happens.
            here.engine.rounds.stream = here.engine.rounds.give_back = crash  # type: ignore[method-assign]
            await asyncio.gather(asyncio.wait_for(here.spin(player, request), 1), return_exceptions=True)
        assert books.balance == 9_900
        async with running(postgres, books, clean=False) as here:
            assert await here.state(player) == ["staking"]
            assert (await here.spin(player, request)).json()["error"]["code"] == "round_in_progress"
            assert await here.engine.recovery.once() == 0
            await here.age(player, 2)
            assert await here.engine.recovery.once() == 1
            await here.pay_owed()
            assert books.balance == 10_000
            assert (await here.spin(player, request)).json()["error"]["code"] == "round_rolled_back"
            await here.balanced()

    asyncio.run(scenario())


def test_faults_change_the_pay_table_and_the_stretching(postgres: str) -> None:
    async def scenario() -> None:
        async with running(postgres) as here:
            player = person()
            await here.spin(player, fault="rtpRegression=lemon0")
            await here.spin(player, fault="rngBlocking=on")
            rows = await here.engine.database.rows(
                "SELECT version, stretch FROM rounds WHERE player = $1 ORDER BY created_at", player
            )
            assert [tuple(row) for row in rows] == [("slot-1-lemon0", ROUNDS), ("slot-1", BLOCKING_ROUNDS)]

    asyncio.run(scenario())


def test_no_coin_is_lost_whatever_fails(postgres: str) -> None:
    async def scenario() -> None:
        chance = random.Random(4203)
        async with running(postgres) as here:
            here.books.balance = 1_000_000
            kinds = ["before", "after", "500", "503", "409"]
            for _ in range(120):
                paths = ["/stakes", "/payouts", "/rollbacks"]
                here.books.fail = [f"{path} {chance.choice(kinds)}" for path in paths if chance.random() < 0.3]
                request = str(uuid.uuid4())
                player = person()
                for _ in range(chance.choice([1, 1, 2])):
                    await here.spin(player, request, "exceptionEngine=on" if chance.random() < 0.1 else "")
            here.books.fail = []
            for _ in range(20):
                await here.pay_owed()
            await here.balanced()

    asyncio.run(scenario())
