"""The bus over a real RabbitMQ, which `CASINO_RABBITMQ` names: what is sent is got, once, with the trace."""

from __future__ import annotations

import asyncio
import os
import secrets

import pytest

from casino_telemetry import bus
from casino_telemetry.bus import Message, Receiver

URL = os.environ.get("CASINO_RABBITMQ", "")
pytestmark = pytest.mark.skipif(not URL, reason="CASINO_RABBITMQ names no server")
TRACE = {"sentry-trace": "1" * 32 + "-" + "2" * 16 + "-1", "baggage": "sentry-environment=test"}


async def take(receiver: Receiver, count: int) -> list[Message]:
    """As many messages, or an error when they do not come."""
    got: list[Message] = []
    async with asyncio.timeout(10):
        while len(got) < count:
            got += await receiver.get(0.2)
    return got


def test_what_is_sent_is_got_with_its_trace() -> None:
    async def scenario() -> None:
        group, topic = f"test-{secrets.token_hex(4)}", f"casino.test.{secrets.token_hex(4)}"
        receiver = await bus.connect_receiver(URL, group, (topic,))
        sender = await bus.connect_sender(URL)
        value = bus.event("round", "p-1", "de", stake_minor=100)
        await sender.send(Message("casino.test.another", "p-1", value))
        await sender.send(Message(topic, "p-1", value, TRACE))
        (message,) = await take(receiver, 1)
        assert (message.topic, message.key, message.value, message.headers) == (topic, "p-1", value, TRACE)
        assert message.sent > 1e9
        await sender.close()
        await receiver.close()

    asyncio.run(scenario())


def test_what_was_not_committed_comes_again_and_the_rest_does_not() -> None:
    async def scenario() -> None:
        group, topic = f"test-{secrets.token_hex(4)}", f"casino.test.{secrets.token_hex(4)}"
        first = await bus.connect_receiver(URL, group, (topic,))
        sender = await bus.connect_sender(URL)
        for number in range(3):
            await sender.send(Message(topic, "p-1", {"number": number}))
        assert [message.value["number"] for message in await take(first, 3)] == [0, 1, 2]
        await first.commit()
        await sender.send(Message(topic, "p-1", {"number": 3}))
        assert [message.value["number"] for message in await take(first, 1)] == [3]
        await first.close()
        # The group's queue is there without anybody who listens.
        await sender.send(Message(topic, "p-1", {"number": 4}))
        second = await bus.connect_receiver(URL, group, (topic,))
        assert [message.value["number"] for message in await take(second, 2)] == [3, 4]
        await second.commit()
        await second.close()
        await sender.close()

    asyncio.run(scenario())
