"""Players who go on while services die, and who write down every answer they get."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass

import casino_client
from casino_client import Player
from web_requests import Answer

PLAYERS = 3
PAUSE_SECONDS = 0.3
ANSWER_SECONDS_MAX = 31.0


@dataclass(frozen=True)
class Seen:
    """One answer, or none."""

    what: str
    status: int
    seconds: float
    code: str

    @property
    def is_clear(self) -> bool:
        """Done, refused for a reason, or an error that says what is wrong; and in time. Status 0 is no answer at all."""
        return self.seconds <= ANSWER_SECONDS_MAX and (0 < self.status < 400 or bool(self.code))


class Load:
    """A few players in threads. Use it as a context manager."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.turn = threading.Lock()
        self.seen: list[Seen] = []
        self.totals: Counter[str] = Counter()
        self.threads = [threading.Thread(target=self._play, args=(number,), daemon=True) for number in range(PLAYERS)]

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(ANSWER_SECONDS_MAX + 5)

    def forget(self) -> None:
        with self.turn:
            self.seen.clear()

    def unclear(self, silence: bool) -> list[Seen]:
        """Answers that leave players alone with it. `silence`: no answer at all is to be expected."""
        with self.turn:
            return [one for one in self.seen if not one.is_clear and not (silence and one.status == 0)]

    def summary(self) -> str:
        with self.turn:
            counts = Counter(f"{one.status} {one.code}".strip() if one.status else "no answer" for one in self.seen)
            total = sum(self.totals.values())
        return f"{total} requests so far; of the last {sum(counts.values())}: " + ", ".join(
            f"{count}x {what}" for what, count in counts.most_common()
        )

    def _play(self, number: int) -> None:
        market = ("de", "es", "se")[number % 3]
        player: Player | None = None
        turn = 0
        while not self.over.wait(PAUSE_SECONDS):
            turn += 1
            if player is None:
                player = self._enter(market)
                continue
            if turn % 7 == 0:
                self._note("deposit", player.deposit)
            elif turn % 5 == 0:
                self._note("lobby", lambda known=player: known.ask("/api/lobby"))
            else:
                self._note("spin", player.spin)

    def _enter(self, market: str) -> Player | None:
        try:
            return casino_client.enter(market)
        except (OSError, AssertionError, ValueError):
            return None

    def _note(self, what: str, request: object) -> None:
        assert callable(request)
        began = time.monotonic()
        try:
            answer = request()
        except OSError:
            answer = Answer(0, b"")
        seen = Seen(what, answer.status, time.monotonic() - began, code_of(answer))
        with self.turn:
            self.seen.append(seen)
            self.totals[what] += 1


def code_of(answer: Answer) -> str:
    try:
        return str(answer.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return ""
