//! Cells against a naive model: spans counted one by one.

use std::collections::BTreeMap;
use std::fs::File;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, UInt8Type, UInt64Type};
use model::clock::Micros;
use model::id::{ProjectId, TraceId};
use model::sketch::Sketch;
use model::span::SpanRow;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use store::spans::cells::{OTHER, schema};
use store::spans::{Retention, Rollup, SpanStore};

use crate::fake_disk::FakeDisk;
use crate::samples::{Dice, START, span};
use crate::spans::{DUE, World, keep_all, some};

const ALL_TIME: (Micros, Micros) = (Micros(0), Micros(u64::MAX));
const MINUTE: u64 = 60_000_000;
const TEXTS: [&str; 6] = ["transaction", "release", "environment", "category", "op", "description"];

/// Project, whether they are segments, group, and the texts.
type Name = (u64, bool, u64, Vec<String>);

/// What was counted under a name; sums are rounded, because their order differs.
#[derive(Debug, Default, PartialEq)]
struct Counted {
    count: f64,
    failures: f64,
    durations: f64,
    self_times: f64,
    longest: u64,
    newest: i64,
    sketch: Sketch,
}

#[expect(clippy::cast_precision_loss, reason = "compared with the same loss")]
fn expected(rollup: Rollup, spans: &[SpanRow<'_>]) -> BTreeMap<Name, Counted> {
    let mut all: BTreeMap<Name, Counted> = BTreeMap::new();
    for span in spans {
        let texts = [
            &span.transaction,
            &span.release,
            &span.environment,
            &span.category,
            &span.op,
            &span.description,
        ];
        let has = |column| rollup.tells_apart(column, span.is_segment);
        let texts = texts
            .iter()
            .zip(TEXTS)
            .map(|(text, column)| if has(column) { text.to_string() } else { String::new() });
        let group = if has("group") { span.group } else { 0 };
        let counted = all.entry((span.project.0, span.is_segment, group, texts.collect()));
        let counted = counted.or_default();
        let millis = span.duration as f64 / 1e3;
        counted.count += span.weight;
        counted.failures += if span.is_failure() { span.weight } else { 0.0 };
        counted.durations += millis * span.weight;
        counted.self_times += span.self_time as f64 / 1e3 * span.weight;
        counted.longest = counted.longest.max(span.duration);
        let second = span.timestamp.0 / 1_000_000 * 1_000_000;
        counted.newest = counted.newest.max(i64::try_from(second).unwrap());
        counted.sketch.add(millis, span.weight);
    }
    all
}

fn batches(store: &SpanStore, rollup: Rollup) -> Vec<RecordBatch> {
    let snapshot = store.cells(rollup, ALL_TIME).unwrap();
    let mut batches = snapshot.memory;
    for part in &snapshot.parts {
        let file = File::open(part.cells_path()).unwrap();
        let rows = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        assert_eq!(rows.schema().fields(), schema().fields());
        batches.extend(rows.build().unwrap().map(Result::unwrap));
    }
    batches
}

#[expect(clippy::cast_precision_loss, reason = "compared with the same loss")]
fn found(store: &SpanStore, rollup: Rollup) -> BTreeMap<Name, Counted> {
    let mut all: BTreeMap<Name, Counted> = BTreeMap::new();
    for rows in batches(store, rollup) {
        let column = |name| rows.column_by_name(name).unwrap();
        let texts = TEXTS.map(|name| cast(column(name), &DataType::Utf8).unwrap());
        let whole = |name| column(name).as_primitive::<UInt64Type>().clone();
        let number = |name| column(name).as_primitive::<Float64Type>().clone();
        let or = |name, row: usize, known: f64| {
            let sums = number(name);
            if sums.is_valid(row) { sums.value(row) } else { known }
        };
        for row in 0..rows.num_rows() {
            if column("rollup").as_primitive::<UInt8Type>().value(row) != rollup.number() {
                continue;
            }
            let texts = texts.iter().map(|text| text.as_string::<i32>().value(row).to_owned());
            let is_segment = column("is_segment").as_boolean().value(row);
            let name = (
                whole("project").value(row),
                is_segment,
                whole("group").value(row),
                texts.collect(),
            );
            let counted = all.entry(name).or_default();
            counted.count += number("count").value(row);
            counted.failures += number("failures").value(row);
            let longest = whole("longest").value(row) as f64 / 1e3;
            let durations = or("durations", row, number("count").value(row) * longest);
            counted.durations += durations;
            counted.self_times += or("self_times", row, durations);
            counted.longest = counted.longest.max(whole("longest").value(row));
            let newest = column("newest").as_primitive::<Int64Type>().value(row);
            counted.newest = counted.newest.max(newest);
            let sketch = column("sketch").as_binary::<i32>();
            if sketch.is_valid(row) {
                counted.sketch.merge_encoded(sketch.value(row));
            } else {
                counted.sketch.add(longest, number("count").value(row));
            }
        }
    }
    all
}

/// Every span is counted once, in every rollup.
#[track_caller]
pub(crate) fn check(store: &SpanStore, spans: &[SpanRow<'_>]) {
    for rollup in Rollup::ALL {
        let (mut found, mut expected) = (found(store, rollup), expected(rollup, spans));
        for counted in found.values_mut().chain(expected.values_mut()) {
            for sum in [&mut counted.durations, &mut counted.self_times] {
                *sum = format!("{sum:.9e}").parse().unwrap();
            }
        }
        assert_eq!(found, expected, "{rollup:?}");
    }
}

#[test]
fn thinned_out_traces_stay_counted() {
    let mut dice = Dice::new(6);
    let mut world = World::new(&FakeDisk::healthy());
    for _ in 0..4 {
        world.append(some(&mut dice, 60));
        assert!(world.seal(true));
    }
    check(world.store(), &world.spans);
    let weigh = |_, trace: TraceId| trace.0[0].is_multiple_of(4).then_some(4.0);
    assert!(world.thin(&Retention { weigh: &weigh, ..keep_all() }, true));
    assert_eq!(world.catalogue.len(), 1);
    check(world.store(), &world.spans);
    // Even when no row is left.
    let mut world = World::new(&FakeDisk::healthy());
    world.append(some(&mut dice, 60));
    assert!(world.seal(true));
    let none = Retention { weigh: &|_, _| None, ..keep_all() };
    let plan = world.store().plan_thinning(&DUE).unwrap();
    let compacted = world.store().run(&plan, &none).unwrap();
    drop(plan);
    assert_eq!(compacted.change().added[0].rows, 0);
    world.store().publish_compacted(compacted);
    check(world.store(), &world.spans);
}

#[test]
fn cells_of_what_is_over_go() {
    let mut dice = Dice::new(8);
    let mut world = World::new(&FakeDisk::healthy());
    for _ in 0..4 {
        world.append(some(&mut dice, 60));
        assert!(world.seal(true));
    }
    let days_of = |project| if project == ProjectId(1) { 0 } else { 90 };
    let later = Micros(START + 60 * MINUTE);
    assert!(world.compact(&Retention { now: later, days_of: &days_of, ..keep_all() }, true));
    world.spans.retain(|span| span.project != ProjectId(1));
    check(world.store(), &world.spans);
}

#[test]
fn old_cells_become_coarse() {
    let mut dice = Dice::new(9);
    let mut world = World::new(&FakeDisk::healthy());
    for minute in 0..4 {
        let mut spans = some(&mut dice, 60);
        for span in &mut spans {
            span.timestamp = Micros(START / (60 * MINUTE) * 60 * MINUTE + minute * MINUTE);
            span.received = span.timestamp;
        }
        world.append(spans);
        assert!(world.seal(true));
    }
    let starts = |world: &World| {
        let mut starts: Vec<i64> = Vec::new();
        for rows in batches(world.store(), Rollup::Transactions) {
            let rollups = rows.column_by_name("rollup").unwrap().as_primitive::<UInt8Type>();
            let times = rows.column_by_name("timestamp").unwrap().as_primitive::<Int64Type>();
            let all = rollups.values().iter().zip(times.values());
            starts.extend(all.filter(|(rollup, _)| **rollup == 0).map(|(_, start)| *start));
        }
        starts.sort_unstable();
        starts.dedup();
        starts.len()
    };
    assert_eq!(starts(&world), 4);
    let later = Micros(START + 4 * 60 * MINUTE);
    assert!(world.compact(&Retention { now: later, ..keep_all() }, true));
    assert_eq!(starts(&world), 1);
    check(world.store(), &world.spans);
}

#[test]
fn damaged_cells_are_made_anew() {
    for seed in 0..6 {
        let mut dice = Dice::new(seed);
        let mut world = World::new(&FakeDisk::healthy());
        for _ in 0..4 {
            world.append(some(&mut dice, 60));
            assert!(world.seal(true));
        }
        let path = world.store().snapshot().parts[1].cells_path();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.truncate(dice.size(bytes.len()));
        std::fs::write(&path, bytes).unwrap();
        if dice.coin() {
            std::fs::remove_file(&path).unwrap();
        }
        assert!(world.compact(&keep_all(), true));
        assert_eq!(world.catalogue.len(), 1);
        check(world.store(), &world.spans);
    }
}

#[test]
fn names_without_end_are_counted_together() {
    let mut dice = Dice::new(11);
    let mut world = World::new(&FakeDisk::healthy());
    let model = span(&mut dice);
    let mut spans = Vec::new();
    for number in 0..60_000 {
        let name = format!("/player/{number}").into();
        let project = ProjectId(1);
        spans.push(SpanRow { transaction: name, project, attributes: Vec::new(), ..model.clone() });
    }
    let name = "/spin".into();
    spans.push(SpanRow { transaction: name, project: ProjectId(2), ..model.clone() });
    world.append(spans);
    let found = found(world.store(), Rollup::Transactions);
    let other = found.iter().find(|((_, _, _, texts), _)| texts[0] == OTHER).unwrap().1;
    assert!(other.count > 1_000.0 * model.weight);
    let total: f64 = found.values().map(|counted| counted.count).sum();
    assert!((total - 60_001.0 * model.weight).abs() < 1e-3);
    let is_spin =
        |((project, _, _, texts), _): &(&Name, &Counted)| *project == 2 && texts[0] == "/spin";
    assert!(found.iter().any(|cell| is_spin(&cell)));
}

#[test]
fn only_cells_of_the_window_are_given() {
    let mut dice = Dice::new(12);
    let mut world = World::new(&FakeDisk::healthy());
    world.append(some(&mut dice, 60));
    let rows = |window| {
        let snapshot = world.store().cells(Rollup::Groups, window).unwrap();
        snapshot.memory.iter().map(RecordBatch::num_rows).sum::<usize>()
    };
    assert!(rows(ALL_TIME) > 0);
    assert_eq!(rows((Micros(0), Micros(START - 60 * MINUTE))), 0);
    assert_eq!(rows((Micros(START + 60 * MINUTE), Micros(u64::MAX))), 0);
}
