//! The event store against a naive model: a list of events.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use model::clock::Micros;
use model::error_row::ErrorRow;
use model::id::{EventId, IssueId, ProjectId};
use model::intake::Offset;
use model::part::{CatalogueChange, PartRecord};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use store::events::{AppendError, EventSettings, EventStore, NewEvent, Retention};
use store::schema;

use crate::fake_disk::FakeDisk;
use crate::samples::{Dice, START, event};

/// Small enough that a test meets every limit.
pub(crate) fn small() -> EventSettings {
    EventSettings {
        memory_bytes_max: 4_000_000,
        memory_rows_max: 400,
        run_bytes: 9_000,
        block_bytes: 2_000,
        block_bytes_at_merge: 3_000,
        ..EventSettings::default()
    }
}

/// Keeps everything.
pub(crate) fn keep_all(removed: &HashSet<IssueId>) -> Retention<'_> {
    Retention { now: Micros(START), days_of: &|_| 90, removed }
}

/// Every stored row by event id, as one-row batches.
pub(crate) fn rows(store: &EventStore) -> BTreeMap<EventId, RecordBatch> {
    let snapshot = store.snapshot();
    let mut batches = snapshot.memory.clone();
    for part in &snapshot.parts {
        let file = File::open(part.rows_path()).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
        let read: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
        let count: usize = read.iter().map(RecordBatch::num_rows).sum();
        assert_eq!(count as u64, part.record().rows);
        assert_sorted(&read);
        batches.extend(read);
    }
    let mut rows = BTreeMap::new();
    for batch in batches {
        assert_eq!(batch.schema(), schema::error_rows());
        for row in 0..batch.num_rows() {
            let ids = batch.column_by_name("event_id").unwrap().as_fixed_size_binary();
            let id = EventId(ids.value(row).try_into().unwrap());
            assert!(rows.insert(id, batch.slice(row, 1)).is_none(), "{id} is there twice");
        }
    }
    rows
}

fn assert_sorted(batches: &[RecordBatch]) {
    let numbers = |batch: &RecordBatch, name| {
        let column = batch.column_by_name(name).unwrap();
        column.as_primitive::<arrow::datatypes::UInt64Type>().values().to_vec()
    };
    let keys = batches.iter().flat_map(|batch| {
        numbers(batch, "project").into_iter().zip(numbers(batch, "issue")).collect::<Vec<_>>()
    });
    assert!(keys.is_sorted());
}

/// Everything that was appended is there, unchanged, once.
#[track_caller]
pub(crate) fn check(store: &EventStore, events: &[NewEvent]) {
    let rows = rows(store);
    assert_eq!(rows.len(), events.len());
    for (row, json) in events {
        let stored = store.payload(row.project, row.event_id).unwrap().unwrap();
        assert_eq!(&stored.json, json);
        assert_eq!((stored.facts.issue, stored.facts.received), (row.issue, row.received));
        assert!(store.contains(row.project, row.event_id).unwrap());
        assert!(!store.contains(ProjectId(99), row.event_id).unwrap());
        assert_eq!(rows[&row.event_id], schema::batch(std::slice::from_ref(row)).unwrap());
    }
    assert!(!store.contains(ProjectId(1), EventId([9; 16])).unwrap());
    assert_eq!(store.payload(ProjectId(1), EventId([9; 16])).unwrap(), None);
}

/// The catalogue, and what a pipeline would do around the store.
pub(crate) struct World {
    folder: tempfile::TempDir,
    pub(crate) store: Option<EventStore>,
    pub(crate) catalogue: Vec<PartRecord>,
    /// Up to where the log is in parts.
    flushed: Offset,
    /// Everything in the log; event `n` ends at offset `n + 1`.
    pub(crate) events: Vec<NewEvent>,
}

impl World {
    pub(crate) fn new(disk: &FakeDisk) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut world = Self {
            folder,
            store: None,
            catalogue: Vec::new(),
            flushed: Offset(0),
            events: Vec::new(),
        };
        world.store = world.open(disk);
        world
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn open(&self, disk: &FakeDisk) -> Option<EventStore> {
        let catalogue = self.catalogue.clone();
        let disk = Arc::new(disk.clone());
        let (store, found) = EventStore::open(self.folder.path(), disk, small(), catalogue).ok()?;
        assert_eq!(found.missing, []);
        Some(store)
    }

    /// A restart: what is in no part comes from the log again.
    pub(crate) fn reopen(&mut self, disk: &FakeDisk) {
        self.store = None;
        self.store = self.open(disk);
        let flushed = usize::try_from(self.flushed.0).unwrap();
        let again = self.events[flushed..].to_vec();
        let end = Offset(self.events.len() as u64);
        self.offer(again, end);
    }

    pub(crate) fn append(&mut self, events: Vec<NewEvent>) {
        self.events.extend(events.iter().cloned());
        let end = Offset(self.events.len() as u64);
        self.offer(events, end);
    }

    fn offer(&mut self, events: Vec<NewEvent>, end: Offset) {
        let Some(store) = &self.store else { return };
        match store.append(events, end) {
            Ok(()) => {}
            Err(AppendError::Full(events)) => {
                if self.seal(true) {
                    self.offer(events, end);
                }
            }
            Err(AppendError::Store(error)) => panic!("{error:?}"),
        }
    }

    /// True when it worked.
    pub(crate) fn seal(&mut self, commit: bool) -> bool {
        let Some(store) = &self.store else { return false };
        let Ok(sealed) = store.seal() else { return false };
        if let Some(sealed) = sealed.filter(|_| commit) {
            self.catalogue.push(sealed.record().clone());
            self.flushed = sealed.end();
            store.publish(sealed);
        }
        true
    }

