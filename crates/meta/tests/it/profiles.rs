//! Profiles: found by id, profiler, transaction and trace, and forgotten in time.

use meta::{Page, ProfileFilter, ProfileOrder, StoredProfile, TraceBatch};
use model::clock::Micros;
use model::id::{EventId, SpanId, TraceId};
use model::intake::Offset;
use model::profile::Place;

use crate::fixture::{DAY, Fixture, HOUR, START};

const MINUTE: u64 = 60_000_000;

/// A profile of a transaction that began so many hours after the start.
fn profile(fixture: &Fixture, number: u8, hour: u64, release: &str) -> StoredProfile {
    let start = Micros(START.0 + hour * HOUR);
    StoredProfile {
        project: fixture.project,
        id: EventId([number; 16]),
        profiler: None,
        event: Some(EventId([number + 100; 16])),
        trace: Some(TraceId([number; 16])),
        span: Some(SpanId([number; 8])),
        name: "POST /bets".into(),
        platform: "python".into(),
        release: release.into(),
        environment: "prod".into(),
        start,
        end: Micros(start.0 + u64::from(number) * MINUTE / 60),
        received: start,
        samples: u64::from(number),
        threads: 2,
        has_memory: true,
        has_cpu: false,
        place: Place { day: 7, pack: 1, offset: 1 << 40, bytes: 99 },
    }
}

fn chunk(fixture: &Fixture, number: u8, minute: u64) -> StoredProfile {
    let start = Micros(START.0 + minute * MINUTE);
    StoredProfile {
        profiler: Some(EventId([77; 16])),
        event: None,
        trace: None,
        span: None,
        name: String::new(),
        start,
        end: Micros(start.0 + MINUTE),
        ..profile(fixture, number, 0, "1")
    }
}

fn store(fixture: &Fixture, offset: u64, profiles: Vec<StoredProfile>) {
    let (start, end) = (Offset(offset), Offset(offset + 10));
    fixture
        .meta
        .apply_traces(&TraceBatch { start, end, profiles, ..TraceBatch::default() })
        .unwrap();
}

fn all(fixture: &Fixture) -> ProfileFilter {
    ProfileFilter::new(vec![fixture.project], (Micros(0), Micros(u64::MAX)))
}

/// First bytes of the ids that match.
fn found(fixture: &Fixture, filter: &ProfileFilter, order: ProfileOrder) -> Vec<u8> {
    let found = fixture.meta.profiles(filter, order, Page::FIRST).unwrap();
    found.rows.iter().map(|row| row.id.0[0]).collect()
}

#[test]
fn a_profile_is_read_back_as_it_was_stored() {
    let fixture = Fixture::new();
    let new = profile(&fixture, 1, 1, "1");
    store(&fixture, 0, vec![new.clone(), chunk(&fixture, 2, 0)]);
    assert_eq!(fixture.meta.profile(fixture.project, new.id).unwrap(), Some(new));
    assert_eq!(fixture.meta.profile(fixture.project, EventId([9; 16])).unwrap(), None);
}

#[test]
fn a_profile_that_is_known_stays_as_it_is() {
    let fixture = Fixture::new();
    let new = profile(&fixture, 1, 1, "1");
    store(&fixture, 0, vec![new.clone()]);
    store(&fixture, 10, vec![StoredProfile { name: "other".into(), ..new.clone() }]);
    assert_eq!(fixture.meta.profile(fixture.project, new.id).unwrap(), Some(new));
}

