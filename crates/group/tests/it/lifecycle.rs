//! What happens to an issue after it was made.

use group::archive::{self, Condition, Counts};
use group::escalation;
use group::priority::Priority;
use group::regression::{Release, Resolution, is_regression};
use model::clock::Micros;

fn release(version: &str, date: Option<u64>) -> Release<'_> {
    Release { version, date: date.map(Micros) }
}

#[test]
fn regressions() {
    let fixed_in = |version| Resolution::InRelease(release(version, Some(10)));
    let after = |version| Resolution::AfterRelease(release(version, Some(10)));
    for (resolution, event, expected) in [
        (Resolution::Now, Some(("a@1.0", Some(1))), true),
        (Resolution::InFirstRelease, Some(("a@1.0", Some(1))), true),
        (fixed_in("a@1.2.0"), None, true),
        (fixed_in("a@1.2.0"), Some(("a@1.1.9", Some(99))), false),
        (fixed_in("a@1.2.0"), Some(("a@1.2.0", None)), true),
        (fixed_in("a@1.2.0"), Some(("a@1.10.0", Some(1))), true),
        (fixed_in("a@1.2.0"), Some(("a@1.2.0-rc.1", Some(99))), false),
        (fixed_in("a@1.2.0"), Some(("a@1.2.0+build7", Some(1))), true),
        (fixed_in("a@1.2.0"), Some(("b@1.1.0", Some(11))), true),
        (fixed_in("a@1.2.0"), Some(("b@1.3.0", Some(9))), false),
        (fixed_in("deadbeef"), Some(("cafe", Some(9))), false),
        (fixed_in("deadbeef"), Some(("cafe", None)), true),
        (after("a@1.2.0"), Some(("a@1.2.0", Some(99))), false),
        (after("a@1.2.0"), Some(("a@1.1.0", Some(99))), false),
        (after("a@1.2.0"), Some(("a@1.2.1", Some(1))), true),
        (after("a@1.2.0-rc.2"), Some(("a@1.2.0-rc.10", None)), true),
        (after("a@1.2.0-rc.2"), Some(("a@1.2.0-beta", None)), false),
        (after("v1"), Some(("v2", Some(11))), true),
        (after("v1"), Some(("v0", Some(9))), false),
    ] {
        let event = event.map(|(version, date)| release(version, date));
        assert_eq!(is_regression(resolution, event), expected, "{resolution:?} {event:?}");
    }
}

#[test]
fn archives() {
    let counts = |now, events, users| Counts { now: Micros(now), events, users };
    let none = Condition::default();
    assert!(!archive::is_over(&none, counts(u64::MAX, u64::MAX, u64::MAX)));
    let until = Condition { until: Some(Micros(10)), ..none };
    assert!(!archive::is_over(&until, counts(9, 99, 99)));
    assert!(archive::is_over(&until, counts(10, 0, 0)));
    let either = Condition { events: Some(5), users: Some(2), ..none };
    assert!(!archive::is_over(&either, counts(0, 4, 1)));
    assert!(archive::is_over(&either, counts(0, 5, 1)));
    assert!(archive::is_over(&either, counts(0, 4, 2)));
}

#[test]
fn forecasts() {
    assert_eq!(escalation::forecast(&[]), [0; escalation::DAYS]);
    assert_eq!(escalation::forecast(&[3, 7]), [70; escalation::DAYS]);
    assert_eq!(escalation::forecast(&[0; 168]), [0; escalation::DAYS]);
    // Steady: five times the maximum is more than six times the mean is not.
    assert_eq!(escalation::forecast(&[10; 168]), [60; escalation::DAYS]);
    // One burst: twice the maximum.
    let mut burst = [0; 168];
    burst[100] = 1_000;
    assert_eq!(escalation::forecast(&burst), [2_000; escalation::DAYS]);
    // Busy on one day of the week: that day may be busy again.
    let mut weekly = [10; 200];
    weekly[32..56].fill(30);
    let days = escalation::forecast(&weekly);
    assert_eq!((days[0], days[7]), (days[7], days[0]));
    assert!(days[0] >= days[1]);
    assert!(escalation::is_escalating(61, 60) && !escalation::is_escalating(60, 60));
}

#[test]
fn priorities() {
    for (level, name) in [
        ("fatal", "high"),
        ("error", "high"),
        ("warning", "medium"),
        ("info", "low"),
        ("debug", "low"),
        ("sample", "high"),
    ] {
        assert_eq!(Priority::from_level(level).name(), name);
    }
    assert_eq!(Priority::Low.escalated(), Priority::Medium);
    assert_eq!(Priority::parse("medium"), Some(Priority::Medium));
    assert_eq!(Priority::parse("urgent"), None);
    assert_eq!(Priority::High as u8, 75);
}
