"""Draws that can be checked: numbers from a ChaCha20 stream whose key comes from a committed seed and the round's nonce.

`key = SHA-256 applied `rounds` times to (server seed || nonce as 8 bytes, big-endian)`; the stream is ChaCha20's with a zero nonce, read as
32-bit little-endian words; a number below n is a word modulo n, words from the uneven rest at the top are skipped.
"""

from __future__ import annotations

import asyncio
import hashlib
import struct
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Protocol

import sentry_sdk
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

ROUNDS = 2_000
"""How often a seed is hashed: work enough to be seen in a profile."""
BLOCKING_ROUNDS = 200_000
"""With the fault `rngBlocking`."""
WORD = 2**32


class Numbers(Protocol):
    """Where draws come from."""

    def below(self, n: int) -> int:
        """A number from 0 to n - 1, all as likely."""


class Stream:
    """The numbers of one round."""

    def __init__(self, key: bytes) -> None:
        self._encryptor = Cipher(ChaCha20(key, bytes(16)), mode=None).encryptor()

    def below(self, n: int) -> int:
        """A number from 0 to n - 1, all as likely."""
        if not 0 < n <= WORD:
            raise ValueError("no such range")
        limit = WORD - WORD % n
        while True:
            (word,) = struct.unpack("<I", self._encryptor.update(bytes(4)))
            if word < limit:
                return word % n


def stretch_seed(seed: bytes, nonce: int, rounds: int) -> bytes:
    """The key of a round. Slow on purpose."""
    key = seed + nonce.to_bytes(8, "big")
    for _ in range(rounds):
        key = hashlib.sha256(key).digest()
    return key


def commitment(seed: bytes) -> str:
    """What players are shown before: it fixes the seed without telling it."""
    return hashlib.sha256(seed).hexdigest()


class Source:
    """Makes streams, in a thread of its own so that the loop stays free; under `rngBlocking` on the loop."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="rng")

    async def stream(self, seed: bytes, nonce: int, rounds: int) -> Stream:
        """The numbers of a round."""
        with sentry_sdk.start_span(op="function", name="rng.stretch_seed") as span:
            span.set_data("rng.rounds", rounds)
            span.set_data("rng.blocking", rounds >= BLOCKING_ROUNDS)
            if rounds >= BLOCKING_ROUNDS:
                return Stream(stretch_seed(seed, nonce, rounds))
            loop = asyncio.get_running_loop()
            return Stream(await loop.run_in_executor(self._threads, copy_context().run, stretch_seed, seed, nonce, rounds))

    def close(self) -> None:
        """Ends the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
