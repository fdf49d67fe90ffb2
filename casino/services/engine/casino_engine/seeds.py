"""Server seeds: committed before the first round, used for a while, revealed after the last one."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
import uuid
from dataclasses import dataclass, field

from casino_telemetry.database import Database

from casino_engine.fair import commitment

PER_SEED = 200
SECONDS = 600.0


@dataclass(frozen=True)
class Seed:
    """A seed in use."""

    id: uuid.UUID
    # Not shown with the local variables of an error: nobody may know it before it is revealed.
    secret: bytes = field(repr=False)

    @property
    def hash(self) -> str:
        """The commitment."""
        return commitment(self.secret)


class Seeds:
    """One seed at a time; nonces count up in memory, and every start begins a new seed, so none is used twice."""

    def __init__(self, database: Database, fixed: str) -> None:
        self._database = database
        self._fixed = fixed
        self._made = 0
        self._seed: Seed | None = None
        self._nonce = 0
        self._since = 0.0
        self._change = asyncio.Lock()

    async def take(self) -> tuple[Seed, int]:
        """The seed and the nonce of a new round."""
        seed = self._seed
        if seed is None or self._used_up():
            async with self._change:
                if self._seed is None or self._used_up():
                    await self._begin()
                seed = self._seed
        assert seed is not None
        self._nonce += 1
        return seed, self._nonce

    def _used_up(self) -> bool:
        return self._nonce >= PER_SEED or time.monotonic() - self._since > SECONDS

    async def _begin(self) -> None:
        seed = Seed(uuid.uuid4(), self._secret())
        async with self._database.transaction() as connection:
            await connection.run("UPDATE seeds SET closed_at = now() WHERE closed_at IS NULL")
            await connection.run(
                "INSERT INTO seeds (seed_id, server_seed, seed_hash) VALUES ($1, $2, $3)", seed.id, seed.secret, seed.hash
            )
        self._seed, self._nonce, self._since = seed, 0, time.monotonic()

    def _secret(self) -> bytes:
        """From the system, or from `CASINO_SEED` so that a run can be repeated."""
        self._made += 1
        if not self._fixed:
            return secrets.token_bytes(32)
        return hashlib.sha256(f"{self._fixed}:{self._made}".encode()).digest()

    async def secret_of(self, seed_id: uuid.UUID) -> bytes:
        """Of a round that goes on, maybe after a restart."""
        if self._seed is not None and self._seed.id == seed_id:
            return self._seed.secret
        row = await self._database.row("SELECT server_seed FROM seeds WHERE seed_id = $1", seed_id)
        if row is None:
            raise LookupError(f"seed {seed_id} is gone")
        return bytes(row["server_seed"])

    async def reveal(self) -> int:
        """Makes seeds public that no open round needs. A minute's wait covers rounds that are just beginning."""
        return await self._database.run(
            """UPDATE seeds SET revealed_at = now() WHERE revealed_at IS NULL AND closed_at < now() - interval '1 minute'
               AND NOT EXISTS (SELECT 1 FROM rounds WHERE rounds.seed_id = seeds.seed_id AND state IN ('staking', 'playing', 'doubling'))"""
        )
