//! JSON values as text. Compact, UTF-8, keys in the order they are in.

use crate::json::{Object, Value};

/// The value as compact JSON text.
pub fn to_string(value: &Value<'_>) -> String {
    let mut out = Vec::new();
    write_value(&mut out, value);
    String::from_utf8(out).unwrap_or_default()
}

/// Appends the value as compact JSON text.
pub fn write_value(out: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::I64(number) => write_number(out, *number),
        Value::U64(number) => write_number(out, *number),
        Value::F64(number) => write_float(out, *number),
        Value::Str(text) => write_str(out, text),
        Value::Array(items) => {
            out.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                write_value(out, item);
            }
            out.push(b']');
        }
        Value::Object(object) => write_object(out, object),
    }
}

/// Appends the object as compact JSON text.
pub fn write_object(out: &mut Vec<u8>, object: &Object<'_>) {
    out.push(b'{');
    for (place, (name, value)) in object.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write_str(out, name);
        out.push(b':');
        write_value(out, value);
    }
    out.push(b'}');
}

/// Appends `text` in quotes, with what JSON forbids escaped.
pub fn write_str(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(place) = first_special(rest) {
        out.extend_from_slice(&rest[..place]);
        write_escaped(out, rest[place]);
        rest = &rest[place + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// Where the first byte is that must be escaped. Looks at eight bytes at a time: nearly all text has
/// none, and every stored event passes through here.
fn first_special(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    const HIGHS: u64 = ONES * 0x80;
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let is_special = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
    let (words, tail) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let value = u64::from_ne_bytes(*word);
        let controls = value.wrapping_sub(ONES * 0x20) & !value & HIGHS;
        let quotes = zeros(value ^ (ONES * u64::from(b'"')));
        let slashes = zeros(value ^ (ONES * u64::from(b'\\')));
        if controls | quotes | slashes != 0 {
            // Borrows between bytes can mark a harmless one, so look again.
            if let Some(place) = word.iter().position(is_special) {
                return Some(number * 8 + place);
            }
        }
    }
    tail.iter().position(is_special).map(|place| words.len() * 8 + place)
}

fn write_escaped(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        _ => {
            out.extend_from_slice(b"\\u00");
            out.push(HEX[usize::from(byte >> 4)]);
            out.push(HEX[usize::from(byte & 15)]);
        }
    }
}

fn write_number(out: &mut Vec<u8>, number: impl std::fmt::Display) {
    use std::io::Write;
    // Writing to a vector cannot fail.
    let _infallible = write!(out, "{number}");
}

/// Whole floats keep their `.0`, so that what was a float stays one when it is read again.
fn write_float(out: &mut Vec<u8>, number: f64) {
    if !number.is_finite() {
        out.extend_from_slice(b"null");
    } else if number.abs() < 1e16 && (number == 0.0 || number.abs() >= 1e-5) {
        write_number(out, format_args!("{number:?}"));
    } else {
        write_number(out, format_args!("{number:e}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &Value<'_>, expected: &str) {
        assert_eq!(to_string(value), expected);
    }

    #[test]
    fn values_become_compact_text() {
        check(&Value::Null, "null");
        check(&Value::from(-5_i64), "-5");
        check(&Value::F64(1.0), "1.0");
        check(&Value::F64(1.5e300), "1.5e300");
        check(&Value::from("a\"b\\c\nd\u{1}é"), "\"a\\\"b\\\\c\\nd\\u0001é\"");
        check(&Value::from("0123456789\"1234567\n"), "\"0123456789\\\"1234567\\n\"");
        check(&Value::from("01234567é\u{1f}ü89"), "\"01234567é\\u001fü89\"");
        check(&Value::from(vec![Value::Bool(true), Value::Null]), "[true,null]");
        let mut object = Object::new();
        object.insert("b", 1_u64);
        object.insert("a", Value::Null);
        check(&Value::Object(object), "{\"b\":1,\"a\":null}");
    }
}