#[test]
fn profiles_are_narrowed_down_and_ordered() {
    let fixture = Fixture::new();
    let other = StoredProfile { name: "GET /".into(), ..profile(&fixture, 3, 3, "2") };
    let profiles = vec![
        profile(&fixture, 1, 1, "1"),
        profile(&fixture, 2, 2, "2"),
        other,
        chunk(&fixture, 4, 0),
    ];
    store(&fixture, 0, profiles);
    let all = all(&fixture);
    assert_eq!(found(&fixture, &all, ProfileOrder::Newest), [3, 2, 1, 4]);
    assert_eq!(found(&fixture, &all, ProfileOrder::Longest), [4, 3, 2, 1]);
    assert_eq!(found(&fixture, &all, ProfileOrder::MostSamples), [4, 3, 2, 1]);
    let narrow = |change: fn(&mut ProfileFilter)| {
        let mut filter = all.clone();
        change(&mut filter);
        found(&fixture, &filter, ProfileOrder::Newest)
    };
    assert_eq!(narrow(|it| it.releases = vec!["2".into()]), [3, 2]);
    assert!(narrow(|it| it.environments = vec!["dev".into()]).is_empty());
    assert_eq!(narrow(|it| it.platforms = vec!["python".into()]), [3, 2, 1, 4]);
    assert_eq!(narrow(|it| it.transaction = Some("GET /".into())), [3]);
    assert_eq!(narrow(|it| it.trace = Some(TraceId([2; 16]))), [2]);
    assert_eq!(narrow(|it| it.of_transactions = Some(false)), [4]);
    assert_eq!(narrow(|it| it.start = Micros(START.0 + 2 * HOUR)), [3, 2]);
    assert!(narrow(|it| it.projects = Vec::new()).is_empty());
}

#[test]
fn chunks_are_found_by_profiler_and_time() {
    let fixture = Fixture::new();
    let chunks: Vec<_> =
        (0..5).map(|minute| chunk(&fixture, u8::try_from(minute).unwrap() + 1, minute)).collect();
    store(&fixture, 0, chunks);
    let between = |from: u64, to: u64| -> Vec<u8> {
        let window = (Micros(START.0 + from), Micros(START.0 + to));
        let profiler = EventId([77; 16]);
        let found = fixture.meta.profile_chunks(&[fixture.project], profiler, window, 10).unwrap();
        found.iter().map(|row| row.id.0[0]).collect()
    };
    assert_eq!(between(0, 1), [1]);
    assert_eq!(between(MINUTE + 1, 3 * MINUTE + 1), [2, 3, 4]);
    assert!(between(6 * MINUTE, 9 * MINUTE).is_empty());
}

#[test]
fn releases_come_newest_first() {
    let fixture = Fixture::new();
    let profiles = vec![
        profile(&fixture, 1, 1, "old"),
        profile(&fixture, 2, 5, "new"),
        profile(&fixture, 3, 9, "old"),
        profile(&fixture, 4, 9, ""),
    ];
    store(&fixture, 0, profiles);
    let found = fixture.meta.profile_releases(&all(&fixture)).unwrap();
    let names: Vec<_> = found.iter().map(|it| (it.release.as_str(), it.profiles)).collect();
    assert_eq!(names, [("new", 1), ("old", 2)]);
    let names = fixture.meta.profile_transactions(&all(&fixture), 10).unwrap();
    assert_eq!(names, [("POST /bets".to_owned(), 4)]);
}

#[test]
fn a_replayed_batch_adds_nothing() {
    let fixture = Fixture::new();
    store(&fixture, 0, vec![profile(&fixture, 1, 1, "1")]);
    store(&fixture, 0, vec![profile(&fixture, 2, 1, "1")]);
    assert_eq!(found(&fixture, &all(&fixture), ProfileOrder::Newest), [1]);
}

#[test]
fn old_profiles_are_forgotten_and_those_of_a_deleted_project() {
    let fixture = Fixture::new();
    store(&fixture, 0, vec![profile(&fixture, 1, 1, "1"), profile(&fixture, 2, 48, "1")]);
    let days = u64::from(fixture.meta.project_settings(fixture.project).unwrap().retention_days);
    fixture.clock.advance_micros(days * DAY + 2 * HOUR);
    fixture.meta.forget().unwrap();
    assert_eq!(found(&fixture, &all(&fixture), ProfileOrder::Newest), [2]);
    fixture.meta.delete_project(fixture.project).unwrap();
    assert!(found(&fixture, &all(&fixture), ProfileOrder::Newest).is_empty());
}
