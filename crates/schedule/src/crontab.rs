//! Crontabs: minute, hour, day of month, month, day of week; what Debian's cron understands, and `L`, `W`,
//! `#`.
//!
//! Changes of the clock are treated as Debian's cron does (cron(8)). A crontab whose minute and hour are
//! plain numbers names times of day: one that is skipped is due when clocks are put forward, and one that
//! comes twice is due once, the first time. A crontab with `*` in minute or hour means a rhythm: it is due
//! whenever clocks show a time it names, and not in between.
//!
//! As in every cron, a day matches if day of month *or* day of week does, unless one of the two starts
//! with `*`; then both must.

mod parse;

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use model::clock::Micros;

pub use parse::CrontabError;

use crate::limits::SEARCH_YEARS_MAX;
use crate::zone::{Zone, micros, timestamp};

/// A checked crontab: it is due at some time within the next 50 years.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crontab {
    /// As written, with single spaces.
    text: String,
    /// A bit for each that matches: 0 to 59.
    minutes: u64,
    /// 0 to 23.
    hours: u64,
    days: Days,
    /// 1 to 12.
    months: u64,
    weekdays: Weekdays,
    /// A day must match both, because one of them starts with `*`.
    both_days: bool,
    /// Minute or hour starts with `*`: due by rhythm, not by time of day.
    is_rhythm: bool,
}

/// Days of a month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Days {
    /// 1 to 31.
    plain: u64,
    /// `L`.
    last: bool,
    /// `LW`.
    last_workday: bool,
    /// `15W`: the workday nearest to that day, within its month.
    nearest_workday: u64,
}

/// Days of a week, Sunday is 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Weekdays {
    /// 0 to 6.
    plain: u64,
    /// `5L`: the last Friday of the month.
    last: u64,
    /// `5#2`: the second Friday; a set of weekdays for the first, second, … fifth.
    nth: [u64; 5],
}

impl Crontab {
    /// Reads a crontab of five fields, or `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`,
    /// `@yearly`, `@annually`.
    ///
    /// # Errors
    /// [`CrontabError`], which names the field; also when it would never be due, as on 31 February.
    pub fn parse(text: &str) -> Result<Self, CrontabError> {
        let crontab = parse::parse(text)?;
        let from = jiff::civil::date(2000, 1, 1).at(0, 0, 0, 0);
        match crontab.at_or_after(from, later(from)) {
            Some(_) => Ok(crontab),
            None => Err(CrontabError::Never),
        }
    }

    /// The first time after `after` at which it is due.
    pub fn next(&self, after: Micros, zone: &Zone) -> Option<Micros> {
        let after = timestamp(after)?;
        let found =
            if self.is_rhythm { self.next_beat(after, zone) } else { self.next_time(after, zone) };
        micros(found?)
    }

    /// The last time before `before` at which it was due.
    pub fn previous(&self, before: Micros, zone: &Zone) -> Option<Micros> {
        let before = timestamp(before)?;
        let found = if self.is_rhythm {
            self.previous_beat(before, zone)
        } else {
            self.previous_time(before, zone)
        };
        micros(found?)
    }

    /// Local times map to moments in order, so the first match that lies later is the answer.
    fn next_time(&self, after: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let mut local = floor(zone.local(after));
        let until = later(local);
        loop {
            let found = self.at_or_after(local, until)?;
            let due = zone.first_instant(found)?;
            if due > after {
                return Some(due);
            }
            local = minutes_from(found, 1)?;
        }
    }

    fn previous_time(&self, before: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let mut local = floor(zone.local(before));
        // Clocks may have been put back since a local time that looks later; by a day at most.
        let change = zone.inner().preceding(before).next();
        let day = 86_400;
        if change.is_some_and(|change| before.as_second() - change.timestamp().as_second() < day) {
            local = minutes_from(local, 1_440)?;
        }
        let since = earlier(local);
        loop {
            let found = self.at_or_before(local, since)?;
            let due = zone.first_instant(found)?;
            if due < before {
                return Some(due);
            }
            local = minutes_from(found, -1)?;
        }
    }

    /// Between two changes of the clock local time is moments plus a constant.
    fn next_beat(&self, after: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let mut from =
            Timestamp::from_second((after.as_second().div_euclid(60) + 1).checked_mul(60)?).ok()?;
        let horizon = later(zone.local(from));
        loop {
            let offset = zone.inner().to_offset(from);
            let change = zone.inner().following(from).next().map(|change| change.timestamp());
            let until = change.map_or(horizon, |change| offset.to_datetime(change));
            let found = self.at_or_after(offset.to_datetime(from), until);
            let due = found.and_then(|local| offset.to_timestamp(local).ok());
            match (due, change) {
                (Some(due), Some(change)) if due < change => return Some(due),
                (Some(due), None) => return Some(due),
                (None, None) => return None,
                (_, Some(change)) if until > horizon || change <= from => return None,
                (_, Some(change)) => from = change,
            }
        }
    }

    fn previous_beat(&self, before: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let whole = before.as_microsecond().div_euclid(60_000_000);
        let partial = before.as_microsecond().rem_euclid(60_000_000) > 0;
        let minute = if partial { whole } else { whole - 1 };
        let mut from = Timestamp::from_second(minute.checked_mul(60)?).ok()?;
        let horizon = earlier(zone.local(from));
        loop {
            let offset = zone.inner().to_offset(from);
            let just_after = Timestamp::from_second(from.as_second() + 1).ok()?;
            let change = zone.inner().preceding(just_after).next().map(|change| change.timestamp());
            let since = change.map_or(horizon, |change| offset.to_datetime(change));
            let found = self.at_or_before(offset.to_datetime(from), since.max(horizon));
            if let Some(local) = found {
                return offset.to_timestamp(local).ok();
            }
            let change = change.filter(|_| since > horizon)?;
            from = Timestamp::from_second(change.as_second() - 60).ok()?;
        }
    }

