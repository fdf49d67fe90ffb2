//! Cells as columns, and back.

use std::borrow::Borrow;
use std::sync::{Arc, LazyLock};

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BinaryBuilder, BooleanArray, Float64Array, Int64Array,
    RecordBatch, StringArray, StringDictionaryBuilder, UInt8Array, UInt64Array,
};
use arrow::datatypes::{
    DataType, Field, Float64Type, Int32Type, Int64Type, Schema, SchemaRef, UInt8Type, UInt64Type,
};

use super::key::TEXTS;
use super::tally::millis;
use super::{Histogram, Key, Measured, Rollup, Tally, numbers};
use crate::spans::StoreError;
use crate::spans::attributes::missing;

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let field = |name: &str, data_type| Field::new(name, data_type, false);
    let text = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let mut fields = vec![
        field("rollup", DataType::UInt8),
        field("project", DataType::UInt64),
        field("timestamp", DataType::Int64),
        field("is_segment", DataType::Boolean),
        field("group", DataType::UInt64),
    ];
    fields.extend(TEXTS.map(|name| field(name, text.clone())));
    fields.extend(["count", "failures"].map(|name| field(name, DataType::Float64)));
    fields
        .extend(["durations", "self_times"].map(|name| Field::new(name, DataType::Float64, true)));
    fields.extend([
        field("longest", DataType::UInt64),
        field("newest", DataType::Int64),
        Field::new("sketch", DataType::Binary, true),
    ]);
    Arc::new(Schema::new(fields))
});

/// The columns of cells. `timestamp` is when the cell's stretch of time begins; `durations` and
/// `self_times` are sums in milliseconds, `longest` is microseconds, `newest` is a full second, `sketch`
/// is the histogram of durations in milliseconds as `model::sketch` writes it.
///
/// Most cells have one span. So `durations` is null where all were as long as the longest, `self_times`
/// where it is the same as `durations`, and `sketch` where all of `count` are in the bucket of `longest`.
pub fn schema() -> SchemaRef {
    Arc::clone(&SCHEMA)
}

/// Cells as columns.
pub(crate) fn batch<T: Borrow<Tally>>(cells: &[(Key, T)]) -> Result<RecordBatch, StoreError> {
    let keys = || cells.iter().map(|(key, _)| key);
    let tallies = || cells.iter().map(|(_, tally)| tally.borrow());
    let count = |of: fn(&Tally) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(tallies().map(of)))
    };
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(UInt8Array::from_iter_values(keys().map(|key| key.rollup.number()))),
        Arc::new(UInt64Array::from_iter_values(keys().map(|key| key.project))),
        Arc::new(Int64Array::from_iter_values(keys().map(|key| key.start))),
        Arc::new(keys().map(|key| Some(key.is_segment)).collect::<BooleanArray>()),
        Arc::new(UInt64Array::from_iter_values(keys().map(|key| key.group))),
    ];
    for place in 0..TEXTS.len() {
        let mut texts = StringDictionaryBuilder::<Int32Type>::new();
        for key in keys() {
            texts.append(key.texts.get(place).map_or("", AsRef::as_ref))?;
        }
        columns.push(Arc::new(texts.finish()));
    }
    columns.extend([
        count(|tally| tally.count),
        count(|tally| tally.failures),
        Arc::new(tallies().map(duration_if_not_known).collect::<Float64Array>()),
        Arc::new(tallies().map(self_time_if_not_known).collect::<Float64Array>()),
        Arc::new(UInt64Array::from_iter_values(tallies().map(|tally| tally.longest))),
        Arc::new(Int64Array::from_iter_values(tallies().map(|tally| whole_second(tally.newest)))),
    ]);
    let (mut sketches, mut bytes) = (BinaryBuilder::new(), Vec::new());
    for tally in tallies() {
        if tally.histogram.is_of_one(Measured::bucket_of(tally.longest), tally.count) {
            sketches.append_null();
            continue;
        }
        bytes.clear();
        tally.histogram.encode(&mut bytes);
        sketches.append_value(&bytes);
    }
    columns.push(Arc::new(sketches.finish()));
    Ok(RecordBatch::try_new(schema(), columns)?)
}

/// What the durations are together if all are as long as the longest, in milliseconds.
fn all_as_the_longest(count: f64, longest: u64) -> f64 {
    count * millis(longest)
}

