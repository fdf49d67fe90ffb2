//! Moves attributes from maps into columns and back, so that batches of any shape get that of the part
//! they are written into.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayBuilder, ArrayRef, AsArray, DictionaryArray, Float64Array, Float64Builder,
    Int32Array, Int32Builder, MapArray, RecordBatch, StringArray, StringBuilder, new_null_array,
};
use arrow::compute::take;
use arrow::datatypes::{DataType, Float64Type, Int32Type, SchemaRef};
use arrow::error::ArrowError;

use super::StoreError;
use super::builder::Pairs;
use super::names::{Census, PartColumns};
use super::schema::{self, NUMBER_PREFIX, NUMBERS, TEXT_PREFIX, TEXTS};
use crate::parts::damaged;

/// The columns of a batch in the order of a part's schema; texts may be plain or dictionaries.
pub(crate) type Columns = Vec<ArrayRef>;

/// The shape of a part in the making.
pub(crate) struct Layout {
    pub(crate) columns: PartColumns,
    texts: Vec<String>,
    numbers: Vec<String>,
    /// As it is written.
    pub(crate) schema: SchemaRef,
}

impl Layout {
    pub(crate) fn new(columns: PartColumns) -> Self {
        let (texts, numbers) = (columns.text_columns(), columns.number_columns());
        let schema = schema::part_as_written(&texts, &numbers);
        Self { columns, texts, numbers, schema }
    }

    /// As it is read.
    pub(crate) fn read_schema(&self) -> SchemaRef {
        schema::part_as_read(&self.texts, &self.numbers)
    }

    /// The columns of rows of any shape.
    pub(crate) fn arrange(&self, rows: &RecordBatch) -> Result<Columns, StoreError> {
        let (text_map, texts) = arrange::<Text>(rows, &self.texts)?;
        let (number_map, numbers) = arrange::<Number>(rows, &self.numbers)?;
        let mut columns = Vec::with_capacity(self.schema.fields().len());
        for field in self.schema.fields() {
            match field.name().as_str() {
                TEXTS => break,
                name => columns.push(Arc::clone(rows.column_by_name(name).ok_or_else(missing)?)),
            }
        }
        columns.extend([text_map, number_map]);
        columns.extend(texts);
        columns.extend(numbers);
        Ok(columns)
    }
}

/// Counts the attributes of rows in memory.
pub(crate) fn census(batches: &[RecordBatch]) -> Result<Census, StoreError> {
    let mut census = Census::default();
    for rows in batches {
        census.rows += rows.num_rows() as u64;
        for (counts, map) in [(&mut census.texts, TEXTS), (&mut census.numbers, NUMBERS)] {
            let keys = map_of(rows, map)?.keys().as_string_opt::<i32>().ok_or_else(missing)?;
            let (mut places, mut recent) = (HashMap::new(), Recent::default());
            let mut found: Vec<(&str, u64)> = Vec::new();
            for name in keys.iter().flatten() {
                let place = recent.get_or_find(name, |name| {
                    *places.entry(name).or_insert_with(|| {
                        found.push((name, 0));
                        found.len() - 1
                    })
                });
                if let Some((_, count)) = found.get_mut(place) {
                    *count += 1;
                }
            }
            for (name, rows) in found {
                match counts.get_mut(name) {
                    Some(count) => *count += rows,
                    None => drop(counts.insert(name.to_owned(), rows)),
                }
            }
        }
    }
    Ok(census)
}

