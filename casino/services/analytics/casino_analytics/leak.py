"""The fault `analyticsLeak`: rounds that are never let go, 100 KB each times the flag's factor."""

from __future__ import annotations

PIECE = 100_000
MOST = 512 * 1024 * 1024
"""The machine is shared, so even the leak ends."""


class Leak:
    """Holds on to memory while the flag is on."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []
        self.size = 0

    def hold(self, factor: int) -> None:
        """For one round. Off lets everything go, so that a demonstration can be repeated."""
        if factor <= 0:
            self._kept.clear()
            self.size = 0
        elif self.size + PIECE * factor <= MOST:
            # Filled, because the system gives no memory for zeros nobody wrote.
            self._kept.append(b"r" * (PIECE * factor))
            self.size += PIECE * factor
