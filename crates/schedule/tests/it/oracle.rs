//! A year of schedules, compared with a program that looks at every minute of it.
//!
//! The oracle shares nothing with the crate: zones are chrono-tz's, fields are read as text, and clocks
//! are watched minute by minute.

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use model::clock::Micros;
use schedule::{Crontab, Zone};

const CRONTABS: [&str; 26] = [
    "* * * * *",
    "*/7 * * * *",
    "*/15 2 * * *",
    "30 * * * *",
    "0 */2 * * *",
    "30 2 * * *",
    "0,15,30,45 1-3 * * *",
    "15 3 * * *",
    "0 0 * * *",
    "59 23 * * *",
    "5 0 1 * *",
    "30 1 29 2 *",
    "0 12 13 * 5",
    "0 12 */2 * 1-5",
    "0 9 * * MON-FRI",
    "10 1 * JAN,mar-may,OCT 0",
    "45 23 31 * *",
    "0 4 L * *",
    "0 4 LW * *",
    "0 4 15W,1W * *",
    "0 2 * * 5L",
    "0 2 * * 1#1,3#5",
    "20-40/10 2 * * SUN",
    "1/29 1 * * *",
    "@hourly",
    "@weekly",
];

/// Two that many live in; half an hour of summer time in the south; clocks changed at midnight; quarters
/// of an hour; and none of it.
const ZONES: [&str; 7] = [
    "Europe/Madrid",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "UTC",
];

#[test]
fn a_year_in_every_zone_is_what_the_clocks_on_the_wall_say() {
    for zone in ZONES {
        let year = (utc("2026-01-01"), utc("2027-01-01"));
        let minutes = wall(zone.parse().unwrap(), year);
        for crontab in CRONTABS {
            // Every minute of a year takes its time; one zone of the hard ones is enough for that.
            if crontab == "* * * * *" && zone != "Australia/Lord_Howe" {
                continue;
            }
            compare(crontab, zone, &minutes);
        }
    }
}

#[test]
fn a_day_that_never_was_is_made_up_for() {
    // Samoa went from the 29th to the 31st of December 2011.
    let zone = "Pacific/Apia";
    let minutes = wall(zone.parse().unwrap(), (utc("2011-12-01"), utc("2012-02-01")));
    for crontab in ["0 12 30 12 *", "0 12 * * *", "0 * * * *", "0 12 * * 5", "0 0 31 12 *"] {
        compare(crontab, zone, &minutes);
    }
}

#[track_caller]
fn compare(text: &str, zone: &str, minutes: &[Minute]) {
    let expected = due(text, minutes);
    let crontab = Crontab::parse(text).unwrap();
    let zone = Zone::named(zone).unwrap();
    let (first, last) = (minutes[0].0, minutes[minutes.len() - 1].0);
    // The first minute has no yesterday, so the oracle starts with the second.
    let mut forth = Vec::new();
    let mut at = first;
    while let Some(next) = crontab.next(at, &zone).filter(|next| *next <= last) {
        assert!(next > at, "{text} in {}: {next:?} after {at:?}", zone.name());
        forth.push(next);
        at = next;
    }
    assert_same(text, &zone, &expected, &forth);
    let mut back = Vec::new();
    let mut at = Micros(last.0 + 1);
    while let Some(previous) = crontab.previous(at, &zone).filter(|previous| *previous > first) {
        assert!(previous < at, "{text} in {}: {previous:?} before {at:?}", zone.name());
        back.push(previous);
        at = previous;
    }
    back.reverse();
    assert_same(text, &zone, &expected, &back);
}

#[track_caller]
fn assert_same(text: &str, zone: &Zone, expected: &[Micros], found: &[Micros]) {
    for (expected, found) in expected.iter().zip(found) {
        let shown = |moment: &Micros| crate::show(Some(*moment), zone);
        assert!(
            expected == found,
            "{text} in {}: expected {}, found {}",
            zone.name(),
            shown(expected),
            shown(found)
        );
    }
    assert_eq!(expected.len(), found.len(), "{text} in {}", zone.name());
}

/// A minute: when it begins, and what clocks show in it, in local minutes since 1970.
type Minute = (Micros, i64);

/// Every minute.
fn wall(zone: Tz, (from, until): (DateTime<Utc>, DateTime<Utc>)) -> Vec<Minute> {
    let shown = |moment: DateTime<Utc>| {
        let local = zone.from_utc_datetime(&moment.naive_utc()).naive_local();
        (micros(moment), local.and_utc().timestamp() / 60)
    };
    let minutes = (until - from).num_minutes();
    (0..minutes).map(|minute| shown(from + Duration::minutes(minute))).collect()
}