/// The map with what has no column, and the columns `names`.
fn arrange<V: Value>(
    rows: &RecordBatch,
    names: &[String],
) -> Result<(ArrayRef, Vec<ArrayRef>), StoreError> {
    let map = map_of(rows, V::MAP)?;
    let given = given_columns::<V>(rows)?;
    let extra = given.iter().filter(|(name, _)| names.iter().all(|wanted| wanted != name));
    let extra: Vec<&(&str, V::Column<'_>)> = extra.collect();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (place, name) in names.iter().enumerate() {
        if given.iter().all(|(known, _)| known != name) {
            places.insert(name, place);
        }
    }
    let is_moving = !extra.is_empty() || (!places.is_empty() && !map.entries().is_empty());
    let mut moved: Vec<Int32Builder> = names.iter().map(|_| Int32Builder::new()).collect();
    let rest = if is_moving {
        move_entries::<V>(rows.num_rows(), map, &extra, &places, &mut moved)?
    } else {
        Arc::clone(rows.column_by_name(V::MAP).ok_or_else(missing)?)
    };
    let mut columns = Vec::with_capacity(names.len());
    for (name, mut entries) in names.iter().zip(moved) {
        let given = rows.column_by_name(&format!("{}{name}", V::PREFIX));
        columns.push(match given {
            Some(column) => Arc::clone(column),
            None if entries.is_empty() => new_null_array(&V::TYPE, rows.num_rows()),
            None => {
                fill(&mut entries, rows.num_rows());
                V::pick(map.values(), entries.finish())?
            }
        });
    }
    Ok((rest, columns))
}

/// The map without the entries that have a place in `moved`, which gets each row's entry, and with the
/// values of `extra` columns.
fn move_entries<V: Value>(
    rows: usize,
    map: &MapArray,
    extra: &[&(&str, V::Column<'_>)],
    places: &HashMap<&str, usize>,
    moved: &mut [Int32Builder],
) -> Result<ArrayRef, StoreError> {
    let keys = map.keys().as_string_opt::<i32>().ok_or_else(missing)?;
    let values = V::column(map.values()).ok_or_else(missing)?;
    let mut rest: Pairs<V::Builder> = Pairs::default();
    let mut recent = Recent::default();
    let starts = map.value_offsets();
    for row in 0..rows {
        let entries = starts.get(row).copied().zip(starts.get(row + 1).copied());
        let entries = entries.map_or(0..0, |(start, end)| start..end);
        for entry in entries {
            let at = usize::try_from(entry).unwrap_or_default();
            let name = keys.value(at);
            let place = recent.get_or_find(name, |name| places.get(name).copied());
            if let Some(column) = place.and_then(|place| moved.get_mut(place)) {
                // Of a name that is there twice the first value counts.
                if column.len() <= row {
                    fill(column, row);
                    column.append_value(entry);
                }
            } else if let Some(value) = values.get(at) {
                rest.keys.append_value(name);
                V::push(&mut rest.values, value);
            }
        }
        for (name, column) in extra {
            if let Some(value) = column.get(row) {
                rest.keys.append_value(name);
                V::push(&mut rest.values, value);
            }
        }
        rest.end_row();
    }
    Ok(rest.finish(V::TYPE, V::finish)?)
}

/// Adds nulls until there are that many rows.
fn fill(column: &mut Int32Builder, rows: usize) {
    column.append_nulls(rows.saturating_sub(column.len()));
}

/// What was found lately for a name: rows have much the same attributes, and comparing a name is
/// cheaper than hashing it safely.
struct Recent<'a, T>([Option<(&'a str, T)>; RECENT_NAMES]);

/// A power of two.
const RECENT_NAMES: usize = 64;

impl<T: Copy> Default for Recent<'_, T> {
    fn default() -> Self {
        Self([None; RECENT_NAMES])
    }
}

impl<'a, T: Copy> Recent<'a, T> {
    fn get_or_find(&mut self, name: &'a str, find: impl FnOnce(&'a str) -> T) -> T {
        let bytes = name.as_bytes();
        let ends = bytes.first().zip(bytes.last()).map_or(0, |(first, last)| {
            usize::from(*first).wrapping_mul(31) ^ usize::from(*last).wrapping_mul(7)
        });
        let Some(slot) = self.0.get_mut((ends ^ bytes.len()) % RECENT_NAMES) else {
            return find(name);
        };
        match slot {
            Some((known, found)) if *known == name => *found,
            _ => slot.insert((name, find(name))).1,
        }
    }
}

/// The columns of attributes that the rows have.
fn given_columns<V: Value>(rows: &RecordBatch) -> Result<Vec<(&str, V::Column<'_>)>, StoreError> {
    let schema = rows.schema_ref();
    let named = schema.fields().iter().zip(rows.columns()).filter_map(|(field, column)| {
        field.name().strip_prefix(V::PREFIX).map(|name| (name, column))
    });
    named.map(|(name, column)| Ok((name, V::column(column).ok_or_else(missing)?))).collect()
}

