//! Intervals, in calendars with short days and short months.

use schedule::{Interval, Schedule, Unit, Zone};

use crate::{at, show};

#[track_caller]
fn check(every: (u32, &str), zone: &str, last: &str, expected: &str) {
    let every = Schedule::Interval(Interval::parse(every.0, every.1).unwrap());
    let zone = Zone::named(zone).unwrap();
    assert_eq!(show(every.next(at(last), &zone), &zone), expected);
}

#[test]
fn the_next_one_follows_the_last() {
    check((5, "minute"), "UTC", "2026-11-21T10:00:59Z", "2026-11-21 10:05+00:00");
    check((2, "hours"), "UTC", "2026-11-21T10:00:00Z", "2026-11-21 12:00+00:00");
    // A day keeps the time of day, hours do not.
    check((1, "day"), "Europe/Madrid", "2026-03-28T09:00:00Z", "2026-03-29 10:00+02:00");
    check((24, "hour"), "Europe/Madrid", "2026-03-28T09:00:00Z", "2026-03-29 11:00+02:00");
    check((1, "week"), "America/New_York", "2026-10-30T12:00:00Z", "2026-11-06 08:00-05:00");
    check((1, "month"), "UTC", "2026-01-31T10:00:00Z", "2026-02-28 10:00+00:00");
    check((1, "year"), "UTC", "2028-02-29T10:00:00Z", "2029-02-28 10:00+00:00");
}

#[test]
fn what_is_no_interval_is_refused() {
    let refused = |value, unit| Interval::parse(value, unit).unwrap_err().to_string();
    assert_eq!(refused(0, "hour"), "an interval must be at least 1");
    assert_eq!(refused(11, "year"), "an interval may be at most 3660 days");
    assert_eq!(refused(u32::MAX, "minute"), "an interval may be at most 3660 days");
    assert_eq!(
        refused(1, "fortnight"),
        "\"fortnight\" is not a unit; write minute, hour, day, week, month or year"
    );
}

/// Against counting step by step.
#[test]
fn the_latest_before_is_found_at_once() {
    let zone = Zone::named("Europe/Madrid").unwrap();
    for unit in Unit::ALL {
        for value in [1, 3, 7] {
            let every = Schedule::Interval(Interval::new(value, unit).unwrap());
            let first = at("2024-02-29T10:00:00Z");
            let mut slots = vec![first];
            let steps = if unit == Unit::Year { 20 } else { 200 };
            for count in 1..=steps {
                // Steps are counted from the first, so that the 31st does not become the 28th for good.
                let far = Interval::new(value * count, unit);
                let Ok(far) = far else { break };
                slots.push(Schedule::Interval(far).next(first, &zone).unwrap());
            }
            for pair in slots.windows(2) {
                let just_after = model::clock::Micros(pair[0].0 + 1);
                for before in [just_after, pair[1]] {
                    let found = every.latest_before(first, before, &zone);
                    assert_eq!(found, Some(pair[0]), "{every}");
                }
            }
        }
    }
}
