"""A service whose requests go well, badly, and very badly, and a tool whose user sees it crash.

Usage: python_sessions.py DSN. Prints what it did as JSON.
"""

import json
import sys
from collections import Counter

import sentry_sdk
from fastapi import FastAPI
from fastapi.testclient import TestClient

DONE: Counter[str] = Counter()

sentry_sdk.init(dsn=sys.argv[1], environment="prod", release="shop@1.0.0", auto_session_tracking=True)
app = FastAPI()


@app.get("/well")
def well():
    return {}


@app.get("/badly")
def badly():
    sentry_sdk.capture_exception(ValueError("the provider answered late"))
    return {}


@app.get("/very-badly")
def very_badly():
    raise RuntimeError("nobody caught this")


with TestClient(app, raise_server_exceptions=False) as client:
    for path, times in (("well", 17), ("badly", 2), ("very-badly", 1)):
        for _ in range(times):
            client.get("/" + path)
            DONE[path] += 1
sentry_sdk.flush(10)
# Ends the SDK's own aggregation at once instead of after a minute.
sentry_sdk.get_client().session_flusher.flush()

# Sessions of a program: one a run, each with the user who ran it.
sentry_sdk.init(dsn=sys.argv[1], environment="prod", release="desk@2.0.0", auto_session_tracking=False)
for number in range(8):
    with sentry_sdk.isolation_scope() as scope:
        sentry_sdk.set_user({"id": f"dealer-{number % 4}"})
        scope.start_session()
        if number == 0:
            sentry_sdk.capture_exception(ValueError("the table was closed"))
        if number == 1:
            # As the SDK does for an exception that nobody catches.
            scope._session.update(status="crashed", errors=1)
        scope.end_session()
sentry_sdk.flush(10)
print(json.dumps({"requests": DONE, "runs": 8, "dealers": 4}))
