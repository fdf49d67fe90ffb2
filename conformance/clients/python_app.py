"""A FastAPI service with the Sentry set-up that many teams copy. Usage: python_app.py DSN

Prints one JSON line: what it did and the event ids the SDK reports.
"""

import json
import logging
import sys

import sentry_sdk
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient
from sentry_sdk.integrations.logging import LoggingIntegration


def before_send(event, hint):
    """Drops the noise, keeps the rest."""
    if "exc_info" in hint and isinstance(hint["exc_info"][1], KeyError):
        return None
    event.setdefault("tags", {})["checked"] = "yes"
    return event


sentry_sdk.init(
    dsn=sys.argv[1],
    environment="prod",
    release="payments-service@1.2.4",
    server_name="web-1",
    traces_sample_rate=1.0,
    before_send=before_send,
    integrations=[LoggingIntegration(level=logging.INFO, event_level=logging.ERROR)],
)
app = FastAPI()
logger = logging.getLogger("payments")
ids = {}


@app.get("/error")
def trigger_error():
    sentry_sdk.set_user({"id": "player-7", "email": "player@example.com"})
    sentry_sdk.add_breadcrumb(category="wallet", message="balance read", level="info", data={"balance": 12})
    card_number = "4111111111111111"  # a local variable that must not be readable afterwards
    return 1 / 0, card_number


@app.get("/noise")
def noise():
    return {}["missing"]


@app.get("/log/{attempt}")
def log(attempt: int):
    logger.error("Payment %s failed for provider %s", attempt, "trustly")
    return {}


@app.get("/message/{amount}")
def message(amount: int):
    with sentry_sdk.new_scope() as scope:
        scope.set_context("payment", {"amount": amount, "currency": "EUR"})
        scope.set_tag("provider", "trustly")
        ids.setdefault("message", []).append(scope.capture_message(f"Suspicious payment amount: {amount}", "warning"))
    return {}


@app.get("/chained")
def chained():
    try:
        raise TimeoutError("wallet did not answer")
    except TimeoutError as cause:
        raise HTTPException(502, "bad gateway") from cause


client = TestClient(app, raise_server_exceptions=False)
for path in ("/error", "/error", "/noise", "/log/1", "/log/2", "/message/15000000", "/message/22000001", "/chained"):
    client.get(path)
sentry_sdk.flush(10)
print(json.dumps(ids))
