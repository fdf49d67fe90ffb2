//! The span store against a naive model: a list of spans.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, UInt64Type};
use model::clock::Micros;
use model::id::{ProjectId, TraceId};
use model::intake::Offset;
use model::part::{CatalogueChange, PartRecord};
use model::sampling::{CONSISTENT_RATE, Rule, Share, Verdict};
use model::span::{Attribute, AttributeValue, SpanRow};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use store::spans::{
    AppendError, Due, Place, Plan, Retention, SpanBuilder, SpanPart, SpanSettings, SpanSnapshot,
    SpanStore, TraceWanted, schema, spans_of,
};

use crate::fake_disk::FakeDisk;
use crate::samples::{Dice, START, span};

type Span = SpanRow<'static>;

/// Small enough that a test meets every limit.
fn small() -> SpanSettings {
    SpanSettings {
        memory_bytes_max: 4_000_000,
        memory_rows_max: 400,
        unsampled_parts_max: 0,
        ..SpanSettings::default()
    }
}

/// Everything, at once.
pub(crate) const DUE: Due =
    Due { newest: Micros(u64::MAX), patience: Micros(u64::MAX), bytes_max: u64::MAX };

/// Keeps everything.
pub(crate) fn keep_all() -> Retention<'static> {
    Retention { now: Micros(START), days_of: &|_| 90, weigh: &|_, _| Some(1.0) }
}

/// As it comes back: truth values are texts; attributes have no order.
fn normal(mut span: Span) -> Span {
    for attribute in &mut span.attributes {
        if let AttributeValue::Bool(truth) = attribute.value {
            attribute.value = AttributeValue::Text(truth.to_string().into());
        }
    }
    span.attributes.sort_by(|one, other| {
        let kind = |value: &AttributeValue<'_>| matches!(value, AttributeValue::Number(_));
        (&one.name, kind(&one.value)).cmp(&(&other.name, kind(&other.value)))
    });
    span
}

fn sorted(spans: impl IntoIterator<Item = Span>) -> Vec<Span> {
    let mut spans: Vec<Span> = spans.into_iter().map(normal).collect();
    spans.sort_by_key(|span| (span.trace, span.span));
    spans
}

/// The rows of a part, which must be as its record and its columns say.
fn rows_of(part: &SpanPart) -> Vec<RecordBatch> {
    let file = File::open(part.rows_path()).unwrap();
    let rows = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let columns = part.columns().unwrap();
    let names = |fields: &arrow::datatypes::Schema| -> Vec<String> {
        fields.fields().iter().map(|field| field.name().clone()).collect()
    };
    let mut expected = names(&schema::spans());
    expected.extend(columns.text_columns().iter().map(|name| schema::text_column(name)));
    expected.extend(columns.number_columns().iter().map(|name| schema::number_column(name)));
    assert_eq!(names(rows.schema()), expected);
    for (read, memory) in rows.schema().fields().iter().zip(schema::spans().fields()) {
        assert_eq!(read.data_type(), memory.data_type(), "{}", memory.name());
    }
    let rows: Vec<RecordBatch> = rows.build().unwrap().map(Result::unwrap).collect();
    let count: usize = rows.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(count as u64, part.record().rows);
    let order = rows.iter().flat_map(|rows| {
        let spans = spans_of(rows).unwrap().into_iter();
        spans.map(|span| (span.project, span.transaction.into_owned(), span.timestamp))
    });
    assert!(order.is_sorted());
    rows
}

/// Everything that was appended is there, unchanged, once, and its traces are found.
#[track_caller]
fn check(store: &SpanStore, spans: &[Span]) {
    let snapshot = store.snapshot();
    let mut batches = snapshot.memory.clone();
    for part in &snapshot.parts {
        batches.extend(rows_of(part));
    }
    let there = batches.iter().flat_map(|rows| spans_of(rows).unwrap());
    assert_eq!(sorted(there), sorted(spans.iter().cloned()));
    for trace in (0..40).map(|number| TraceId([number; 16])) {
        let found = trace_of(store, trace);
        let found = sorted(found.iter().flat_map(|rows| spans_of(rows).unwrap()));
        let of_trace = spans.iter().filter(|span| span.trace == trace).cloned();
        assert_eq!(found, sorted(of_trace), "trace {trace}");
    }
    assert!(trace_of(store, TraceId([99; 16])).is_empty());
    check_windows(store, spans);
}

