//! Batches of events become issues and counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use meta::{
    Archiving, Batch, IssueAction, IssueChange, IssueStatus, Level, Meta, MetaError, NewUserReport,
    Page, Placement, Priority, Resolving, Substatus,
};
use model::category::Category;
use model::clock::{FixedClock, Micros};
use model::id::{GroupHash, IssueId, ProjectId};
use model::intake::{Lane, Offset};
use model::outcome::{Fate, OutcomeKey};
use model::part::CatalogueChange;
use proptest::prelude::*;

use crate::fixture::{DAY, Fixture, HOUR, START, issue_of};

fn act(fixture: &Fixture, issue: IssueId, action: IssueAction) {
    let change = IssueChange { issues: vec![issue], actor: None, actions: vec![action] };
    fixture.meta.change_issues(&change).unwrap();
}

#[test]
fn events_with_a_known_hash_join_and_bring_their_other_hashes() {
    let mut fixture = Fixture::new();
    let mut second = fixture.event(2);
    second.hashes = vec![GroupHash([2; 16]), GroupHash([1; 16])];
    let events = vec![fixture.event(1), second, fixture.event(3)];
    let applied = fixture.apply(events);
    let ids: Vec<IssueId> = applied.placements.iter().map(|one| issue_of(*one)).collect();
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
    let new =
        applied.placements.iter().map(|one| matches!(one, Placement::Issue { new: true, .. }));
    assert_eq!(new.collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(fixture.send(fixture.event(2)), ids[0], "the brought hash leads there too");
    assert_eq!(fixture.meta.hashes(ids[0], Page::FIRST).unwrap().rows.len(), 2);
    let issue = fixture.meta.issue_by_number(fixture.project, 1).unwrap().unwrap();
    assert_eq!((issue.id, issue.times_seen), (ids[0], 3));
}

#[test]
fn issues_show_their_newest_event_even_when_it_came_first() {
    let mut fixture = Fixture::new();
    let mut newest = fixture.event(1);
    newest.title = "newest".into();
    newest.level = "fatal".into();
    newest.release = "api@2.0.0".into();
    newest.user = "id:7".into();
    let mut older = fixture.event(1);
    older.timestamp = Micros(START.0 - 3 * HOUR);
    older.level = "warning".into();
    older.release = "api@1.0.0".into();
    older.handled = Some(false);
    let issue = fixture.send(newest);
    fixture.send(older);
    let issue = fixture.meta.issue(issue).unwrap().unwrap();
    assert_eq!(issue.title, "newest");
    assert_eq!(issue.level, Level::Fatal);
    assert_eq!(issue.state.priority, Priority::High);
    assert_eq!((issue.first_seen.0, issue.last_seen), (START.0 - 3 * HOUR, START));
    assert_eq!((issue.times_seen, issue.user_count, issue.unhandled), (2, 1, true));
    assert_eq!(issue.last_release.as_deref(), Some("api@2.0.0"));
    let releases = fixture.meta.releases(&[fixture.project], "", Page::FIRST).unwrap().rows;
    let counts: BTreeMap<&str, (u64, u64)> = releases
        .iter()
        .map(|release| (release.version.as_str(), (release.events, release.new_issues)))
        .collect();
    assert_eq!(counts, BTreeMap::from([("api@1.0.0", (1, 0)), ("api@2.0.0", (1, 1))]));
    let environments = fixture.meta.environments(&[fixture.project], Page::FIRST).unwrap().rows;
    assert_eq!(environments[0].name, "prod");
    let project = fixture.meta.project(fixture.project).unwrap().unwrap();
    assert_eq!(project.first_event, Some(START));
}

#[test]
fn a_replayed_batch_places_and_changes_nothing() {
    let mut fixture = Fixture::new();
    let mut batch = fixture.batch(vec![fixture.event(1), fixture.event(2), fixture.event(1)]);
    let line = OutcomeKey {
        project: fixture.project,
        key: None,
        category: Category::Error,
        fate: Fate::Accepted,
        reason: "".into(),
    };
    batch.outcomes.record(line, 3);
    let first = fixture.meta.apply(&batch).unwrap();
    let before = fixture.meta.issues(&first.changed).unwrap();
    let again = fixture.meta.apply(&batch).unwrap();
    assert!(again.replayed && again.changed.is_empty());
    let ids = |placements: &[Placement]| -> Vec<_> {
        placements.iter().map(|one| issue_of(*one)).collect()
    };
    assert_eq!(ids(&first.placements), ids(&again.placements));
    assert_eq!(fixture.meta.issues(&first.changed).unwrap(), before);
    assert_eq!(fixture.meta.offsets().unwrap().applied, Offset(100));
}

/// Stacks are made readable with files that come and go, and so may what an event is grouped by.
#[test]
fn a_replayed_event_stays_in_its_issue_whatever_it_is_grouped_by_now() {
    let mut fixture = Fixture::new();
    let batch = fixture.batch(vec![fixture.event(1), fixture.event(2), fixture.event(3)]);
    let first = fixture.meta.apply(&batch).unwrap();
    let deleted = issue_of(first.placements[2]);
    fixture.meta.delete_issues(&[deleted], false).unwrap();
    let mut again = batch.clone();
    again.events[0].hashes = vec![GroupHash([90; 16])];
    again.events[1].hashes = vec![GroupHash([1; 16])];
    let placed = fixture.meta.apply(&again).unwrap().placements;
    let ids = |placements: &[Placement]| [issue_of(placements[0]), issue_of(placements[1])];
    assert_eq!(ids(&placed), ids(&first.placements));
    assert_eq!(placed[2], Placement::Discarded, "its issue is gone");
    let flushed = Some((Lane::Errors, batch.end));
    fixture
        .meta
        .commit_catalogue(&CatalogueChange { flushed, ..CatalogueChange::default() })
        .unwrap();
    let placed = fixture.meta.apply(&again).unwrap().placements;
    assert_eq!(placed[0], Placement::Discarded, "nothing is remembered of what is in parts");
}

/// An older version, which noted nothing, may have applied what comes first in a batch.
#[test]
fn a_replayed_event_that_was_not_noted_is_found_by_what_it_is_grouped_by() {
    let mut fixture = Fixture::new();
    let batch = fixture.batch(vec![fixture.event(1)]);
    let first = fixture.meta.apply(&batch).unwrap();
    let flushed = Some((Lane::Errors, batch.end));
    let change = CatalogueChange { flushed, ..CatalogueChange::default() };
    fixture.meta.commit_catalogue(&change).unwrap();
    let later = fixture.batch(vec![fixture.event(2)]);
    let second = fixture.meta.apply(&later).unwrap();
    let events = [batch.events, later.events].concat();
    let both = Batch { start: batch.start, events, ..later };
    let again = fixture.meta.apply(&both).unwrap().placements;
    let expected = [first.placements, second.placements].concat();
    let ids =
        |placements: &[Placement]| placements.iter().map(|one| issue_of(*one)).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&expected));
}

