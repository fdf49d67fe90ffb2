"""The bus over AMQP (RabbitMQ): one topic exchange `casino`, a durable queue for each group."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange, AbstractIncomingMessage

from casino_telemetry.bus import Message, decode

EXCHANGE = "casino"
PREFETCH = 400


async def open_exchange(url: str) -> tuple[AbstractConnection, AbstractChannel, AbstractExchange]:
    """The plain connection: the bus itself connects again."""
    connection = await aio_pika.connect(url, timeout=5)
    try:
        channel = await connection.channel(publisher_confirms=True)
        await channel.set_qos(prefetch_count=PREFETCH)
        exchange = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True, timeout=5)
    except BaseException:
        await connection.close()
        raise
    return connection, channel, exchange


class AmqpSender:
    """The topic is the routing key, the player the message's `key` header."""

    def __init__(self, connection: AbstractConnection, exchange: AbstractExchange) -> None:
        self._connection = connection
        self._exchange = exchange

    async def send(self, message: Message) -> None:
        """Returns when the broker has confirmed it; without a queue bound it is gone, as with any exchange."""
        body = aio_pika.Message(
            json.dumps(message.value).encode(), content_type="application/json", headers={**message.headers, "key": message.key},
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT, timestamp=datetime.now(UTC), message_id=str(message.value.get("id", "")),
        )  # fmt: skip
        await self._exchange.publish(body, routing_key=message.topic, mandatory=False, timeout=5)

    async def close(self) -> None:
        """Ends the connection."""
        await self._connection.close()


class AmqpReceiver:
    """Collects what the broker pushes; one acknowledgement covers all up to the last message got."""

    def __init__(self, connection: AbstractConnection, came: asyncio.Queue[AbstractIncomingMessage]) -> None:
        self._connection = connection
        self._came = came
        self._last: AbstractIncomingMessage | None = None

    async def get(self, seconds: float) -> list[Message]:
        """What has come."""
        messages: list[Message] = []
        try:
            raw = await asyncio.wait_for(self._came.get(), seconds)
        except TimeoutError:
            if self._connection.is_closed:
                raise ConnectionError("the broker closed the connection") from None
            return messages
        while raw is not None:
            self._last = raw
            headers = {name: str(value) for name, value in (raw.headers or {}).items()}
            sent = raw.timestamp.timestamp() if raw.timestamp else 0.0
            message = decode(raw.routing_key or "", headers.pop("key", ""), raw.body, headers, sent)
            if message is not None:
                messages.append(message)
            raw = None if self._came.empty() else self._came.get_nowait()
        return messages

    async def commit(self) -> None:
        """Acknowledges everything up to the last message."""
        if self._last is not None:
            await self._last.ack(multiple=True)
            self._last = None

    async def close(self) -> None:
        """Ends the connection; what was not acknowledged comes again."""
        await self._connection.close()


async def connect_sender(url: str) -> AmqpSender:
    """Ready to publish."""
    connection, _, exchange = await open_exchange(url)
    return AmqpSender(connection, exchange)


async def connect_receiver(url: str, group: str, topics: tuple[str, ...]) -> AmqpReceiver:
    """Ready to receive; the queue outlives the connection."""
    connection, channel, exchange = await open_exchange(url)
    try:
        queue = await channel.declare_queue(group, durable=True, timeout=5)
        for topic in topics:
            await queue.bind(exchange, routing_key=topic, timeout=5)
        came: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue(maxsize=PREFETCH + 1)
        await queue.consume(came.put, timeout=5)
    except BaseException:
        await connection.close()
        raise
    return AmqpReceiver(connection, came)
