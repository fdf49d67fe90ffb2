"""Tells Pitwatch of changed flags, as a provider of flags does: by its generic webhook, signed.

The ground-truth log is another thing: it says whom a variant is for, and Pitwatch never reads it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import state
from pitwatch import ORGANIZATION, Pitwatch
from places import Data
from say import warn
from web_requests import ask, send

ASK_SECONDS = 2
SIGNATURE = "x-sentry-signature"
# What was complained of already: one line is enough.
TOLD: set[str] = set()


@dataclass(frozen=True)
class Change:
    """A flag that was switched, and by what: the page, the command or a scenario."""

    action: Literal["created", "updated", "deleted"]
    flag: str
    by: str


def register(watcher: Pitwatch) -> str:
    """Says what changes will be signed with. Returns that secret, or nothing where Pitwatch takes no changes."""
    url = f"{watcher.url}/api/0/organizations/{ORGANIZATION}/flags/signing-secrets/"
    body = {"provider": "generic", "secret": watcher.secrets.flag_secret}
    try:
        answer = ask(url, "POST", body, {"authorization": f"Bearer {watcher.secrets.token}"}, seconds=10)
    except OSError as error:
        return complain(str(error))
    return watcher.secrets.flag_secret if answer.status < 300 else complain(f"it answers {answer.status}")


def tell(data: Data, changes: list[Change]) -> None:
    """Whatever happens here, the flags are switched."""
    known = state.read(data)
    if not (changes and known and known.flag_secret and state.is_alive(known)):
        return
    body = json.dumps(message(changes, datetime.now(UTC), time.time_ns() // 1000)).encode()
    headers = {"content-type": "application/json", SIGNATURE: signature(known.flag_secret, body)}
    url = f"{known.pitwatch}/api/0/organizations/{known.organization}/flags/hooks/provider/generic/"
    try:
        answer = send(url, "POST", body, headers, ASK_SECONDS)
    except OSError as error:
        complain(str(error))
        return
    if answer.status >= 300:
        complain(f"it answers {answer.status}")


def message(changes: list[Change], now: datetime, number: int) -> dict[str, object]:
    """Source: Sentry's documentation of the generic provider. `number` is the id of the first; ids never come twice."""
    rows = [
        {
            "action": change.action,
            "change_id": number + place,
            "created_at": now.isoformat(timespec="milliseconds"),
            "created_by": {"id": f"{change.by}@casino.example", "type": "email"},
            "flag": change.flag,
        }
        for place, change in enumerate(changes)
    ]
    return {"data": rows, "meta": {"version": 1}}


def signature(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def complain(why: str) -> str:
    if why not in TOLD:
        TOLD.add(why)
        warn(f"Pitwatch is not told of changed flags: {why}")
    return ""
