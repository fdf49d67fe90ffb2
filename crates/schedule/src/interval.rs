//! Every so many minutes, hours, days, weeks, months or years, counted from the last time.

use std::fmt;

use jiff::{Span, Timestamp};
use model::clock::Micros;

use crate::limits::INTERVAL_DAYS_MAX;
use crate::zone::{Zone, micros, timestamp};

/// A length of time between two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    value: u32,
    unit: Unit,
}

/// What an [`Interval`] counts. Days and longer follow the calendar of the zone: a day may have 23 or 25
/// hours, and a month after the 31st of January is the 28th of February.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// There is no such interval.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum IntervalError {
    #[error("an interval must be at least 1")]
    Zero,
    #[error("an interval may be at most {INTERVAL_DAYS_MAX} days")]
    TooLong,
    #[error("{0:?} is not a unit; write minute, hour, day, week, month or year")]
    UnknownUnit(String),
}

impl Unit {
    /// All of them, shortest first.
    pub const ALL: [Self; 6] =
        [Self::Minute, Self::Hour, Self::Day, Self::Week, Self::Month, Self::Year];

    /// As in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// The mean length in minutes; exact up to weeks.
    const fn minutes(self) -> u64 {
        match self {
            Self::Minute => 1,
            Self::Hour => 60,
            Self::Day => 1_440,
            Self::Week => 10_080,
            Self::Month => 43_829,
            Self::Year => 525_949,
        }
    }
}

impl Interval {
    /// `value` units.
    ///
    /// # Errors
    /// [`IntervalError`] for nothing and for more than ten years.
    pub fn new(value: u32, unit: Unit) -> Result<Self, IntervalError> {
        if value == 0 {
            return Err(IntervalError::Zero);
        }
        if u64::from(value) * unit.minutes() > INTERVAL_DAYS_MAX * 1_440 {
            return Err(IntervalError::TooLong);
        }
        Ok(Self { value, unit })
    }

    /// With the unit's name as in JSON, singular or plural.
    ///
    /// # Errors
    /// [`IntervalError`].
    pub fn parse(value: u32, unit: &str) -> Result<Self, IntervalError> {
        let singular = unit.strip_suffix('s').unwrap_or(unit);
        let known = Unit::ALL.into_iter().find(|known| known.name() == singular);
        let known =
            known.ok_or_else(|| IntervalError::UnknownUnit(unit.chars().take(20).collect()))?;
        Self::new(value, known)
    }

    /// How many units.
    pub fn value(self) -> u32 {
        self.value
    }

    /// Which.
    pub fn unit(self) -> Unit {
        self.unit
    }

    /// When the next run is expected after one at `last`, to the minute.
    pub(crate) fn next(self, last: Micros, zone: &Zone) -> Option<Micros> {
        self.nth(whole_minute(last)?, 1, zone)
    }

    /// The last of the times that follow from `first` and lie before `before`; `first` if none does.
    pub(crate) fn latest_before(
        self,
        first: Micros,
        before: Micros,
        zone: &Zone,
    ) -> Option<Micros> {
        let anchor = whole_minute(first)?;
        let step_micros = u64::from(self.value) * self.unit.minutes() * 60_000_000;
        // The calendar is never more than a few units away from its own mean.
        let mut count = (before.0.saturating_sub(first.0) / step_micros).saturating_sub(2);
        let mut found = first;
        loop {
            match self.nth(anchor, count, zone) {
                Some(at) if at < before => found = found.max(at),
                _ => return Some(found),
            }
            count += 1;
        }
    }

    fn nth(self, anchor: Timestamp, count: u64, zone: &Zone) -> Option<Micros> {
        let units = i64::from(self.value).checked_mul(i64::try_from(count).ok()?)?;
        let empty = Span::new();
        let span = match self.unit {
            Unit::Minute => empty.try_minutes(units),
            Unit::Hour => empty.try_hours(units),
            Unit::Day => empty.try_days(units),
            Unit::Week => empty.try_weeks(units),
            Unit::Month => empty.try_months(units),
            Unit::Year => empty.try_years(units),
        };
        let due = anchor.to_zoned(zone.inner().clone()).checked_add(span.ok()?).ok()?;
        micros(due.timestamp())
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.value == 1 { "" } else { "s" };
        write!(out, "every {} {}{plural}", self.value, self.unit.name())
    }
}

fn whole_minute(at: Micros) -> Option<Timestamp> {
    timestamp(Micros(at.0 / 60_000_000 * 60_000_000))
}
