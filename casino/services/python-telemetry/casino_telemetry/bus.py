"""The bus: messages with the trace in their headers, over Kafka or AMQP, as `CASINO_BUS` says."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import sentry_sdk

from casino_telemetry import caller
from casino_telemetry.caller import FAULT_HEADER

log = logging.getLogger("casino.bus")
MAX_WAITING = 1000
MAX_VALUE = 256 * 1024


@dataclass(frozen=True)
class Message:
    """One message; `headers` carries the trace and the fault of one request."""

    topic: str
    key: str
    value: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    sent: float = 0.0
    """Seconds since 1970, from the broker or the sender; 0 where nobody said."""


class Sender(Protocol):
    """A connected way to send."""

    async def send(self, message: Message) -> None:
        """Returns when the broker has it."""

    async def close(self) -> None:
        """Ends the connection."""


class Receiver(Protocol):
    """A connected way to receive."""

    async def get(self, seconds: float) -> list[Message]:
        """What has come, waiting at most that long."""

    async def commit(self) -> None:
        """What was got so far is done and will not come again."""

    async def close(self) -> None:
        """Ends the connection."""


def system(url: str) -> str:
    """`messaging.system` of the spans: what it really is."""
    return "rabbitmq" if urlsplit(url).scheme.startswith("amqp") else "kafka"


async def connect_sender(url: str) -> Sender:
    """Libraries are loaded only for the bus in use; each takes some ten megabytes."""
    if system(url) == "rabbitmq":
        from casino_telemetry.bus_amqp import connect_sender as connect
    else:
        from casino_telemetry.bus_kafka import connect_sender as connect
    return await connect(url)


async def connect_receiver(url: str, group: str, topics: tuple[str, ...]) -> Receiver:
    """As `group`, of whose members each message reaches one."""
    if system(url) == "rabbitmq":
        from casino_telemetry.bus_amqp import connect_receiver as connect
    else:
        from casino_telemetry.bus_kafka import connect_receiver as connect
    return await connect(url, group, topics)


def decode(topic: str, key: bytes | str | None, body: bytes, headers: dict[str, str], sent: float) -> Message | None:
    """None for what is no JSON object: it would not become one by coming again."""
    try:
        if len(body) > MAX_VALUE:
            raise ValueError("too large")
        value = json.loads(body)
        if not isinstance(value, dict):
            raise ValueError("no object")
    except ValueError as error:
        log.warning("message skipped", extra={"topic": topic, "error": str(error)})
        return None
    text = key.decode("utf-8", "replace") if isinstance(key, bytes) else key or ""
    return Message(topic, text, value, headers, sent)


def event(kind: str, player: str, market: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 -- JSON
    """The value of a message as the contract has it."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"id": str(uuid.uuid4()), "type": kind, "at": at, "player": player, "market": market, **fields}


class Publisher:
    """Sends in the background: a broker that is away costs a request nothing. What waits is bounded, the oldest goes first."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: deque[Message] = deque()
        self._wake = asyncio.Event()
        self._connected = False
        self.dropped = 0

    def publish(self, topic: str, key: str, value: dict[str, Any]) -> None:
        """Takes the trace of the span it opens along."""
        with sentry_sdk.start_span(op="queue.publish", name=topic) as span:
            span.set_data("messaging.system", system(self._url))
            span.set_data("messaging.destination.name", topic)
            span.set_data("messaging.message.id", value.get("id", ""))
            headers = {"sentry-trace": sentry_sdk.get_traceparent() or "", "baggage": sentry_sdk.get_baggage() or ""}
        headers[FAULT_HEADER] = caller.current().fault
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(Message(topic, key, value, {name: text for name, text in headers.items() if text}))
        self._wake.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        wait = 0.5
        while True:
            sender: Sender | None = None
            try:
                sender = await asyncio.wait_for(connect_sender(self._url), 10)
                wait = 0.5
                self._connected = True
                await self._send_all(sender)
            except Exception as error:
                log.warning(
                    "the bus is away", extra={"error": repr(error), "waiting": len(self._waiting), "dropped": self.dropped}
                )
                await asyncio.sleep(wait)
                wait = min(wait * 2, 10)
            finally:
                self._connected = False
                if sender is not None:
                    await _close(sender)

    async def _send_all(self, sender: Sender) -> None:
        while True:
            while self._waiting:
                message = self._waiting[0]
                await asyncio.wait_for(sender.send(message), 10)
                # While it was being sent, a full queue may have dropped it.
                if self._waiting and self._waiting[0] is message:
                    self._waiting.popleft()
            self._wake.clear()
            await self._wake.wait()

    async def drain(self, seconds: float) -> None:
        """Gives what waits a moment before the end, when there is a broker."""
        end = asyncio.get_running_loop().time() + seconds
        while self._waiting and self._connected and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.02)


async def _close(end: Sender | Receiver) -> None:
    try:
        await asyncio.wait_for(end.close(), 1.0)
    except Exception as error:
        log.info("closing the bus failed", extra={"error": repr(error)})


async def receive(url: str, group: str, topics: tuple[str, ...], batch: Any) -> None:  # noqa: ANN401 -- async callable
    """Calls `batch(messages)` again and again, also with none; commits when that says so by returning true. Until cancelled."""
    wait = 0.5
    while True:
        receiver: Receiver | None = None
        try:
            receiver = await asyncio.wait_for(connect_receiver(url, group, topics), 20)
            wait = 0.5
            log.info("receiving", extra={"topics": ",".join(topics), "system": system(url)})
            while True:
                if await batch(await receiver.get(0.5)):
                    await asyncio.wait_for(receiver.commit(), 10)
        except Exception as error:
            log.warning("the bus is away", extra={"error": repr(error)})
            await asyncio.sleep(wait)
            wait = min(wait * 2, 10)
        finally:
            if receiver is not None:
                await _close(receiver)
