"""Jobs by the clock, each with check-ins at Sentry: settlement every hour, the anomaly batch every minute."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import sentry_sdk
from casino_telemetry.errors import ApiError
from casino_telemetry.flags import Flags
from sentry_sdk.crons import MonitorStatus, capture_checkin
from sentry_sdk.types import MonitorConfig

log = logging.getLogger("casino.crons")


@dataclass(frozen=True)
class Job:
    """Runs whenever the clock's minute is a multiple of `minutes`."""

    slug: str
    minutes: int
    margin: int
    work: Callable[[], Awaitable[None]]
    faulty: bool = False
    """Whether `cronMissed` and `cronLate` are about this one."""

    def config(self) -> MonitorConfig:
        """What the monitor expects; sent along, so nobody has to set it up."""
        rule = {1: "* * * * *", 60: "0 * * * *"}.get(self.minutes, f"*/{self.minutes} * * * *")
        return {
            "schedule": {"type": "crontab", "value": rule},
            "timezone": "UTC",
            "checkin_margin": self.margin,
            "max_runtime": 5,
            "failure_issue_threshold": 1,
            "recovery_threshold": 1,
        }

    def wait(self, now: float) -> float:
        """Seconds to the next time."""
        step = self.minutes * 60
        return step - now % step


async def run(job: Job, flags: Flags) -> None:
    """Until it is cancelled."""
    while True:
        await asyncio.sleep(job.wait(time.time()))
        await once(job, flags)


async def once(job: Job, flags: Flags, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> bool:
    """Whether the job ran well."""
    with sentry_sdk.isolation_scope(), sentry_sdk.start_transaction(op="cron", name=job.slug, source="task") as transaction:
        if job.faulty and flags.value("cronMissed", False):
            log.warning("job left out", extra={"job": job.slug})
            return False
        if job.faulty and flags.value("cronLate", False):
            await sleep((job.margin + 1) * 60)
        began = time.monotonic()
        check = capture_checkin(monitor_slug=job.slug, status=MonitorStatus.IN_PROGRESS, monitor_config=job.config())
        status = MonitorStatus.OK
        try:
            await job.work()
        except ApiError as error:
            status = MonitorStatus.ERROR
            transaction.set_status("unavailable")
            log.warning("job failed", extra={"job": job.slug, "error": str(error)})
        except Exception as error:
            status = MonitorStatus.ERROR
            transaction.set_status("internal_error")
            sentry_sdk.capture_exception(error)
            log.exception("job failed", extra={"job": job.slug})
        seconds = time.monotonic() - began
        capture_checkin(monitor_slug=job.slug, check_in_id=check, status=status, duration=seconds, monitor_config=job.config())
        log.info("job ended", extra={"job": job.slug, "status": status, "seconds": round(seconds, 3)})
        return status == MonitorStatus.OK