/// The minutes in which the crontab is due, without the first one.
fn due(text: &str, minutes: &[Minute]) -> Vec<Micros> {
    let text = match text {
        "@hourly" => "0 * * * *",
        "@weekly" => "0 0 * * 0",
        text => text,
    };
    let fields: Vec<&str> = text.split(' ').collect();
    let is_rhythm = fields[0].starts_with('*') || fields[1].starts_with('*');
    let mut oracle = Oracle::new(fields);
    let mut latest = minutes[0].1;
    let mut found = Vec::new();
    for (moment, shown) in &minutes[1..] {
        let is_due = if is_rhythm {
            oracle.matches(*shown)
        } else {
            // Whatever clocks have shown before is done; whatever they skip is made up for now.
            (latest + 1..=*shown).any(|skipped| oracle.matches(skipped))
        };
        latest = latest.max(*shown);
        if is_due {
            found.push(*moment);
        }
    }
    found
}

/// Fields, and what was found out about them once: there are many minutes in a year.
struct Oracle<'t> {
    fields: Vec<&'t str>,
    minutes: Vec<bool>,
    hours: Vec<bool>,
    /// The day that was last looked at, counted from 1970, and whether it matches.
    day: (i64, bool),
}

impl<'t> Oracle<'t> {
    fn new(fields: Vec<&'t str>) -> Self {
        let minutes = (0..60).map(|minute| plain(fields[0], minute, (0, 59))).collect();
        let hours = (0..24).map(|hour| plain(fields[1], hour, (0, 23))).collect();
        Self { fields, minutes, hours, day: (-1, false) }
    }

    fn matches(&mut self, shown: i64) -> bool {
        let (day, minute) = (shown / 1_440, usize::try_from(shown % 1_440).unwrap());
        if self.day.0 != day {
            let noon = DateTime::from_timestamp(day * 86_400 + 43_200, 0).unwrap();
            self.day = (day, matches_date(&self.fields, noon.naive_utc()));
        }
        self.day.1 && self.minutes[minute % 60] && self.hours[minute / 60]
    }
}

fn matches_date(fields: &[&str], shown: NaiveDateTime) -> bool {
    let day = matches_day(fields[2], shown);
    let weekday = matches_weekday(fields[4], shown);
    let days = if fields[2].starts_with('*') || fields[4].starts_with('*') {
        day && weekday
    } else {
        day || weekday
    };
    days && plain(fields[3], shown.month(), (1, 12))
}

fn matches_day(field: &str, shown: NaiveDateTime) -> bool {
    let length = (28..=31)
        .rev()
        .find(|day| NaiveDate::from_ymd_opt(shown.year(), shown.month(), *day).is_some())
        .unwrap();
    let near = |day: u32| {
        // Of all workdays of the month the nearest one.
        (1..=length)
            .filter(|other| !weekday_of(shown, *other).is_multiple_of(6))
            .min_by_key(|other| other.abs_diff(day))
            .unwrap()
    };
    field.split(',').any(|term| match term {
        "L" => shown.day() == length,
        "LW" => shown.day() == near(length),
        term if term.ends_with('W') => {
            shown.day() == near(term.trim_end_matches('W').parse().unwrap())
        }
        term => plain(term, shown.day(), (1, 31)),
    })
}

fn matches_weekday(field: &str, shown: NaiveDateTime) -> bool {
    let weekday = weekday_of(shown, shown.day());
    let next_week = shown + Duration::days(7);
    field.split(',').any(|term| {
        if let Some((day, nth)) = term.split_once('#') {
            let nth: u32 = nth.parse().unwrap();
            day == weekday.to_string() && (shown.day() - 1) / 7 + 1 == nth
        } else if let Some(day) = term.strip_suffix('L') {
            day == weekday.to_string() && next_week.month() != shown.month()
        } else {
            plain(term, weekday, (0, 6))
        }
    })
}

fn weekday_of(month: NaiveDateTime, day: u32) -> u32 {
    NaiveDate::from_ymd_opt(month.year(), month.month(), day)
        .unwrap()
        .weekday()
        .num_days_from_sunday()
}

fn plain(field: &str, value: u32, (min, max): (u32, u32)) -> bool {
    const NAMES: [(&str, u32); 10] = [
        ("JAN", 1),
        ("mar", 3),
        ("may", 5),
        ("OCT", 10),
        ("SUN", 0),
        ("MON", 1),
        ("FRI", 5),
        ("TUE", 2),
        ("WED", 3),
        ("THU", 4),
    ];
    let number = |text: &str| {
        let named = NAMES.iter().find(|(name, _)| *name == text);
        named.map_or_else(|| text.parse().unwrap(), |(_, number)| *number)
    };
    field.split(',').any(|term| {
        let (range, step) = term.split_once('/').unwrap_or((term, "1"));
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (min, max),
            Some((first, last)) => (number(first), number(last)),
            None if term.contains('/') => (number(range), max),
            None => (number(range), number(range)),
        };
        let step: u32 = step.parse().unwrap();
        (first..=last).contains(&value) && (value - first).is_multiple_of(step)
    })
}

fn utc(day: &str) -> DateTime<Utc> {
    day.parse::<NaiveDate>().unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc()
}

fn micros(moment: DateTime<Utc>) -> Micros {
    Micros(u64::try_from(moment.timestamp_micros()).unwrap())
}
