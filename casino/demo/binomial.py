"""How far a share that was seen may be from the true one."""

from __future__ import annotations

import math

TAIL_95 = 0.025


def interval(hits: int, trials: int, tail: float = TAIL_95) -> tuple[float, float]:
    """The exact (Clopper-Pearson) confidence interval of a share: the shares for which `hits` or more, and `hits` or
    fewer, are still as likely as `tail`.

    Source: Clopper and Pearson, Biometrika 26 (1934), by bisection instead of tables.
    """
    if not 0 <= hits <= trials or trials == 0:
        raise ValueError(f"{hits} of {trials} is no share")
    low = 0.0 if hits == 0 else bisect(lambda share: at_most(trials - hits, trials, 1 - share) - tail)
    high = 1.0 if hits == trials else bisect(lambda share: tail - at_most(hits, trials, share))
    return low, high


def at_most(hits: int, trials: int, share: float) -> float:
    """The probability of at most so many hits."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return 1.0 if hits >= trials else 0.0
    return math.fsum(
        math.exp(
            math.lgamma(trials + 1)
            - math.lgamma(count + 1)
            - math.lgamma(trials - count + 1)
            + count * math.log(share)
            + (trials - count) * math.log1p(-share)
        )
        for count in range(hits + 1)
    )


def bisect(rising: object) -> float:
    """Where a rising function of a share is zero."""
    assert callable(rising)
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
