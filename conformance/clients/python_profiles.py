"""A worker that is profiled. Usage: python_profiles.py DSN transaction|continuous

Prints one JSON line: the trace and the id of the span that the work was done in.
"""

import json
import sys
import time

import sentry_sdk

dsn, kind = sys.argv[1:]
profiling = {
    "transaction": {"profiles_sample_rate": 1.0},
    "continuous": {"profile_session_sample_rate": 1.0, "profile_lifecycle": "trace"},
}
sentry_sdk.init(dsn=dsn, environment="prod", release="settlement@2.0.1", traces_sample_rate=1.0, **profiling[kind])


def settle_round(seconds: float) -> int:
    """Keeps the processor busy."""
    rounds, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        rounds += sum(number * number for number in range(2_000))
    return rounds


with sentry_sdk.start_transaction(op="task", name="settle") as transaction:
    time.sleep(0.05)
    with sentry_sdk.start_span(op="function", name="settle the round") as span:
        settle_round(0.6)
ids = {"trace": transaction.trace_id, "segment": transaction.span_id, "span": span.span_id}
if kind == "continuous":
    # A chunk is sent when its time is over or the profiler stops.
    sentry_sdk.profiler.stop_profiler()
    time.sleep(1)
sentry_sdk.flush(10)
sentry_sdk.get_client().close()
print(json.dumps(ids))