#[test]
fn a_batch_across_the_applied_offset_is_refused() {
    let mut fixture = Fixture::new();
    let mut batch = fixture.batch(vec![fixture.event(1)]);
    fixture.meta.apply(&batch).unwrap();
    batch.start = Offset(50);
    batch.end = Offset(150);
    assert!(matches!(fixture.meta.apply(&batch), Err(MetaError::Invalid { .. })));
}

#[test]
fn discarded_hashes_and_unknown_projects_are_discarded() {
    let mut fixture = Fixture::new();
    let issue = fixture.send(fixture.event(1));
    fixture.meta.delete_issues(&[issue], true).unwrap();
    let mut stranger = fixture.event(2);
    stranger.project = ProjectId(999);
    let events = vec![fixture.event(1), stranger, fixture.event(3)];
    let applied = fixture.apply(events);
    assert_eq!(applied.placements[..2], [Placement::Discarded; 2]);
    assert_eq!(applied.changed.len(), 1);
    assert_eq!(fixture.meta.removed_issues().unwrap(), [issue]);
    fixture.meta.forget_discarded(fixture.project, GroupHash([1; 16])).unwrap();
    assert_ne!(fixture.send(fixture.event(1)), issue, "ids are never used again");
}

#[test]
fn deleted_issues_begin_anew() {
    let mut fixture = Fixture::new();
    let issue = fixture.send(fixture.event(1));
    fixture.meta.delete_issues(&[issue], false).unwrap();
    assert_eq!(fixture.meta.issue(issue).unwrap(), None);
    let next = fixture.send(fixture.event(1));
    assert_ne!(next, issue);
    assert_eq!(fixture.meta.issue(next).unwrap().unwrap().number, 2);
}

