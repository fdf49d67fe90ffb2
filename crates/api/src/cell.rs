//! Cells of answers as JSON and as plain values.

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
