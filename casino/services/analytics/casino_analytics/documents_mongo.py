"""Documents in MongoDB. The SDK's integration for pymongo opens the spans, with `db.system` mongodb."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import Any

from casino_telemetry.errors import unavailable
from pymongo import AsyncMongoClient, ReplaceOne
from pymongo.errors import PyMongoError

from casino_analytics.documents import MOST, Document

log = logging.getLogger("casino.documents")
DATABASE = "casino_analytics"


class MongoDocuments:
    """One collection for each kind."""

    system = "mongodb"

    def __init__(self, url: str) -> None:
        self._client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
            url,
            serverSelectionTimeoutMS=4000,
            connectTimeoutMS=2000,
            socketTimeoutMS=5000,
            maxPoolSize=4,
            appname="casino-analytics",
        )
        self._database = self._client.get_database(DATABASE)
        self._ready = False

    @property
    def ready(self) -> bool:
        """Whether it was reached once."""
        return self._ready

    async def open(self) -> None:
        """Tries until it is there."""
        while not self._ready:
            try:
                await self._client.admin.command("ping")
                self._ready = True
            except PyMongoError as error:
                log.warning("MongoDB is not ready", extra={"error": str(error)[:300]})
                await asyncio.sleep(2)

    async def put(self, collection: str, documents: list[Document]) -> None:
        """Each on its own; doing it again changes nothing."""
        if not documents:
            return
        now = datetime.now(UTC)
        writes = [ReplaceOne({"_id": found["_id"]}, {**found, "updated_at": now}, upsert=True) for found in documents]
        try:
            await self._database[collection].bulk_write(writes, ordered=False)
        except PyMongoError as error:
            raise unavailable("documents", f"MongoDB does not answer: {type(error).__name__}") from error

    async def find(self, collection: str, limit: int = MOST) -> list[Document]:
        """The newest documents."""
        try:
            found = await self._database[collection].find({}).sort("updated_at", -1).limit(limit).to_list(limit)
        except PyMongoError as error:
            raise unavailable("documents", f"MongoDB does not answer: {type(error).__name__}") from error
        return [{name: value for name, value in document.items() if name != "updated_at"} for document in found]

    async def close(self) -> None:
        """Ends the connections."""
        await self._client.close()
