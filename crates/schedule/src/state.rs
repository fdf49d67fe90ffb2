//! What a monitor knows of one environment, and everything that changes it.

use model::clock::Micros;
use model::id::EventId;

use crate::check_in::{CheckIn, Failures, Report, Reported, Status};
use crate::limits::DURATION_MILLIS_MAX;
use crate::monitor::Config;

const MINUTE_MICROS: u64 = 60_000_000;
/// How far a job's clock may be ahead of ours.
const AHEAD_MICROS_MAX: u64 = 10_000_000;

/// One monitor in one environment. A fresh one expects nothing: what never checked in is not missed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct State {
    /// When the next check-in is expected.
    pub next_expected: Option<Micros>,
    /// When it is missed.
    pub next_latest: Option<Micros>,
    /// The newest check-in, and when it started or should have.
    pub last: Option<(Status, Micros)>,
    /// When a run last ended well.
    pub last_ok: Option<Micros>,
    /// When the newest run that ended had started.
    pub last_ended: Option<Micros>,
    /// Failures since the last success.
    pub failures: Failures,
    /// Successes since the last failure.
    pub successes: u32,
    /// The open incident.
    pub incident: Option<Incident>,
}

/// A time of trouble: from the failure that crossed the threshold to the success that ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incident {
    /// When it was opened.
    pub opened: Micros,
}

/// What the issue of a monitor is to learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// Open the issue.
    Opened {
        /// Those that led to it.
        failures: Failures,
        /// When a run last ended well.
        last_ok: Option<Micros>,
    },
    /// One more failure while it is open.
    Failing {
        /// All in a row until now.
        failures: Failures,
    },
    /// Resolve it.
    Closed {
        /// When it had been opened.
        opened: Micros,
    },
}

/// A report that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// To be written: a new one, or a change to the one that was known.
    pub check_in: CheckIn,
    /// For the issue.
    pub transition: Option<Transition>,
}

/// A report that changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Sentry's `checkin_finished`.
    #[error("the check-in has ended already")]
    Ended,
    /// A start that was overtaken by its end: nothing is wrong.
    #[error("the check-in's end came before its start")]
    Overtaken,
}

/// A minute of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// The time.
    pub now: Micros,
    /// Whether check-ins arrived as usual lately. If not, what is missing is [`Status::Unknown`]: the
    /// trouble is ours.
    pub is_reliable: bool,
}

impl State {
    /// Takes a report. `known` is the run with that id, and `id` the one a new run gets: the report's,
    /// unless that is all zeros.
    ///
    /// # Errors
    /// [`Refusal`] when the run ended before.
    pub fn receive(
        &mut self,
        config: &Config,
        known: Option<&CheckIn>,
        report: &Report,
        (id, now): (EventId, Micros),
    ) -> Result<Received, Refusal> {
        let duration = report.duration_millis.map(|millis| millis.min(DURATION_MILLIS_MAX));
        let check_in = match known {
            Some(known) => match updated(config, known, report.status, (duration, now))? {
                Updated::Counts(check_in) => check_in,
                Updated::Late(check_in) => return Ok(Received { check_in, transition: None }),
            },
            None => self.begun(config, report.status, duration, (id, now)),
        };
        let is_newest = self.last.is_none_or(|(_, started)| started <= check_in.started);
        if is_newest {
            self.last = Some((check_in.status, check_in.started));
        }
        self.heard(config, now);
        if check_in.status != Status::InProgress {
            self.last_ended = self.last_ended.max(Some(check_in.started));
        }
        let transition = self.count(config, check_in.status, now);
        Ok(Received { check_in, transition })
    }

    /// Asks whether the expected check-in is missed by now; to be called each minute until it returns
    /// `None`. `id` is the one the missed check-in gets.
    pub fn miss(
        &mut self,
        config: &Config,
        tick: Tick,
        id: EventId,
    ) -> Option<(CheckIn, Option<Transition>)> {
        let expected = self.next_expected?;
        if tick.now < self.next_latest? {
            return None;
        }
        // Slots that passed within the margin are not missed one by one, and the next one is expected when
        // the schedule says so, not so long after we noticed.
        let slot = config.schedule.latest_before(expected, tick.now, &config.zone);
        self.expect_after(config, slot.unwrap_or(tick.now));
        let status = if tick.is_reliable { Status::Missed } else { Status::Unknown };
        let check_in = CheckIn {
            id,
            status,
            started: expected,
            updated: tick.now,
            expected: Some(expected),
            duration_millis: None,
            timeout_at: None,
        };
        self.last = Some((status, expected));
        Some((check_in, self.count(config, status, tick.now)))
    }

