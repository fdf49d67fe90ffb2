"""What the games should give back in the long run, from `data/casino_math.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files

COINS = 5


@dataclass(frozen=True)
class Expected:
    """The mean and the spread of payout by stake; for the slot also how often and how much a spin can win."""

    rtp: float
    sd: float
    hits: float | None = None
    coins: frozenset[int] | None = None


@cache
def expected() -> dict[str, Expected]:
    """By game. Where players choose (roulette's bets, blackjack's doubling) the spread is the widest there is."""
    data = json.loads(files("casino_analytics").joinpath("data/casino_math.json").read_text())
    slot, roulette, blackjack = data["slot"], data["roulette"], data["blackjack"]
    return {
        "slot": Expected(
            float(Fraction(*slot["rtp"])),
            slot["sd_per_unit_stake"],
            float(Fraction(*slot["hit_frequency"])),
            frozenset(int(coins) for coins in slot["win_distribution"]),
        ),
        "roulette": Expected(float(Fraction(*roulette["rtp"])), max(bet["sd"] for bet in roulette["bets"].values())),
        # No spread in the file; 1.2 stakes is above what these rules have.
        "blackjack": Expected(blackjack["rtp_wagered"], 1.2),
    }


def possible(game: str, stake: int, payout: int) -> bool:
    """Whether the pay table has such a win; only the slot's is known in full."""
    coins = expected()[game].coins if game in expected() else None
    if coins is None or stake <= 0 or stake % COINS:
        return True
    won, rest = divmod(payout, stake // COINS)
    return rest == 0 and won in coins
