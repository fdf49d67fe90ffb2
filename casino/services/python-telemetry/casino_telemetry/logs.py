"""Logs: one JSON object a line on standard output, with the trace it belongs to."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

import sentry_sdk

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
MAX_TEXT = 8 * 1024


class JsonLines(logging.Formatter):
    """What was given as `extra` stands beside the message."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "service": self.service,
            "message": record.getMessage()[:MAX_TEXT],
            **place(),
            **{name: value for name, value in vars(record).items() if name not in _STANDARD},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)[-MAX_TEXT:]
        return json.dumps(line, default=str)


def place() -> dict[str, str]:
    """The ids of the span at hand, where there is one."""
    span = sentry_sdk.get_current_span() if sentry_sdk.is_initialized() else None
    return {"trace_id": span.trace_id, "span_id": span.span_id} if span is not None else {"trace_id": "", "span_id": ""}


def start(service: str) -> None:
    """Makes JSON lines of all logs."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(service))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("tornado.access", "httpx", "aiokafka", "aiormq", "aio_pika"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # A broker that is away is told by the bus itself, once and in its own words.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
