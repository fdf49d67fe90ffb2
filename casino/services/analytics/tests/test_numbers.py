"""Totals, summary and anomalies against games that were really drawn."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from importlib.resources import files

import pytest

from casino_analytics import anomalies
from casino_analytics.live import MAX_IDS, MAX_PLAYERS, MINUTES, Live, Totals
from casino_analytics.odds import expected, possible

NOW = 1_800_000_000.0


def slot(chance: random.Random, change: Callable[[int], int]) -> int:
    """A win in coins by the file's distribution, changed by a fault."""
    table = json.loads(files("casino_analytics").joinpath("data/casino_math.json").read_text())["slot"]["win_distribution"]
    return change(int(chance.choices(list(table), list(table.values()))[0]))


def spins(count: int, change: Callable[[int], int]) -> Live:
    """Rounds of five coins of twenty."""
    chance, live = random.Random(7), Live()
    for number in range(count):
        live.round("slot", ("de", "uk")[number % 2], 100, 20 * slot(chance, change), NOW)
    return live


def kinds(live: Live) -> set[str]:
    """What was found."""
    return {finding.kind for finding in anomalies.look(live, NOW)}


def test_a_fair_slot_is_left_alone() -> None:
    assert kinds(spins(5_000, lambda coins: coins)) == set()


def test_a_lemon_that_pays_nothing_is_found_by_how_seldom_it_wins() -> None:
    assert "hit_frequency" in kinds(spins(600, lambda coins: 0 if coins == 5 else coins))


def test_a_cherry_that_pays_twice_is_found_by_wins_that_cannot_be() -> None:
    assert "impossible_win" in kinds(spins(600, lambda coins: 40 if coins == 20 else coins))


def test_a_game_that_gives_too_much_is_found() -> None:
    live = Live()
    for _ in range(500):
        live.round("roulette", "de", 100, 250, NOW)
    (finding,) = anomalies.look(live, NOW)
    assert (finding.game, finding.kind, finding.rounds) == ("roulette", "rtp", 500)
    assert finding.score is not None and finding.score > anomalies.LIMIT
    assert anomalies.look(live, NOW + 60 * (anomalies.MINUTES + 2)) == []


def test_possible_wins() -> None:
    assert possible("slot", 100, 0) and possible("slot", 100, 20 * 1016) and possible("roulette", 7, 9_999)
    assert not possible("slot", 100, 20 * 40) and not possible("slot", 100, 21)
    assert expected()["slot"].rtp == pytest.approx(0.9501314800901578)


def test_totals_are_kept_and_come_back() -> None:
    live = spins(50, lambda coins: coins)
    again = Live()
    again.round("slot", "de", 100, 0, NOW)
    again.restore(live.keep())
    assert again.by(0)["slot"].rounds == 51
    assert live.by(0)["slot"].ggr == sum(totals.ggr for totals in live.by(1).values())
    again.restore([{"game": "slot"}, {"game": "x", "market": "de"}, {"_id": 1}])
    assert again.by(0)["slot"].rounds == 51


def test_everything_is_bounded() -> None:
    live = Live()
    for number in range(3 * MINUTES):
        live.round(f"game-{number}", f"m-{number}", 1, 0, NOW + 60 * number)
    assert len(live.minutes) == MINUTES
    assert list(live.totals) == [("other", "other")]
    for number in range(MAX_PLAYERS + 10):
        live.seen(f"p-{number}")
        live.fresh(f"m-{number}")
    assert live.active == MAX_PLAYERS
    assert len(live._ids) == MAX_IDS
    assert not live.fresh(f"m-{MAX_PLAYERS + 9}") and live.fresh("m-0")


def test_an_empty_game_has_no_rtp() -> None:
    assert Totals().rtp == 0.0
    assert kinds(Live()) == set()
