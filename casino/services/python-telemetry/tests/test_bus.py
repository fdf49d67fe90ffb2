"""The bus without a broker: what is carried along, what is dropped, and what happens when sending fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
import sentry_sdk
from sentry_sdk.transport import Transport

from casino_telemetry import bus, caller
from casino_telemetry.bus import MAX_WAITING, Message, Publisher, decode


class Nowhere(Transport):
    """Sends nothing."""

    def capture_envelope(self, envelope: object) -> None:
        """Forgets it."""


@pytest.fixture
def sdk() -> Iterator[None]:
    """An SDK that keeps every trace to itself."""
    sentry_sdk.init(dsn="http://key@127.0.0.1:1/1", traces_sample_rate=1.0, transport=Nowhere, default_integrations=False)
    yield
    sentry_sdk.init()


class Broker:
    """Keeps what it gets; fails as often as it is told."""

    def __init__(self, fail: int = 0) -> None:
        self.got: list[Message] = []
        self.fail = fail

    async def send(self, message: Message) -> None:
        """Or breaks."""
        if self.fail:
            self.fail -= 1
            raise ConnectionError("gone")
        self.got.append(message)

    async def close(self) -> None:
        """Nothing to do."""


def test_the_trace_and_the_fault_travel_along(sdk: None, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        broker = Broker(fail=1)

        async def connect(_url: str) -> Broker:
            return broker

        monkeypatch.setattr(bus, "connect_sender", connect)
        publisher = Publisher("kafka://127.0.0.1:1")
        task = asyncio.create_task(publisher.run())
        with sentry_sdk.start_transaction(name="spin") as transaction:
            caller.enter_quietly(caller.Caller(player="p-1", fault="kafkaLag=on"))
            publisher.publish("casino.rounds", "p-1", bus.event("round", "p-1", "de", stake_minor=100))
        async with asyncio.timeout(5):
            while not broker.got:
                await asyncio.sleep(0.01)
        task.cancel()
        (message,) = broker.got
        assert message.headers["sentry-trace"].startswith(transaction.trace_id)
        assert f"sentry-trace_id={transaction.trace_id}" in message.headers["baggage"]
        assert message.headers["x-casino-fault"] == "kafkaLag=on"
        assert message.key == message.value["player"] == "p-1"
        going_on = sentry_sdk.continue_trace(message.headers, name="count")
        assert going_on.trace_id == transaction.trace_id and going_on.parent_span_id != transaction.span_id

    asyncio.run(scenario())


def test_what_waits_is_bounded_and_the_oldest_goes() -> None:
    async def scenario() -> None:
        publisher = Publisher("amqp://127.0.0.1:1")
        for number in range(MAX_WAITING + 5):
            publisher.publish("casino.rounds", "p", {"number": number})
        assert publisher.dropped == 5
        assert [publisher._waiting[0].value, len(publisher._waiting)] == [{"number": 5}, MAX_WAITING]

    asyncio.run(scenario())


@pytest.mark.parametrize("body", [b"{", b"[1]", b"", b"\xff", b'"' + b"x" * bus.MAX_VALUE + b'"'])
def test_what_is_no_message_is_skipped(body: bytes) -> None:
    assert decode("casino.rounds", b"p", body, {}, 0.0) is None


def test_a_message_is_read() -> None:
    value = bus.event("round", "p-1", "de")
    message = decode("casino.rounds", b"p-1", json.dumps(value).encode(), {"baggage": "b"}, 7.5)
    assert message == Message("casino.rounds", "p-1", value, {"baggage": "b"}, 7.5)
    assert value["at"].endswith("Z") and set(value) == {"id", "type", "at", "player", "market"}


def test_a_batch_is_committed_when_it_says_so_and_a_broken_bus_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Source:
        """Gives a message a time, then breaks."""

        commits = 0
        starts = 0

        async def get(self, _seconds: float) -> list[Message]:
            """One, until it breaks."""
            Source.starts += 1
            if Source.starts == 3:
                raise ConnectionError("gone")
            await asyncio.sleep(0)
            return [Message("casino.rounds", "p", {})]

        async def commit(self) -> None:
            """Counts."""
            Source.commits += 1

        async def close(self) -> None:
            """Nothing to do."""

    async def scenario() -> None:
        async def connect(*_: object) -> Source:
            return Source()

        monkeypatch.setattr(bus, "connect_receiver", connect)
        seen = 0
        enough = asyncio.Event()

        async def batch(messages: list[Message]) -> bool:
            nonlocal seen
            seen += len(messages)
            if seen >= 6:
                enough.set()
            return seen % 2 == 0

        task = asyncio.create_task(bus.receive("kafka://x", "g", ("casino.rounds",), batch))
        await asyncio.wait_for(enough.wait(), 5)
        task.cancel()
        assert Source.commits >= 2

    asyncio.run(scenario())
