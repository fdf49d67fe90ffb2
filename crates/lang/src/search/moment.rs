//! Moments, spans of time and time ranges as people write them.

use model::clock::Micros;
use model::limits::SERIES_POINTS_MAX;

use super::error::SearchError;
use crate::ask::Window;

const SECOND: u64 = 1_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
/// Microseconds of a day.
pub const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;

/// A moment, and how exactly it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A whole day, named by its first moment.
    Day(Micros),
    /// A point in time.
    Instant(Micros),
}

impl Moment {
    /// The first moment that is meant.
    pub fn start(self) -> Micros {
        match self {
            Self::Day(at) | Self::Instant(at) => at,
        }
    }
}

/// Reads `2026-11-21` or `2026-11-21T10:00:00[.ffffff][Z|±hh:mm]`; no zone means UTC, and the seconds
/// may be left out. A space may stand for the `T`. `None` when it is neither, or before 1970.
pub fn parse_moment(text: &str) -> Option<Moment> {
    let (date, rest) = text.split_at_checked(10)?;
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    let midnight =
        days_since_1970(digits(year)?, digits(month)?, digits(day)?)?.checked_mul(DAY)?;
    if rest.is_empty() {
        return Some(Moment::Day(Micros(midnight)));
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (time, offset_minutes) = split_zone(rest)?;
    let at = midnight.checked_add(parse_time(time)?)?;
    let shift = offset_minutes.unsigned_abs().checked_mul(MINUTE)?;
    // East of Greenwich the same clock reading comes earlier.
    let at = if offset_minutes >= 0 { at.checked_sub(shift)? } else { at.checked_add(shift)? };
    Some(Moment::Instant(Micros(at)))
}

/// Days from 1970-01-01 to that date of the Gregorian calendar.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days_in_month = match month {
        2 => 28 + u64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if year < 1970 || day == 0 || day > days_in_month {
        return None;
    }
    // Years begin in March here, so that the leap day comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era).checked_sub(719_468)
}

/// The clock reading, and the zone in minutes east of Greenwich.
fn split_zone(text: &str) -> Option<(&str, i64)> {
    if let Some(time) = text.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let Some(place) = text.rfind(['+', '-']) else { return Some((text, 0)) };
    let (time, zone) = text.split_at(place);
    let (hours, minutes) = match zone.get(1..)?.split_once(':') {
        Some(pair) => pair,
        None => zone.get(1..)?.split_at_checked(2)?,
    };
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let minutes = digits(hours)? * 60 + digits(minutes)?;
    let minutes = i64::try_from(minutes).ok()?;
    Some((time, if zone.starts_with('-') { -minutes } else { minutes }))
}

fn parse_time(text: &str) -> Option<u64> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = clock.split(':');
    let (hour, minute) = (parts.next()?, parts.next()?);
    let second = parts.next().unwrap_or("00");
    if parts.next().is_some() || [hour, minute, second].iter().any(|part| part.len() != 2) {
        return None;
    }
    let (hour, minute, second) = (digits(hour)?, digits(minute)?, digits(second)?);
    // 60 is a leap second.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let micros = match fraction.get(..6).unwrap_or(fraction) {
        "" => 0,
        shown => digits(shown)? * 10_u64.pow(6 - u32::try_from(shown.len()).ok()?),
    };
    Some(hour * HOUR + minute * MINUTE + second * SECOND + micros)
}

fn digits(text: &str) -> Option<u64> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if all { text.parse().ok() } else { None }
}

/// Reads `24h`: a whole number and one of the units `s m h d w`. Microseconds.
pub fn parse_span(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        "w" => WEEK,
        _ => return None,
    };
    digits(number)?.checked_mul(unit)
}

/// A time range as a request names it: by its length up to now, or by both ends.
#[derive(Debug, Clone, Copy, Default)]
pub struct WindowText<'a> {
    /// `statsPeriod`, such as `14d`.
    pub stats_period: Option<&'a str>,
    /// ISO 8601.
    pub start: Option<&'a str>,
    /// ISO 8601.
    pub end: Option<&'a str>,
}