/// What a window is about is there whatever is left out, and everything is left out of an empty one.
#[track_caller]
fn check_windows(store: &SpanStore, spans: &[Span]) {
    let mut moments: Vec<Micros> = spans.iter().map(|span| span.timestamp).collect();
    moments.sort_unstable();
    let edges: Vec<Micros> = moments.iter().copied().step_by(spans.len() / 4 + 1).collect();
    for window in edges.windows(2) {
        let (start, end) = (window[0], window[1]);
        let inside = |span: &Span| start <= span.timestamp && span.timestamp < end;
        let SpanSnapshot { memory, parts } = store.snapshot_within((start, end));
        let batches = memory.into_iter().chain(parts.iter().flat_map(|part| rows_of(part)));
        let found = batches.flat_map(|rows| spans_of(&rows).unwrap()).filter(inside);
        assert_eq!(sorted(found), sorted(spans.iter().filter(|span| inside(span)).cloned()));
    }
    let after = moments.last().map_or(Micros(1), |last| Micros(last.0 + 1));
    let SpanSnapshot { memory, parts } = store.snapshot_within((after, Micros(u64::MAX)));
    assert!(memory.is_empty() && parts.is_empty());
}

/// All of a trace, whosever it is.
fn trace_of(store: &SpanStore, trace: TraceId) -> Vec<RecordBatch> {
    let projects: Vec<ProjectId> = (0..10).map(ProjectId).collect();
    let (rows_max, bytes_max) = (usize::MAX, usize::MAX);
    let found = store.trace(&TraceWanted { trace, projects: &projects, rows_max, bytes_max });
    let found = found.unwrap();
    assert!(!found.is_cut);
    found.batches
}

/// The catalogue, and what a pipeline would do around the store.
pub(crate) struct World {
    folder: tempfile::TempDir,
    store: Option<SpanStore>,
    pub(crate) catalogue: Vec<PartRecord>,
    /// Up to where the log is in parts.
    flushed: Offset,
    /// Everything in the log; span `n` ends at offset `n + 1`.
    pub(crate) spans: Vec<Span>,
}

impl World {
    pub(crate) fn new(disk: &FakeDisk) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (catalogue, spans) = (Vec::new(), Vec::new());
        let mut world = Self { folder, store: None, catalogue, flushed: Offset(0), spans };
        world.store = world.open(disk);
        world
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn store(&self) -> &SpanStore {
        self.store.as_ref().unwrap()
    }

    fn open(&self, disk: &FakeDisk) -> Option<SpanStore> {
        let (catalogue, disk) = (self.catalogue.clone(), Arc::new(disk.clone()));
        let (store, found) = SpanStore::open(self.folder.path(), disk, small(), catalogue).ok()?;
        assert_eq!(found.missing, []);
        Some(store)
    }

    /// A restart: what is in no part comes from the log again.
    fn reopen(&mut self, disk: &FakeDisk) {
        self.store = None;
        self.store = self.open(disk);
        let flushed = usize::try_from(self.flushed.0).unwrap();
        let again = self.spans[flushed..].to_vec();
        self.offer(&again);
    }

    pub(crate) fn append(&mut self, spans: Vec<Span>) {
        let before = self.spans.len();
        self.spans.extend(spans);
        let new = self.spans[before..].to_vec();
        self.offer(&new);
    }

