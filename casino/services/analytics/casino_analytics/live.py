"""Live numbers: totals per game and market, minutes of the last hour, who is there. Everything has a limit."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from dataclasses import asdict, dataclass, field
from typing import Any

from casino_analytics import odds

GAMES = ("slot", "roulette", "blackjack")
MARKETS = ("de", "es", "pt", "se", "uk")
OTHER = "other"
MINUTES = 60
MAX_PLAYERS = 20_000
MAX_IDS = 10_000
ACTIVE_SECONDS = 300.0


@dataclass
class Totals:
    """Of rounds; `squares` is the sum of squared stakes, which the spread of their payouts follows from."""

    rounds: int = 0
    bet: int = 0
    payout: int = 0
    squares: int = 0
    hits: int = 0
    impossible: int = 0

    def add(self, game: str, bet: int, payout: int) -> None:
        """One more round."""
        self.rounds += 1
        self.bet += bet
        self.payout += payout
        self.squares += bet * bet
        self.hits += payout > 0
        self.impossible += not odds.possible(game, bet, payout)

    def join(self, other: Totals) -> None:
        """Both together."""
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)

    @property
    def rtp(self) -> float:
        """Paid by staked."""
        return round(self.payout / self.bet, 6) if self.bet else 0.0

    @property
    def ggr(self) -> int:
        """Gross gaming revenue."""
        return self.bet - self.payout


@dataclass
class Minute:
    """One minute by game."""

    start: int
    games: dict[str, Totals] = field(default_factory=dict)


class Live:
    """In memory; `keep` and `restore` go through documents."""

    def __init__(self) -> None:
        self.totals: dict[tuple[str, str], Totals] = {}
        self.changed: set[tuple[str, str]] = set()
        self.minutes: deque[Minute] = deque(maxlen=MINUTES)
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._ids: OrderedDict[str, None] = OrderedDict()

    def fresh(self, message_id: str) -> bool:
        """Whether the message is new; brokers deliver some twice."""
        if not message_id:
            return True
        if message_id in self._ids:
            return False
        self._ids[message_id] = None
        if len(self._ids) > MAX_IDS:
            self._ids.popitem(last=False)
        return True

    def round(self, game: str, market: str, bet: int, payout: int, now: float | None = None) -> None:
        """Counts a round."""
        game = game if game in GAMES else OTHER
        key = (game, market if market in MARKETS else OTHER)
        self.totals.setdefault(key, Totals()).add(game, bet, payout)
        self.changed.add(key)
        self._minute(now or time.time()).games.setdefault(game, Totals()).add(game, bet, payout)

    def _minute(self, now: float) -> Minute:
        start = int(now // 60) * 60
        if not self.minutes or self.minutes[-1].start != start:
            self.minutes.append(Minute(start))
        return self.minutes[-1]

    def seen(self, player: str) -> None:
        """A player does something."""
        self._seen[player] = time.monotonic()
        self._seen.move_to_end(player)
        if len(self._seen) > MAX_PLAYERS:
            self._seen.popitem(last=False)

    @property
    def active(self) -> int:
        """Players of the last five minutes."""
        limit = time.monotonic() - ACTIVE_SECONDS
        while self._seen and next(iter(self._seen.values())) < limit:
            self._seen.popitem(last=False)
        return len(self._seen)

    def by(self, place: int) -> dict[str, Totals]:
        """Totals by game (0) or by market (1)."""
        found: dict[str, Totals] = {}
        for key, totals in self.totals.items():
            found.setdefault(key[place], Totals()).join(totals)
        return found

    def recent(self, minutes: int, now: float | None = None) -> dict[str, Totals]:
        """Of the last minutes, by game."""
        since = (now or time.time()) - minutes * 60
        found: dict[str, Totals] = {}
        for minute in self.minutes:
            if minute.start >= since:
                for game, totals in minute.games.items():
                    found.setdefault(game, Totals()).join(totals)
        return found

    def keep(self) -> list[dict[str, Any]]:
        """The totals that changed, as documents."""
        return [document(key, self.totals[key]) for key in sorted(self.changed)]

    def restore(self, documents: list[dict[str, Any]]) -> None:
        """Adds what was kept to what has come since."""
        for key, kept in self.totals_of(documents).items():
            self.totals.setdefault(key, Totals()).join(kept)

    @staticmethod
    def totals_of(documents: list[dict[str, Any]]) -> dict[tuple[str, str], Totals]:
        """Reads `document`s; what is none is left out."""
        fields = set(asdict(Totals()))
        found = {}
        for kept in documents:
            key = (str(kept.get("game")), str(kept.get("market")))
            if key[0] in (*GAMES, OTHER) and key[1] in (*MARKETS, OTHER):
                found[key] = Totals(**{name: int(kept[name]) for name in fields if name in kept})
        return found


def document(key: tuple[str, str], totals: Totals) -> dict[str, Any]:
    """Of one game on one market."""
    game, market = key
    return {"_id": f"{game}:{market}", "game": game, "market": market, **asdict(totals)}
