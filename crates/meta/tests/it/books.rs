//! Files, the catalogue, the accounts.

use std::sync::Arc;

use meta::{
    Meta, MetaError, NewAttachment, NewSavedSearch, OutcomeGroup, OutcomeQuestion, Page,
    ProvisionFile, ReleaseChange,
};
use model::category::Category;
use model::clock::{FixedClock, Micros};
use model::id::{EventId, ProjectId};
use model::intake::{Lane, Offset};
use model::outcome::{Fate, OutcomeKey, Outcomes};
use model::part::{CatalogueChange, PartId, PartRecord, TableName};

use crate::fixture::{Fixture, HOUR, START};

fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::at(START))
}

fn part(id: PartId) -> PartRecord {
    PartRecord {
        id,
        table: TableName::Errors,
        format: 1,
        level: 0,
        rows: 10,
        bytes: 1_000,
        timestamp_min: Micros(1),
        timestamp_max: Micros(2),
        received_min: Micros(3),
        received_max: Micros(4),
        sampled: true,
        projects: vec![ProjectId(1), ProjectId(7)],
    }
}

#[test]
fn parts_and_the_flushed_offset_change_together() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("meta.db");
    let meta = Meta::open(&path, clock()).unwrap();
    let (first, second) = (meta.next_part_id(), meta.next_part_id());
    let added = vec![part(first), part(second)];
    let change = CatalogueChange {
        added: added.clone(),
        removed: vec![],
        flushed: Some((Lane::Errors, Offset(500))),
    };
    meta.commit_catalogue(&change).unwrap();
    assert_eq!(meta.catalogue(TableName::Errors).unwrap(), added);
    let wrong = CatalogueChange {
        added: vec![part(PartId(9))],
        removed: vec![PartId(99)],
        flushed: Some((Lane::Errors, Offset(900))),
    };
    assert!(matches!(meta.commit_catalogue(&wrong), Err(MetaError::Missing("part"))));
    drop(meta);

    let meta = Meta::open(&path, clock()).unwrap();
    assert_eq!(meta.offsets().unwrap().flushed, Offset(500));
    let third = meta.next_part_id();
    assert!(third > second);
    let merged =
        CatalogueChange { added: vec![part(third)], removed: vec![first, second], flushed: None };
    meta.commit_catalogue(&merged).unwrap();
    assert_eq!(meta.catalogue(TableName::Errors).unwrap(), [part(third)]);
    assert_eq!(meta.offsets().unwrap().flushed, Offset(500));
    meta.check().unwrap();
}

#[test]
fn files_of_newer_and_of_other_programs_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("meta.db");
    drop(Meta::open(&path, clock()).unwrap());
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    drop(raw);
    let refused = Meta::open(&path, clock());
    assert!(matches!(refused, Err(MetaError::TooNew { found: 99, .. })), "{refused:?}");

    let other = folder.path().join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(matches!(Meta::open(&other, clock()), Err(MetaError::Damaged(_))));
    let text = folder.path().join("text");
    std::fs::write(&text, "not a database, but long enough to have a header".repeat(10)).unwrap();
    assert!(matches!(Meta::open(&text, clock()), Err(MetaError::Damaged(_))));
    let nowhere = folder.path().join("no/such/folder/meta.db");
    assert!(matches!(Meta::open(&nowhere, clock()), Err(MetaError::Open { .. })));
}

#[test]
fn what_another_process_writes_is_seen_after_a_refresh() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("meta.db");
    let server = Meta::open(&path, clock()).unwrap();
    let tool = Meta::open(&path, clock()).unwrap();
    assert!(!server.refresh().unwrap());
    let file = "[[organization]]\nslug = \"a\"\n[[organization.project]]\nslug = \"b\"\n\
                public_key = \"00000000000000000000000000000001\"";
    tool.provision(&ProvisionFile::parse(file).unwrap()).unwrap();
    assert!(server.doors().is_empty());
    assert!(server.refresh().unwrap());
    assert!(server.doors().door("00000000000000000000000000000001").is_some());
    assert!(!server.refresh().unwrap());
}

#[test]
fn accounts_are_summed_by_what_is_asked_for() {
    let fixture = Fixture::new();
    let meta = &fixture.meta;
    let key = meta.keys(fixture.project, Page::FIRST).unwrap().rows.remove(0).id;
    let record = |fate, reason: &'static str, quantity| {
        let mut outcomes = Outcomes::default();
        let line = OutcomeKey {
            project: fixture.project,
            key: Some(key),
            category: Category::Error,
            fate,
            reason: reason.into(),
        };
        outcomes.record(line, quantity);
        meta.record_outcomes(&outcomes).unwrap();
    };
    record(Fate::Accepted, "", 5);
    record(Fate::Filtered, "localhost", 2);
    fixture.clock.advance_micros(HOUR);
    record(Fate::Filtered, "localhost", 3);
    record(Fate::Filtered, "web-crawlers", 1);
    record(Fate::RateLimited, "key_quota", u64::MAX);
    record(Fate::RateLimited, "key_quota", u64::MAX);

    let hour = START.0 / HOUR;
    let question = OutcomeQuestion {
        projects: vec![fixture.project],
        hour_start: hour,
        hour_end: hour + 24,
        fates: vec![Fate::Accepted, Fate::Filtered],
        groups: vec![OutcomeGroup::Fate, OutcomeGroup::Reason],
        ..OutcomeQuestion::default()
    };
    let sums = |question: &OutcomeQuestion| -> Vec<(u64, Option<String>, u64)> {
        let sums = meta.outcome_sums(question).unwrap();
        sums.into_iter().map(|sum| (sum.hour - hour, sum.reason, sum.quantity)).collect()
    };
    let line = |hour, reason: &str, quantity| (hour, Some(reason.to_owned()), quantity);
    assert_eq!(
        sums(&question),
        [line(0, "", 5), line(0, "localhost", 5), line(0, "web-crawlers", 1)]
    );
    let hourly = OutcomeQuestion {
        interval_hours: 1,
        reasons: vec!["localhost".into()],
        ..question.clone()
    };
    assert_eq!(sums(&hourly), [line(0, "localhost", 2), line(1, "localhost", 3)]);
    let nobody = OutcomeQuestion { projects: vec![], ..question };
    assert!(sums(&nobody).is_empty());
}