fn map_of<'a>(rows: &'a RecordBatch, name: &str) -> Result<&'a MapArray, StoreError> {
    let map = rows.column_by_name(name).and_then(|column| column.as_map_opt());
    map.ok_or_else(missing)
}

/// A column that every part has is not there, or is of another type.
pub(crate) fn missing() -> StoreError {
    StoreError::Parquet(damaged().into())
}

/// What an attribute may hold.
pub(crate) trait Value {
    /// The column with the values that have none of their own.
    const MAP: &'static str;
    /// What names of columns begin with.
    const PREFIX: &'static str;
    /// How values are written.
    const TYPE: DataType;
    type Item<'a>;
    type Column<'a>: Cells<Item = Self::Item<'a>>;
    type Builder: Default;

    fn column(array: &ArrayRef) -> Option<Self::Column<'_>>;
    /// Those of the values, in that order.
    fn pick(values: &ArrayRef, places: Int32Array) -> Result<ArrayRef, ArrowError>;
    fn push(builder: &mut Self::Builder, value: Self::Item<'_>);
    fn finish(builder: &mut Self::Builder) -> ArrayRef;
}

/// A column whose cells may be empty.
pub(crate) trait Cells {
    type Item;

    fn get(&self, row: usize) -> Option<Self::Item>;
}

pub(crate) struct Text;

pub(crate) struct Number;

/// A column of text.
pub(crate) enum TextColumn<'a> {
    Plain(&'a StringArray),
    Repeated(&'a Int32Array, &'a StringArray),
}

impl<'a> TextColumn<'a> {
    pub(crate) fn new(array: &'a ArrayRef) -> Option<Self> {
        match array.as_dictionary_opt::<Int32Type>() {
            Some(repeated) => {
                Some(Self::Repeated(repeated.keys(), repeated.values().as_string_opt()?))
            }
            None => array.as_string_opt().map(Self::Plain),
        }
    }
}

impl<'a> Cells for TextColumn<'a> {
    type Item = &'a str;

    fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Self::Plain(texts) => texts.is_valid(row).then(|| texts.value(row)),
            Self::Repeated(keys, texts) => {
                let key = keys.is_valid(row).then(|| keys.value(row))?;
                let key = usize::try_from(key).ok().filter(|key| *key < texts.len())?;
                Some(texts.value(key))
            }
        }
    }
}

impl Cells for &Float64Array {
    type Item = f64;

    fn get(&self, row: usize) -> Option<f64> {
        self.is_valid(row).then(|| self.value(row))
    }
}

impl Value for Text {
    const MAP: &'static str = TEXTS;
    const PREFIX: &'static str = TEXT_PREFIX;
    const TYPE: DataType = DataType::Utf8;
    type Item<'a> = &'a str;
    type Column<'a> = TextColumn<'a>;
    type Builder = StringBuilder;

    fn column(array: &ArrayRef) -> Option<TextColumn<'_>> {
        TextColumn::new(array)
    }

    /// Nothing is copied: the values serve as a dictionary.
    fn pick(values: &ArrayRef, places: Int32Array) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(DictionaryArray::try_new(places, Arc::clone(values))?))
    }

    fn push(builder: &mut StringBuilder, value: &str) {
        builder.append_value(value);
    }

    fn finish(builder: &mut StringBuilder) -> ArrayRef {
        Arc::new(builder.finish())
    }
}

impl Value for Number {
    const MAP: &'static str = NUMBERS;
    const PREFIX: &'static str = NUMBER_PREFIX;
    const TYPE: DataType = DataType::Float64;
    type Item<'a> = f64;
    type Column<'a> = &'a Float64Array;
    type Builder = Float64Builder;

    fn column(array: &ArrayRef) -> Option<&Float64Array> {
        array.as_primitive_opt::<Float64Type>()
    }

    fn pick(values: &ArrayRef, places: Int32Array) -> Result<ArrayRef, ArrowError> {
        take(values, &places, None)
    }

    fn push(builder: &mut Float64Builder, value: f64) {
        builder.append_value(value);
    }

    fn finish(builder: &mut Float64Builder) -> ArrayRef {
        Arc::new(builder.finish())
    }
}