    /// Asks whether a run has timed out by now.
    pub fn time_out(
        &mut self,
        config: &Config,
        running: &CheckIn,
        tick: Tick,
    ) -> Option<(CheckIn, Option<Transition>)> {
        if running.status != Status::InProgress || tick.now < running.timeout_at? {
            return None;
        }
        let status = if tick.is_reliable { Status::TimedOut } else { Status::Unknown };
        let check_in = CheckIn { status, updated: tick.now, timeout_at: None, ..*running };
        if self.last.is_none_or(|(_, started)| started <= running.started) {
            self.last = Some((status, running.started));
        }
        // A run that began later has ended since: the monitor is judged by that one.
        let is_overtaken = self.last_ended.is_some_and(|ended| ended > running.started);
        let transition = if is_overtaken { None } else { self.count(config, status, tick.now) };
        Some((check_in, transition))
    }

    /// The configuration is a new one since `now`. What never checked in is still not expected.
    pub fn reconfigure(&mut self, config: &Config, now: Micros) {
        if self.last.is_some() {
            self.expect_after(config, now);
        }
    }

    /// A run that was not known.
    fn begun(
        &self,
        config: &Config,
        status: Reported,
        duration: Option<u64>,
        (id, now): (EventId, Micros),
    ) -> CheckIn {
        let started = Micros(now.0.saturating_sub(duration.unwrap_or(0) * 1_000));
        let is_running = status == Reported::InProgress;
        CheckIn {
            id,
            status: status.status(),
            started,
            updated: now,
            expected: self.next_expected,
            duration_millis: if is_running { None } else { duration },
            timeout_at: is_running.then(|| timeout(config, started)),
        }
    }

    /// The next one is expected after this moment; after the slot that is due in a few seconds, if the
    /// job's clock is ahead of ours.
    fn heard(&mut self, config: &Config, now: Micros) {
        let soon = Micros(now.0.saturating_add(AHEAD_MICROS_MAX));
        let slot = self.next_expected.filter(|expected| (now..=soon).contains(expected));
        let before = self.next_expected;
        self.expect_after(config, slot.unwrap_or(now));
        if before > self.next_expected {
            self.next_expected = before;
            self.next_latest = latest(config, before);
        }
    }

    fn expect_after(&mut self, config: &Config, last: Micros) {
        self.next_expected = config.schedule.next(last, &config.zone);
        self.next_latest = latest(config, self.next_expected);
    }

    fn count(&mut self, config: &Config, status: Status, now: Micros) -> Option<Transition> {
        if status == Status::Ok {
            self.last_ok = Some(now);
            self.successes = self.successes.saturating_add(1);
            let Some(incident) = self.incident else {
                self.failures = Failures::default();
                return None;
            };
            if self.successes < config.recovery_threshold {
                return None;
            }
            self.failures = Failures::default();
            self.incident = None;
            return Some(Transition::Closed { opened: incident.opened });
        }
        if !self.failures.count(status) {
            return None;
        }
        self.successes = 0;
        let failures = self.failures;
        if self.incident.is_some() {
            return Some(Transition::Failing { failures });
        }
        if failures.total() < config.failure_threshold {
            return None;
        }
        self.incident = Some(Incident { opened: now });
        Some(Transition::Opened { failures, last_ok: self.last_ok })
    }
}

enum Updated {
    /// The run ended, or is still running.
    Counts(CheckIn),
    /// It was given up before; only its duration is noted.
    Late(CheckIn),
}

fn updated(
    config: &Config,
    known: &CheckIn,
    status: Reported,
    (duration, now): (Option<u64>, Micros),
) -> Result<Updated, Refusal> {
    let elapsed = now.0.saturating_sub(known.started.0) / 1_000;
    let ended = CheckIn {
        updated: now,
        duration_millis: Some(duration.unwrap_or(elapsed.min(DURATION_MILLIS_MAX))),
        timeout_at: None,
        ..*known
    };
    match (known.status, status) {
        (Status::InProgress, Reported::InProgress) => Ok(Updated::Counts(CheckIn {
            updated: now,
            timeout_at: Some(timeout(config, now)),
            ..*known
        })),
        (Status::InProgress, ended_as) => {
            Ok(Updated::Counts(CheckIn { status: ended_as.status(), ..ended }))
        }
        (Status::TimedOut | Status::Missed | Status::Unknown, Reported::InProgress) => {
            Err(Refusal::Overtaken)
        }
        (Status::TimedOut | Status::Missed | Status::Unknown, _) => Ok(Updated::Late(ended)),
        (Status::Ok | Status::Error, Reported::InProgress) => Err(Refusal::Overtaken),
        (Status::Ok | Status::Error, _) => Err(Refusal::Ended),
    }
}

fn latest(config: &Config, expected: Option<Micros>) -> Option<Micros> {
    let margin = u64::from(config.margin_minutes) * MINUTE_MICROS;
    expected.map(|expected| Micros(expected.0.saturating_add(margin)))
}

fn timeout(config: &Config, from: Micros) -> Micros {
    let runtime = u64::from(config.max_runtime_minutes) * MINUTE_MICROS;
    // Sentry counts whole minutes, and so does the clock that asks.
    Micros((from.0 / MINUTE_MICROS * MINUTE_MICROS).saturating_add(runtime))
}
