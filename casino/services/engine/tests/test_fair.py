"""Draws: known numbers of the cipher, no number favoured, and anybody can do it again from the revealed seed."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter

import pytest

from casino_engine import fair


def test_the_stream_is_chacha20() -> None:
    # RFC 8439, appendix A.1, test vector 1: key and nonce are zeros.
    words = [0xADE0B876, 0x903DF1A0, 0xE56A5D40, 0x28BD8653]
    stream = fair.Stream(bytes(32))
    assert [stream.below(2**32) for _ in words] == words


def test_numbers_are_in_range_and_even() -> None:
    stream = fair.Stream(hashlib.sha256(b"even").digest())
    counts = Counter(stream.below(37) for _ in range(37_000))
    assert set(counts) == set(range(37))
    # Chi-square with 36 degrees of freedom; 85 is passed once in 100,000 times. The key is fixed, so it passes always or never.
    assert sum((count - 1000) ** 2 / 1000 for count in counts.values()) < 85


def test_words_of_the_uneven_rest_are_skipped() -> None:
    half = 2**31 + 1
    stream, plain = fair.Stream(bytes(32)), fair.Stream(bytes(32))
    words = [plain.below(2**32) for _ in range(64)]
    kept = [word for word in words if word < half]
    assert len(kept) < 64
    assert [stream.below(half) for _ in kept] == kept


def test_the_key_can_be_made_again_from_the_seed() -> None:
    key = b"\x07" * 32 + (5).to_bytes(8, "big")
    for _ in range(3):
        key = hashlib.sha256(key).digest()
    assert fair.stretch_seed(b"\x07" * 32, 5, 3) == key
    assert fair.commitment(b"\x07" * 32) == hashlib.sha256(b"\x07" * 32).hexdigest()


@pytest.mark.parametrize("n", [0, -1, 2**32 + 1])
def test_there_is_no_such_range(n: int) -> None:
    with pytest.raises(ValueError, match="range"):
        fair.Stream(bytes(32)).below(n)


def test_blocking_stops_the_loop_and_the_thread_does_not() -> None:
    async def beats(rounds: int) -> int:
        """How often the loop turns while a seed is stretched."""
        source, beat, done = fair.Source(), 0, False

        async def count() -> None:
            nonlocal beat
            while not done:
                beat += 1
                await asyncio.sleep(0.001)

        counting = asyncio.create_task(count())
        await asyncio.sleep(0)
        await source.stream(bytes(32), 1, rounds)
        done = True
        await counting
        source.close()
        return beat

    assert asyncio.run(beats(fair.BLOCKING_ROUNDS)) <= 2
    assert asyncio.run(beats(fair.BLOCKING_ROUNDS - 1)) > 5
