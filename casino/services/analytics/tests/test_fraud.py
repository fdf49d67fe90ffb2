"""Signals of fraud: raised when they should be, once, and not otherwise."""

from __future__ import annotations

from casino_analytics import fraud
from casino_analytics.fraud import Fraud

NOW = 1_800_000_000.0


def raised(found: Fraud) -> list[tuple[str, str]]:
    """Signal and player."""
    return [(signal["signal"], signal["player"]) for signal in found.signals.values()]


def test_too_many_rounds_in_a_minute() -> None:
    found = Fraud()
    for number in range(200):
        found.round("p-1", "de", 100, "", NOW + number * 0.1)
        found.round("p-2", "de", 100, "", NOW + number * 2)
    assert raised(found) == [("velocity", "p-1")]


def test_too_many_deposits() -> None:
    found = Fraud()
    for number in range(6):
        found.payment("deposit.captured", "p-1", "de", 100, NOW + number)
        found.payment("deposit.captured", "p-2", "de", 100, NOW + number * 300)
        found.payment("deposit.failed", "p-3", "de", 100, NOW + number)
    assert raised(found) == [("velocity", "p-1")]


def test_a_device_of_more_than_three_accounts() -> None:
    found = Fraud()
    for player in ("p-1", "p-2", "p-3", "p-1"):
        found.round(player, "de", 100, "d-1", NOW)
    assert raised(found) == []
    found.round("p-4", "de", 100, "d-1", NOW)
    found.round("p-4", "de", 100, "d-1", NOW)
    assert raised(found) == [("shared_device", "p-4")]


def test_money_in_and_out_without_play() -> None:
    found = Fraud()
    for player, stake in (("p-1", 0), ("p-2", 5_000)):
        found.payment("deposit.captured", player, "de", 10_000, NOW)
        found.round(player, "de", stake, "", NOW)
        found.payment("withdrawal.settled", player, "de", 9_000, NOW)
    found.payment("withdrawal.settled", "p-3", "de", 9_000, NOW)
    found.payment("withdrawal.failed", "p-1", "de", 9_000, NOW)
    assert raised(found) == [("deposit_and_withdraw", "p-1")]


def test_signals_are_kept_and_bounded() -> None:
    found = Fraud()
    for number in range(fraud.MAX_SIGNALS + 5):
        found._signal("velocity", f"p-{number}", "de", "x")
    assert len(found.signals) == len(found.keep()) == fraud.MAX_SIGNALS
    again = Fraud()
    again.restore(found.keep())
    assert set(again.signals) == set(found.signals)
