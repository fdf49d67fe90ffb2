//! Check-ins: what jobs report, and what is remembered of it.

use std::fmt;

use model::clock::Micros;
use model::id::EventId;

/// What became of one run, or of one that should have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Started, not ended.
    InProgress,
    /// Ended well.
    Ok,
    /// Ended badly.
    Error,
    /// Expected, but nothing came.
    Missed,
    /// Started, but did not end in time.
    TimedOut,
    /// Not known, because we ourselves did not hear well at the time. Alerts nobody.
    Unknown,
}

impl Status {
    /// As in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Missed => "missed",
            Self::TimedOut => "timeout",
            Self::Unknown => "unknown",
        }
    }
}

/// What a job may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in `Status`")]
pub enum Reported {
    InProgress,
    Ok,
    Error,
}

impl Reported {
    /// Reads `status` of a check-in; what no SDK sends is an error, as in Relay.
    pub fn parse(name: &str) -> Self {
        match name {
            "in_progress" => Self::InProgress,
            "ok" => Self::Ok,
            _ => Self::Error,
        }
    }

    pub(crate) const fn status(self) -> Status {
        match self {
            Self::InProgress => Status::InProgress,
            Self::Ok => Status::Ok,
            Self::Error => Status::Error,
        }
    }
}

/// One message of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Which run; all zeros mean the newest that is in progress, and the caller looks it up.
    pub id: EventId,
    /// What the job says.
    pub status: Reported,
    /// How long the run took, in milliseconds.
    pub duration_millis: Option<u64>,
}

/// What is kept of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckIn {
    /// Made by the SDK, or by the caller for those that never came.
    pub id: EventId,
    /// What became of it.
    pub status: Status,
    /// When the run started, or should have.
    pub started: Micros,
    /// When we last heard of it, or gave it up.
    pub updated: Micros,
    /// When it was expected.
    pub expected: Option<Micros>,
    /// In milliseconds, once it ended.
    pub duration_millis: Option<u64>,
    /// When it times out, while it is in progress.
    pub timeout_at: Option<Micros>,
}

/// Failures in a row, by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Failures {
    /// Runs that ended badly.
    pub errors: u32,
    /// Runs that did not happen.
    pub missed: u32,
    /// Runs that did not end.
    pub timeouts: u32,
}

impl Failures {
    /// All of them.
    pub fn total(self) -> u32 {
        self.errors.saturating_add(self.missed).saturating_add(self.timeouts)
    }

    /// Whether it was a failure.
    pub(crate) fn count(&mut self, status: Status) -> bool {
        let count = match status {
            Status::Error => &mut self.errors,
            Status::Missed => &mut self.missed,
            Status::TimedOut => &mut self.timeouts,
            Status::InProgress | Status::Ok | Status::Unknown => return false,
        };
        *count = count.saturating_add(1);
        true
    }
}

/// As Sentry's evidence: `A missed check-in was detected`, `2 missed check-ins and 1 error check-in
/// detected`.
impl fmt::Display for Failures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = [("missed", self.missed), ("error", self.errors), ("timeout", self.timeouts)];
        let kinds: Vec<_> = kinds.into_iter().filter(|(_, count)| *count > 0).collect();
        if let [(kind, 1)] = *kinds {
            let article = if kind == "error" { "An" } else { "A" };
            return write!(out, "{article} {kind} check-in was detected");
        }
        for (place, (kind, count)) in kinds.iter().enumerate() {
            let joint = match place {
                0 => "",
                place if place + 1 == kinds.len() => " and ",
                _ => ", ",
            };
            let plural = if *count == 1 { "" } else { "s" };
            write!(out, "{joint}{count} {kind} check-in{plural}")?;
        }
        out.write_str(" detected")
    }
}
