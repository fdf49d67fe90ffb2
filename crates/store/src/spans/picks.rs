//! Rows picked from several batches become one batch.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeBinaryArray, RecordBatch, StringArray, StringBuilder,
};
use arrow::buffer::{Buffer, NullBuffer};
use arrow::compute::interleave;
use arrow::datatypes::{DataType, SchemaRef};

use super::StoreError;
use super::attributes::{Cells, Columns, TextColumn, missing};

/// Which rows: the source's place and the row in it.
pub(crate) type Pick = (usize, usize);

/// The picked rows in their order. Sources have the columns of `schema`, but their texts may be
/// dictionaries where the schema says plain.
pub(crate) fn gather(
    schema: &SchemaRef,
    sources: &[&Columns],
    picks: &[Pick],
) -> Result<RecordBatch, StoreError> {
    let columns = schema.fields().iter().enumerate().map(|(place, field)| {
        let of_source = sources.iter().map(|columns| columns.get(place).ok_or_else(missing));
        let of_source = of_source.collect::<Result<Vec<&ArrayRef>, _>>()?;
        match field.data_type() {
            DataType::Utf8 => return Ok(Arc::new(texts(&of_source, picks)?) as ArrayRef),
            DataType::FixedSizeBinary(bytes) => {
                return Ok(Arc::new(ids(&of_source, picks, *bytes)?) as ArrayRef);
            }
            _ => {}
        }
        let of_source: Vec<&dyn Array> = of_source.into_iter().map(AsRef::as_ref).collect();
        Ok(interleave(&of_source, picks)?)
    });
    let columns = columns.collect::<Result<Vec<_>, StoreError>>()?;
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
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

fn texts(sources: &[&ArrayRef], picks: &[Pick]) -> Result<StringArray, StoreError> {
    let sources = sources.iter().map(|array| TextColumn::new(array).ok_or_else(missing));
    let sources = sources.collect::<Result<Vec<_>, _>>()?;
    let picked = picks.iter().map(|(source, row)| sources.get(*source)?.get(*row));
    let picked: Vec<Option<&str>> = picked.collect();
    let bytes = picked.iter().flatten().map(|text| text.len()).sum();
    let mut texts = StringBuilder::with_capacity(picks.len(), bytes);
    for text in picked {
        texts.append_option(text);
    }
    Ok(texts.finish())
}
