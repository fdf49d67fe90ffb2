"""Where documents are kept: MongoDB, or a table of JSON documents in PostgreSQL. Traces name what it really is."""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import urlsplit

Document = dict[str, Any]
MOST = 1000


class Documents(Protocol):
    """A few collections of documents with `_id`."""

    system: str
    """`db.system` of the spans."""

    @property
    def ready(self) -> bool:
        """Whether it was reached once."""

    async def open(self) -> None:
        """Tries until it is there."""

    async def put(self, collection: str, documents: list[Document]) -> None:
        """Adds or replaces. `ApiError` 503 where the store is away."""

    async def find(self, collection: str, limit: int = MOST) -> list[Document]:
        """The newest documents."""

    async def close(self) -> None:
        """Ends the connections."""


def connect(url: str) -> Documents:
    """Libraries are loaded only for the store in use."""
    if urlsplit(url).scheme.startswith("mongodb"):
        from casino_analytics.documents_mongo import MongoDocuments

        return MongoDocuments(url)
    from casino_analytics.documents_postgres import PostgresDocuments

    return PostgresDocuments(url)
