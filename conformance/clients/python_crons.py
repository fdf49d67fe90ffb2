"""Cron jobs as the guide of Sentry's SDK shows them.

Usage: python_crons.py DSN. Prints what it did as JSON.
"""

import json
import sys

import sentry_sdk
from sentry_sdk.crons import capture_checkin, monitor

sentry_sdk.init(dsn=sys.argv[1], environment="prod", release="jobs@1.0.0", traces_sample_rate=1.0)
CONFIG = {
    "schedule": {"type": "crontab", "value": "15 3 * * *"},
    "timezone": "Europe/Madrid",
    "checkin_margin": 5,
    "max_runtime": 40,
    "failure_issue_threshold": 1,
    "recovery_threshold": 1,
}


@monitor(monitor_slug="nightly-settlement", monitor_config=CONFIG)
def settle() -> str:
    return "settled"


@monitor(monitor_slug="nightly-report", monitor_config={"schedule": {"type": "interval", "value": 2, "unit": "hour"}})
def report() -> None:
    raise RuntimeError("no paper")


assert settle() == "settled"
try:
    report()
except RuntimeError:
    pass
else:
    raise AssertionError("the decorator must let errors through")
running = capture_checkin(monitor_slug="long-job", status="in_progress", monitor_config=CONFIG)
sentry_sdk.flush(10)
print(json.dumps({"running": running}))
