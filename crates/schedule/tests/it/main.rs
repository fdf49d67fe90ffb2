//! Tests of schedules and monitors, as their users see them.
#![expect(clippy::unwrap_used, reason = "tests may be blunt")]

mod crontabs;
mod interval;
mod monitor;
mod oracle;
mod state;

use model::clock::Micros;
use schedule::Zone;

/// A moment from `2026-03-29T02:30:00+02:00`.
#[track_caller]
fn at(text: &str) -> Micros {
    let moment = chrono::DateTime::parse_from_rfc3339(text).unwrap();
    Micros(u64::try_from(moment.timestamp_micros()).unwrap())
}

/// As the people in that zone would write it, with the offset.
fn show(at: Option<Micros>, zone: &Zone) -> String {
    let Some(at) = at else { return "never".to_owned() };
    let zone: chrono_tz::Tz = zone.name().parse().unwrap();
    let moment = chrono::DateTime::from_timestamp_micros(i64::try_from(at.0).unwrap()).unwrap();
    moment.with_timezone(&zone).format("%F %H:%M%:z").to_string()
}
