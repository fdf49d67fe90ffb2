//! Crontabs: what is refused and why, changes of the clock by hand, and bounded work.

use proptest::prelude::*;
use schedule::{Crontab, Zone};

use crate::{at, show};

#[track_caller]
fn refused(text: &str, expected: &str) {
    assert_eq!(Crontab::parse(text).unwrap_err().to_string(), expected);
}

#[test]
fn what_cannot_be_followed_is_refused_with_the_field_that_is_wrong() {
    refused("", "a crontab has 5 fields (minute hour day month weekday), this one has 0");
    refused("* * * *", "a crontab has 5 fields (minute hour day month weekday), this one has 4");
    refused(
        "0 0 12 * * *",
        "a crontab has 5 fields (minute hour day month weekday), this one has 6",
    );
    refused(
        "@reboot",
        "\"@reboot\" is not known; use @hourly, @daily, @weekly, @monthly or @yearly",
    );
    refused("60 * * * *", "minute: \"60\" must be between 0 and 59");
    refused("* 24 * * *", "hour: \"24\" must be between 0 and 23");
    refused("* * 0 * *", "day of month: \"0\" must be between 1 and 31");
    refused("* * * 13 *", "month: \"13\" must be between 1 and 12");
    refused("* * * * 8", "day of week: \"8\" must be between 0 and 7");
    refused("* * * * MON-", "day of week: \"MON-\" is not a number or name that stands here");
    refused("* * * foo *", "month: \"foo\" is not a number or name that stands here");
    refused("*/0 * * * *", "minute: \"*/0\" needs a step from 1 to 60 after /");
    refused("*/x * * * *", "minute: \"*/x\" needs a step from 1 to 60 after /");
    refused("30-10 * * * *", "minute: \"30-10\" ends before it starts");
    refused("-1 * * * *", "minute: \"-1\" is not a number or name that stands here");
    refused("+1 * * * *", "minute: \"+1\" is not a number or name that stands here");
    refused("1,,2 * * * *", "minute: \"\" is not a number or name that stands here");
    refused("H * * * *", "minute: \"H\" would be a time by chance; write a number");
    refused("0 0 ? * MON", "day of month: \"?\" is not crontab; write *");
    refused("0 0 L-3 * *", "day of month: \"L-3\" is not supported; name the days");
    refused("0 0 * * 5#6", "day of week: \"5#6\" needs 1 to 5 after #");
    refused("0 0 * * 5#0", "day of week: \"5#0\" needs 1 to 5 after #");
    refused("0 0 32W * *", "day of month: \"32W\" must be between 1 and 31");
}

#[test]
fn what_is_never_due_is_refused() {
    let never = "it is never due within 50 years: no month has such a day";
    refused("0 0 31 2 *", never);
    refused("0 0 30 FEB *", never);
    refused("0 0 31 2,4,6,9,11 *", never);
    refused("0 0 30W 2 *", never);
    refused("0 0 30 2 */2", never);
    // Either of the two days is enough, or it happens in some years.
    assert!(Crontab::parse("0 0 31 2 1").is_ok());
    assert!(Crontab::parse("0 0 29 2 *").is_ok());
    assert!(Crontab::parse("0 0 29 2 */7").is_ok());
    assert!(Crontab::parse("0 0 * 2 0#5").is_ok());
}

#[test]
fn size_is_limited() {
    refused(&"1,".repeat(200), "a crontab has at most 255 characters");
    let many = "1,".repeat(70) + "1 * * * *";
    refused(&many, "minute: more than 64 entries");
    let all: Vec<String> = (0..60).map(|minute| minute.to_string()).collect();
    assert!(Crontab::parse(&format!("{} * * * *", all.join(","))).is_ok());
}

#[track_caller]
fn after(crontab: &str, zone: &str, start: &str, expected: &[&str]) {
    let (crontab, zone) = (Crontab::parse(crontab).unwrap(), Zone::named(zone).unwrap());
    let mut moment = at(start);
    for expected in expected {
        let next = crontab.next(moment, &zone);
        assert_eq!(show(next, &zone), *expected);
        moment = next.unwrap();
    }
}

