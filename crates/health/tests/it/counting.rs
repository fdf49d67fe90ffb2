//! Each session counts once, whatever arrives of it, and in which order.

use std::collections::BTreeMap;

use health::{Batch, HealthError, HealthLimits, Report, Verdict};
use lang::health::{AskHealth as _, HealthBy, HealthCounts, HealthQuestion, Names};
use model::clock::Micros;
use model::id::ProjectId;
use model::intake::Offset;
use model::session::SessionHealth::{self as H, Abnormal, Crashed, Errored, Healthy, Unhandled};
use proptest::prelude::*;

use crate::fixture::{Fixture, MIDNIGHT, PROJECT, counts, of, question, update};

#[test]
fn a_session_is_what_the_worst_of_its_updates_says() {
    for (updates, expected) in [
        (&[(0, Healthy)][..], [1, 0, 0, 0, 0]),
        (&[(0, Healthy), (0, Healthy)], [1, 0, 0, 0, 0]),
        (&[(0, Healthy), (1, Errored), (2, Errored)], [0, 1, 0, 0, 0]),
        (&[(0, Healthy), (1, Errored), (2, Healthy)], [0, 1, 0, 0, 0]),
        (&[(0, Healthy), (3, Crashed)], [0, 0, 0, 0, 1]),
        (&[(3, Crashed), (0, Healthy)], [0, 0, 0, 0, 1]),
        (&[(3, Crashed), (4, Healthy), (3, Crashed)], [0, 0, 0, 0, 1]),
        // Its beginning was lost.
        (&[(7, Unhandled)], [0, 0, 1, 0, 0]),
        (&[(1, Abnormal), (2, Unhandled)], [0, 0, 0, 1, 0]),
    ] {
        // In one step, and one by one.
        let of_one = |(sequence, health): &(u64, H)| update(1, *sequence, *health, 0);
        let mut whole = Fixture::new();
        whole.take(updates.iter().map(of_one));
        assert_eq!(whole.sessions(), expected, "{updates:?}");
        let mut single = Fixture::new();
        for each in updates {
            single.take([of_one(each)]);
            single.again();
        }
        assert_eq!(single.sessions(), expected, "{updates:?}");
    }
}

#[test]
fn a_session_counts_where_it_began() {
    let mut fixture = Fixture::new();
    fixture.take([of(update(1, 5, Errored, 1), "web@2", "prod")]);
    fixture.take([of(update(1, 0, Healthy, 0), "web@1", "prod")]);
    fixture.take([of(update(1, 9, Crashed, 2), "web@3", "prod")]);
    let by = HealthBy { release: true, ..HealthBy::default() };
    let groups = fixture.ask(&HealthQuestion { group: by, step_hours: 1, ..question() });
    let found: Vec<_> = groups
        .iter()
        .map(|group| (group.release.as_deref().unwrap(), group.total.sessions))
        .collect();
    let none = [0; 5];
    assert_eq!(found, [("web@1", [0, 0, 0, 0, 1]), ("web@2", none), ("web@3", none)]);
    assert_eq!(groups[0].series.len(), 72);
    assert_eq!(groups[0].series[24].sessions, [0, 0, 0, 0, 1]);
}

#[test]
fn groups_buckets_and_names() {
    let mut fixture = Fixture::new();
    fixture.take([
        of(update(1, 0, Healthy, 0), "web@1", "prod"),
        of(update(2, 0, Crashed, 1), "web@1", "staging"),
        of(update(3, 0, Errored, 25), "web@2", "prod"),
        of(update(4, 0, Errored, 26), "api@1", ""),
    ]);
    let ask = |releases: Names, environments: Names| {
        let question = HealthQuestion { releases, environments, ..question() };
        let found = fixture.ask(&question);
        found.first().map_or(0, |group| group.total.sessions_total())
    };
    let all = Names::default;
    let not = |name: &str| Names { only: Vec::new(), not: vec![name.to_owned()] };
    assert_eq!(ask(all(), all()), 4);
    assert_eq!(ask(Names::one("web@*"), all()), 3);
    assert_eq!(ask(Names::one("web@1"), Names::one("prod")), 1);
    assert_eq!(ask(not("web@1"), all()), 2);
    assert_eq!(ask(all(), Names::one("")), 1);
    assert_eq!(ask(all(), not("prod")), 2);
    let group = HealthBy { project: true, environment: true, release: false };
    let by_day = HealthQuestion { group, step_hours: 24, ..question() };
    let groups = fixture.ask(&by_day);
    let prod = groups.iter().find(|group| group.environment.as_deref() == Some("prod")).unwrap();
    assert_eq!((prod.project, prod.release.as_deref()), (Some(PROJECT), None));
    let days: Vec<u64> = prod.series.iter().map(HealthCounts::sessions_total).collect();
    assert_eq!(days, [0, 1, 1]);
    let others = HealthQuestion { projects: vec![ProjectId(8)], ..question() };
    assert_eq!(fixture.ask(&others), []);
    let points = HealthQuestion { hour_end: MIDNIGHT + 9_000, step_hours: 1, group, ..question() };
    assert!(fixture.health.health(&points).unwrap_err().to_string().contains("shorter time"));
}

