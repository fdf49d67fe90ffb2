"""A service that asks others, with sentry-sdk on. Usage: python_wallet.py DSN PORT LIFECYCLE [URL...]

Serves requests until its standard input ends.
"""

import sys
import threading

import httpx
import sentry_sdk
import uvicorn
from fastapi import FastAPI

dsn, port, lifecycle, *others = sys.argv[1:]
sentry_sdk.init(
    dsn=dsn, environment="prod", release="wallet-service@2.0.7", traces_sample_rate=1.0, trace_lifecycle=lifecycle
)
app = FastAPI()


def tell_traceparent(request: httpx.Request) -> None:
    """The SDK writes `sentry-trace` alone; services with OpenTelemetry read W3C's header."""
    trace, span, sampled = request.headers["sentry-trace"].split("-")
    request.headers["traceparent"] = f"00-{trace}-{span}-{int(sampled):02}"


client = httpx.Client(event_hooks={"request": [tell_traceparent]}, timeout=30)


def query(statement: str) -> None:
    """Stands for a database."""
    if lifecycle == "stream":
        span = sentry_sdk.traces.start_span(name=statement, attributes={"sentry.op": "db.sql.query"})
    else:
        span = sentry_sdk.start_span(op="db.sql.query", name=statement)
    with span:
        pass


@app.get("/players/{player}/balance")
def balance(player: str) -> dict[str, int]:
    query("SELECT balance FROM players WHERE id = 7")
    for other in others:
        client.get(other).raise_for_status()
    return {"balance": len(player)}


server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=int(port), log_level="warning"))
thread = threading.Thread(target=server.run)
thread.start()
print("serving", flush=True)
sys.stdin.read()
server.should_exit = True
thread.join()
sentry_sdk.flush(10)
