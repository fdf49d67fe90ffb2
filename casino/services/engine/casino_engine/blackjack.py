"""Blackjack's rules: infinite deck, dealer stands on all 17 and peeks, 3:2, double on the first two cards, no split, no surrender."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from casino_engine.fair import Numbers

RANKS = "A23456789TJQK"
SUITS = "SHDC"
VERSION = "blackjack-1"
BUST = 22


def draw(numbers: Numbers) -> str:
    """A card of 52, each as likely as before."""
    number = numbers.below(len(RANKS) * len(SUITS))
    return RANKS[number % len(RANKS)] + SUITS[number // len(RANKS)]


def points(card: str) -> int:
    """Of a card; an ace counts one here and eleven where that helps."""
    return min(RANKS.index(card[0]) + 1, 10)


def add(total: int, soft: bool, value: int) -> tuple[int, bool]:
    """A hand's total, and whether an ace in it counts eleven, with one more card."""
    total += value
    if value == 1 and not soft and total + 10 <= 21:
        return total + 10, True
    if total > 21 and soft:
        return total - 10, False
    return total, soft


def count(values: list[int]) -> tuple[int, bool]:
    """Total and softness of a hand."""
    total, soft = 0, False
    for value in values:
        total, soft = add(total, soft, value)
    return total, soft


def natural(values: list[int]) -> bool:
    """Blackjack: an ace and a ten, dealt."""
    return len(values) == 2 and count(values)[0] == 21


def dealer_draws(total: int) -> bool:
    """On all 17 the dealer stands, soft or hard."""
    return total < 17


def payout(player: int, dealer: int, player_natural: bool, dealer_natural: bool, stake: int) -> int:
    """What the player gets back of all that was staked; totals over 21 are bust."""
    if player_natural or dealer_natural:
        if player_natural and dealer_natural:
            return stake
        return stake + stake * 3 // 2 if player_natural else 0
    if player >= BUST:
        return 0
    if dealer >= BUST or player > dealer:
        return 2 * stake
    return stake if player == dealer else 0


@dataclass
class Hand:
    """A hand being played: enough to go on after a restart, because the numbers of a round can be drawn again."""

    stake: int
    player: list[str] = field(default_factory=list)
    dealer: list[str] = field(default_factory=list)
    doubled: bool = False
    done: bool = False

    @classmethod
    def deal(cls, numbers: Numbers, stake: int) -> Hand:
        """Two cards each. The dealer peeks: a blackjack on either side ends it."""
        hand = cls(stake)
        for _ in range(2):
            hand.player.append(draw(numbers))
            hand.dealer.append(draw(numbers))
        hand.done = natural(hand.values(hand.player)) or natural(hand.values(hand.dealer))
        return hand

    @staticmethod
    def values(cards: list[str]) -> list[int]:
        """Points of cards."""
        return [points(card) for card in cards]

    @property
    def drawn(self) -> int:
        """How many numbers of the round are used up."""
        return len(self.player) + len(self.dealer)

    @property
    def can_double(self) -> bool:
        """On the first two cards only."""
        return not self.done and len(self.player) == 2

    def hit(self, numbers: Numbers) -> None:
        """One more card; over 21 or at 21 there is nothing left to decide."""
        self.player.append(draw(numbers))
        total, _ = count(self.values(self.player))
        if total >= 21:
            self.finish(numbers)

    def double(self, numbers: Numbers) -> None:
        """Twice the stake for exactly one card."""
        self.stake *= 2
        self.doubled = True
        self.player.append(draw(numbers))
        self.finish(numbers)

    def finish(self, numbers: Numbers) -> None:
        """The dealer plays, unless the player is bust."""
        self.done = True
        total, _ = count(self.values(self.player))
        if total > 21:
            return
        while dealer_draws(count(self.values(self.dealer))[0]):
            self.dealer.append(draw(numbers))

    @property
    def won(self) -> int:
        """What the player gets back."""
        player, dealer = self.values(self.player), self.values(self.dealer)
        return payout(count(player)[0], count(dealer)[0], natural(player), natural(dealer), self.stake)

    def keep(self) -> dict[str, Any]:
        """For the database."""
        return {"stake": self.stake, "player": self.player, "dealer": self.dealer, "doubled": self.doubled, "done": self.done}

    @classmethod
    def kept(cls, state: dict[str, Any]) -> Hand:
        """From the database."""
        return cls(**state)

    def view(self) -> dict[str, Any]:
        """What the player may see: the dealer's second card only at the end."""
        return {
            "player": self.player,
            "dealer": self.dealer if self.done else self.dealer[:1],
            "state": "done" if self.done else "playing",
        }
