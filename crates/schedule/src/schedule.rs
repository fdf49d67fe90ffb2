//! A schedule of either kind.

use std::fmt;

use model::clock::Micros;

use crate::crontab::Crontab;
use crate::interval::Interval;
use crate::zone::Zone;

/// When a job is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// At times of the calendar.
    Crontab(Crontab),
    /// So long after the last run.
    Interval(Interval),
}

impl Schedule {
    /// When the job is expected after it ran, or was expected, at `last`. `None` only near the end of the
    /// calendar, in the year 9999.
    pub fn next(&self, last: Micros, zone: &Zone) -> Option<Micros> {
        match self {
            Self::Crontab(crontab) => crontab.next(last, zone),
            Self::Interval(interval) => interval.next(last, zone),
        }
    }

    /// The last expected time before `before`, if `expected` was one: never before that.
    pub fn latest_before(&self, expected: Micros, before: Micros, zone: &Zone) -> Option<Micros> {
        match self {
            Self::Crontab(crontab) => Some(crontab.previous(before, zone)?.max(expected)),
            Self::Interval(interval) => interval.latest_before(expected, before, zone),
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crontab(crontab) => crontab.fmt(out),
            Self::Interval(interval) => interval.fmt(out),
        }
    }
}
