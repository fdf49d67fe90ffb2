"""Takes messages from the bus: each is a part of the trace it came with; what is kept decides what is committed."""

from __future__ import annotations

import logging
import time
from typing import Any

import sentry_sdk
from casino_telemetry import bus, caller, sdk
from casino_telemetry.bus import Message
from casino_telemetry.errors import ApiError
from casino_telemetry.flags import Flags
from sentry_sdk import metrics

from casino_analytics.documents import Documents
from casino_analytics.fraud import Fraud
from casino_analytics.leak import Leak
from casino_analytics.live import Live

log = logging.getLogger("casino.intake")
TOPICS = ("casino.rounds", "casino.payments")
GROUP = "analytics"
FLUSH_SECONDS = 5.0
FLUSH_MESSAGES = 250


class Intake:
    """Rounds and payments become numbers. Kept every five seconds, then committed: a crash counts what lies between again."""

    def __init__(self, url: str, live: Live, fraud: Fraud, leak: Leak, documents: Documents, flags: Flags) -> None:
        self._url = url
        self._live = live
        self._fraud = fraud
        self._leak = leak
        self._documents = documents
        self._flags = flags
        self._waiting = 0
        self._kept = time.monotonic()

    async def run(self) -> None:
        """Until it is cancelled."""
        await bus.receive(self._url, GROUP, TOPICS, self.batch)

    async def batch(self, messages: list[Message]) -> bool:
        """Whether everything up to here may be committed."""
        for message in messages:
            self._process(message)
        self._waiting += len(messages)
        old = time.monotonic() - self._kept > FLUSH_SECONDS
        if not self._waiting or not (old or self._waiting >= FLUSH_MESSAGES):
            return False
        return await self.flush()

    async def flush(self) -> bool:
        """Keeps what changed; false where the documents' store is away, and nothing is lost."""
        with (
            sentry_sdk.isolation_scope(),
            sentry_sdk.start_transaction(op="task", name="analytics flush", source="task") as transaction,
        ):
            transaction.set_data("messages", self._waiting)
            try:
                await self._documents.put("totals", self._live.keep())
                await self._documents.put("fraud", self._fraud.keep())
            except ApiError as error:
                transaction.set_status("unavailable")
                log.warning("kept later", extra={"error": str(error), "messages": self._waiting})
                return False
            finally:
                self._kept = time.monotonic()
        self._live.changed.clear()
        self._fraud.changed.clear()
        self._waiting = 0
        return True

    def _process(self, message: Message) -> None:
        value = message.value
        with sentry_sdk.isolation_scope():
            name = f"{message.topic} {str(value.get('type', ''))[:32]}"
            transaction = sentry_sdk.continue_trace(message.headers, op="queue.process", name=name, source="task")
            with sentry_sdk.start_transaction(transaction):
                self._describe(message, transaction)
                try:
                    if self._live.fresh(str(value.get("id", ""))):
                        self._count(value)
                    transaction.set_status("ok")
                except (KeyError, TypeError, ValueError) as error:
                    transaction.set_status("invalid_argument")
                    log.warning("message not understood", extra={"topic": message.topic, "error": repr(error)})
                except Exception as error:
                    # One message that breaks something must not stop the others.
                    transaction.set_status("internal_error")
                    sentry_sdk.capture_exception(error)

    def _describe(self, message: Message, transaction: Any) -> None:  # noqa: ANN401 -- sampled or not
        value = message.value
        market = str(value.get("market", ""))
        known = market if market in caller.MARKETS else ""
        caller.enter(
            caller.Caller(
                player=str(value.get("player", ""))[:64], market=known, fault=message.headers.get(caller.FAULT_HEADER, "")
            )
        )
        transaction.set_data("messaging.system", bus.system(self._url))
        transaction.set_data("messaging.destination.name", message.topic)
        transaction.set_data("messaging.message.id", str(value.get("id", "")))
        if message.sent:
            lag = max(0.0, time.time() - message.sent)
            transaction.set_data("messaging.message.receive.latency", round(lag * 1000))
            metrics.distribution("casino.queue_lag", lag, unit="second", attributes={"topic": message.topic})

    def _count(self, value: dict[str, Any]) -> None:
        player, market = str(value["player"])[:64], str(value.get("market", ""))[:8]
        self._live.seen(player)
        if value["type"] == "round":
            game, bet, payout = str(value["game"]), whole(value["stake_minor"]), whole(value["payout_minor"])
            caller.tag(game=game)
            sdk.measure(bet=bet, payout=payout)
            self._leak.hold(int(self._flags.value("analyticsLeak", 0)))
            self._live.round(game, market, bet, payout)
            with sentry_sdk.start_span(op="function", name="fraud.check"):
                self._fraud.round(player, market, bet, str(value.get("device", ""))[:64])
        else:
            caller.tag(payment_method=str(value.get("method", ""))[:16])
            with sentry_sdk.start_span(op="function", name="fraud.check"):
                self._fraud.payment(str(value["type"]), player, market, whole(value["amount_minor"]))


def whole(number: object) -> int:
    """Money is a whole number that is not negative."""
    if type(number) is not int or number < 0:
        raise ValueError("no amount of money")
    return number
