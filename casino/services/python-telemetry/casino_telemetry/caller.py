"""Who the work at hand is for: what the gateway's headers, a bus message or a WebSocket says, kept for the running task."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace

import sentry_sdk

MARKETS = ("de", "es", "pt", "se", "uk")
CURRENCIES = {"de": "EUR", "es": "EUR", "pt": "EUR", "se": "SEK", "uk": "GBP"}
FAULT_HEADER = "x-casino-fault"


@dataclass(frozen=True)
class Caller:
    """A player on a market; empty texts mean unknown."""

    player: str = ""
    name: str = ""
    market: str = ""
    currency: str = ""
    pays: str = "wallet"
    device: str = ""
    fault: str = ""

    def headers(self) -> dict[str, str]:
        """What is passed on to other services."""
        named = {
            "x-casino-player": self.player,
            "x-casino-name": self.name,
            "x-casino-device": self.device,
            "x-casino-market": self.market,
            "x-casino-currency": self.currency,
            "x-casino-pays": self.pays if self.player else "",
            FAULT_HEADER: self.fault,
        }
        return {name: value for name, value in named.items() if value}


NOBODY = Caller()
_current: ContextVar[Caller] = ContextVar("caller", default=NOBODY)


def current() -> Caller:
    """The caller of the running task."""
    return _current.get()


def from_headers(headers: Mapping[str, str]) -> Caller:
    """Reads the headers a gateway sends."""
    market = plain(headers, "x-casino-market")
    return Caller(
        player=plain(headers, "x-casino-player"),
        name=plain(headers, "x-casino-name"),
        market=market if market in MARKETS else "",
        currency=plain(headers, "x-casino-currency")[:3] or CURRENCIES.get(market, ""),
        pays=plain(headers, "x-casino-pays") or "wallet",
        device=plain(headers, "x-casino-device"),
        fault=plain(headers, FAULT_HEADER, 200),
    )


def plain(headers: Mapping[str, str], name: str, most: int = 64) -> str:
    """A header's text; nothing where it could not be passed on as one."""
    text = headers.get(name, "")[:most]
    return text if text.isascii() and text.isprintable() else ""


def enter(caller: Caller) -> None:
    """Makes `caller` the one of the running task and tells the SDK."""
    _current.set(caller)
    scope = sentry_sdk.get_isolation_scope()
    if caller.market:
        tag(market=caller.market)
    if caller.player:
        user = {"id": caller.player}
        if caller.name:
            user["username"] = caller.name
        scope.set_user(user)


def tag(**tags: str) -> None:
    """Sets tags on what is reported from here on, and on the root span, which streamed and stored spans carry on."""
    scope = sentry_sdk.get_isolation_scope()
    transaction = sentry_sdk.get_current_scope().transaction
    for name, value in tags.items():
        scope.set_tag(name, value)
        scope.set_attribute(name, value)
        if transaction is not None:
            transaction.set_data(name, value)


def enter_quietly(caller: Caller) -> None:
    """For the running task alone, without telling the SDK: where one task looks at many players."""
    _current.set(caller)


def with_fault(caller: Caller, fault: str) -> Caller:
    """The same caller with the fault of one message."""
    return replace(caller, fault=fault)
