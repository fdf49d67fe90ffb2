//! Cells: spans counted by what they have in common, minute by minute, before any of them is let go.
//!
//! A question for rates, failures and durations reads cells instead of rows, and its answer stays exact
//! when sampling drops rows. There are three [`Rollup`]s, from the coarsest to the finest names; each
//! span counts in all of them. A cell covers a stretch of time that grows with its age
//! ([`Rollup::grain`]), so that old cells are few.
//!
//! Cells are made from batches where these are built, kept beside the rows in the memory table, and
//! written into a file of the part. Merging parts adds their cells up; it does not look at rows.

mod columns;
mod file;
mod key;
mod merge;
mod tally;

use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{ArrowPrimitiveType, Float64Type, Int32Type, Int64Type, UInt64Type};
use foldhash::{HashMap, HashMapExt as _};
use model::span::is_failure;

use super::StoreError;
use super::attributes::missing;
pub(crate) use columns::batch;
pub use columns::schema;
pub(crate) use file::{CELLS_FILE, CellsFile};
pub(crate) use key::Key;
pub use key::{OTHER, Rollup};
pub(crate) use merge::Merged;
pub(crate) use tally::Tally;
use tally::{Histogram, Measured};

/// Cells of one project in the memory table. What would need more is counted under [`OTHER`], so that
/// names made up without end cost no memory without end, and take nothing from other projects.
const PROJECT_CELLS_MAX: usize = 50_000;

/// The columns of spans that cells are made from.
const COLUMNS: [&str; 15] = [
    "project",
    "timestamp",
    "received",
    "duration",
    "self_time",
    "is_segment",
    "status",
    "group",
    "weight",
    "transaction",
    "release",
    "environment",
    "category",
    "op",
    "description",
];

/// Cells by their keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cells {
    /// A table for each rollup, because each is asked for by itself.
    tallies: [HashMap<Key, Tally>; Rollup::ALL.len()],
    by_project: HashMap<u64, usize>,
    bytes: usize,
}

impl Cells {
    /// The cells of spans in memory, all of which have the columns of [`super::schema::spans`].
    pub(crate) fn of(rows: &RecordBatch) -> Result<Self, StoreError> {
        let rows = Rows::new(rows)?;
        let mut coded: HashMap<Coded, Tally> = HashMap::new();
        for row in 0..rows.project.len() {
            let measured = rows.measured(row);
            for rollup in Rollup::ALL {
                coded.entry(rows.coded(rollup, row)).or_default().add(&measured);
            }
        }
        let texts = rows.texts();
        let mut cells = Self::default();
        for (key, tally) in coded {
            cells.add(key.with_texts(&texts), tally);
        }
        Ok(cells)
    }

    /// Adds others up with these.
    pub(crate) fn merge(&mut self, others: Self) {
        for (key, tally) in others.tallies.into_iter().flatten() {
            self.add(key, tally);
        }
    }

    /// Bytes they take in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// All cells, in the order of a part's file.
    pub(crate) fn sorted(&self) -> Vec<(&Key, &Tally)> {
        let mut all: Vec<_> = self.tallies.iter().flatten().collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        all
    }

    /// All cells, in the order of a part's file.
    pub(crate) fn into_sorted(self) -> Vec<(Key, Tally)> {
        let mut all: Vec<_> = self.tallies.into_iter().flatten().collect();
        all.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        all
    }

    /// The cells of a rollup, in no order.
    pub(crate) fn of_rollup(&self, rollup: Rollup) -> impl Iterator<Item = (&Key, &Tally)> {
        self.tallies[usize::from(rollup.number())].iter()
    }

    fn add(&mut self, mut key: Key, tally: Tally) {
        let tallies = &mut self.tallies[usize::from(key.rollup.number())];
        let of_project = self.by_project.entry(key.project).or_default();
        if *of_project >= PROJECT_CELLS_MAX && !tallies.contains_key(&key) {
            key = key.folded();
        }
        self.bytes += tally.bytes();
        if let Some(known) = tallies.get_mut(&key) {
            known.merge(tally);
        } else {
            *of_project += 1;
            self.bytes += Key::BYTES;
            tallies.insert(key, tally);
        }
    }
}

/// A key whose texts are places in the dictionaries of a batch: quick to compare.
#[derive(PartialEq, Eq, Hash)]
struct Coded {
    rollup: Rollup,
    project: u64,
    start: i64,
    is_segment: bool,
    group: u64,
    texts: [Option<i32>; key::TEXTS.len()],
}