/// Resolves an issue so, then sends an event of that release; says whether it came back.
#[track_caller]
fn check_regression(resolving: &Resolving, release: &str, regressed: bool) {
    let mut fixture = Fixture::new();
    let mut first = fixture.event(1);
    first.release = "api@1.5.0".into();
    let issue = fixture.send(first);
    act(&fixture, issue, IssueAction::Resolve(resolving.clone()));
    let mut on_its_way = fixture.event(1);
    on_its_way.release = "api@9.0.0".into();
    fixture.send(on_its_way);
    let state = fixture.meta.issue(issue).unwrap().unwrap().state;
    assert_eq!(state.status, IssueStatus::Resolved, "arrived before it was resolved");
    fixture.clock.advance_micros(HOUR);
    let mut event = fixture.event(1);
    event.release = release.into();
    let applied = fixture.apply(vec![event]);
    assert_eq!(
        applied.placements[0],
        Placement::Issue { issue, new: false, regressed },
        "{resolving:?} {release}"
    );
    let state = fixture.meta.issue(issue).unwrap().unwrap().state;
    assert_eq!(state.substatus, regressed.then_some(Substatus::Regressed));
}

#[test]
fn resolved_issues_come_back_with_newer_releases() {
    let in_release = |version: &str| Resolving::InRelease(version.into());
    check_regression(&Resolving::Now, "api@1.5.0", true);
    check_regression(&Resolving::Now, "", true);
    check_regression(&in_release("api@1.5.0"), "api@1.5.0", false);
    check_regression(&in_release("api@1.5.0"), "api@1.4.9", false);
    check_regression(&in_release("api@1.5.0"), "api@1.10.0", true);
    check_regression(&in_release("api@1.5.0"), "", true);
    check_regression(&Resolving::InNextRelease, "api@1.5.0", false);
    check_regression(&Resolving::InNextRelease, "api@1.6.0", true);
    check_regression(&in_release("api@1.5.0"), "other-scheme", true);
    check_regression(&in_release("unheard of"), "later", true);
}

/// Archives an issue so, then sends some events with users; says whether it came back.
#[track_caller]
fn check_archive(archiving: &Archiving, users: &[&str], expected: Option<Substatus>) {
    let mut fixture = Fixture::new();
    let issue = fixture.send(fixture.event(1));
    act(&fixture, issue, IssueAction::Archive(archiving.clone()));
    fixture.clock.advance_micros(HOUR);
    for user in users {
        let mut event = fixture.event(1);
        event.user = (*user).into();
        fixture.send(event);
    }
    let state = fixture.meta.issue(issue).unwrap().unwrap().state;
    let open = (state.status == IssueStatus::Unresolved).then_some(state.substatus).flatten();
    assert_eq!(open, expected, "{archiving:?} {users:?}");
}

#[test]
fn archived_issues_come_back_when_a_condition_is_met() {
    let until = |time, events, users| Archiving::Until { time, events, users };
    let ongoing = Some(Substatus::Ongoing);
    check_archive(&Archiving::Forever, &["a"; 50], None);
    check_archive(&Archiving::UntilEscalating, &["a"; 10], None);
    check_archive(&Archiving::UntilEscalating, &["a"; 11], Some(Substatus::Escalating));
    check_archive(&until(None, Some((3, None)), None), &["a", "a"], None);
    check_archive(&until(None, Some((3, None)), None), &["a", "a", "a"], ongoing);
    check_archive(&until(None, Some((3, Some(60))), None), &["a", "a", "a"], ongoing);
    check_archive(&until(None, None, Some((2, None))), &["a", "a", "a"], None);
    check_archive(&until(None, None, Some((2, None))), &["a", "b"], ongoing);
    check_archive(&until(None, None, Some((2, Some(60)))), &["a", "b"], ongoing);
    check_archive(&until(Some(Micros(START.0 + HOUR)), None, None), &["a"], ongoing);
    check_archive(&until(Some(Micros(START.0 + DAY)), None, None), &["a"], None);
}

