//! Cells of answers as JSON and as plain values.

use std::cmp::Ordering;

use lang::ask::Cell;
use serde_json::Value;

use crate::time;

/// A cell as JSON; moments as ISO text.
pub fn json(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::U64(number) => Value::from(*number),
        Cell::F64(number) => Value::from(*number),
        Cell::Bool(value) => Value::from(*value),
        Cell::Time(moment) => Value::from(time::iso(*moment)),
        // No column that is shown as it is has one.
        Cell::Histogram(_) => Value::Null,
    }
}

/// A whole number, also from text, as ids may come.
pub fn number(cell: &Cell) -> Option<u64> {
    match cell {
        Cell::U64(number) => Some(*number),
        Cell::Text(text) => text.parse().ok(),
        Cell::Time(moment) => Some(moment.0),
        _ => None,
    }
}

/// Any number.
pub fn any_number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::F64(number) => Some(*number),
        other => number(other).map(float),
    }
}

/// A whole number as one that need not be.
#[expect(clippy::cast_precision_loss, reason = "shown to people, who do not miss the 53rd bit")]
pub fn float(number: u64) -> f64 {
    number as f64
}

/// The nearest whole number; 0 below it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "such casts stop at the ends of the range, which is what is wanted"
)]
pub fn whole(number: f64) -> u64 {
    number.round() as u64
}

/// Nothing first, then by value.
pub fn compare(left: &Cell, right: &Cell) -> Ordering {
    match (left, right) {
        (Cell::Text(left), Cell::Text(right)) => left.cmp(right),
        (Cell::Bool(left), Cell::Bool(right)) => left.cmp(right),
        (left, right) => {
            let (left, right) = (any_number(left), any_number(right));
            left.partial_cmp(&right).unwrap_or(Ordering::Equal)
        }
    }
}

/// The text; empty for everything else.
pub fn text(cell: &Cell) -> &str {
    match cell {
        Cell::Text(text) => text,
        _ => "",
    }
}

/// The moment; the beginning of time for everything else.
pub fn moment(cell: &Cell) -> model::clock::Micros {
    match cell {
        Cell::Time(moment) => *moment,
        Cell::U64(number) => model::clock::Micros(*number),
        _ => model::clock::Micros(0),
    }
}
