"""Intervals against published values, and against the definition."""

from __future__ import annotations

import math

import pytest

import binomial


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        # Published tables of exact 95 % intervals.
        (0, 10, 0.0, 0.3085),
        (1, 10, 0.0025, 0.4450),
        (5, 10, 0.1871, 0.8129),
        (10, 10, 0.6915, 1.0),
        (10, 100, 0.0490, 0.1762),
    ],
)
def test_known_intervals(hits: int, trials: int, low: float, high: float) -> None:
    assert binomial.interval(hits, trials) == pytest.approx((low, high), abs=5e-5)


def test_the_tails_are_what_they_say() -> None:
    low, high = binomial.interval(7, 60)
    upper = sum(math.comb(60, count) * low**count * (1 - low) ** (60 - count) for count in range(7, 61))
    lower = sum(math.comb(60, count) * high**count * (1 - high) ** (60 - count) for count in range(8))
    assert (upper, lower) == pytest.approx((0.025, 0.025), rel=1e-6)


def test_what_is_no_share() -> None:
    for hits, trials in ((-1, 5), (6, 5), (0, 0)):
        with pytest.raises(ValueError):
            binomial.interval(hits, trials)
