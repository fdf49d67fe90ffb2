//! Single values: what counts as a level, an id, an address, a number.

use std::borrow::Cow;
use std::net::IpAddr;

use model::id::{EventId, SpanId, TraceId};
use model::json::Value;
use model::json_text;

use super::schema::Id;

/// Says what the sender should have sent.
type Converted = Result<(), &'static str>;

/// A bound below which every whole number is exact in JSON.
const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;

/// A string; numbers are printed (fractions cut off), truth values as Python prints them, because
/// that is what the oldest SDKs sent.
pub(super) fn lenient(value: &mut Value<'_>) -> Converted {
    let text = match value {
        Value::Str(_) => return Ok(()),
        Value::Bool(true) => Cow::Borrowed("True"),
        Value::Bool(false) => Cow::Borrowed("False"),
        Value::U64(number) => Cow::Owned(number.to_string()),
        Value::I64(number) => Cow::Owned(number.to_string()),
        Value::F64(number) if number.abs() < EXACT_BELOW => Cow::Owned(number.trunc().to_string()),
        Value::F64(_) => return Err("expected a number with JSON precision"),
        _ => return Err("expected a primitive value"),
    };
    *value = Value::Str(text);
    Ok(())
}

/// A string; anything else becomes its JSON text.
pub(super) fn json_text(value: &mut Value<'_>) {
    if !matches!(value, Value::Str(_) | Value::Null) {
        *value = Value::from(json_text::to_string(value));
    }
}

/// Takes off the space around a text, without copying where it is borrowed.
pub(super) fn trim(text: &mut Cow<'_, str>) {
    match text {
        Cow::Borrowed(borrowed) => *borrowed = borrowed.trim(),
        Cow::Owned(owned) if owned.trim().len() != owned.len() => *owned = owned.trim().to_owned(),
        Cow::Owned(_) => {}
    }
}

/// True for `null`, empty text and containers without entries.
pub(super) fn is_empty(value: &Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Str(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    }
}

pub(super) fn boolean(value: &mut Value<'_>) -> Converted {
    if matches!(value, Value::Bool(_)) { Ok(()) } else { Err("expected a boolean") }
}

pub(super) fn unsigned(value: &mut Value<'_>) -> Converted {
    match value {
        Value::U64(_) => Ok(()),
        Value::F64(number) if (0.0..EXACT_BELOW).contains(number) => {
            *value = Value::U64(whole(*number).unsigned_abs());
            Ok(())
        }
        _ => Err("expected an unsigned integer"),
    }
}

pub(super) fn signed(value: &mut Value<'_>) -> Converted {
    match value {
        Value::I64(_) => Ok(()),
        Value::U64(number) if i64::try_from(*number).is_ok() => Ok(()),
        Value::F64(number) if number.abs() < EXACT_BELOW => {
            *value = Value::from(whole(*number));
            Ok(())
        }
        _ => Err("expected a signed integer"),
    }
}

/// The whole part of a number that is smaller than [`EXACT_BELOW`].
#[expect(clippy::cast_possible_truncation, reason = "cutting the fraction off is the purpose")]
fn whole(number: f64) -> i64 {
    number as i64
}

pub(super) fn float(value: &mut Value<'_>) -> Converted {
    match value.as_f64() {
        Some(number) => {
            *value = Value::F64(number);
            Ok(())
        }
        None => Err("expected a floating point number"),
    }
}

/// A severity by its name or Python's number for it. The error text is empty for other numbers.
pub(super) fn level(value: &mut Value<'_>) -> Converted {
    let name = match value {
        Value::Str(text) => match text.as_ref() {
            "debug" => "debug",
            "info" | "log" => "info",
            "warning" => "warning",
            "error" => "error",
            "fatal" | "critical" => "fatal",
            _ => return Err("invalid level"),
        },
        Value::U64(10) => "debug",
        Value::U64(20) => "info",
        Value::U64(30) => "warning",
        Value::U64(40) => "error",
        Value::U64(50) => "fatal",
        Value::U64(_) | Value::I64(_) => return Err(""),
        _ => return Err("expected a level"),
    };
    *value = Value::from(name);
    Ok(())
}

/// Span statuses in the order of their gRPC codes.
pub(crate) const SPAN_STATUSES: [&str; 17] = [
    "ok",
    "cancelled",
    "unknown",
    "invalid_argument",
    "deadline_exceeded",
    "not_found",
    "already_exists",
    "permission_denied",
    "resource_exhausted",
    "failed_precondition",
    "aborted",
    "out_of_range",
    "unimplemented",
    "internal_error",
    "unavailable",
    "data_loss",
    "unauthenticated",
];

