"""A payment that fails: `python_payment.py DSN TYPE [ENVIRONMENT]`. Prints the id of its event."""

from __future__ import annotations

import sys

import sentry_sdk

dsn, kind = sys.argv[1:3]
environment = sys.argv[3] if len(sys.argv) > 3 else "production"
sentry_sdk.init(dsn, release="cashier@1.0.0", environment=environment)
sentry_sdk.set_tag("market", "ES")
try:
    raise type(kind, (Exception,), {})("card declined")
except Exception as error:
    print(sentry_sdk.capture_exception(error))
sentry_sdk.flush(10)
