"""The slot against the data file: all stops through the code that plays."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import product

import pytest
from conftest import Row

from casino_engine import odds, slot
from casino_engine.games import slot_drawn

DATA = odds.data()["slot"]


def all_wins(variant: str) -> Counter[int]:
    """How often each win in coins comes up over the whole cycle."""
    pay = slot.pay_table(variant)
    return Counter(slot.spin(Row(*stops), pay).coins for stops in product(range(22), repeat=3))


def test_every_stop_gives_the_return_and_the_wins_of_the_file() -> None:
    wins = all_wins("off")
    assert sum(wins.values()) == DATA["cycle"] == 22**3
    assert Fraction(sum(coins * times for coins, times in wins.items()), DATA["cycle"] * slot.COINS) == Fraction(10117, 10648)
    assert {str(coins): times for coins, times in wins.items()} == DATA["win_distribution"]
    assert Fraction(DATA["cycle"] - wins[0], DATA["cycle"]) == Fraction(*DATA["hit_frequency"])
    assert max(wins) == DATA["max_win_coins"]


def test_spread_is_that_of_the_file() -> None:
    wins = all_wins("off")
    mean = sum(coins * times for coins, times in wins.items()) / DATA["cycle"]
    variance = sum((coins - mean) ** 2 * times for coins, times in wins.items()) / DATA["cycle"]
    assert variance**0.5 / slot.COINS == pytest.approx(DATA["sd_per_unit_stake"], abs=1e-12)


def test_faults_change_the_return_and_the_version() -> None:
    total = {variant: sum(coins * times for coins, times in all_wins(variant).items()) for variant in slot.VARIANTS}
    assert total["halved"] < total["lemon0"] < total["off"] < total["cherry2x"]
    assert {slot.version(variant) for variant in slot.VARIANTS} == {"slot-1", "slot-1-lemon0", "slot-1-cherry2x", "slot-1-halved"}
    assert slot.pay_table("no such") == slot.pay_table("off") == DATA["pay"]


@pytest.mark.parametrize(
    ("line", "symbol"), [("777", "7"), ("W7W", "7"), ("WWW", "W"), ("WWL", "L"), ("7L7", ""), ("W7L", ""), ("LLL", "L")]
)
def test_lines(line: str, symbol: str) -> None:
    assert slot.paying(line) == symbol


def test_what_the_player_is_shown_adds_up() -> None:
    for stops in product(range(0, 22, 3), repeat=3):
        spin = slot.spin(Row(*stops), slot.pay_table())
        drawn = slot_drawn(spin, 20)
        assert sum(line["pay_minor"] for line in drawn.shown["lines"]) == drawn.payout == drawn.record["win"]
        assert [len(column) for column in drawn.shown["window"]] == [3, 3, 3]
        assert drawn.record["stops"] == list(stops)
