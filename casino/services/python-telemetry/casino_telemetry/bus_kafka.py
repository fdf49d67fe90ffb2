"""The bus over Kafka."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from casino_telemetry.bus import Message, decode

MAX_RECORDS = 200


def server(url: str) -> str:
    """`host:port` of a `kafka://` address."""
    return urlsplit(url).netloc


class KafkaSender:
    """Keeps the order of each player, whose id is the key."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def send(self, message: Message) -> None:
        """Returns when the broker has it."""
        headers = [(name, value.encode()) for name, value in message.headers.items()]
        await self._producer.send_and_wait(
            message.topic, json.dumps(message.value).encode(), key=message.key.encode(), headers=headers
        )

    async def close(self) -> None:
        """Ends the connection."""
        await self._producer.stop()


class KafkaReceiver:
    """Offsets are committed by hand, after what they stand for was kept."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def get(self, seconds: float) -> list[Message]:
        """What has come."""
        found = await self._consumer.getmany(timeout_ms=int(seconds * 1000), max_records=MAX_RECORDS)
        messages = []
        for records in found.values():
            for record in records:
                headers = {name: value.decode("utf-8", "replace") for name, value in record.headers}
                message = decode(record.topic, record.key, record.value or b"", headers, record.timestamp / 1000)
                if message is not None:
                    messages.append(message)
        return messages

    async def commit(self) -> None:
        """Commits the place in every partition."""
        await self._consumer.commit()

    async def close(self) -> None:
        """Leaves the group."""
        await self._consumer.stop()


async def connect_sender(url: str) -> KafkaSender:
    """One producer; a broker that lost its disk or its leader is asked again by the library."""
    producer = AIOKafkaProducer(bootstrap_servers=server(url), acks="all", request_timeout_ms=8000)
    try:
        await producer.start()
    except BaseException:
        await producer.stop()
        raise
    return KafkaSender(producer)


async def connect_receiver(url: str, group: str, topics: tuple[str, ...]) -> KafkaReceiver:
    """Starts where the group stopped, or at the beginning."""
    consumer = AIOKafkaConsumer(
        *topics, bootstrap_servers=server(url), group_id=group, enable_auto_commit=False, auto_offset_reset="earliest",
        session_timeout_ms=10_000, heartbeat_interval_ms=3000, fetch_max_bytes=1024 * 1024, max_partition_fetch_bytes=256 * 1024,
        metadata_max_age_ms=15_000,
    )  # fmt: skip
    try:
        await consumer.start()
    except BaseException:
        await consumer.stop()
        raise
    return KafkaReceiver(consumer)
