"""What Pitwatch tells when an alert fires or is over: the receiving end of its webhook, and a file of all that came.

Only what is signed with the demonstration's secret is taken. A message that comes twice is kept twice: whoever looks
sees that it did.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SIGNATURE = "x-pitwatch-signature"
KEY = "idempotency-key"
# Older ones may have been recorded and sent again.
AGE_SECONDS_MAX = 300
BODY_BYTES_MAX = 256 * 1024
# Kept twice: the file being written and the one before it.
FILE_BYTES_MAX = 1024 * 1024


class NotOurs(Exception):
    """A request that Pitwatch did not sign, or did not sign now."""


@dataclass(frozen=True)
class Message:
    """What a person is shown, and what tells one message from another."""

    at: str
    key: str
    # triggered, critical, warning, acknowledged, resolved.
    action: str
    rule: str
    title: str
    text: str
    url: str
    # Of an issue.
    short_id: str
    # Titles of alerts that ride along.
    causes: list[str]


class Messages:
    """All that came, oldest first."""

    def __init__(self, path: Path, secret: str) -> None:
        self.path = path
        self.secret = secret
        self.writing = threading.Lock()

    def take(self, headers: Mapping[str, str], body: bytes) -> None:
        """Keeps a message. NotOurs when it is not Pitwatch's, ValueError when it is no message."""
        check(self.secret, headers.get(SIGNATURE, ""), body, time.time())
        line = json.dumps(asdict(read(headers.get(KEY, ""), json.loads(body)))) + "\n"
        with self.writing:
            if self.path.exists() and self.path.stat().st_size + len(line) > FILE_BYTES_MAX:
                self.path.replace(before(self.path))
            with open(self.path, "a") as file:
                file.write(line)

    def all(self) -> list[Message]:
        return kept(self.path)


def kept(path: Path) -> list[Message]:
    """What a demonstration was told, also by another process."""
    lines = [line for file in (before(path), path) if file.exists() for line in file.read_text().splitlines()]
    return [Message(**json.loads(line)) for line in lines]


def before(path: Path) -> Path:
    return path.with_suffix(".1.jsonl")


def check(secret: str, signature: str, body: bytes, now: float) -> None:
    """`t=<seconds>,v1=<hex>`, as docs/guide/alert-delivery.md has it."""
    parts = dict(part.partition("=")[::2] for part in signature.split(","))
    seconds = parts.get("t", "")
    if not seconds.isdigit() or abs(now - int(seconds)) > AGE_SECONDS_MAX:
        raise NotOurs("the signature is missing or too old")
    wanted = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, parts.get("v1", "")):
        raise NotOurs("the signature is another's")


def read(key: str, body: Any) -> Message:
    """The form of Sentry's integration platform, with Pitwatch's own facts. ValueError when it is another."""
    try:
        data, ours = body["data"], body["pitwatch"]
        number, event = data.get("metric_alert"), data.get("event")
        about = number or event
        return Message(
            at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            key=key,
            action=body["action"],
            rule=number["alert_rule"]["title"] if number else data["triggered_rule"],
            title=about["title"],
            text=data["description_text"] if number else about["message"],
            url=data["web_url"] if number else about["web_url"],
            short_id="" if number else ours["short_id"],
            causes=list(ours["facts"].get("causes") or []),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no message: {error!r}") from None
