"""Calls to other services over HTTP: with time limits, the trace, and who it is for. The SDK's integration opens the spans."""

from __future__ import annotations

from typing import Any

import httpx

from casino_telemetry import caller

MAX_CONNECTIONS = 64


class Unreachable(Exception):
    """No answer. `sent` says whether the other side may have got and done what was asked."""

    def __init__(self, service: str, detail: str, sent: bool) -> None:
        super().__init__(f"{service} does not answer: {detail}")
        self.service = service
        self.sent = sent


class Service:
    """One other service."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        limits = httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=16, keepalive_expiry=4)
        self._client = httpx.AsyncClient(base_url=url, limits=limits, timeout=httpx.Timeout(10, connect=2), trust_env=False)

    async def post(
        self, path: str, body: dict[str, Any], seconds: float, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Any answer, also an error's; `Unreachable` where there is none."""
        timeout = httpx.Timeout(seconds, connect=2, pool=2)
        try:
            return await self._client.post(path, json=body, timeout=timeout, headers=caller.current().headers() | (headers or {}))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unreachable(self.name, type(error).__name__, sent=False) from error
        except httpx.HTTPError as error:
            raise Unreachable(self.name, type(error).__name__, sent=True) from error
        except RuntimeError as error:
            # A request that outlived the end of its service; what it owes is settled at the next start.
            if not self._client.is_closed:
                raise
            raise Unreachable(self.name, "this service ends", sent=False) from error

    async def close(self) -> None:
        """Closes all connections."""
        await self._client.aclose()


def object_of(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer, or an empty one."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
