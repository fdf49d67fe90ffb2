"""Money, through payment: stakes, payouts and rollbacks, each of which may be asked again under the same `request_uuid`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from casino_telemetry.calls import Service, Unreachable, object_of
from casino_telemetry.errors import ApiError

STAKE_SECONDS = {"wallet": 9.0, "per_spin": 30.0}
PAY_SECONDS = 8.0
PATHS = {"payout": "/payouts", "rollback": "/rollbacks"}


@dataclass(frozen=True)
class Order:
    """What a stake, a payout or a rollback is for."""

    request_uuid: uuid.UUID
    round_id: uuid.UUID
    player: str
    market: str
    currency: str
    amount: int
    game: str

    def body(self) -> dict[str, Any]:
        """As payment takes it."""
        return {
            "request_uuid": str(self.request_uuid),
            "round_id": str(self.round_id),
            "player": self.player,
            "market": self.market,
            "currency": self.currency,
            "amount_minor": self.amount,
            "game": self.game,
        }


class StakeFailed(Exception):
    """No stake. `known` says that nothing was taken for certain; otherwise it has to be rolled back."""

    def __init__(self, answer: ApiError, known: bool) -> None:
        super().__init__(str(answer))
        self.answer = answer
        self.known = known


class Payments:
    """The service payment."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def stake(self, order: Order, pays: str) -> int | None:
        """The balance after it."""
        seconds = STAKE_SECONDS.get(pays, STAKE_SECONDS["wallet"])
        try:
            response = await self._service.post("/stakes", {**order.body(), "pays": pays}, seconds)
        except Unreachable as error:
            raise StakeFailed(ApiError(503, "payment_unavailable", str(error)), known=not error.sent) from error
        body = object_of(response)
        if response.status_code in (200, 201):
            return balance_of(body)
        answer = error_of(response.status_code, body)
        # A refusal in payment's own words is certain; anything else may have happened after money moved.
        raise StakeFailed(answer, known=answer.status_code < 500 and response.status_code not in (408, 429))

    async def pay(self, kind: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> int | None:
        """A payout or a rollback; the balance after it. `Unreachable` or `ApiError` when it has to be tried again."""
        response = await self._service.post(PATHS[kind], body, PAY_SECONDS, headers)
        answer = object_of(response)
        if response.status_code not in (200, 201):
            raise error_of(response.status_code, answer)
        return balance_of(answer)


def balance_of(body: dict[str, Any]) -> int | None:
    """An answer may be without."""
    balance = body.get("balance_minor")
    return balance if type(balance) is int else None


def error_of(status: int, body: dict[str, Any]) -> ApiError:
    """Payment's own words where it has some, so that a page can say what really happened."""
    error = body.get("error")
    if not isinstance(error, dict) or not isinstance(error.get("code"), str):
        return ApiError(503, "payment_unavailable", f"payment answered {status}")
    reason = error.get("reason")
    code, message = error["code"][:64], str(error.get("message", ""))[:300]
    return ApiError(status if status < 500 else 503, code, message, str(reason)[:300] if reason else None)
