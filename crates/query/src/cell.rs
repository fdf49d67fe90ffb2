//! From Arrow's columns to cells.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, UInt64Type};
use arrow::error::ArrowError;
use lang::ask::Cell;
use model::clock::Micros;
use model::sketch::Sketch;

use crate::field::Shape;
use crate::pattern::hex;

/// The rows of a batch; its first columns have these shapes, further ones are left out.
pub(crate) fn rows(batch: &RecordBatch, shapes: &[Shape]) -> Result<Vec<Vec<Cell>>, ArrowError> {
    let mut rows: Vec<Vec<Cell>> =
        (0..batch.num_rows()).map(|_| Vec::with_capacity(shapes.len())).collect();
    for (column, shape) in batch.columns().iter().zip(shapes) {
        let column = plain(column, *shape)?;
        for (place, row) in rows.iter_mut().enumerate() {
            row.push(cell(&column, place, *shape));
        }
    }
    Ok(rows)
}

/// The column in the one type that its shape is read from.
fn plain(column: &ArrayRef, shape: Shape) -> Result<ArrayRef, ArrowError> {
    let data_type = match shape {
        Shape::Text => DataType::Utf8,
        Shape::Whole | Shape::Hash => DataType::UInt64,
        Shape::Number | Shape::Millis => DataType::Float64,
        Shape::Time => DataType::Int64,
        Shape::Truth => DataType::Boolean,
        Shape::Id(_) | Shape::Histogram => return Ok(ArrayRef::clone(column)),
    };
    cast(column, &data_type)
}

fn cell(column: &ArrayRef, place: usize, shape: Shape) -> Cell {
    if column.is_null(place) {
        return Cell::Null;
    }
    match shape {
        Shape::Text => match column.as_string::<i32>().value(place) {
            "" => Cell::Null,
            text => Cell::Text(text.to_owned()),
        },
        Shape::Id(_) => Cell::Text(hex(column.as_fixed_size_binary().value(place))),
        Shape::Hash => match column.as_primitive::<UInt64Type>().value(place) {
            0 => Cell::Null,
            hash => Cell::Text(hex(&hash.to_be_bytes())),
        },
        Shape::Whole => Cell::U64(column.as_primitive::<UInt64Type>().value(place)),
        Shape::Number | Shape::Millis => {
            Cell::F64(column.as_primitive::<Float64Type>().value(place))
        }
        Shape::Time => {
            let micros = column.as_primitive::<Int64Type>().value(place);
            Cell::Time(Micros(u64::try_from(micros).unwrap_or_default()))
        }
        Shape::Truth => Cell::Bool(column.as_boolean().value(place)),
        Shape::Histogram => {
            let mut sketch = Sketch::default();
            sketch.merge_encoded(column.as_binary::<i32>().value(place));
            Cell::Histogram(sketch)
        }
    }
}
