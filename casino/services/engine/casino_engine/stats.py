"""Running numbers: what came back per game, and how many play."""

from __future__ import annotations

import time
from collections import OrderedDict, deque

WINDOW = 100
CHUNK = 200
MAX_PLAYERS = 20_000
ACTIVE_SECONDS = 300.0


class RunningRtp:
    """Of the last 20,000 rounds of a game, forgotten in chunks."""

    def __init__(self) -> None:
        self._old: deque[tuple[int, int]] = deque(maxlen=WINDOW)
        self._bet = self._paid = self._rounds = 0

    def add(self, bet: int, paid: int) -> None:
        """One more round."""
        self._bet += bet
        self._paid += paid
        self._rounds += 1
        if self._rounds == CHUNK:
            self._old.append((self._bet, self._paid))
            self._bet = self._paid = self._rounds = 0

    @property
    def value(self) -> float:
        """Paid by staked; 0 before anything was staked."""
        bet = self._bet + sum(chunk[0] for chunk in self._old)
        paid = self._paid + sum(chunk[1] for chunk in self._old)
        return round(paid / bet, 6) if bet else 0.0


class Stats:
    """Of this process since it began."""

    def __init__(self) -> None:
        self._rtp: dict[str, RunningRtp] = {}
        self._seen: OrderedDict[str, float] = OrderedDict()

    def played(self, game: str, player: str, bet: int, paid: int) -> float:
        """Counts a round; the game's running RTP."""
        self.seen(player)
        rtp = self._rtp.setdefault(game, RunningRtp())
        rtp.add(bet, paid)
        return rtp.value

    def rtp(self, game: str) -> float:
        """The running RTP of a game."""
        return self._rtp[game].value if game in self._rtp else 0.0

    def seen(self, player: str) -> None:
        """A player is there."""
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
