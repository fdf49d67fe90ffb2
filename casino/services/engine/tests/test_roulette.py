"""Roulette against the data file: every bet of the table over all 37 numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from casino_telemetry.errors import ApiError
from conftest import Row

from casino_engine import odds, roulette
from casino_engine.games import roulette_drawn

DATA = odds.data()["roulette"]
COUNTS = {"straight": 37, "split": 60, "street": 14, "corner": 23, "sixline": 11, "dozen": 6, "even": 6}


def test_the_table_has_all_bets() -> None:
    assert {kind: len(places) for kind, places in roulette.places().items()} == COUNTS
    assert set(COUNTS) == set(DATA["bets"])


@pytest.mark.parametrize("kind", COUNTS)
def test_every_bet_returns_36_of_37(kind: str) -> None:
    for place in roulette.places()[kind]:
        assert len(place) == DATA["bets"][kind]["k"]
        bet = {"kind": kind, "numbers": sorted(place), "stake_minor": 10}
        bets = roulette.read([bet], 1000)
        paid = [roulette_drawn(roulette.spin(Row(number)), bets).payout for number in range(roulette.POCKETS)]
        assert Fraction(sum(paid), 10 * roulette.POCKETS) == Fraction(36, 37)
        mean = sum(paid) / 37
        assert (sum((win - mean) ** 2 for win in paid) / 37) ** 0.5 / 10 == pytest.approx(DATA["bets"][kind]["sd"], abs=1e-6)


def test_colours() -> None:
    colours = [roulette.colour(number) for number in range(37)]
    assert (colours.count("red"), colours.count("black"), colours.count("green")) == (18, 18, 1)


@pytest.mark.parametrize(
    "bets",
    [
        None,
        [],
        [{}] * 21,
        ["red"],
        [{"kind": "split", "numbers": [1, 5], "stake_minor": 1}],
        [{"kind": "split", "numbers": [3, 4], "stake_minor": 1}],
        [{"kind": "straight", "numbers": [37], "stake_minor": 1}],
        [{"kind": "straight", "numbers": [1, 1], "stake_minor": 1}],
        [{"kind": "straight", "numbers": [True], "stake_minor": 1}],
        [{"kind": "straight", "numbers": [1], "stake_minor": 0}],
        [{"kind": "straight", "numbers": [1], "stake_minor": -5}],
        [{"kind": "straight", "numbers": [1], "stake_minor": 1.5}],
        [{"kind": "straight", "numbers": [1], "stake_minor": 2000}],
        [{"kind": "moon", "numbers": [1], "stake_minor": 1}],
        [{"kind": ["x"], "numbers": [[1]], "stake_minor": 1}],
    ],
)
def test_what_no_table_takes_is_refused(bets: Any) -> None:  # noqa: ANN401
    with pytest.raises(ApiError) as refused:
        roulette.read(bets, 1000)
    assert refused.value.status_code == 400
