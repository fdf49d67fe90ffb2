"""Blackjack against the data file: the exact value of optimal play, computed with the rules the engine plays by."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import product

import pytest
from conftest import Row

from casino_engine import blackjack, odds
from casino_engine.blackjack import Hand

DATA = odds.data()["blackjack"]
STAKE = 2
CARDS = [rank + suit for suit in blackjack.SUITS for rank in blackjack.RANKS]


def number(card: str) -> int:
    """The draw that gives a card."""
    return blackjack.RANKS.index(card[0]) + 13 * blackjack.SUITS.index(card[1])


def chances() -> dict[int, Fraction]:
    """How likely each number of points is, counted over the cards `draw` can give."""
    found: dict[int, Fraction] = {}
    for draw in range(52):
        value = blackjack.points(blackjack.draw(Row(draw)))
        found[value] = found.get(value, Fraction(0)) + Fraction(1, 52)
    return found


CHANCES = chances()


@cache
def dealer(total: int, soft: bool) -> tuple[tuple[int, Fraction], ...]:
    """Where the dealer ends, by `dealer_draws`."""
    if not blackjack.dealer_draws(total):
        return ((min(total, blackjack.BUST), Fraction(1)),)
    found: dict[int, Fraction] = {}
    for value, chance in CHANCES.items():
        for end, part in dealer(*blackjack.add(total, soft, value)):
            found[end] = found.get(end, Fraction(0)) + chance * part
    return tuple(found.items())


@cache
def dealer_after_peek(up: int) -> tuple[tuple[int, Fraction], ...]:
    """Where the dealer ends who has looked and has no blackjack."""
    found: dict[int, Fraction] = {}
    sure = Fraction(0)
    for hole, chance in CHANCES.items():
        if blackjack.natural([up, hole]):
            continue
        sure += chance
        for end, part in dealer(*blackjack.count([up, hole])):
            found[end] = found.get(end, Fraction(0)) + chance * part
    return tuple((end, part / sure) for end, part in found.items())


@cache
def stand(total: int, up: int, stake: int) -> Fraction:
    """Net of standing."""
    ends = dealer_after_peek(up)
    return sum((part * (blackjack.payout(total, end, False, False, stake) - stake) for end, part in ends), Fraction(0))


@cache
def hit(total: int, soft: bool, up: int) -> Fraction:
    """Net of taking a card and going on as well as can be."""
    value = Fraction(0)
    for card, chance in CHANCES.items():
        now, still = blackjack.add(total, soft, card)
        value += chance * (stand(now, up, STAKE) if now > 21 else max(stand(now, up, STAKE), hit(now, still, up)))
    return value


@cache
def double(total: int, soft: bool, up: int) -> Fraction:
    """Net of one card for twice the stake."""
    return sum(
        (chance * stand(blackjack.add(total, soft, card)[0], up, 2 * STAKE) for card, chance in CHANCES.items()), Fraction(0)
    )


def test_optimal_play_is_worth_what_the_file_says() -> None:
    value = wagered = Fraction(0)
    for up, first, second in product(CHANCES, repeat=3):
        chance = CHANCES[up] * CHANCES[first] * CHANCES[second]
        peeked = sum((part for hole, part in CHANCES.items() if blackjack.natural([up, hole])), Fraction(0))
        mine = blackjack.natural([first, second])
        if mine:
            with_dealer = blackjack.payout(21, 21, True, True, STAKE) - STAKE
            alone = blackjack.payout(21, 20, True, False, STAKE) - STAKE
            value += chance * (peeked * with_dealer + (1 - peeked) * alone)
            wagered += chance * STAKE
            continue
        total, soft = blackjack.count([first, second])
        choices = {1: max(stand(total, up, STAKE), hit(total, soft, up)), 2: double(total, soft, up)}
        best = 2 if choices[2] >= choices[1] else 1
        lost = blackjack.payout(total, 21, False, True, STAKE) - STAKE
        value += chance * (peeked * lost + (1 - peeked) * choices[best])
        wagered += chance * (peeked * STAKE + (1 - peeked) * best * STAKE)
    assert round(float(value / STAKE), 10) == DATA["ev_per_initial_bet"]
    assert round(float(wagered / STAKE), 10) == DATA["avg_wagered"]
    assert round(float(1 + value / wagered), 10) == DATA["rtp_wagered"]


def test_a_played_hand_ends_as_the_computed_one() -> None:
    """`Hand` deals, hits, doubles and pays by the same functions the value was computed with."""
    for up, hole, first, second, third, fourth in product("A5T", "67T", "A5T", "28T", "4T", "7"):
        cards = [first + "S", up + "H", second + "D", hole + "C", third + "S", fourth + "H"] + ["9S"] * 8
        for action in ("stand", "hit", "double"):
            numbers = Row(*map(number, cards))
            hand = Hand.deal(numbers, STAKE)
            if hand.done:
                assert blackjack.natural(hand.values(hand.player)) or blackjack.natural(hand.values(hand.dealer))
                assert len(hand.dealer) == 2
                break
            {"stand": hand.finish, "hit": hand.hit, "double": hand.double}[action](numbers)
            if not hand.done:
                assert blackjack.count(hand.values(hand.player))[0] < 21
                hand.finish(numbers)
            mine = blackjack.count(hand.values(hand.player))[0]
            ends = blackjack.count(hand.values(hand.dealer))[0]
            assert hand.stake == (2 * STAKE if action == "double" else STAKE)
            assert mine > 21 or not blackjack.dealer_draws(ends)
            assert hand.won == blackjack.payout(mine, ends, False, False, hand.stake)


@pytest.mark.parametrize(
    ("cards", "total", "soft"),
    [("AS KH", 21, True), ("AS AH", 12, True), ("AS 5H TD", 16, False), ("9S 9H 4D", 22, False), ("AS AH 9D", 21, True)],
)
def test_totals(cards: str, total: int, soft: bool) -> None:
    assert blackjack.count(Hand.values(cards.split())) == (total, soft)


def test_payouts() -> None:
    assert blackjack.payout(21, 20, True, False, 100) == 250
    assert blackjack.payout(21, 21, True, True, 100) == 100
    assert blackjack.payout(21, 21, False, True, 100) == 0
    assert blackjack.payout(22, 22, False, False, 100) == 0
    assert blackjack.payout(18, 22, False, False, 100) == 200
    assert blackjack.payout(18, 18, False, False, 100) == 100


def test_all_cards_can_be_drawn_and_a_kept_hand_goes_on() -> None:
    assert sorted(blackjack.draw(Row(draw)) for draw in range(52)) == sorted(CARDS)
    numbers = Row(*map(number, ["5S", "9H", "6D", "8C", "TS"]))
    hand = Hand.deal(numbers, 100)
    assert hand.view() == {"player": ["5S", "6D"], "dealer": ["9H"], "state": "playing"}
    again = Hand.kept(hand.keep())
    again.hit(numbers)
    assert again.done and again.won == 200 and again.view()["dealer"] == ["9H", "8C"]
