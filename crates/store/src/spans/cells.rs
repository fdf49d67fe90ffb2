//! Cells: spans counted by what they have in common, minute by minute, before any of them is let go.
//!
//! A question for rates, failures and durations reads cells instead of rows, and its answer stays exact
//! when sampling drops rows. There are three [`Rollup`]s, from the coarsest to the finest names; each
//! span counts in all of them. A cell covers a stretch of time that grows with its age
//! ([`Rollup::grain`]), so that old cells are few.
//!
//! Spans are counted when they are appended; cells are kept beside the rows in the memory table, and
//! written into a file of the part. Merging parts adds their cells up; it does not look at rows.

mod columns;
mod file;
mod key;
mod merge;
mod tally;
mod texts;

use std::collections::hash_map::Entry;

use arrow::array::{
    Array, AsArray, BooleanArray, Int32Array, RecordBatch, StringArray, UInt64Array,
};
use arrow::datatypes::{ArrowPrimitiveType, Float64Type, Int32Type, Int64Type, UInt64Type};
use foldhash::HashMap;
use model::span::is_failure;

use super::StoreError;
use super::attributes::missing;
use super::schema::{DESCRIPTION, NAME};
pub(crate) use columns::batch;
pub use columns::schema;
pub(crate) use file::{CELLS_FILE, CellsFile};
pub(crate) use key::Key;
pub use key::{OTHER, Rollup};
pub(crate) use merge::Merged;
pub(crate) use tally::Tally;
use tally::{Histogram, Measured};
use texts::Texts;

/// Cells of one project in the memory table. What would need more is counted under [`OTHER`], so that
/// names made up without end cost no memory without end, and take nothing from other projects.
const PROJECT_CELLS_MAX: usize = 50_000;

/// The columns of spans that cells are made from.
const COLUMNS: [&str; 16] = [
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
    DESCRIPTION,
    NAME,
];

/// Cells by their keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cells {
    /// A table for each rollup, because each is asked for by itself.
    tallies: [HashMap<Coded, Tally>; Rollup::ALL.len()],
    texts: Texts,
    by_project: HashMap<u64, usize>,
    bytes: usize,
}

impl Cells {
    /// Counts spans in memory, all of which have the columns of [`super::schema::spans`].
    pub(crate) fn count(&mut self, rows: &RecordBatch) -> Result<(), StoreError> {
        let rows = Rows::new(rows)?;
        let numbers = rows.number_texts(&mut self.texts);
        let spans: Vec<Measured> = (0..rows.project.len()).map(|row| rows.measured(row)).collect();
        for rollup in Rollup::ALL {
            let told_apart = [false, true].map(|is_segment| ToldApart::new(rollup, is_segment));
            for (row, span) in spans.iter().enumerate() {
                self.add(rollup, rows.coded(&told_apart, row, &numbers), span);
            }
        }
        Ok(())
    }

    /// Bytes they take in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.texts.bytes()
    }

    /// All cells, in the order of a part's file.
    pub(crate) fn sorted(&self) -> impl Iterator<Item = (Key, &Tally)> {
        let places = self.texts.places();
        let place = |number: u32| {
            usize::try_from(number).ok().and_then(|number| places.get(number)).copied()
        };
        let mut all = Vec::with_capacity(self.tallies.iter().map(HashMap::len).sum());
        for (rollup, tallies) in Rollup::ALL.into_iter().zip(&self.tallies) {
            let start = all.len();
            all.extend(tallies.iter().map(|(key, tally)| {
                let places = key.texts.map(place);
                ((key.project, key.is_segment, places, key.group, key.start), rollup, key, tally)
            }));
            let of_rollup = all.get_mut(start..).unwrap_or_default();
            of_rollup.sort_unstable_by_key(|(order, ..)| *order);
        }
        all.into_iter().map(|(_, rollup, key, tally)| (self.key(rollup, key), tally))
    }

    /// The cells of a rollup that begin at moments which are wanted, in no order.
    pub(crate) fn of_rollup(
        &self,
        rollup: Rollup,
        is_wanted: impl Fn(i64) -> bool,
    ) -> impl Iterator<Item = (Key, &Tally)> {
        let cells = self.tallies[usize::from(rollup.number())].iter();
        let wanted = cells.filter(move |(key, _)| is_wanted(key.start));
        wanted.map(move |(key, tally)| (self.key(rollup, key), tally))
    }

    fn add(&mut self, rollup: Rollup, key: Coded, span: &Measured) {
        let tallies = &mut self.tallies[usize::from(rollup.number())];
        if let Some(known) = tallies.get_mut(&key) {
            let before = known.bytes();
            known.add(span);
            self.bytes += known.bytes().saturating_sub(before);
            return;
        }
        let of_project = self.by_project.entry(key.project).or_default();
        let key = if *of_project < PROJECT_CELLS_MAX { key } else { key.folded(rollup) };
        match tallies.entry(key) {
            Entry::Occupied(mut known) => known.get_mut().add(span),
            Entry::Vacant(place) => {
                let tally = place.insert(Tally::default());
                tally.add(span);
                *of_project += 1;
                self.bytes += Coded::BYTES + tally.bytes();
            }
        }
    }

    fn key(&self, rollup: Rollup, coded: &Coded) -> Key {
        Key {
            rollup,
            project: coded.project,
            is_segment: coded.is_segment,
            texts: coded.texts.map(|number| self.texts.get(number)),
            group: coded.group,
            start: coded.start,
        }
    }
}