    fn offer(&mut self, spans: &[Span]) {
        let end = Offset(self.spans.len() as u64);
        let mut builder = SpanBuilder::new();
        for span in spans {
            builder.push(span);
        }
        let mut batches = vec![builder.finish().unwrap()];
        while let Some(store) = &self.store {
            match store.append(batches, end) {
                Ok(()) => break,
                Err(AppendError::Full(back)) => batches = back,
                Err(AppendError::Store(error)) => panic!("{error:?}"),
            }
            if !self.seal(true) {
                break;
            }
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
        let plan = self.store.as_ref().and_then(|store| store.plan(retention));
        self.carry_out(plan, retention, commit)
    }

    /// Thins out what is due now.
    pub(crate) fn thin(&mut self, retention: &Retention<'_>, commit: bool) -> bool {
        let plan = self.store.as_ref().and_then(|store| store.plan_thinning(&DUE));
        self.carry_out(plan, retention, commit)
    }

    fn carry_out(&mut self, plan: Option<Plan>, retention: &Retention<'_>, commit: bool) -> bool {
        let Some(store) = &self.store else { return false };
        let Some(plan) = plan else { return true };
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

pub(crate) fn some(dice: &mut Dice, count: usize) -> Vec<Span> {
    (0..count).map(|_| span(dice)).collect()
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
    fn the_store_is_a_list_of_spans(seed in any::<u64>(), steps in steps()) {
        let disk = FakeDisk::healthy();
        let mut dice = Dice::new(seed);
        let mut world = World::new(&disk);
        for step in steps {
            match step {
                Step::Append(count) => world.append(some(&mut dice, count)),
                Step::Seal { commit } => assert!(world.seal(commit)),
                Step::Compact { commit } => assert!(world.compact(&keep_all(), commit)),
                Step::Reopen => world.reopen(&disk),
            }
        }
        check(world.store(), &world.spans);
            crate::cells::check(world.store(), &world.spans);
        let folders = std::fs::read_dir(world.folder()).unwrap().count();
        prop_assert_eq!(folders, world.catalogue.len(), "files of no part are left");
    }
}

/// Dies at every step of a seal or a merge; what the catalogue has must be readable afterwards.
#[test]
fn committed_parts_survive_every_crash() {
    for seed in 0..12 {
        let mut dice = Dice::new(seed);
        let mut world = World::new(&FakeDisk::healthy());
        for life in 0..3 {
            let disk = FakeDisk::dying(seed * 7 + life, 3 + dice.below(120));
            world.reopen(&disk);
            while world.store.is_some() && !disk.is_dead() {
                world.append(some(&mut dice, 20));
                world.seal(dice.coin());
                world.compact(&keep_all(), dice.coin());
            }
            world.store = None;
            disk.crash();
            world.reopen(&FakeDisk::healthy());
            check(world.store(), &world.spans);
        }
    }
}

#[test]
fn a_full_disk_is_survived() {
    let disk = FakeDisk::healthy();
    let mut dice = Dice::new(8);
    let mut world = World::new(&disk);
    world.append(some(&mut dice, 50));
    disk.set_full(true);
    assert!(world.store().seal().is_err());
    check(world.store(), &world.spans);
    disk.set_full(false);
    assert!(world.seal(true));
    check(world.store(), &world.spans);
    assert_eq!(std::fs::read_dir(world.folder()).unwrap().count(), 1);
}

#[test]
fn frequent_attributes_have_columns_and_rare_ones_are_in_maps() {
    let mut dice = Dice::new(1);
    let mut world = World::new(&FakeDisk::healthy());
    let mut spans = some(&mut dice, 300);
    for span in &mut spans {
        span.attributes.clear();
    }
    let add = |span: &mut Span, name: &'static str, value| {
        span.attributes.push(Attribute { name: name.into(), value });
    };
    for (number, span) in spans.iter_mut().enumerate() {
        if number % 2 == 0 {
            add(span, "db.system", AttributeValue::Text("postgresql".into()));
        }
        if number % 60 == 0 {
            add(span, "db.rows", AttributeValue::Number(3.5));
            add(span, "cache.hit", AttributeValue::Bool(true));
        }
        if number % 200 == 0 {
            add(span, "rare", AttributeValue::Text("one".into()));
            add(span, "db.system.rare", AttributeValue::Number(1.0));
        }
    }
    world.append(spans);
    assert!(world.seal(true));
    let parts = world.store().snapshot().parts;
    let columns = parts[0].columns().unwrap();
    assert_eq!(columns.text_columns(), ["cache.hit", "db.system"]);
    assert_eq!(columns.number_columns(), ["db.rows"]);
    assert_eq!(columns.text("db.system"), Place::Column);
    assert_eq!(columns.text("rare"), Place::Map);
    assert_eq!(columns.number("db.system"), Place::Nowhere);
    assert_eq!(columns.number("db.system.rare"), Place::Map);
    assert_eq!(columns.texts().collect::<HashMap<_, _>>()["db.system"], 150);
    check(world.store(), &world.spans);
}

#[test]
fn parts_with_other_columns_are_merged() {
    let mut dice = Dice::new(2);
    let mut world = World::new(&FakeDisk::healthy());
    // Each part has an attribute that no other part has, one that all have, and rare ones.
    for part in 0..4 {
        let mut spans = some(&mut dice, 100);
        for (number, span) in spans.iter_mut().enumerate() {
            let mut add = |name: String, value| {
                span.attributes.retain(|known| known.name != name);
                span.attributes.push(Attribute { name: name.into(), value });
            };
            add(format!("only.{part}"), AttributeValue::Number(0.5));
            add("all".to_owned(), AttributeValue::Text(format!("of {part}").into()));
            if number < 2 {
                add("in two of a hundred".to_owned(), AttributeValue::Text("x".into()));
            }
            if number == 0 && part == 0 {
                add("in one row".to_owned(), AttributeValue::Text("x".into()));
            }
        }
        world.append(spans);
        assert!(world.seal(true));
    }
    assert!(world.compact(&keep_all(), true));
    assert_eq!(world.catalogue.len(), 1);
    let parts = world.store().snapshot().parts;
    let columns = parts[0].columns().unwrap();
    assert_eq!(columns.number("only.2"), Place::Column);
    assert_eq!(columns.text("in two of a hundred"), Place::Column);
    assert_eq!(columns.text("in one row"), Place::Map, "a column in one part, too rare for all");
    assert_eq!(columns.text("nobody"), Place::Nowhere);
    check(world.store(), &world.spans);
}

#[test]
fn a_trace_is_cut_at_the_limit() {
    let mut dice = Dice::new(3);
    let mut world = World::new(&FakeDisk::healthy());
    for _ in 0..3 {
        let mut spans = some(&mut dice, 50);
        for span in &mut spans {
            span.trace = TraceId([7; 16]);
        }
        world.append(spans);
        assert!(world.seal(true));
    }
    let ask = |projects: &[ProjectId], rows_max, bytes_max| {
        let trace = TraceId([7; 16]);
        let wanted = TraceWanted { trace, projects, rows_max, bytes_max };
        let found = world.store().trace(&wanted).unwrap();
        (found.batches.iter().map(RecordBatch::num_rows).sum::<usize>(), found.is_cut)
    };
    let all: Vec<ProjectId> = (0..10).map(ProjectId).collect();
    let rows = |rows_max| ask(&all, rows_max, usize::MAX);
    let expected = [(50, true), (100, true), (150, true), (150, false)];
    assert_eq!([rows(1), rows(51), rows(150), rows(1_000)], expected);
    let bytes = |bytes_max| ask(&all, usize::MAX, bytes_max);
    let row = size_of::<Span>();
    assert_eq!([bytes(1), bytes(51 * row)], [(50, true); 2]);
    assert_eq!(bytes(1_000 * row), (150, false));
    // What others sent under the same id takes nothing away.
    let own = ProjectId(1);
    let of_own = world.spans.iter().filter(|span| span.project == own).count();
    assert!((1..150).contains(&of_own));
    assert_eq!(ask(&[own], of_own + 1, usize::MAX), (of_own, false));
    assert_eq!(ask(&[], 1, 1), (0, false));
    assert_eq!(world.store().parts_with_trace(TraceId([7; 16])).unwrap().len(), 3);
    assert_eq!(world.store().parts_with_trace(TraceId([8; 16])).unwrap().len(), 0);
}

#[test]
fn damaged_indexes_are_made_anew() {
    for (seed, file) in (0..24).zip(["traces", "names"].iter().cycle()) {
        let mut dice = Dice::new(seed);
        let mut world = World::new(&FakeDisk::healthy());
        for _ in 0..4 {
            world.append(some(&mut dice, 60));
            assert!(world.seal(true));
        }
        let parts = world.store().snapshot().parts;
        let path = parts[1].rows_path().with_file_name(file);
        let mut bytes = std::fs::read(&path).unwrap();
        match dice.below(5) {
            0 => bytes.truncate(dice.size(bytes.len())),
            1 => bytes.extend_from_slice(b"more"),
            2 => bytes.clear(),
            _ => {
                let at = dice.size(bytes.len());
                bytes[at] ^= 1 << dice.below(8);
            }
        }
        std::fs::write(&path, bytes).unwrap();
        if dice.coin() {
            std::fs::remove_file(&path).unwrap();
        }
        check(world.store(), &world.spans);
        assert_eq!(parts[1].columns().unwrap().text("nobody") == Place::Map, *file == "names");
        assert!(world.compact(&keep_all(), true), "seed {seed}: the rows are sound");
        assert_eq!(world.catalogue.len(), 1);
        check(world.store(), &world.spans);
    }
}

#[test]
fn damaged_rows_are_noticed_and_left_alone() {
    for seed in 0..10 {
        let mut dice = Dice::new(seed);
        let mut world = World::new(&FakeDisk::healthy());
        for _ in 0..4 {
            world.append(some(&mut dice, 60));
            assert!(world.seal(true));
        }
        let path = world.store().snapshot().parts[1].rows_path();
        let mut bytes = std::fs::read(&path).unwrap();
        let len = dice.size(bytes.len());
        bytes.truncate(len);
        std::fs::write(&path, bytes).unwrap();
        let plan = world.store().plan(&keep_all()).unwrap();
        assert!(world.store().run(&plan, &keep_all()).is_err());
        assert!(world.store().plan(&keep_all()).is_none(), "seed {seed}");
        assert_eq!(std::fs::read_dir(world.folder()).unwrap().count(), 4);
    }
}

const DAY: u64 = 24 * 60 * 60 * 1_000_000;

#[test]
fn what_is_over_goes() {
    let mut dice = Dice::new(5);
    let mut world = World::new(&FakeDisk::healthy());
    let of_project = |dice: &mut Dice, project| {
        let mut spans = some(dice, 20);
        for span in &mut spans {
            span.project = ProjectId(project);
        }
        spans
    };
    let days = |project| if project == ProjectId(1) { 7 } else { 30 };
    let at = |day| Retention { now: Micros(START + day * DAY), days_of: &days, ..keep_all() };
    world.append(of_project(&mut dice, 1));
    assert!(world.seal(true));
    let mixed = of_project(&mut dice, 1).into_iter().chain(of_project(&mut dice, 2)).collect();
    world.append(mixed);
    assert!(world.seal(true));
    assert_eq!(world.store().expired(&at(6)), []);
    assert!(world.store().plan(&at(6)).is_none());
    let expired = world.store().expired(&at(8));
    assert_eq!(expired, [world.catalogue[0].id]);
    world.store().remove(&expired.into_iter().collect());
    world.catalogue.remove(0);
    assert!(world.compact(&at(8), true));
    assert_eq!(world.catalogue[0].projects, [ProjectId(2)]);
    assert!(world.store().plan(&at(8)).is_none());
    check(world.store(), &world.spans[40..]);
    assert_eq!(std::fs::read_dir(world.folder()).unwrap().count(), 1);
}

#[test]
fn of_two_shares_of_one_randomness_the_smaller_counts() {
    // How many a span stands for, which share its sender says, our factor, and what comes of it.
    let cases = [
        (10.0, Some(0.1), 20.0, 20.0),
        (10.0, Some(0.1), 2.0, 10.0),
        (10.0, Some(0.1), 1.0, 10.0),
        (10.0, None, 20.0, 200.0),
        (10.0, Some(0.5), 20.0, 200.0),
        (1.0, Some(1.0), 20.0, 20.0),
    ];
    // With a column for the attribute, and with so many others that it is in the map.
    for others in [0, 600] {
        let mut dice = Dice::new(9);
        let mut world = World::new(&FakeDisk::healthy());
        let mut spans: Vec<Span> = Vec::new();
        for ((weight, rate, _, _), number) in cases.into_iter().zip(100..) {
            let mut span = span(&mut dice);
            (span.trace, span.weight) = (TraceId([number; 16]), weight);
            let value = rate.map(AttributeValue::Number);
            let name = || CONSISTENT_RATE.into();
            span.attributes.extend(value.map(|value| Attribute { name: name(), value }));
            spans.push(span);
        }
        spans.extend((0..others).map(|_| span(&mut dice)));
        for part in spans.chunks(spans.len().div_ceil(2)) {
            world.append(part.to_vec());
            assert!(world.seal(true));
        }
        let case = |trace: TraceId| cases.get(usize::from(trace.0[0]).wrapping_sub(100));
        let weigh = |_, trace| Some(case(trace).map_or(1.0, |(_, _, factor, _)| *factor));
        assert!(world.thin(&Retention { weigh: &weigh, ..keep_all() }, true));
        for span in &mut spans {
            span.weight = case(span.trace).map_or(span.weight, |(.., expected)| *expected);
        }
        check(world.store(), &spans);
    }
}

#[test]
fn a_merge_thins_out_traces() {
    let mut dice = Dice::new(6);
    let mut world = World::new(&FakeDisk::healthy());
    for _ in 0..4 {
        world.append(some(&mut dice, 60));
        assert!(world.seal(true));
    }
    let weigh = |project, trace: TraceId| match trace.0[0] % 4 {
        0 => None,
        1 if project == ProjectId(1) => Some(4.0),
        _ => Some(1.0),
    };
    let retention = Retention { weigh: &weigh, ..keep_all() };
    assert!(world.thin(&retention, false));
    check(world.store(), &world.spans);
    assert!(world.thin(&retention, true));
    let left = world.spans.iter().cloned().filter_map(|mut span| {
        span.weight *= weigh(span.project, span.trace)?;
        Some(span)
    });
    let left = left.collect::<Vec<_>>();
    check(world.store(), &left);
    // Once and for all.
    assert!(world.catalogue.iter().all(|part| part.sampled));
    assert!(world.store().plan_thinning(&DUE).is_none());
    for _ in 0..3 {
        let plan = world.store().plan_rewrite(world.catalogue[0].id);
        assert!(world.carry_out(plan, &retention, true));
    }
    check(world.store(), &left);
    // Later spans of what stayed for others must stay.
    let remembered = verdicts(world.store());
    let for_others = left.iter().filter(|span| weigh(span.project, span.trace) == Some(4.0));
    let for_others: HashSet<TraceId> = for_others.map(|span| span.trace).collect();
    assert!(!for_others.is_empty());
    assert_eq!(remembered.iter().map(|verdict| verdict.trace).collect::<HashSet<_>>(), for_others);
    assert!(remembered.iter().all(|verdict| verdict.share == Share::nearest(0.25)));
}

fn verdicts(store: &SpanStore) -> Vec<Verdict> {
    let mut all = Vec::new();
    store.verdicts((Micros(0), Micros(u64::MAX)), |verdict| all.push(verdict));
    all.sort_by_key(|verdict| (verdict.trace, verdict.project));
    all
}

#[test]
fn what_was_found_out_about_traces_outlives_crashes_and_merges() {
    for seed in 0..12 {
        let mut dice = Dice::new(seed);
        let mut world = World::new(&FakeDisk::healthy());
        let mut expected = Vec::new();
        for number in 0..4_u8 {
            let verdict = Verdict {
                project: ProjectId(1),
                trace: TraceId([number; 16]),
                at: Micros(START / 1_000_000 * 1_000_000),
                share: Share::ALL,
                rule: Rule::Error,
            };
            expected.push(verdict);
            world.spans.extend(some(&mut dice, 30));
            let mut builder = SpanBuilder::new();
            world.spans.iter().rev().take(30).for_each(|span| builder.push(span));
            let batch = builder.finish().unwrap().with_verdicts(vec![verdict]);
            world.store().append(vec![batch], Offset(world.spans.len() as u64)).unwrap();
            assert_eq!(verdicts(world.store()), expected, "in memory as well");
            assert!(world.seal(true));
            world.reopen(&FakeDisk::healthy());
            assert_eq!(verdicts(world.store()), expected);
        }
        let disk = FakeDisk::dying(seed, 3 + dice.below(40));
        world.reopen(&disk);
        while world.store.is_some() && !disk.is_dead() {
            if dice.coin() {
                world.compact(&keep_all(), true);
            } else {
                world.thin(&keep_all(), dice.coin());
            }
            let Some(part) = world.catalogue.first() else { break };
            let plan = world.store.as_ref().and_then(|store| store.plan_rewrite(part.id));
            world.carry_out(plan, &keep_all(), dice.coin());
        }
        world.store = None;
        disk.crash();
        world.reopen(&FakeDisk::healthy());
        assert_eq!(verdicts(world.store()), expected, "seed {seed}");
        check(world.store(), &world.spans);
        let later = Retention { now: Micros(START + 2 * DAY), ..keep_all() };
        while world.catalogue.iter().any(|part| !part.sampled) {
            assert!(world.thin(&later, true));
        }
        let plan = world.store().plan_rewrite(world.catalogue[0].id);
        assert!(world.carry_out(plan, &later, true));
        assert_eq!(verdicts(world.store()), [], "a day later it does not matter any more");
    }
}

#[test]
fn parts_wait_for_others_and_not_forever() {
    let mut dice = Dice::new(11);
    let mut world = World::new(&FakeDisk::healthy());
    let mut received = Vec::new();
    for _ in 0..3 {
        world.append(some(&mut dice, 20));
        assert!(world.seal(true));
        received.push(world.catalogue.last().unwrap().received_max);
    }
    let last = *received.iter().max().unwrap();
    let first = *received.iter().min().unwrap();
    let planned = |newest: Micros, patience: Micros, bytes_max| {
        let plan = world.store().plan_thinning(&Due { newest, patience, bytes_max });
        plan.map_or(0, |plan| plan.parts().len())
    };
    assert_eq!(planned(first, Micros(u64::MAX), u64::MAX), 0, "all are new");
    assert_eq!(planned(Micros(last.0 + 1), first, u64::MAX), 0, "three wait for a fourth");
    assert_eq!(planned(Micros(last.0 + 1), Micros(first.0 + 1), u64::MAX), 3);
    assert_eq!(planned(Micros(0), Micros(0), 1), 3, "no room for any");
    let bytes: u64 = world.catalogue.iter().map(|part| part.bytes).sum();
    assert_eq!(planned(Micros(0), Micros(0), bytes - 1), 1, "the oldest makes room");
    world.append(some(&mut dice, 20));
    assert!(world.seal(true));
    assert!(world.store().plan_thinning(&Due { patience: Micros(0), ..DUE }).is_some());
}

#[test]
fn a_merge_of_only_unwanted_rows_leaves_no_part() {
    let mut dice = Dice::new(7);
    let mut world = World::new(&FakeDisk::healthy());
    world.append(some(&mut dice, 60));
    assert!(world.seal(true));
    let later = Micros(START + DAY);
    let nothing = Retention { now: later, days_of: &|_| 0, ..keep_all() };
    let plan = world.store().plan_rewrite(world.catalogue[0].id).unwrap();
    let compacted = world.store().run(&plan, &nothing).unwrap();
    assert_eq!(compacted.change().added, []);
    drop(plan);
    world.store().publish_compacted(compacted);
    check(world.store(), &[]);
    assert_eq!(std::fs::read_dir(world.folder()).unwrap().count(), 0);
}

#[test]
fn rows_stay_visible_while_they_are_sealed() {
    let mut dice = Dice::new(9);
    let mut world = World::new(&FakeDisk::healthy());
    world.append(some(&mut dice, 100));
    let sealed = world.store().seal().unwrap().unwrap();
    check(world.store(), &world.spans);
    world.append(some(&mut dice, 10));
    check(world.store(), &world.spans);
    assert!(world.store().seal().is_err(), "one is outstanding");
    assert_eq!(sealed.end(), Offset(100));
    world.store().publish(sealed);
    check(world.store(), &world.spans);
    assert_eq!(world.store().memory_use().0, 10);
}

#[test]
fn a_memory_table_without_room_gives_the_batches_back() {
    let folder = tempfile::tempdir().unwrap();
    let disk: Arc<FakeDisk> = Arc::new(FakeDisk::healthy());
    let (store, _) = SpanStore::open(folder.path(), disk, small(), Vec::new()).unwrap();
    let mut dice = Dice::new(3);
    let mut builder = SpanBuilder::new();
    let mut offer = |count: usize| {
        for span in some(&mut dice, count) {
            builder.push(&span);
        }
        match store.append(vec![builder.finish().unwrap()], Offset(1)) {
            Ok(()) => true,
            Err(AppendError::Full(back)) => {
                assert_eq!(back[0].rows(), count);
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
    assert!(offer(0));
}

#[test]
fn a_batch_knows_what_is_in_it() {
    let mut dice = Dice::new(4);
    let spans = some(&mut dice, 30);
    let mut builder = SpanBuilder::new();
    for span in &spans {
        builder.push(span);
    }
    assert_eq!(builder.rows(), 30);
    let batch = builder.finish().unwrap();
    assert_eq!((builder.rows(), batch.rows()), (0, 30));
    let times = || spans.iter().map(|span| span.timestamp);
    assert_eq!(batch.timestamps(), (times().min().unwrap(), times().max().unwrap()));
    assert!(batch.traces().eq(spans.iter().map(|span| span.trace)));
    assert!(spans.iter().all(|span| batch.projects().contains(&span.project)));
    assert_eq!(spans_of(batch.record_batch()).unwrap().len(), 30);
    let numbers = batch.record_batch().column_by_name("duration").unwrap();
    assert_eq!(numbers.as_primitive::<UInt64Type>().value(0), spans[0].duration);
    let times = batch.record_batch().column_by_name("timestamp").unwrap();
    assert_eq!(times.as_primitive::<Int64Type>().len(), 30);
}

/// A batch takes little more than its values do.
#[test]
fn memory_is_tight() {
    let mut dice = Dice::new(10);
    let mut builder = SpanBuilder::new();
    let mut text_bytes = 0;
    for _ in 0..5_000 {
        let span = span(&mut dice);
        text_bytes +=
            span.attributes.iter().map(|attribute| attribute.name.len() + 8 + 8).sum::<usize>();
        builder.push(&span);
    }
    let batch = builder.finish().unwrap();
    let fixed = 8 * 7 + 16 + 3 * 8 + 10 * 4 + 8;
    let bytes = batch.record_batch().get_array_memory_size();
    assert!(bytes < 5_000 * fixed * 6 / 5 + text_bytes * 6 / 5 + 100_000, "{bytes}");
}
