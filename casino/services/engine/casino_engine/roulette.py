"""Roulette with a single zero: which bets there are, and what they win."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from casino_telemetry.errors import bad_request

from casino_engine import odds
from casino_engine.fair import Numbers

POCKETS = 37
MAX_BETS = 20
RED = frozenset({1, 3, 5, 7, 9, 12, 14, 16, 18, 19, 21, 23, 25, 27, 30, 32, 34, 36})
VERSION = "roulette-1"


@dataclass(frozen=True)
class Bet:
    """Chips on a set of numbers."""

    kind: str
    numbers: frozenset[int]
    stake: int

    def payout(self, number: int) -> int:
        """The stake and what it won, or nothing."""
        return self.stake * (odds.roulette_pay()[self.kind][1] + 1) if number in self.numbers else 0


def spin(numbers: Numbers) -> int:
    """Where the ball falls."""
    return numbers.below(POCKETS)


def colour(number: int) -> str:
    """Of a pocket."""
    if number == 0:
        return "green"
    return "red" if number in RED else "black"


@cache
def places() -> dict[str, frozenset[frozenset[int]]]:
    """All sets of numbers that a table has, by kind."""
    rows = [frozenset({n, n + 1, n + 2}) for n in range(1, 37, 3)]
    across = [{n, n + 1} for n in range(1, 36) if n % 3]
    along = [{n, n + 3} for n in range(1, 34)]
    corners = [{n, n + 1, n + 3, n + 4} for n in range(1, 33) if n % 3]
    dozens = [set(range(n, n + 12)) for n in (1, 13, 25)] + [set(range(n, 37, 3)) for n in (1, 2, 3)]
    all_numbers = set(range(1, 37))
    evens = [set(range(1, 19)), set(range(19, 37)), set(range(2, 37, 2)), set(range(1, 37, 2)), set(RED), all_numbers - RED]
    lists: dict[str, list[Any]] = {
        "straight": [{n} for n in range(POCKETS)],
        "split": across + along + [{0, n} for n in (1, 2, 3)],
        "street": [*rows, {0, 1, 2}, {0, 2, 3}],
        "corner": [*corners, {0, 1, 2, 3}],
        "sixline": [one | other for one, other in pairwise(rows)],
        "dozen": dozens,
        "even": evens,
    }
    return {kind: frozenset(frozenset(place) for place in found) for kind, found in lists.items()}


def read(bets: Any, most: int) -> list[Bet]:  # noqa: ANN401 -- whatever was sent
    """The bets of a request; refuses what no table takes."""
    if not isinstance(bets, list) or not 0 < len(bets) <= MAX_BETS:
        raise bad_request(f"one to {MAX_BETS} bets are needed", "bad_bet")
    found = [_read(bet) for bet in bets]
    if sum(bet.stake for bet in found) > most:
        raise bad_request("the bets are too high", "bad_stake")
    return found


def _read(bet: Any) -> Bet:  # noqa: ANN401 -- whatever was sent
    if not isinstance(bet, dict):
        raise bad_request("a bet is no object", "bad_bet")
    kind, numbers, stake = bet.get("kind"), bet.get("numbers"), bet.get("stake_minor")
    if not isinstance(kind, str) or not isinstance(numbers, list) or not all(type(number) is int for number in numbers):
        raise bad_request("a bet needs a kind and its numbers", "bad_bet")
    if type(stake) is not int or stake <= 0:
        raise bad_request("a bet needs a stake", "bad_stake")
    if len(numbers) != len(set(numbers)) or frozenset(numbers) not in places().get(kind, frozenset()):
        raise bad_request(f"there is no such {kind[:16]} bet", "bad_bet")
    return Bet(kind, frozenset(numbers), stake)