#[test]
fn rates_are_shares() {
    let mut fixture = Fixture::new();
    fixture.take([counts(0, None, [7, 5, 0, 0, 7])]);
    let total = fixture.total().total;
    assert_eq!(total.crash_rate(), Some(7.0 / 19.0));
    assert_eq!(total.unhealthy_rate(), Some(12.0 / 19.0));
    assert_eq!(total.user_crash_rate(), None, "there are no users");
    assert_eq!(Fixture::new().total().total.crash_rate(), None);
}

#[test]
fn what_is_read_again_counts_no_more() {
    let mut fixture = Fixture::new();
    let batch = |start, end| Batch {
        start: Offset(start),
        end: Offset(end),
        received: Some(Micros(1)),
        reports: vec![
            Report { project: PROJECT, content: counts(0, None, [10, 2, 0, 0, 1]) },
            Report { project: PROJECT, content: update(1, 0, Healthy, 0) },
        ],
    };
    for (start, end, sessions) in [(0, 50, 14), (0, 50, 14), (10, 50, 14), (50, 90, 27)] {
        assert_eq!(fixture.health.apply(&batch(start, end)).unwrap(), [Verdict::Counted; 2]);
        fixture.again();
        assert_eq!(fixture.total().total.sessions_total(), sessions);
    }
    assert_eq!(fixture.health.applied().unwrap(), Offset(90));
    let refused = fixture.health.apply(&batch(80, 100)).unwrap_err();
    assert!(matches!(refused, HealthError::Uncut(90)));
    assert_eq!(fixture.total().total.sessions_total(), 27);
}

#[test]
fn a_project_has_not_any_number_of_releases() {
    let limits = HealthLimits { series: 2, ..HealthLimits::default() };
    let mut fixture = Fixture::with(limits);
    let one = |session, release| of(update(session, 0, Healthy, 0), release, "prod");
    let verdicts = fixture.take([one(1, "a"), one(2, "b"), one(3, "c"), one(4, "a")]);
    let (counted, many) = (Verdict::Counted, Verdict::TooManySeries);
    assert_eq!(verdicts, [counted, counted, many, counted]);
    assert_eq!(fixture.sessions(), [3, 0, 0, 0, 0]);
    // When the log is read again the same is said.
    let content = one(3, "c");
    let reports = vec![Report { project: PROJECT, content }];
    let batch = Batch { start: Offset(0), end: Offset(10), received: None, reports };
    assert_eq!(fixture.health.apply(&batch).unwrap(), [many]);
}

#[test]
fn somebody_elses_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("health.sqlite");
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE songs (name TEXT)").unwrap();
    let problem = health::Health::open(&path, HealthLimits::default()).unwrap_err();
    assert!(matches!(problem, HealthError::Format { found: 0, .. }), "{problem}");
    drop(other);
    std::fs::write(&path, b"no database at all, but more than a header would take: 0123456789")
        .unwrap();
    let problem = health::Health::open(&path, HealthLimits::default()).unwrap_err();
    assert!(matches!(problem, HealthError::Open { .. }), "{problem}");
}

fn any_update() -> impl Strategy<Value = (u64, u64, usize, u64)> {
    (0..6_u64, 0..5_u64, 0..5_usize, 0..30_u64)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any order, any repetition, any cut into steps: the counts are those of the joined states.
    #[test]
    fn order_and_repetition_do_not_matter(
        updates in proptest::collection::vec(any_update(), 1..30),
        order in proptest::collection::vec(any::<proptest::sample::Index>(), 0..30),
        step in 1..9_usize,
    ) {
        let mut states: BTreeMap<u64, ((u64, u64), usize)> = BTreeMap::new();
        for (session, sequence, health, hour) in &updates {
            let state = states.entry(*session).or_insert(((*sequence, *hour), *health));
            *state = (state.0.min((*sequence, *hour)), state.1.max(*health));
        }
        let mut expected = vec![[0; 5]; 72];
        for ((_, hour), health) in states.values() {
            expected[usize::try_from(*hour).unwrap() + 24][*health] += 1;
        }
        let again = order.iter().map(|index| *index.get(&updates));
        let sent: Vec<_> = again.chain(updates.iter().rev().copied()).collect();
        let mut fixture = Fixture::new();
        for part in sent.chunks(step) {
            fixture.take(part.iter().map(|(session, sequence, health, hour)| {
                update(*session, *sequence, H::ALL[*health].0, *hour)
            }));
        }
        let group = fixture.ask(&HealthQuestion { step_hours: 1, ..question() }).pop().unwrap();
        let found: Vec<_> = group.series.iter().map(|counts| counts.sessions).collect();
        prop_assert_eq!(found, expected);
    }
}