/// A span status by its name, an old name, or its gRPC code. Texts nobody knows are `unknown`.
pub(crate) fn span_status(value: &mut Value<'_>) -> Converted {
    let known = |name: &str| SPAN_STATUSES.iter().find(|known| **known == name).copied();
    let name = match value {
        Value::Str(text) => match text.as_ref() {
            "success" => "ok",
            "failure" | "unknown_error" => "internal_error",
            other => known(other).unwrap_or("unknown"),
        },
        Value::U64(code) => usize::try_from(*code)
            .ok()
            .and_then(|code| SPAN_STATUSES.get(code).copied())
            .ok_or("expected a span status")?,
        _ => return Err("expected a span status"),
    };
    *value = Value::from(name);
    Ok(())
}

pub(super) fn ip(value: &mut Value<'_>) -> Converted {
    match value.as_str() {
        Some(text) if text == "{{auto}}" || text.parse::<IpAddr>().is_ok() => Ok(()),
        _ => Err("expected an ip address"),
    }
}

pub(super) fn thread_id(value: &mut Value<'_>) -> Converted {
    match value {
        Value::Str(_) | Value::U64(_) => Ok(()),
        Value::I64(number) => {
            *value = Value::U64(number.cast_unsigned());
            Ok(())
        }
        _ => Err("expected a thread id"),
    }
}

/// An address as `0x` and hex digits, or as a number in text or JSON; stored as the former.
pub(super) fn address(value: &mut Value<'_>) -> Converted {
    let number = match value {
        Value::U64(number) => *number,
        Value::I64(number) => number.cast_unsigned(),
        Value::Str(text) => match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(hex) => u64::from_str_radix(hex, 16),
            None => text.parse(),
        }
        .or(Err("invalid digit found in string"))?,
        _ => return Err("expected an address"),
    };
    *value = Value::from(format!("{number:#x}"));
    Ok(())
}

/// An id in its canonical form.
pub(super) fn id(value: &mut Value<'_>, form: Id) -> Converted {
    let (kind_wrong, text_wrong) = match form {
        Id::Event => ("expected event id", "not a valid event id"),
        Id::Trace => ("expected trace id", "not a valid trace id"),
        Id::Span => ("expected span id", "not a valid span id"),
        Id::Uuid => ("expected a uuid", "not a valid uuid"),
        Id::Debug => ("expected a debug identifier", "invalid debug identifier"),
        Id::Code => ("expected a code identifier", "invalid code identifier"),
    };
    let text = value.as_str().ok_or(kind_wrong)?;
    let canonical = match form {
        Id::Event => EventId::parse(text).ok().map(|id| id.to_string()),
        Id::Trace => TraceId::parse(text).ok().map(|id| id.to_string()),
        Id::Span => SpanId::parse(text).ok().filter(|id| !id.is_nil()).map(|id| id.to_string()),
        Id::Uuid => EventId::parse(text).ok().map(|id| dashed(&id)),
        Id::Debug => debug_id(text),
        Id::Code => code_id(text),
    }
    .ok_or(text_wrong)?;
    if canonical != text {
        *value = Value::from(canonical);
    }
    Ok(())
}

fn dashed(id: &EventId) -> String {
    let hex = id.to_string();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// A UUID, then perhaps an age: up to eight hex digits that count how often the program was linked.
fn debug_id(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|char| *char != '-').collect();
    let (uuid, age) = digits.split_at_checked(32)?;
    let uuid = dashed(&EventId::parse(uuid).ok()?);
    match age {
        "" => Some(uuid),
        _ => match u32::from_str_radix(age, 16).ok()? {
            0 => Some(uuid),
            age => Some(format!("{uuid}-{age:x}")),
        },
    }
}

fn code_id(text: &str) -> Option<String> {
    let hex: String = text.chars().filter(|char| *char != '-').collect();
    hex.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| hex.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_ids_have_dashes_and_sometimes_an_age() {
        let plain = "5819ff25-01cb-3d32-b84f-0634b37d3bbc";
        for (text, expected) in [
            ("5819FF2501CB3D32B84F0634B37D3BBC", Some(plain.to_owned())),
            ("5819FF2501CB3D32B84F0634B37D3BBCa", Some(format!("{plain}-a"))),
            ("5819FF25-01CB-3D32-B84F-0634B37D3BBC-0", Some(plain.to_owned())),
            ("5819FF25", None),
            ("", None),
        ] {
            assert_eq!(debug_id(text), expected, "{text}");
        }
    }

    #[test]
    fn addresses_are_written_in_hex() {
        for (value, expected) in [
            (Value::from("0xFF"), Ok("0xff")),
            (Value::from("16"), Ok("0x10")),
            (Value::U64(0), Ok("0x0")),
            (Value::from("zz"), Err("invalid digit found in string")),
            (Value::Bool(true), Err("expected an address")),
        ] {
            let mut value = value;
            let result = address(&mut value);
            assert_eq!(result.map(|()| value.as_str().unwrap_or_default()), expected);
        }
    }
}
