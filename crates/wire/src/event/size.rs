//! How large a value is as JSON, estimated quickly: enough to keep budgets.

use model::json::Value;

/// Bytes of the value itself as JSON, without what is inside it.
pub(super) fn flat(value: &Value<'_>) -> usize {
    match value {
        Value::Null => 0,
        Value::Bool(true) => 4,
        Value::Bool(false) => 5,
        Value::I64(number) => 1 + digits(number.unsigned_abs()),
        Value::U64(number) => digits(*number),
        Value::F64(_) => 8,
        Value::Str(text) => text.len() + 2,
        Value::Array(_) | Value::Object(_) => 2,
    }
}

/// True when the value takes no more than `bytes_max` bytes.
pub(super) fn at_most(value: &Value<'_>, bytes_max: usize) -> bool {
    spend(value, bytes_max).is_some()
}

/// What is left of `room` after the value; `None` when it does not fit. The depth of the walk is
/// that of the parsed JSON, which is bounded.
fn spend(value: &Value<'_>, room: usize) -> Option<usize> {
    let room = room.checked_sub(flat(value))?;
    match value {
        Value::Array(items) => {
            items.iter().try_fold(room, |room, item| spend(item, room)?.checked_sub(1))
        }
        Value::Object(object) => object
            .iter()
            .try_fold(room, |room, (name, item)| spend(item, room)?.checked_sub(name.len() + 4)),
        _ => Some(room),
    }
}

fn digits(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |log| usize::try_from(log).unwrap_or(0) + 1)
}