/// The time range that was asked for; `None` when none was, so that the caller's default holds.
///
/// # Errors
/// When it cannot be read, only one end is given, or it holds no moment.
pub fn time_window(text: WindowText<'_>, now: Micros) -> Result<Option<Window>, SearchError> {
    let not_empty = |text: &&str| !text.is_empty();
    let (start, end) = (text.start.filter(not_empty), text.end.filter(not_empty));
    match (text.stats_period.filter(not_empty), start, end) {
        (_, Some(start), Some(end)) => {
            let moment = |text: &str| {
                let moment = parse_moment(text).ok_or_else(|| SearchError::Moment(text.to_owned()));
                moment.map(Moment::start)
            };
            let (start, end) = (moment(start)?, moment(end)?);
            if start >= end {
                return Err(SearchError::EmptyWindow);
            }
            Ok(Some(Window { start, end }))
        }
        (_, Some(_), None) | (_, None, Some(_)) => Err(SearchError::HalfWindow),
        (Some(period), None, None) => {
            let length = parse_span(period).filter(|length| *length > 0);
            let length = length.ok_or_else(|| SearchError::Period(period.to_owned()))?;
            Ok(Some(last(length, now)))
        }
        (None, None, None) => Ok(None),
    }
}

/// The last `length` microseconds, with what happens at this very moment.
pub fn last(length: u64, now: Micros) -> Window {
    Window { start: Micros(now.0.saturating_sub(length)), end: Micros(now.0.saturating_add(1)) }
}

/// Reads the width of the buckets of a time series, such as `5m`. Microseconds.
///
/// # Errors
/// When it cannot be read or would cut `window` into more than `SERIES_POINTS_MAX` pieces.
pub fn interval(text: &str, window: Window) -> Result<u64, SearchError> {
    let width = parse_span(text).filter(|width| *width > 0);
    let width = width.ok_or_else(|| SearchError::Interval(text.to_owned()))?;
    let points = window.end.0.saturating_sub(window.start.0).div_ceil(width);
    if usize::try_from(points).is_ok_and(|points| points <= SERIES_POINTS_MAX) {
        Ok(width)
    } else {
        Err(SearchError::TooManyPoints)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<Moment>) {
        assert_eq!(parse_moment(text), expected, "{text}");
    }

    #[test]
    fn moments() {
        let noon = 1_795_262_400 * SECOND;
        let instant = |at| Some(Moment::Instant(Micros(at)));
        check("1970-01-01", Some(Moment::Day(Micros(0))));
        check("2026-11-21", Some(Moment::Day(Micros(noon - 12 * HOUR))));
        check("2024-02-29", Some(Moment::Day(Micros(1_709_164_800 * SECOND))));
        check("2026-11-21T12:00:00", instant(noon));
        check("2026-11-21T12:00", instant(noon));
        check("2026-11-21 12:00:00Z", instant(noon));
        check("2026-11-21T12:00:00.5Z", instant(noon + SECOND / 2));
        check("2026-11-21T12:00:00.123456789", instant(noon + 123_456));
        check("2026-11-21T14:00:00+02:00", instant(noon));
        check("2026-11-21T04:30:00-0730", instant(noon));
        for text in [
            "",
            "yesterday",
            "2026-02-29",
            "2026-13-01",
            "2026-1-1",
            "1969-12-31",
            "2026-11-21T",
            "2026-11-21T25:00:00",
            "2026-11-21T10:00:00+2",
            "2026-11-21x",
            "2026-11-2é",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn spans() {
        assert_eq!(parse_span("90s"), Some(90 * SECOND));
        assert_eq!(parse_span("2w"), Some(14 * DAY));
        for text in ["", "h", "-1h", "1", "1y", "99999999999999999999d", "1é"] {
            assert_eq!(parse_span(text), None, "{text}");
        }
    }

    #[test]
    fn windows() {
        let now = Micros(DAY * 365);
        let period = |text| {
            let text = WindowText { stats_period: Some(text), ..WindowText::default() };
            time_window(text, now)
        };
        assert_eq!(period("1d"), Ok(Some(last(DAY, now))));
        assert_eq!(period("x"), Err(SearchError::Period("x".to_owned())));
        assert_eq!(period(""), Ok(None));
        let ends =
            |start, end| time_window(WindowText { stats_period: Some("1d"), start, end }, now);
        assert_eq!(
            ends(Some("1970-01-02"), Some("1970-01-03")),
            Ok(Some(Window { start: Micros(DAY), end: Micros(2 * DAY) }))
        );
        assert_eq!(ends(Some("1970-01-02"), None), Err(SearchError::HalfWindow));
        assert_eq!(ends(Some("1970-01-02"), Some("1970-01-02")), Err(SearchError::EmptyWindow));
    }

    #[test]
    fn intervals() {
        let day = last(DAY - 1, Micros(DAY));
        assert_eq!(interval("5m", day), Ok(300 * SECOND));
        assert_eq!(interval("1s", day), Err(SearchError::TooManyPoints));
        assert_eq!(interval("0s", day), Err(SearchError::Interval("0s".to_owned())));
    }
}