#[test]
fn clocks_put_forward_and_back() {
    // A time of day that is skipped is due when clocks are put forward, and only then.
    after(
        "30 2 * * *",
        "Europe/Madrid",
        "2026-03-28T12:00:00Z",
        &["2026-03-29 03:00+02:00", "2026-03-30 02:30+02:00"],
    );
    // One that comes twice is due the first time.
    after(
        "30 2 * * *",
        "Europe/Madrid",
        "2026-10-24T12:00:00Z",
        &["2026-10-25 02:30+02:00", "2026-10-26 02:30+01:00"],
    );
    // A rhythm goes on.
    after(
        "*/30 * * * *",
        "Europe/Madrid",
        "2026-10-25T00:29:00Z",
        &[
            "2026-10-25 02:30+02:00",
            "2026-10-25 02:00+01:00",
            "2026-10-25 02:30+01:00",
            "2026-10-25 03:00+01:00",
        ],
    );
    after(
        "*/30 * * * *",
        "Europe/Madrid",
        "2026-03-29T00:30:00Z",
        &["2026-03-29 03:00+02:00", "2026-03-29 03:30+02:00"],
    );
    // From within the second time of an hour.
    after("45 2 * * *", "Europe/Madrid", "2026-10-25T01:10:00Z", &["2026-10-26 02:45+01:00"]);
}

#[test]
fn before_looks_across_clocks_put_back() {
    let zone = Zone::named("Europe/Madrid").unwrap();
    let crontab = Crontab::parse("45 2 * * *").unwrap();
    let second_time = at("2026-10-25T01:10:00Z");
    assert_eq!(show(crontab.previous(second_time, &zone), &zone), "2026-10-25 02:45+02:00");
}

#[test]
fn rare_days_are_found() {
    after("0 0 29 2 */7", "UTC", "2026-01-01T00:00:00Z", &["2032-02-29 00:00+00:00"]);
    after("0 0 29 2 */7", "UTC", "2088-03-01T00:00:00Z", &["2128-02-29 00:00+00:00"]);
    after("0 0 * * 7", "UTC", "2026-11-20T00:00:00Z", &["2026-11-22 00:00+00:00"]);
    after("0 0 * * FRI-SUN", "UTC", "2026-11-22T00:00:00Z", &["2026-11-27 00:00+00:00"]);
}

#[test]
fn the_end_of_the_calendar_is_no_panic() {
    let crontab = Crontab::parse("0 0 * * *").unwrap();
    let zone = Zone::named("America/New_York").unwrap();
    assert_eq!(crontab.next(model::clock::Micros(u64::MAX), &zone), None);
    assert_eq!(crontab.previous(model::clock::Micros(0), &zone), None);
    assert!(crontab.next(model::clock::Micros(0), &zone).is_some());
}

#[test]
fn zones_have_names() {
    assert_eq!(Zone::named("europe/madrid").unwrap().name(), "Europe/Madrid");
    assert!(Zone::named("Middle/Earth").is_err());
    assert!(Zone::named("").is_err());
    assert!(Zone::named("../../etc/passwd").is_err());
    assert!(Zone::named(&"x".repeat(10_000)).unwrap_err().0.len() <= 64);
    let zone = Zone::named("America/New_York").unwrap();
    let shift = zone.time_of_day(at("2026-03-07T12:00:00Z"), 1, 2, 30);
    assert_eq!(show(shift, &zone), "2026-03-08 03:00-04:00");
    assert_eq!(zone.minute_of_week(at("2026-03-09T04:01:00Z")), Some(1));
    assert_eq!(zone.day_number(at("1970-01-02T04:59:00Z")), Some(0));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        if let Ok(crontab) = Crontab::parse(&text) {
            prop_assert_eq!(Crontab::parse(&crontab.to_string()), Ok(crontab));
        }
    }

    /// What is due next was due before that.
    #[test]
    fn next_and_previous_are_inverse(
        fields in ["[0-9*,/-]{1,6}", "[0-9*,/-]{1,6}", "[0-9*,LW-]{1,4}", "[0-9*,-]{1,4}", "[0-6*,L#-]{1,4}"],
        seconds in 1_500_000_000_u64..2_500_000_000,
        zone in prop::sample::select(vec!["Europe/Madrid", "America/New_York", "Pacific/Chatham"]),
    ) {
        let Ok(crontab) = Crontab::parse(&fields.join(" ")) else { return Ok(()) };
        let zone = Zone::named(zone).unwrap();
        let moment = model::clock::Micros(seconds * 1_000_000);
        let next = crontab.next(moment, &zone).unwrap();
        prop_assert!(next > moment);
        let just_after = model::clock::Micros(next.0 + 1);
        prop_assert_eq!(crontab.previous(just_after, &zone), Some(next));
        prop_assert!(crontab.previous(next, &zone).is_none_or(|previous| previous <= moment));
    }
}