#[test]
fn keys_remember_when_they_were_used() {
    let mut fixture = Fixture::new();
    fixture.clock.advance_micros(HOUR / 2);
    let key = fixture.meta.keys(fixture.project, Page::FIRST).unwrap().rows.remove(0);
    assert_eq!(key.last_used, None);
    let mut batch = fixture.batch(vec![]);
    let line = OutcomeKey {
        project: fixture.project,
        key: Some(key.id),
        category: Category::Error,
        fate: Fate::Accepted,
        reason: "".into(),
    };
    batch.outcomes.record(line, 1);
    fixture.meta.apply(&batch).unwrap();
    let key = fixture.meta.keys(fixture.project, Page::FIRST).unwrap().rows.remove(0);
    assert_eq!(key.last_used, Some(START));
}

#[test]
fn attachments_share_blobs() {
    let mut fixture = Fixture::new();
    let attachment = |name: &str, event: u8| NewAttachment {
        project: fixture.project,
        event_id: EventId([event; 16]),
        name: name.into(),
        content_type: "text/plain".into(),
        kind: "event.attachment".into(),
        size: 3,
        blob: [9; 32],
        received: START,
    };
    let attachments = vec![attachment("../../etc/passwd", 1), attachment("b", 2)];
    let mut batch = fixture.batch(vec![]);
    batch.attachments = attachments;
    fixture.meta.apply(&batch).unwrap();
    let meta = &fixture.meta;
    let first = meta.attachments(fixture.project, EventId([1; 16])).unwrap().remove(0);
    let second = meta.attachments(fixture.project, EventId([2; 16])).unwrap().remove(0);
    assert_eq!(meta.attachment(ProjectId(999), first.id).unwrap(), None, "not of that project");
    assert_eq!(meta.delete_attachment(fixture.project, first.id).unwrap(), None, "still used");
    assert_eq!(meta.delete_attachment(fixture.project, second.id).unwrap(), Some([9; 32]));
}

#[test]
fn releases_are_created_once() {
    let fixture = Fixture::new();
    let meta = &fixture.meta;
    let create = |version| meta.create_release(fixture.organization, version, &[fixture.project]);
    let (release, new) = create("api@1.0.0").unwrap();
    assert!(new && release.projects == [fixture.project] && release.first_seen.is_none());
    assert!(!create("api@1.0.0").unwrap().1);
    for version in ["", " ", "a/b", "a\nb", "latest", ".."] {
        assert!(create(version).is_err(), "{version:?}");
    }
    fixture.clock.advance_micros(HOUR);
    create("api@0.9.0").unwrap();
    create("beef").unwrap();
    assert_eq!(meta.newest_release(fixture.project).unwrap().as_deref(), Some("beef"));
    let later = Micros(START.0 + 2 * HOUR);
    let change = ReleaseChange { released: Some(Some(later)), ..ReleaseChange::default() };
    meta.change_release(fixture.organization, "api@1.0.0", &change).unwrap();
    assert_eq!(meta.newest_release(fixture.project).unwrap().as_deref(), Some("api@1.0.0"));
    let found = meta.releases(&[fixture.project], "API@0", Page::FIRST).unwrap();
    assert_eq!(found.rows.len(), 1);
}

#[test]
fn searches_are_kept_for_one_or_all() {
    let fixture = Fixture::new();
    let meta = &fixture.meta;
    let user = meta.create_user("jane@example.com", "Jane", None).unwrap().id;
    let new = |user| NewSavedSearch {
        organization: fixture.organization,
        user,
        name: "Mine".into(),
        query: "is:unresolved".into(),
        sort: "date".into(),
    };
    let own = meta.save_search(&new(Some(user))).unwrap();
    meta.save_search(&new(None)).unwrap();
    let count =
        |user| meta.saved_searches(fixture.organization, user, Page::FIRST).unwrap().rows.len();
    assert_eq!((count(Some(user)), count(None)), (2, 1));
    meta.delete_saved_search(fixture.organization, own.id).unwrap();
    assert_eq!(count(Some(user)), 1);
    let long = NewSavedSearch { query: "x".repeat(5_000), ..new(None) };
    assert!(meta.save_search(&long).is_err());
}
