"""The batch that looks for what chance does not explain: RTP, how often the slot wins, wins no pay table has."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import sentry_sdk

from casino_analytics.live import Live, Totals
from casino_analytics.odds import Expected, expected

LIMIT = 4.5
"""Standard deviations; once in 150,000 looks by chance."""
FEWEST = 100
MINUTES = 15


class GameAnomaly(Exception):
    """A game does not give back what it should."""


@dataclass(frozen=True)
class Finding:
    """One game, one number that is off."""

    game: str
    kind: str
    seen: float
    wanted: float
    score: float | None
    """Standard deviations from what is wanted; none where chance is out of the question."""
    rounds: int

    def document(self) -> dict[str, Any]:
        """The newest of its kind."""
        return {"_id": f"{self.game}:{self.kind}", **vars(self)}


def look(live: Live, now: float | None = None) -> list[Finding]:
    """At the rounds of the last minutes."""
    found = []
    for game, totals in live.recent(MINUTES, now).items():
        if game in expected():
            with sentry_sdk.start_span(op="function", name=f"anomaly.{game}"):
                found += judge(game, totals, expected()[game])
    return found


def judge(game: str, totals: Totals, odds: Expected) -> list[Finding]:
    """What of these rounds cannot be chance."""
    found = []
    if totals.impossible:
        found.append(Finding(game, "impossible_win", totals.impossible, 0.0, None, totals.rounds))
    if totals.rounds < FEWEST:
        return found
    spread = odds.sd * math.sqrt(totals.squares) / totals.bet if totals.bet else math.inf
    score = (totals.rtp - odds.rtp) / spread
    if abs(score) > LIMIT:
        found.append(Finding(game, "rtp", totals.rtp, odds.rtp, score, totals.rounds))
    if odds.hits is not None:
        seen = totals.hits / totals.rounds
        score = (seen - odds.hits) / math.sqrt(odds.hits * (1 - odds.hits) / totals.rounds)
        if abs(score) > LIMIT:
            found.append(Finding(game, "hit_frequency", round(seen, 6), odds.hits, score, totals.rounds))
    return found


def report(finding: Finding) -> None:
    """One issue for each game and kind."""
    with sentry_sdk.new_scope() as scope:
        scope.fingerprint = ["game-anomaly", finding.game, finding.kind]
        scope.set_tag("game", finding.game)
        scope.set_level("warning")
        scope.set_context("anomaly", {name: str(value) for name, value in vars(finding).items()})
        sentry_sdk.capture_exception(
            GameAnomaly(f"{finding.game}: {finding.kind} is {finding.seen:g}, should be {finding.wanted:g}")
        )