    /// The first local time from `from` to `until` that matches.
    fn at_or_after(&self, from: DateTime, until: DateTime) -> Option<DateTime> {
        let mut date = from.date();
        let mut first = (from.hour(), from.minute());
        while date <= until.date() {
            if !has(self.months, date.month()) {
                date = date.last_of_month().tomorrow().ok()?;
                first = (0, 0);
                continue;
            }
            if self.matches_date(date)
                && let Some((hour, minute)) = self.time_from(first)
            {
                let found = date.at(hour, minute, 0, 0);
                return (found <= until).then_some(found);
            }
            date = date.tomorrow().ok()?;
            first = (0, 0);
        }
        None
    }

    /// The last local time from `from` back to `since` that matches.
    fn at_or_before(&self, from: DateTime, since: DateTime) -> Option<DateTime> {
        let mut date = from.date();
        let mut last = (from.hour(), from.minute());
        while date >= since.date() {
            if !has(self.months, date.month()) {
                date = date.first_of_month().yesterday().ok()?;
                last = (23, 59);
                continue;
            }
            if self.matches_date(date)
                && let Some((hour, minute)) = self.time_up_to(last)
            {
                let found = date.at(hour, minute, 0, 0);
                return (found >= since).then_some(found);
            }
            date = date.yesterday().ok()?;
            last = (23, 59);
        }
        None
    }

    fn time_from(&self, (hour, minute): (i8, i8)) -> Option<(i8, i8)> {
        if has(self.hours, hour)
            && let Some(minute) = first_from(self.minutes, minute)
        {
            return Some((hour, minute));
        }
        Some((first_from(self.hours, hour + 1)?, first_from(self.minutes, 0)?))
    }

    fn time_up_to(&self, (hour, minute): (i8, i8)) -> Option<(i8, i8)> {
        if has(self.hours, hour)
            && let Some(minute) = last_up_to(self.minutes, minute)
        {
            return Some((hour, minute));
        }
        Some((last_up_to(self.hours, hour - 1)?, last_up_to(self.minutes, 59)?))
    }

    fn matches_date(&self, date: Date) -> bool {
        let by_day = self.days.matches(date);
        if self.both_days {
            by_day && self.weekdays.matches(date)
        } else {
            by_day || self.weekdays.matches(date)
        }
    }
}

impl Days {
    fn matches(&self, date: Date) -> bool {
        let last = date.days_in_month();
        has(self.plain, date.day())
            || (self.last && date.day() == last)
            || (self.last_workday && date.day() == workday_near(date, last))
            || (self.nearest_workday != 0
                && (1..=last).any(|day| {
                    has(self.nearest_workday, day) && date.day() == workday_near(date, day)
                }))
    }
}

impl Weekdays {
    fn matches(&self, date: Date) -> bool {
        let weekday = date.weekday().to_sunday_zero_offset();
        let week = usize::try_from((date.day() - 1) / 7).unwrap_or(0);
        has(self.plain, weekday)
            || (has(self.last, weekday) && date.day() + 7 > date.days_in_month())
            || self.nth.get(week).is_some_and(|nth| has(*nth, weekday))
    }
}

impl fmt::Display for Crontab {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// The workday nearest to a day, within its month.
fn workday_near(month: Date, day: i8) -> i8 {
    let Ok(date) = Date::new(month.year(), month.month(), day) else { return 0 };
    match date.weekday().to_sunday_zero_offset() {
        6 if day == 1 => 3,
        6 => day - 1,
        0 if day == date.days_in_month() => day - 2,
        0 => day + 1,
        _ => day,
    }
}

fn has(set: u64, number: i8) -> bool {
    u32::try_from(number).is_ok_and(|number| number < 64 && set >> number & 1 == 1)
}

fn first_from(set: u64, number: i8) -> Option<i8> {
    let rest = set.checked_shr(u32::try_from(number).ok()?)?;
    if rest == 0 { None } else { number.checked_add(i8::try_from(rest.trailing_zeros()).ok()?) }
}

fn last_up_to(set: u64, number: i8) -> Option<i8> {
    let keep = u64::MAX.checked_shr(63_u32.checked_sub(u32::try_from(number).ok()?)?)?;
    let rest = set & keep;
    i8::try_from(rest.checked_ilog2()?).ok()
}

/// Without seconds, which only moments have.
fn floor(local: DateTime) -> DateTime {
    let time = Time::new(local.hour(), local.minute(), 0, 0).unwrap_or(Time::midnight());
    local.date().to_datetime(time)
}

fn minutes_from(local: DateTime, minutes: i64) -> Option<DateTime> {
    local.checked_add(jiff::Span::new().try_minutes(minutes).ok()?).ok()
}

fn later(local: DateTime) -> DateTime {
    local.saturating_add(jiff::Span::new().years(SEARCH_YEARS_MAX))
}

fn earlier(local: DateTime) -> DateTime {
    local.saturating_sub(jiff::Span::new().years(SEARCH_YEARS_MAX))
}
