"""PostgreSQL: all SQL goes through `Database`, which opens a span with the statement and has a time limit for everything."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import sentry_sdk

from casino_telemetry.errors import unavailable

log = logging.getLogger("casino.database")
SECONDS = 5.0
AWAY = (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.CannotConnectNowError)
Row = asyncpg.Record


class Connection:
    """One connection of the pool, inside a transaction or not."""

    def __init__(self, raw: Any, address: dict[str, Any]) -> None:  # noqa: ANN401 -- asyncpg's proxy has no public type
        self._raw = raw
        self._address = address

    async def rows(self, statement: str, *values: object) -> list[Row]:
        """All rows."""
        with self._span(statement):
            return await self._raw.fetch(statement, *values, timeout=SECONDS)

    async def row(self, statement: str, *values: object) -> Row | None:
        """The first row."""
        with self._span(statement):
            return await self._raw.fetchrow(statement, *values, timeout=SECONDS)

    async def run(self, statement: str, *values: object) -> int:
        """How many rows were changed."""
        with self._span(statement):
            status = await self._raw.execute(statement, *values, timeout=SECONDS)
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[None]:
        """A transaction on this connection."""
        async with self._raw.transaction():
            yield

    @contextmanager
    def _span(self, statement: str) -> Iterator[None]:
        text = " ".join(statement.split())
        with sentry_sdk.start_span(op="db", name=text) as span:
            span.set_data("db.system", "postgresql")
            span.set_data("db.operation", text.split(" ", 1)[0].upper())
            for name, value in self._address.items():
                span.set_data(name, value)
            yield


class Database:
    """A small pool that opens when the server is there."""

    def __init__(self, url: str, schema: str, setup: Callable[[Connection], Awaitable[None]], size: int = 8) -> None:
        self._url = url
        self._schema = schema
        self._setup = setup
        self._size = size
        self._pool: asyncpg.Pool | None = None
        parts = urlsplit(url)
        self._address = {"server.address": parts.hostname, "server.port": parts.port or 5432, "db.name": parts.path.strip("/")}

    async def open(self) -> None:
        """Tries until the server answers."""
        wait = 0.2
        while self._pool is None:
            try:
                pool = await asyncpg.create_pool(
                    self._url, min_size=1, max_size=self._size, timeout=SECONDS, command_timeout=SECONDS, init=_json,
                    server_settings={"search_path": self._schema, "application_name": self._schema},
                )  # fmt: skip
                async with pool.acquire() as raw:
                    await self._setup(Connection(raw, self._address))
                self._pool = pool
            except (*AWAY, asyncpg.InvalidCatalogNameError, asyncpg.InvalidAuthorizationSpecificationError) as error:
                log.warning("PostgreSQL is not ready", extra={"error": str(error)})
                await asyncio.sleep(wait)
                wait = min(wait * 2, 5.0)

    @property
    def ready(self) -> bool:
        """Whether the first connection stood."""
        return self._pool is not None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection; a server that is away is answered with 503."""
        if self._pool is None:
            raise unavailable("database", "PostgreSQL is not reached yet")
        try:
            async with self._pool.acquire(timeout=SECONDS) as raw:
                yield Connection(raw, self._address)
        except AWAY as error:
            raise unavailable("database", f"PostgreSQL does not answer: {type(error).__name__}") from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside a transaction: everything or nothing."""
        async with self.connection() as connection, connection.begin():
            yield connection

    async def rows(self, statement: str, *values: object) -> list[Row]:
        """All rows, on any connection."""
        async with self.connection() as connection:
            return await connection.rows(statement, *values)

    async def row(self, statement: str, *values: object) -> Row | None:
        """The first row, on any connection."""
        async with self.connection() as connection:
            return await connection.row(statement, *values)

    async def run(self, statement: str, *values: object) -> int:
        """How many rows were changed, on any connection."""
        async with self.connection() as connection:
            return await connection.run(statement, *values)

    async def close(self) -> None:
        """Closes within a second, however busy it is."""
        if self._pool is not None:
            try:
                await asyncio.wait_for(self._pool.close(), 1.0)
            except TimeoutError:
                self._pool.terminate()


async def _json(raw: Any) -> None:  # noqa: ANN401 -- asyncpg's proxy has no public type
    await raw.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
