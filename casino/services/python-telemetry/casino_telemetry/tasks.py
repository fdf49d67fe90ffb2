"""Work in the background, each piece with a scope of its own, so that spans of one do not become parents of another's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

import sentry_sdk

log = logging.getLogger("casino.tasks")


class Tasks:
    """What a service does beside answering requests."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs until it ends or is stopped; one that breaks is told, never silent."""
        task = asyncio.create_task(_alone(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def stop(self) -> None:
        """Cancels everything, once it has begun: work that never does complains of it."""
        await asyncio.sleep(0)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


async def _alone(work: Coroutine[Any, Any, None]) -> None:
    with sentry_sdk.isolation_scope():
        try:
            await work
        except Exception as error:
            log.exception("work in the background broke")
            sentry_sdk.capture_exception(error)