fn duration_if_not_known(tally: &Tally) -> Option<f64> {
    let known = all_as_the_longest(tally.count, tally.longest);
    (tally.duration.to_bits() != known.to_bits()).then_some(tally.duration)
}

fn self_time_if_not_known(tally: &Tally) -> Option<f64> {
    (tally.self_time.to_bits() != tally.duration.to_bits()).then_some(tally.self_time)
}

/// Nobody asks more exactly when a name was last seen, and microseconds are as many bytes as all else.
fn whole_second(micros: i64) -> i64 {
    micros - micros.rem_euclid(1_000_000)
}

/// The cells of columns. Those of rollups that this version does not know are left out.
pub(super) fn cells(rows: &RecordBatch) -> Result<Vec<(Key, Tally)>, StoreError> {
    let is_segment = rows.column_by_name("is_segment").ok_or_else(missing)?;
    let is_segment = is_segment.as_boolean_opt().ok_or_else(missing)?;
    let sketches = rows.column_by_name("sketch").ok_or_else(missing)?;
    let sketches: &BinaryArray = sketches.as_binary_opt().ok_or_else(missing)?;
    let texts = TEXTS.map(|name| Texts::new(rows, name));
    let rollups = numbers::<UInt8Type>(rows, "rollup")?;
    let projects = numbers::<UInt64Type>(rows, "project")?;
    let starts = numbers::<Int64Type>(rows, "timestamp")?;
    let groups = numbers::<UInt64Type>(rows, "group")?;
    let [counts, failures] = ["count", "failures"].map(|name| numbers::<Float64Type>(rows, name));
    let (counts, failures) = (counts?, failures?);
    let sums = |name| {
        let column = rows.column_by_name(name).ok_or_else(missing)?;
        column.as_primitive_opt::<Float64Type>().ok_or_else(missing)
    };
    let (durations, self_times) = (sums("durations")?, sums("self_times")?);
    let longest = numbers::<UInt64Type>(rows, "longest")?;
    let newest = numbers::<Int64Type>(rows, "newest")?;
    let cell = |row: usize| -> Option<Option<(Key, Tally)>> {
        let Some(rollup) = Rollup::from_number(*rollups.get(row)?) else { return Some(None) };
        let mut key = Key {
            rollup,
            project: *projects.get(row)?,
            is_segment: is_segment.value(row),
            texts: TEXTS.map(|_| Arc::default()),
            group: *groups.get(row)?,
            start: *starts.get(row)?,
        };
        for (text, texts) in key.texts.iter_mut().zip(&texts) {
            *text = texts.as_ref()?.get(row)?;
        }
        let (count, longest) = (*counts.get(row)?, *longest.get(row)?);
        let of = |sums: &Float64Array| sums.is_valid(row).then(|| sums.value(row));
        let duration = of(durations).unwrap_or_else(|| all_as_the_longest(count, longest));
        let tally = Tally {
            count,
            failures: *failures.get(row)?,
            duration,
            self_time: of(self_times).unwrap_or(duration),
            longest,
            newest: *newest.get(row)?,
            histogram: if sketches.is_valid(row) {
                Histogram::decode(sketches.value(row))
            } else {
                Histogram::of_one(Measured::bucket_of(longest), count)
            },
        };
        Some(Some((key, tally)))
    };
    let all = (0..rows.num_rows()).map(|row| cell(row).ok_or_else(missing));
    Ok(all.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// A column of repeated text whose texts are shared by all that have them.
struct Texts<'a> {
    places: &'a [i32],
    texts: Vec<Arc<str>>,
}

impl<'a> Texts<'a> {
    fn new(rows: &'a RecordBatch, name: &str) -> Option<Self> {
        let column = rows.column_by_name(name)?.as_dictionary_opt::<Int32Type>()?;
        let texts: &StringArray = column.values().as_string_opt()?;
        let texts = texts.iter().map(|text| Arc::from(text.unwrap_or_default())).collect();
        Some(Self { places: column.keys().values(), texts })
    }

    fn get(&self, row: usize) -> Option<Arc<str>> {
        let place = usize::try_from(*self.places.get(row)?).ok()?;
        self.texts.get(place).cloned()
    }
}
