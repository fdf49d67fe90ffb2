//! Uptime checks: what they saw, and since when something is down.

use alarm::{Alarms, Uptime, UptimeAsk, UptimeChange, UptimeSeen};
use model::clock::Micros;
use model::id::{OrganizationId, ProjectId};
use serde_json::Value;

use crate::fixture::Fixture;

const OURS: OrganizationId = OrganizationId(1);
const PROJECT: ProjectId = ProjectId(7);
const SECOND: u64 = 1_000_000;
/// 2026-11-21T10:00:00Z.
const NOON: u64 = 1_795_255_200_000_000;

pub(crate) fn says(failures: u32, recoveries: u32) -> UptimeChange {
    UptimeChange {
        name: "Shop".to_owned(),
        environment: "prod".to_owned(),
        owner: None,
        is_enabled: true,
        is_muted: false,
        asks: UptimeAsk {
            url: "https://shop.example/health".to_owned(),
            method: "GET".to_owned(),
            body: None,
            interval_seconds: 60,
            timeout_millis: 5_000,
            status: vec![(200, 299)],
            expected_body: String::new(),
            latency_max_millis: None,
            follows_redirects: true,
            certificate_days_min: None,
            failure_threshold: failures,
            recovery_threshold: recoveries,
        },
        headers: None,
    }
}

/// Makes the check when it is due; answers when that was.
fn make(alarms: &Alarms, id: u64, failure: Option<&'static str>) -> Micros {
    let uptime = alarms.uptime(OURS, id).unwrap();
    let due = uptime.next_at.unwrap();
    let seen = seen(due, failure);
    alarms.note_uptime(&uptime, &seen).unwrap();
    // Again, as by a process that ended before it could say so: nothing more.
    alarms.note_uptime(&uptime, &seen).unwrap();
    due
}

fn seen(due: Micros, failure: Option<&'static str>) -> UptimeSeen {
    UptimeSeen {
        due,
        at: due,
        failure: failure.map(|reason| (reason, format!("because of {reason}"))),
        status: Some(if failure.is_some() { 500 } else { 200 }),
        duration_micros: 30_000,
        certificate_ends: Some(Micros(NOON + 40 * 86_400 * SECOND)),
    }
}

fn new(alarms: &Alarms, says: &UptimeChange) -> Uptime {
    alarms.create_uptime(OURS, PROJECT, says, Micros(NOON)).unwrap()
}

/// Titles of events; empty text for what is resolved.
fn told(alarms: &Alarms) -> Vec<String> {
    let title = |event: Option<String>| {
        let Some(event) = event else { return String::new() };
        let event: Value = serde_json::from_str(&event).unwrap();
        event["contexts"]["outage"]["title"].as_str().unwrap().to_owned()
    };
    alarms.occurrences(100).unwrap().into_iter().map(|one| title(one.event)).collect()
}

const DOWN: &str = "Downtime detected for https://shop.example/health";

#[test]
fn thresholds_make_it_down_and_up() {
    let mut fixture = Fixture::new();
    let id = new(&fixture.alarms, &says(3, 2)).id;
    for (failure, expected) in [
        (Some("status"), vec![]),
        (Some("timeout"), vec![]),
        (None, vec![]),
        (Some("status"), vec![]),
        (Some("status"), vec![]),
        (Some("status"), vec![DOWN]),
        (Some("status"), vec![DOWN]),
        (None, vec![DOWN]),
        (Some("body"), vec![DOWN]),
        (None, vec![DOWN]),
        (None, vec![DOWN, ""]),
    ] {
        make(&fixture.alarms, id, failure);
        fixture = fixture.opened_again();
        assert_eq!(told(&fixture.alarms), expected);
    }
    let all = (Micros(0), Micros(u64::MAX >> 1));
    let (checks, more) = fixture.alarms.uptime_checks(id, all, (0, 100)).unwrap();
    assert_eq!((checks.len(), more), (11, false), "each is kept once");
    assert_eq!(checks.iter().filter(|check| check.is_down).count(), 5);
    assert_eq!(checks[1].detail, "");
    assert_eq!(checks[2].detail, "because of body");
    let buckets = fixture.alarms.uptime_buckets(
        id,
        (Micros(NOON), Micros(NOON + 3_600 * SECOND)),
        3_600 * SECOND,
    );
    assert_eq!(buckets.unwrap(), [(Micros(NOON), 4, 7, 30_000)]);
}