#[test]
fn user_reports_find_their_issue_in_the_batch() {
    let mut fixture = Fixture::new();
    let event = fixture.event(1);
    let report = NewUserReport {
        project: fixture.project,
        event_id: event.event_id,
        issue: None,
        name: "Jane".into(),
        email: "jane@example.com".into(),
        comments: "it broke".into(),
        received: START,
    };
    let mut batch = fixture.batch(vec![event]);
    batch.user_reports = vec![report];
    let issue = issue_of(fixture.meta.apply(&batch).unwrap().placements[0]);
    let reports = fixture.meta.user_reports_of_issue(issue, Page::FIRST).unwrap().rows;
    assert_eq!(reports[0].comments, "it broke");
}

/// What an issue should have counted.
#[derive(Debug, Default, PartialEq, Eq)]
struct Model {
    count: u64,
    users: BTreeSet<String>,
    hours: BTreeMap<u64, u64>,
    first: u64,
    last: u64,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever the batches: counts are those of a naive model, and replaying them, also from another
    /// process after a restart, changes nothing.
    #[test]
    fn counts_equal_a_naive_model(
        batches in prop::collection::vec(
            prop::collection::vec((0_u8..6, 0_u64..72, 0_u8..5, any::<bool>()), 0..30),
            1..8,
        )
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("meta.db");
        let clock = Arc::new(FixedClock::at(START));
        let meta = Meta::open(&path, Arc::clone(&clock) as _).unwrap();
        let mut fixture = Fixture::with(meta, Arc::clone(&clock));
        let mut model: BTreeMap<IssueId, Model> = BTreeMap::new();
        let mut done = Vec::new();
        for facts in &batches {
            let events = facts.iter().map(|(hash, hours_ago, user, second)| {
                let mut event = fixture.event(*hash);
                event.timestamp = Micros(START.0 - hours_ago * HOUR);
                event.release = format!("api@{user}.0.0");
                if *user > 0 {
                    event.user = format!("id:{user}");
                }
                if *second {
                    event.hashes.push(GroupHash([100 + hash; 16]));
                }
                event
            });
            let events: Vec<_> = events.collect();
            let batch = fixture.batch(events);
            let applied = fixture.meta.apply(&batch).unwrap();
            for (event, placement) in batch.events.iter().zip(&applied.placements) {
                let counted = model.entry(issue_of(*placement)).or_default();
                let at = event.timestamp.0;
                counted.first = if counted.count == 0 { at } else { counted.first.min(at) };
                counted.last = counted.last.max(at);
                counted.count += 1;
                *counted.hours.entry(at / HOUR).or_default() += 1;
                if !event.user.is_empty() {
                    counted.users.insert(event.user.clone());
                }
            }
            done.push((batch, applied));
        }
        drop(fixture);
        let meta = Meta::open(&path, clock as _).unwrap();
        for (batch, applied) in &done {
            let again = meta.apply(batch).unwrap();
            for (left, right) in applied.placements.iter().zip(&again.placements) {
                prop_assert_eq!(issue_of(*left), issue_of(*right));
            }
        }
        let ids: Vec<IssueId> = model.keys().copied().collect();
        let hours = meta.hours(&ids, START.0 / HOUR - 100, START.0 / HOUR + 1).unwrap();
        for issue in meta.issues(&ids).unwrap() {
            let counted = &model[&issue.id];
            prop_assert_eq!(issue.times_seen, counted.count);
            prop_assert_eq!(issue.user_count, counted.users.len() as u64);
            prop_assert_eq!((issue.first_seen.0, issue.last_seen.0), (counted.first, counted.last));
            let found: BTreeMap<u64, u64> = hours[&issue.id].iter().copied().collect();
            prop_assert_eq!(&found, &counted.hours);
        }
    }
}
