"""The mathematics of the games, from `data/casino_math.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def data() -> dict[str, Any]:
    """The file, read once."""
    return json.loads(files("casino_engine").joinpath("data/casino_math.json").read_text())


@dataclass(frozen=True)
class Slot:
    """Reels, lines and prizes."""

    reels: tuple[str, ...]
    rows: int
    lines: tuple[tuple[int, ...], ...]
    pay: dict[str, int]

    @property
    def stops(self) -> int:
        """Of every reel."""
        return len(self.reels[0])


@cache
def slot() -> Slot:
    """The slot of the file."""
    part = data()["slot"]
    return Slot(tuple(part["reels"]), part["rows"], tuple(tuple(line) for line in part["lines"]), dict(part["pay"]))


@cache
def roulette_pay() -> dict[str, tuple[int, int]]:
    """For each kind of bet how many numbers it covers, and what it pays beside the stake."""
    return {kind: (bet["k"], bet["pay"]) for kind, bet in data()["roulette"]["bets"].items()}


def expected_rtp(game: str) -> float:
    """What comes back in the long run."""
    part = data()[game]
    if game == "blackjack":
        return float(part["rtp_wagered"])
    return float(Fraction(*part["rtp"]))
