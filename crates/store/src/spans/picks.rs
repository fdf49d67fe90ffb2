//! Rows picked from several batches become one batch.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, FixedSizeBinaryArray, Int32Array, RecordBatch,
    StringBuilder,
};
use arrow::buffer::{Buffer, NullBuffer};
use arrow::compute::{concat, interleave};
use arrow::datatypes::{DataType, Int32Type, Schema, SchemaRef};
use arrow::error::ArrowError;

use super::StoreError;
use super::attributes::{Cells, Columns, TextColumn, missing};

/// Which rows: the source's place and the row in it.
pub(crate) type Pick = (usize, usize);

/// The picked rows in their order. Sources have the columns of `schema`, but their texts may be
/// dictionaries where the schema says plain; if all of a column have the same one, so has the result.
pub(crate) fn gather(
    schema: &SchemaRef,
    sources: &[&Columns],
    picks: &[Pick],
) -> Result<RecordBatch, StoreError> {
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for (place, field) in schema.fields().iter().enumerate() {
        let of_source = sources.iter().map(|columns| columns.get(place).ok_or_else(missing));
        let of_source = of_source.collect::<Result<Vec<&ArrayRef>, _>>()?;
        let column: ArrayRef = match field.data_type() {
            DataType::Utf8 => texts(&of_source, picks)?,
            DataType::FixedSizeBinary(bytes) => Arc::new(ids(&of_source, picks, *bytes)?),
            _ => {
                let of_source: Vec<&dyn Array> = of_source.into_iter().map(AsRef::as_ref).collect();
                interleave(&of_source, picks)?
            }
        };
        fields.push(field.as_ref().clone().with_data_type(column.data_type().clone()));
        columns.push(column);
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// Gives the texts of each column one dictionary for all sources, so that picking rows copies no text.
/// Dictionaries are joined, and a text may be there as often as sources have it.
pub(crate) fn share_texts(schema: &SchemaRef, sources: &mut [Columns]) -> Result<(), StoreError> {
    let mut joined = Joined::default();
    for (place, field) in schema.fields().iter().enumerate() {
        if *field.data_type() != DataType::Utf8 {
            continue;
        }
        let of_source = sources.iter().map(|columns| columns.get(place).ok_or_else(missing));
        let of_source = of_source.collect::<Result<Vec<&ArrayRef>, _>>()?;
        // Columns of attributes follow one another, and share the values of the map they come from.
        if !joined.serves(&of_source) {
            joined = Joined::of(&of_source)?;
        }
        let shared = of_source.iter().zip(&joined.starts);
        let shared = shared.map(|(column, start)| joined.with_texts(column, *start));
        let shared = shared.collect::<Result<Vec<_>, _>>()?;
        for (columns, column) in sources.iter_mut().zip(shared) {
            if let Some(slot) = columns.get_mut(place) {
                *slot = column;
            }
        }
    }
    Ok(())
}

/// The dictionaries of a column in several sources as one.
#[derive(Default)]
struct Joined {
    /// Those it was made of; `None` where a source has no texts.
    parts: Vec<Option<ArrayRef>>,
    /// Where each begins.
    starts: Vec<i32>,
    texts: Option<ArrayRef>,
}

impl Joined {
    fn of(columns: &[&ArrayRef]) -> Result<Self, StoreError> {
        let parts: Vec<Option<ArrayRef>> =
            columns.iter().map(|column| dictionary(column).cloned()).collect();
        let (mut starts, mut end) = (Vec::with_capacity(parts.len()), 0_usize);
        for part in &parts {
            starts.push(i32::try_from(end).map_err(too_large)?);
            end += part.as_ref().map_or(0, Array::len);
        }
        i32::try_from(end).map_err(too_large)?;
        let texts: Vec<&dyn Array> = parts.iter().flatten().map(AsRef::as_ref).collect();
        let texts = if texts.is_empty() { None } else { Some(concat(&texts)?) };
        Ok(Self { parts, starts, texts })
    }

    /// Whether it was made of the dictionaries of these.
    fn serves(&self, columns: &[&ArrayRef]) -> bool {
        let parts = self.parts.iter().zip(columns);
        self.parts.len() == columns.len()
            && parts.into_iter().all(|(part, column)| match (part, dictionary(column)) {
                (_, None) => true,
                (Some(part), Some(texts)) => Arc::ptr_eq(part, texts),
                (None, Some(_)) => false,
            })
    }

    /// The column with all texts for its dictionary, its own being from `start` on.
    fn with_texts(&self, column: &ArrayRef, start: i32) -> Result<ArrayRef, StoreError> {
        let Some(texts) = &self.texts else { return Ok(Arc::clone(column)) };
        let places = match column.as_dictionary_opt::<Int32Type>() {
            Some(column) => column.keys().unary(|place| place + start),
            None if column.null_count() == column.len() => Int32Array::new_null(column.len()),
            None => return Ok(Arc::clone(column)),
        };
        Ok(Arc::new(DictionaryArray::try_new(places, Arc::clone(texts))?))
    }
}

fn dictionary(column: &ArrayRef) -> Option<&ArrayRef> {
    column.as_dictionary_opt::<Int32Type>().map(DictionaryArray::values)
}

/// More texts than places have numbers.
fn too_large(_: std::num::TryFromIntError) -> ArrowError {
    ArrowError::DictionaryKeyOverflowError
}

/// Arrow has no way of its own for these: its general one takes several times as long.
fn ids(
    sources: &[&ArrayRef],
    picks: &[Pick],
    bytes: i32,
) -> Result<FixedSizeBinaryArray, StoreError> {
    let sources = sources.iter().map(|array| array.as_fixed_size_binary_opt().ok_or_else(missing));
    let sources = sources.collect::<Result<Vec<_>, _>>()?;
    let width = usize::try_from(bytes).unwrap_or_default();
    let mut values = Vec::with_capacity(picks.len() * width);
    for (source, row) in picks {
        let all = sources.get(*source).ok_or_else(missing)?.value_data();
        let id = all.get(row * width..(row + 1) * width).ok_or_else(missing)?;
        values.extend_from_slice(id);
    }
    let has_nulls = sources.iter().any(|source| source.null_count() > 0);
    let is_valid =
        |(source, row): &Pick| sources.get(*source).is_some_and(|source| source.is_valid(*row));
    let nulls = has_nulls.then(|| picks.iter().map(is_valid).collect::<NullBuffer>());
    Ok(FixedSizeBinaryArray::try_new(bytes, Buffer::from(values), nulls)?)
}

fn texts(sources: &[&ArrayRef], picks: &[Pick]) -> Result<ArrayRef, StoreError> {
    let mut dictionaries = sources.iter().map(|column| dictionary(column));
    if let Some(first) = dictionaries.next().flatten()
        && dictionaries.all(|other| other.is_some_and(|other| Arc::ptr_eq(first, other)))
    {
        let places = sources.iter().filter_map(|column| column.as_dictionary_opt::<Int32Type>());
        let places: Vec<&dyn Array> = places.map(|column| column.keys() as &dyn Array).collect();
        let places = interleave(&places, picks)?.as_primitive::<Int32Type>().clone();
        return Ok(Arc::new(DictionaryArray::try_new(places, Arc::clone(first))?));
    }
    let sources = sources.iter().map(|array| TextColumn::new(array).ok_or_else(missing));
    let sources = sources.collect::<Result<Vec<_>, _>>()?;
    let picked = picks.iter().map(|(source, row)| sources.get(*source)?.get(*row));
    let picked: Vec<Option<&str>> = picked.collect();
    let bytes = picked.iter().flatten().map(|text| text.len()).sum();
    let mut texts = StringBuilder::with_capacity(picks.len(), bytes);
    for text in picked {
        texts.append_option(text);
    }
    Ok(Arc::new(texts.finish()))
}
