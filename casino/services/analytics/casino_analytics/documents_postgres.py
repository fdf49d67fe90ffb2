"""Documents in one PostgreSQL table."""

from __future__ import annotations

from casino_telemetry.database import Connection, Database

from casino_analytics.documents import MOST, Document

STATEMENTS = (
    "CREATE SCHEMA IF NOT EXISTS analytics",
    """CREATE TABLE IF NOT EXISTS documents (
        collection text NOT NULL, id text NOT NULL, body jsonb NOT NULL, updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (collection, id))""",
    "CREATE INDEX IF NOT EXISTS documents_updated ON documents (collection, updated_at DESC)",
)
LOCK = 4205


class PostgresDocuments:
    """The table `analytics.documents`."""

    system = "postgresql"

    def __init__(self, url: str) -> None:
        self._database = Database(url, "analytics", _create, size=2)

    @property
    def ready(self) -> bool:
        """Whether it was reached once."""
        return self._database.ready

    async def open(self) -> None:
        """Tries until it is there."""
        await self._database.open()

    async def put(self, collection: str, documents: list[Document]) -> None:
        """All of them or none."""
        if documents:
            await self._database.run(
                """INSERT INTO documents (collection, id, body) SELECT $1, d.value->>'_id', d.value FROM jsonb_array_elements($2) d
                   ON CONFLICT (collection, id) DO UPDATE SET body = excluded.body, updated_at = now()""",
                collection,
                documents,
            )

    async def find(self, collection: str, limit: int = MOST) -> list[Document]:
        """The newest documents."""
        rows = await self._database.rows(
            "SELECT body FROM documents WHERE collection = $1 ORDER BY updated_at DESC LIMIT $2", collection, limit
        )
        return [row["body"] for row in rows]

    async def close(self) -> None:
        """Ends the connections."""
        await self._database.close()


async def _create(connection: Connection) -> None:
    async with connection.begin():
        await connection.row("SELECT pg_advisory_xact_lock($1)", LOCK)
        for statement in STATEMENTS:
            await connection.run(statement)