/// A key of one rollup whose texts are numbers: quick to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Coded {
    project: u64,
    group: u64,
    start: i64,
    /// See [`key::TEXTS`].
    texts: [u32; key::TEXTS.len()],
    is_segment: bool,
}

impl Coded {
    /// Bytes it takes in memory, about: half as much again for the table it is in.
    const BYTES: usize = size_of::<Self>() * 3 / 2;

    /// The key of what there are too many names for.
    fn folded(self, rollup: Rollup) -> Self {
        let other = |name| {
            let is_name = matches!(name, "transaction" | "description");
            let is_named = is_name && rollup.tells_apart(name, self.is_segment);
            if is_named { Texts::OTHER } else { Texts::NONE }
        };
        Self { texts: key::TEXTS.map(other), group: 0, ..self }
    }
}

/// What a rollup tells apart among segments, or among the others.
struct ToldApart {
    rollup: Rollup,
    texts: [bool; key::TEXTS.len()],
    group: bool,
}

impl ToldApart {
    fn new(rollup: Rollup, is_segment: bool) -> Self {
        let has = |name| rollup.tells_apart(name, is_segment);
        Self { rollup, texts: key::TEXTS.map(has), group: has("group") }
    }
}

/// The columns that cells are made from.
struct Rows<'a> {
    project: &'a [u64],
    timestamp: &'a [i64],
    received: &'a [i64],
    duration: &'a [u64],
    self_time: &'a UInt64Array,
    group: &'a [u64],
    weight: &'a [f64],
    is_segment: &'a BooleanArray,
    /// Whether each of the statuses is one of failure.
    failures: Vec<bool>,
    status: &'a Int32Array,
    texts: [(&'a Int32Array, &'a StringArray); key::TEXTS.len()],
    /// What descriptions are where they are null.
    names: (&'a Int32Array, &'a StringArray),
}

/// The numbers of the texts in the dictionaries of rows.
struct Numbers {
    texts: [Vec<u32>; key::TEXTS.len()],
    /// Of the names, those alone that are descriptions: there may be as many names as rows.
    names: Vec<u32>,
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
        let self_time = rows.column_by_name("self_time").ok_or_else(missing)?;
        Ok(Self {
            project: numbers::<UInt64Type>(rows, "project")?,
            timestamp: numbers::<Int64Type>(rows, "timestamp")?,
            received: numbers::<Int64Type>(rows, "received")?,
            duration: numbers::<UInt64Type>(rows, "duration")?,
            self_time: self_time.as_primitive_opt().ok_or_else(missing)?,
            group: numbers::<UInt64Type>(rows, "group")?,
            weight: numbers::<Float64Type>(rows, "weight")?,
            is_segment: is_segment.as_boolean_opt().ok_or_else(missing)?,
            failures: failures.collect(),
            status,
            texts,
            names: repeated(rows, NAME)?,
        })
    }

    fn measured(&self, row: usize) -> Measured {
        let at = |column: &[u64]| column.get(row).copied().unwrap_or_default();
        let status = usize::try_from(self.status.value(row)).unwrap_or(usize::MAX);
        let duration = at(self.duration);
        Measured {
            weight: self.weight.get(row).copied().unwrap_or(1.0),
            is_failure: self.failures.get(status).copied().unwrap_or_default(),
            duration,
            self_time: if self.self_time.is_valid(row) {
                self.self_time.value(row)
            } else {
                duration
            },
            timestamp: self.timestamp.get(row).copied().unwrap_or_default(),
            bucket: Measured::bucket_of(duration),
        }
    }

    /// The key of a row; `told_apart` is for others and for segments.
    fn coded(&self, told_apart: &[ToldApart; 2], row: usize, numbers: &Numbers) -> Coded {
        let timestamp = self.timestamp.get(row).copied().unwrap_or_default();
        let age = self.received.get(row).copied().unwrap_or_default().saturating_sub(timestamp);
        let is_segment = self.is_segment.value(row);
        let told_apart = &told_apart[usize::from(is_segment)];
        let mut texts = [Texts::NONE; key::TEXTS.len()];
        let columns = self.texts.iter().zip(&numbers.texts).zip(told_apart.texts);
        for (text, (((places, _), of_texts), is_told)) in texts.iter_mut().zip(columns) {
            let (places, of_texts) = if places.is_valid(row) {
                (*places, of_texts)
            } else {
                (self.names.0, &numbers.names)
            };
            if is_told && let Ok(place) = usize::try_from(places.value(row)) {
                *text = of_texts.get(place).copied().unwrap_or_default();
            }
        }
        let group = self.group.get(row).copied().filter(|_| told_apart.group);
        Coded {
            project: self.project.get(row).copied().unwrap_or_default(),
            group: group.unwrap_or_default(),
            start: told_apart.rollup.start(timestamp, age),
            texts,
            is_segment,
        }
    }

    fn number_texts(&self, known: &mut Texts) -> Numbers {
        let mut is_description = vec![false; self.names.1.len()];
        for (places, _) in self.texts.iter().filter(|(places, _)| places.null_count() > 0) {
            for row in (0..places.len()).filter(|row| places.is_null(*row)) {
                let place = usize::try_from(self.names.0.value(row)).ok();
                if let Some(is) = place.and_then(|place| is_description.get_mut(place)) {
                    *is = true;
                }
            }
        }
        let mut number = |text: Option<&str>| known.number(text.unwrap_or_default());
        let names = self.names.1.iter().zip(is_description);
        Numbers {
            names: names.map(|(name, is)| if is { number(name) } else { Texts::NONE }).collect(),
            texts: self.texts.map(|(_, texts)| texts.iter().map(&mut number).collect()),
        }
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