impl Coded {
    fn with_texts(self, texts: &[Vec<Arc<str>>; key::TEXTS.len()]) -> Key {
        let text = |column: usize| {
            let place = self.texts.get(column).copied().flatten();
            let place = place.and_then(|place| usize::try_from(place).ok());
            let known = texts.get(column).zip(place).and_then(|(texts, place)| texts.get(place));
            known.cloned().unwrap_or_default()
        };
        Key {
            rollup: self.rollup,
            project: self.project,
            is_segment: self.is_segment,
            texts: std::array::from_fn(text),
            group: self.group,
            start: self.start,
        }
    }
}

/// The columns that cells are made from.
struct Rows<'a> {
    project: &'a [u64],
    timestamp: &'a [i64],
    received: &'a [i64],
    duration: &'a [u64],
    self_time: &'a [u64],
    group: &'a [u64],
    weight: &'a [f64],
    is_segment: &'a BooleanArray,
    /// Whether each of the statuses is one of failure.
    failures: Vec<bool>,
    status: &'a Int32Array,
    texts: [(&'a Int32Array, &'a StringArray); key::TEXTS.len()],
}

impl<'a> Rows<'a> {
    fn new(rows: &'a RecordBatch) -> Result<Self, StoreError> {
        let (status, statuses) = repeated(rows, "status")?;
        let failures = statuses.iter().map(|status| is_failure(status.unwrap_or_default()));
        let mut texts = [(status, statuses); key::TEXTS.len()];
        for (text, name) in texts.iter_mut().zip(key::TEXTS) {
            *text = repeated(rows, name)?;
        }
        let is_segment = rows.column_by_name("is_segment").ok_or_else(missing)?;
        Ok(Self {
            project: numbers::<UInt64Type>(rows, "project")?,
            timestamp: numbers::<Int64Type>(rows, "timestamp")?,
            received: numbers::<Int64Type>(rows, "received")?,
            duration: numbers::<UInt64Type>(rows, "duration")?,
            self_time: numbers::<UInt64Type>(rows, "self_time")?,
            group: numbers::<UInt64Type>(rows, "group")?,
            weight: numbers::<Float64Type>(rows, "weight")?,
            is_segment: is_segment.as_boolean_opt().ok_or_else(missing)?,
            failures: failures.collect(),
            status,
            texts,
        })
    }

    fn measured(&self, row: usize) -> Measured {
        let at = |column: &[u64]| column.get(row).copied().unwrap_or_default();
        let status = usize::try_from(self.status.value(row)).unwrap_or(usize::MAX);
        Measured {
            weight: self.weight.get(row).copied().unwrap_or(1.0),
            is_failure: self.failures.get(status).copied().unwrap_or_default(),
            duration: at(self.duration),
            self_time: at(self.self_time),
            timestamp: self.timestamp.get(row).copied().unwrap_or_default(),
        }
    }

    fn coded(&self, rollup: Rollup, row: usize) -> Coded {
        let timestamp = self.timestamp.get(row).copied().unwrap_or_default();
        let age = self.received.get(row).copied().unwrap_or_default().saturating_sub(timestamp);
        let is_segment = self.is_segment.value(row);
        let has = |name| rollup.tells_apart(name, is_segment);
        let mut texts = [None; key::TEXTS.len()];
        for ((text, (places, _)), name) in texts.iter_mut().zip(&self.texts).zip(key::TEXTS) {
            *text = has(name).then(|| places.value(row));
        }
        let group = self.group.get(row).copied().filter(|_| has("group"));
        Coded {
            rollup,
            project: self.project.get(row).copied().unwrap_or_default(),
            start: rollup.start(timestamp, age),
            is_segment,
            group: group.unwrap_or_default(),
            texts,
        }
    }

    /// The dictionaries, shared by the keys that name them.
    fn texts(&self) -> [Vec<Arc<str>>; key::TEXTS.len()] {
        self.texts.map(|(_, texts)| {
            texts.iter().map(|text| Arc::from(text.unwrap_or_default())).collect()
        })
    }
}

/// The values of a column of numbers.
fn numbers<'a, T: ArrowPrimitiveType>(
    rows: &'a RecordBatch,
    name: &str,
) -> Result<&'a [T::Native], StoreError> {
    let column = rows.column_by_name(name).and_then(|column| column.as_primitive_opt::<T>());
    Ok(column.ok_or_else(missing)?.values())
}

/// The places and the texts of a column of repeated text.
fn repeated<'a>(
    rows: &'a RecordBatch,
    name: &str,
) -> Result<(&'a Int32Array, &'a StringArray), StoreError> {
    let column = rows.column_by_name(name).ok_or_else(missing)?;
    let column = column.as_dictionary_opt::<Int32Type>().ok_or_else(missing)?;
    let texts = column.values().as_string_opt::<i32>().ok_or_else(missing)?;
    Ok((column.keys(), texts))
}
