"""Somebody who plays by the gateway's API, as the pages do."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from typing import Any

import ports
from waiting import wait_for
from web_requests import Answer, ask

GATEWAY = f"http://{ports.HOST}:{ports.GATEWAY}"


@dataclass
class Player:
    """One session. `fault` overrides flags for its requests: `flag=variant`, several with commas between them."""

    id: str
    name: str
    token: str
    currency: str
    fault: str = ""
    # A trace that its requests are part of, when somebody wants to find them again.
    trace: str = ""

    def ask(self, path: str, method: str = "GET", body: Any = None, seconds: float = 40) -> Answer:
        headers = {"authorization": f"Bearer {self.token}"}
        if self.fault:
            headers["x-casino-fault"] = self.fault
        if self.trace:
            headers["sentry-trace"] = f"{self.trace}-{secrets.token_hex(8)}-1"
        return ask(f"{GATEWAY}{path}", method, body, headers, seconds)

    def post(self, path: str, **body: Any) -> Answer:
        return self.ask(path, "POST", body)

    def spin(self, stake_minor: int = 100) -> Answer:
        return self.post("/api/games/slot/spin", stake_minor=stake_minor, currency=self.currency, request_uuid=str(uuid.uuid4()))

    def roulette(self, stake_minor: int = 100) -> Answer:
        bets = [{"kind": "straight", "numbers": [17], "stake_minor": stake_minor}]
        return self.post("/api/games/roulette/spin", bets=bets, request_uuid=str(uuid.uuid4()))

    def deposit(self, amount_minor: int = 2000, method: str = "card") -> Answer:
        return self._pay("deposit", amount_minor, method)

    def withdraw(self, amount_minor: int = 500, method: str = "card") -> Answer:
        return self._pay("withdraw", amount_minor, method)

    def deposit_body(self, amount_minor: int, method: str = "card") -> dict[str, Any]:
        """What is said of money that goes in, or out."""
        return {
            "amount_minor": amount_minor,
            "currency": self.currency,
            "method": method,
            "request_uuid": str(uuid.uuid4()),
        }

    def verify(self) -> None:
        """Sends a document, and waits until it was looked at."""
        answer = self.post("/api/me/kyc", document="passport")
        assert answer.status < 300, f"KYC: {answer.status} {answer.body[:300]!r}"
        wait_for("KYC is verified", lambda: self.ask("/api/me").json()["player"]["kyc"] == "verified", 20)

    def _pay(self, kind: str, amount_minor: int, method: str) -> Answer:
        return self.post(f"/api/payments/{kind}", **self.deposit_body(amount_minor, method))


def enter(market: str = "de", fault: str = "", player: str | None = None) -> Player:
    """A new guest, or somebody who is known."""
    body = {"market": market, "device": "demo"} | ({"player": player} if player else {})
    answer = ask(f"{GATEWAY}/api/sessions", "POST", body, {"x-casino-fault": fault} if fault else None, 20)
    assert answer.status in (200, 201), f"a session was refused: {answer.status} {answer.body[:300]!r}"
    said = answer.json()
    known = said["player"]
    return Player(known["id"], known["name"], said["token"], said.get("currency") or known["currency"], fault)
