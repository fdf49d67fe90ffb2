//! Time zones by their IANA names; the database is compiled in, so that answers do not depend on the host.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use model::clock::Micros;

use crate::limits::ZONE_CHARS_MAX;

/// A time zone.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// The name is not in the time zone database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time zone; write a name such as Europe/Madrid")]
pub struct UnknownZone(pub String);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Zone({})", self.name())
    }
}

impl Zone {
    /// The zone with that IANA name; case does not matter.
    ///
    /// # Errors
    /// [`UnknownZone`], also for names that stand for "not known" themselves.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        let refused = || UnknownZone(name.chars().take(ZONE_CHARS_MAX).collect());
        if name.len() > ZONE_CHARS_MAX {
            return Err(refused());
        }
        let found = TimeZoneDatabase::bundled().get(name).ok();
        found.filter(|zone| !zone.is_unknown()).map(Self).ok_or_else(refused)
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Microseconds since the epoch of `hour:minute` on the day that lies `days` after the local day of
    /// `at`. A time that clocks skip is the moment they are put forward; one that comes twice is the first.
    /// `None` beyond the year 9999, or if there is no such time of day.
    pub fn time_of_day(&self, at: Micros, days: i32, hour: i8, minute: i8) -> Option<Micros> {
        let date = self.0.to_datetime(timestamp(at)?).date();
        let date = date.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
        let time = jiff::civil::Time::new(hour, minute, 0, 0).ok()?;
        micros(self.first_instant(date.to_datetime(time))?)
    }

    /// Minutes of the local week since Monday 00:00 at that moment, from 0 to 10,079; `None` beyond the
    /// year 9999.
    pub fn minute_of_week(&self, at: Micros) -> Option<u16> {
        let local = self.0.to_datetime(timestamp(at)?);
        let day = i16::from(local.weekday().to_monday_zero_offset());
        let minute = day * 1_440 + i16::from(local.hour()) * 60 + i16::from(local.minute());
        u16::try_from(minute).ok()
    }

    /// The number of the local day, counted from 1970-01-01; `None` beyond the year 9999.
    pub fn day_number(&self, at: Micros) -> Option<i64> {
        let local = self.0.to_datetime(timestamp(at)?);
        let seconds = Offset::UTC.to_timestamp(local).ok()?.as_second();
        Some(seconds.div_euclid(86_400))
    }

    pub(crate) fn inner(&self) -> &TimeZone {
        &self.0
    }

    pub(crate) fn local(&self, at: Timestamp) -> DateTime {
        self.0.to_datetime(at)
    }

    /// The moment of a local time: of a time that is skipped, when clocks are put forward; of one that
    /// comes twice, the first.
    pub(crate) fn first_instant(&self, local: DateTime) -> Option<Timestamp> {
        match self.0.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local).ok(),
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(local).ok(),
            AmbiguousOffset::Gap { before, .. } => {
                // Read with the offset that ended, a skipped time lies after the change.
                let after_change = before.to_timestamp(local).ok()?;
                let just_after = Timestamp::from_second(after_change.as_second() + 1).ok()?;
                self.0.preceding(just_after).next().map(|change| change.timestamp())
            }
        }
    }
}

/// ISO 8601 in UTC, to the second; what lies beyond the year 9999 is empty.
pub fn iso(at: Micros) -> String {
    let seconds = Micros(at.0 / 1_000_000 * 1_000_000);
    timestamp(seconds).map(|at| at.to_string()).unwrap_or_default()
}

/// `None` beyond the year 9999.
pub(crate) fn timestamp(at: Micros) -> Option<Timestamp> {
    Timestamp::from_microsecond(i64::try_from(at.0).ok()?).ok()
}

/// `None` before 1970.
pub(crate) fn micros(at: Timestamp) -> Option<Micros> {
    u64::try_from(at.as_microsecond()).ok().map(Micros)
}