    pub(crate) fn compact(&mut self, retention: &Retention<'_>, commit: bool) -> bool {
        let Some(store) = &self.store else { return false };
        let Some(plan) = store.plan(retention) else { return true };
        let Ok(compacted) = store.run(&plan, retention) else { return false };
        if commit {
            let CatalogueChange { added, removed, .. } = compacted.change();
            self.catalogue.retain(|record| !removed.contains(&record.id));
            self.catalogue.extend(added);
            store.publish_compacted(compacted);
        }
        true
    }
}

#[derive(Debug, Clone)]
enum Step {
    Append(usize),
    Seal { commit: bool },
    Compact { commit: bool },
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0_usize..60).prop_map(Step::Append),
        4 => prop::bool::weighted(0.8).prop_map(|commit| Step::Seal { commit }),
        2 => prop::bool::weighted(0.8).prop_map(|commit| Step::Compact { commit }),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_is_a_list_of_events(seed in any::<u64>(), steps in steps()) {
        let disk = FakeDisk::healthy();
        let mut dice = Dice::new(seed);
        let mut world = World::new(&disk);
        let none = HashSet::new();
        for step in steps {
            match step {
                Step::Append(count) => world.append((0..count).map(|_| event(&mut dice)).collect()),
                Step::Seal { commit } => assert!(world.seal(commit)),
                Step::Compact { commit } => assert!(world.compact(&keep_all(&none), commit)),
                Step::Reopen => world.reopen(&disk),
            }
        }
        check(world.store.as_ref().unwrap(), &world.events);
        let folders = std::fs::read_dir(world.folder()).unwrap().count();
        prop_assert_eq!(folders, world.catalogue.len(), "files of no part are left");
    }
}

/// Dies at every step of a seal or a merge; what the catalogue has must be readable afterwards.
#[test]
fn committed_parts_survive_every_crash() {
    for seed in 0..20 {
        let mut dice = Dice::new(seed);
        let mut world = World::new(&FakeDisk::healthy());
        let none = HashSet::new();
        for life in 0..3 {
            let disk = FakeDisk::dying(seed * 7 + life, 3 + dice.below(250));
            world.reopen(&disk);
            while world.store.is_some() && !disk.is_dead() {
                world.append((0..20).map(|_| event(&mut dice)).collect());
                world.seal(dice.coin());
                world.compact(&keep_all(&none), dice.coin());
            }
            world.store = None;
            disk.crash();
            world.reopen(&FakeDisk::healthy());
            check(world.store.as_ref().unwrap(), &world.events);
        }
    }
}

#[test]
fn a_snapshot_keeps_its_files() {
    let mut dice = Dice::new(1);
    let mut world = World::new(&FakeDisk::healthy());
    for _ in 0..4 {
        world.append((0..10).map(|_| event(&mut dice)).collect());
        assert!(world.seal(true));
    }
    let before = world.store.as_ref().unwrap().snapshot();
    assert!(world.compact(&keep_all(&HashSet::new()), true));
    assert_eq!(world.catalogue.len(), 1);
    assert_eq!(world.catalogue[0].rows, 40);
    assert!(before.parts.iter().all(|part| part.rows_path().exists()));
    let paths: Vec<_> = before.parts.iter().map(|part| part.rows_path()).collect();
    drop(before);
    assert!(paths.iter().all(|path| !path.exists()));
    check(world.store.as_ref().unwrap(), &world.events);
}

#[test]
fn rows_stay_visible_while_they_are_sealed() {
    let mut dice = Dice::new(2);
    let mut world = World::new(&FakeDisk::healthy());
    world.append((0..100).map(|_| event(&mut dice)).collect());
    let sealed = world.store.as_ref().unwrap().seal().unwrap().unwrap();
    check(world.store.as_ref().unwrap(), &world.events);
    world.append((0..10).map(|_| event(&mut dice)).collect());
    check(world.store.as_ref().unwrap(), &world.events);
    let store = world.store.as_ref().unwrap();
    assert!(store.seal().is_err(), "one is outstanding");
    assert_eq!(sealed.end(), Offset(100));
    store.publish(sealed);
    check(store, &world.events);
    assert_eq!(store.memory_use().0, 10);
}

#[test]
fn a_memory_table_without_room_gives_the_events_back() {
    let disk: Arc<FakeDisk> = Arc::new(FakeDisk::healthy());
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = EventStore::open(folder.path(), disk, small(), Vec::new()).unwrap();
    let mut dice = Dice::new(3);
    let mut offer = |count: usize| {
        let events: Vec<NewEvent> = (0..count).map(|_| event(&mut dice)).collect();
        match store.append(events.clone(), Offset(1)) {
            Ok(()) => true,
            Err(AppendError::Full(back)) => {
                assert_eq!(back, events);
                false
            }
            Err(AppendError::Store(error)) => panic!("{error:?}"),
        }
    };
    assert!(offer(300));
    assert!(!store.is_full());
    assert!(offer(200));
    assert!(store.is_full(), "seal it soon");
    assert!(offer(100), "there is some room until it is");
    assert!(!offer(1));
}

#[test]
fn the_same_id_in_two_projects_is_two_events() {
    let mut dice = Dice::new(4);
    let mut world = World::new(&FakeDisk::healthy());
    let (first, json) = event(&mut dice);
    let other = ErrorRow { project: ProjectId(77), ..first.clone() };
    world.append(vec![(first.clone(), json), (other.clone(), b"{}".to_vec())]);
    for _ in 0..2 {
        let store = world.store.as_ref().unwrap();
        let payload = |row: &ErrorRow| store.payload(row.project, row.event_id).unwrap().unwrap();
        assert_eq!(payload(&other).json, b"{}");
        assert_ne!(payload(&first).json, b"{}");
        assert!(world.seal(true));
    }
}
