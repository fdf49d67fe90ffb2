"""The slot: three reels, five lines, a wild."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from casino_engine import odds
from casino_engine.fair import Numbers

WILD = "W"
COINS = 5
VARIANTS = {
    "off": {},
    "lemon0": {"L": 0},
    "cherry2x": {"C": 40},
    "halved": {"7": 100, "B": 60, "C": 10, "L": 2, "P": 5, "G": 4, "W": 500},
}


@dataclass(frozen=True)
class Win:
    """A line that pays; lines count from 1."""

    line: int
    symbol: str
    coins: int


@dataclass(frozen=True)
class Spin:
    """What the reels show."""

    stops: tuple[int, ...]
    window: tuple[str, ...]
    wins: tuple[Win, ...]

    @property
    def coins(self) -> int:
        """Of all lines."""
        return sum(win.coins for win in self.wins)


@cache
def pay_table(variant: str = "off") -> dict[str, int]:
    """Prizes in coins. The variants are the faults of `rtpRegression`."""
    return odds.slot().pay | VARIANTS.get(variant, {})


def version(variant: str = "off") -> str:
    """Names the pay table a round was played with, so that its record can be checked later."""
    return "slot-1" if variant not in VARIANTS or variant == "off" else f"slot-1-{variant}"


def spin(numbers: Numbers, pay: dict[str, int]) -> Spin:
    """Draws a stop for each reel, from left to right."""
    rules = odds.slot()
    return show(tuple(numbers.below(rules.stops) for _ in rules.reels), pay)


def show(stops: tuple[int, ...], pay: dict[str, int]) -> Spin:
    """What those stops show and win."""
    rules = odds.slot()
    window = tuple(
        "".join(reel[(stop + row) % len(reel)] for row in range(rules.rows))
        for reel, stop in zip(rules.reels, stops, strict=True)
    )
    wins = []
    for number, line in enumerate(rules.lines, start=1):
        symbol = paying("".join(column[row] for column, row in zip(window, line, strict=True)))
        if symbol and pay[symbol]:
            wins.append(Win(number, symbol, pay[symbol]))
    return Spin(stops, window, tuple(wins))


def paying(line: str) -> str:
    """The symbol a line pays for: all equal, wilds standing for any; three wilds have their own prize."""
    symbols = set(line) - {WILD}
    if len(symbols) > 1:
        return ""
    return symbols.pop() if symbols else WILD