#[test]
fn each_has_its_own_place_in_the_interval() {
    let fixture = Fixture::new();
    let ids: Vec<u64> = (0..40).map(|_| new(&fixture.alarms, &says(1, 1)).id).collect();
    assert_eq!(fixture.alarms.uptime_due(Micros(NOON), &ids[1..], 9).unwrap().len(), 1);
    assert_eq!(fixture.alarms.uptime_due(Micros(NOON), &[], 9).unwrap().len(), 9);
    let mut places: Vec<u64> = ids
        .iter()
        .map(|id| {
            make(&fixture.alarms, *id, None);
            let first = fixture.alarms.uptime(OURS, *id).unwrap().next_at.unwrap();
            assert!((NOON + 1..=NOON + 60 * SECOND).contains(&first.0));
            make(&fixture.alarms, *id, None);
            let second = fixture.alarms.uptime(OURS, *id).unwrap().next_at.unwrap();
            assert_eq!(second.0 - first.0, 60 * SECOND);
            (first.0 - NOON) / (10 * SECOND)
        })
        .collect();
    places.sort_unstable();
    places.dedup();
    assert!(places.len() >= 5, "spread over the minute: {places:?}");
    assert_eq!(fixture.alarms.uptime_due(Micros(NOON), &[], 99).unwrap(), []);
}

#[test]
fn a_clock_that_was_set_back_stops_no_check() {
    let fixture = Fixture::new();
    let alarms = &fixture.alarms;
    let id = new(alarms, &says(1, 1)).id;
    make(alarms, id, None);
    let twice = make(alarms, id, None);
    let uptime = alarms.uptime(OURS, id).unwrap();
    let back = UptimeSeen { at: Micros(twice.0 - 1), ..seen(uptime.next_at.unwrap(), None) };
    alarms.note_uptime(&uptime, &back).unwrap();
    assert_eq!(make(alarms, id, Some("status")), twice);
    let (kept, _) = alarms.uptime_checks(id, (twice, Micros(twice.0 + 1)), (0, 9)).unwrap();
    let reasons: Vec<&str> = kept.iter().map(|kept| kept.reason.as_str()).collect();
    assert_eq!(reasons, ["status"], "the newer one counts");
}

#[test]
fn what_people_do_counts_more_than_what_was_on_its_way() {
    let fixture = Fixture::new();
    let alarms = &fixture.alarms;
    let before = new(alarms, &says(1, 1));
    let muted = UptimeChange { is_muted: true, ..says(1, 1) };
    alarms.change_uptime(before.id, &muted, Micros(NOON + SECOND)).unwrap();
    alarms.note_uptime(&before, &seen(before.next_at.unwrap(), Some("status"))).unwrap();
    assert_eq!(
        alarms.uptime(OURS, before.id).unwrap().failures,
        0,
        "what was asked is not what is"
    );
    make(alarms, before.id, Some("status"));
    assert_eq!(told(alarms), [""; 0], "muted");
    alarms.change_uptime(before.id, &says(1, 1), Micros(NOON + 90 * SECOND)).unwrap();
    make(alarms, before.id, Some("status"));
    assert_eq!(told(alarms), [DOWN], "heard again while it is down");
    let off = UptimeChange { is_enabled: false, ..says(1, 1) };
    alarms.change_uptime(before.id, &off, Micros(NOON + 99 * SECOND)).unwrap();
    assert_eq!(alarms.uptime_next().unwrap(), None);
    alarms.uptime(OrganizationId(2), before.id).unwrap_err();
    alarms.forget_uptime_of(PROJECT).unwrap();
    alarms.uptime(OURS, before.id).unwrap_err();
}

#[test]
fn there_are_not_endlessly_many() {
    let fixture = Fixture::new();
    for _ in 0..alarm::UPTIME_MAX {
        new(&fixture.alarms, &says(1, 1));
    }
    fixture.alarms.create_uptime(OURS, PROJECT, &says(1, 1), Micros(NOON)).unwrap_err();
    let (found, more) = fixture.alarms.uptimes(&[PROJECT], "SHOP", (0, 10)).unwrap();
    assert_eq!((found.len(), more), (10, true));
    assert_eq!(fixture.alarms.uptimes(&[PROJECT], "other", (0, 10)).unwrap(), (vec![], false));
}
