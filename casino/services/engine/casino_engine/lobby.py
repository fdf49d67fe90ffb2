"""Pictures of the games: put into the object store at the start, served from there."""

from __future__ import annotations

import asyncio
import io
import logging
import re
from collections import OrderedDict
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import urllib3
from casino_telemetry.errors import ApiError, unavailable
from casino_telemetry.web import Handler
from minio import Minio
from minio.error import MinioException, S3Error

log = logging.getLogger("casino.lobby")
BUCKET = "casino-assets"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}\.svg")
MAX_PICTURE = 256 * 1024
MAX_KEPT = 16
AWAY = (MinioException, urllib3.exceptions.HTTPError, OSError)


class Pictures:
    """The bucket. The client blocks, so it works in threads; spans come from the SDK's patch of `http.client`."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        parts = urlsplit(url)
        retries = urllib3.Retry(total=1, connect=1, backoff_factor=0.1)
        pool = urllib3.PoolManager(maxsize=2, timeout=urllib3.Timeout(connect=2, read=4), retries=retries)
        self._client = Minio(
            endpoint=parts.netloc.rpartition("@")[2], access_key=parts.username or key, secret_key=parts.password or secret,
            secure=parts.scheme == "https", region="us-east-1", http_client=pool,
        )  # fmt: skip
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    async def run(self) -> None:
        """Puts the pictures where they belong, as soon as the store is there."""
        wait = 1.0
        while True:
            try:
                await asyncio.to_thread(self._put_all)
                return
            except AWAY as error:
                log.warning("the object store is away", extra={"error": str(error)[:300]})
                await asyncio.sleep(wait)
                wait = min(wait * 2, 30)

    def _put_all(self) -> None:
        if not self._client.bucket_exists(bucket_name=BUCKET):
            self._client.make_bucket(bucket_name=BUCKET)
        for file in files("casino_engine").joinpath("assets").iterdir():
            if file.name.endswith(".svg"):
                data = file.read_bytes()
                self._client.put_object(
                    bucket_name=BUCKET,
                    object_name=file.name,
                    data=io.BytesIO(data),
                    length=len(data),
                    content_type="image/svg+xml",
                )
        log.info("pictures are in the bucket", extra={"bucket": BUCKET})

    async def get(self, name: str) -> bytes:
        """A picture; a few are kept."""
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        try:
            picture = await asyncio.to_thread(self._get, name)
        except S3Error as error:
            if error.code in ("NoSuchKey", "NoSuchBucket"):
                raise ApiError(404, "not_found", "there is no such picture") from None
            raise unavailable("objects", f"the object store says {error.code}") from error
        except AWAY as error:
            raise unavailable("objects", "the object store does not answer") from error
        self._kept[name] = picture
        if len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return picture

    def _get(self, name: str) -> bytes:
        response: Any = self._client.get_object(bucket_name=BUCKET, object_name=name)
        try:
            return response.read(MAX_PICTURE)
        finally:
            response.close()
            response.release_conn()


class Asset(Handler):
    """One picture."""

    route = "/assets/{name}"
    pictures: Pictures

    async def get(self, name: str) -> None:
        """From the bucket."""
        if not NAME.fullmatch(name):
            raise ApiError(404, "not_found", "there is no such picture")
        picture = await self.pictures.get(name)
        self.set_header("Content-Type", "image/svg+xml")
        self.set_header("Cache-Control", "public, max-age=3600")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.finish(picture)
