//! `MessagePack`, in which Sentry's native SDK leaves an event beside a minidump.
//!
//! Source: the `MessagePack` specification, <https://github.com/msgpack/msgpack/blob/master/spec.md>.

use model::json::{Object, Value};
use model::limits::{JSON_DEPTH_MAX, JSON_NODES_MAX};

/// Bytes are not `MessagePack`, or too much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessagePackError {
    /// The bytes end before a value does.
    #[error("MessagePack ends early")]
    Early,
    /// A value starts with a byte that means nothing, or a name is not a name.
    #[error("not MessagePack")]
    Malformed,
    /// Nested too deep, or too many values.
    #[error("MessagePack with too many values, or nested too deep")]
    TooMuch,
}

/// Reads all values that follow each other.
///
/// # Errors
/// When one of them cannot be read.
pub fn read_all(bytes: &[u8]) -> Result<Vec<Value<'static>>, MessagePackError> {
    let mut reader = Reader { rest: bytes, nodes_left: JSON_NODES_MAX };
    let mut values = Vec::new();
    while !reader.rest.is_empty() {
        values.push(reader.value(0)?);
    }
    Ok(values)
}

struct Reader<'b> {
    rest: &'b [u8],
    nodes_left: usize,
}

impl<'b> Reader<'b> {
    fn value(&mut self, depth: usize) -> Result<Value<'static>, MessagePackError> {
        self.nodes_left = self.nodes_left.checked_sub(1).ok_or(MessagePackError::TooMuch)?;
        if depth > JSON_DEPTH_MAX {
            return Err(MessagePackError::TooMuch);
        }
        let [first] = self.take::<1>()?;
        Ok(match first {
            0x00..=0x7f => Value::U64(first.into()),
            0x80..=0x8f => self.map(u32::from(first & 0x0f), depth)?,
            0x90..=0x9f => self.list(u32::from(first & 0x0f), depth)?,
            0xa0..=0xbf => self.text(u32::from(first & 0x1f))?,
            0xc0 => Value::Null,
            0xc1 => return Err(MessagePackError::Malformed),
            0xc2 => Value::Bool(false),
            0xc3 => Value::Bool(true),
            // Bytes, and values of types that only their writer knows: JSON has no word for them.
            0xc4..=0xc6 => {
                let len = self.len(1 << (first - 0xc4))?;
                self.skip(len)?
            }
            0xc7..=0xc9 => {
                let len = self.len(1 << (first - 0xc7))?;
                self.skip(len.saturating_add(1))?
            }
            0xca => Value::from(f64::from(f32::from_be_bytes(self.take()?))),
            0xcb => Value::from(f64::from_be_bytes(self.take()?)),
            0xcc => Value::U64(u8::from_be_bytes(self.take()?).into()),
            0xcd => Value::U64(u16::from_be_bytes(self.take()?).into()),
            0xce => Value::U64(u32::from_be_bytes(self.take()?).into()),
            0xcf => Value::U64(u64::from_be_bytes(self.take()?)),
            0xd0 => Value::from(i64::from(i8::from_be_bytes(self.take()?))),
            0xd1 => Value::from(i64::from(i16::from_be_bytes(self.take()?))),
            0xd2 => Value::from(i64::from(i32::from_be_bytes(self.take()?))),
            0xd3 => Value::from(i64::from_be_bytes(self.take()?)),
            0xd4..=0xd8 => self.skip((1 << (first - 0xd4)) + 1)?,
            0xd9..=0xdb => {
                let len = self.len(1 << (first - 0xd9))?;
                self.text(len)?
            }
            0xdc | 0xdd => {
                let len = self.len(2 << (first - 0xdc))?;
                self.list(len, depth)?
            }
            0xde | 0xdf => {
                let len = self.len(2 << (first - 0xde))?;
                self.map(len, depth)?
            }
            0xe0..=0xff => Value::from(i64::from(first.cast_signed())),
        })
    }

    fn list(&mut self, len: u32, depth: usize) -> Result<Value<'static>, MessagePackError> {
        // Room is made as values come, because the length is only said.
        let mut items = Vec::new();
        for _ in 0..len {
            items.push(self.value(depth + 1)?);
        }
        Ok(Value::Array(items))
    }

    fn map(&mut self, len: u32, depth: usize) -> Result<Value<'static>, MessagePackError> {
        let mut object = Object::new();
        for _ in 0..len {
            let name = match self.value(depth + 1)? {
                Value::Str(name) => name.into_owned(),
                Value::U64(number) => number.to_string(),
                Value::I64(number) => number.to_string(),
                _ => return Err(MessagePackError::Malformed),
            };
            object.push(name, self.value(depth + 1)?);
        }
        Ok(Value::Object(object))
    }

    fn text(&mut self, len: u32) -> Result<Value<'static>, MessagePackError> {
        Ok(Value::text(String::from_utf8_lossy(self.bytes(len)?).into_owned()))
    }

    fn skip(&mut self, len: u32) -> Result<Value<'static>, MessagePackError> {
        self.bytes(len).map(|_| Value::Null)
    }

    /// A length of 1, 2 or 4 bytes.
    fn len(&mut self, bytes: u32) -> Result<u32, MessagePackError> {
        let bytes = self.bytes(bytes)?;
        Ok(bytes.iter().fold(0, |len, byte| len << 8 | u32::from(*byte)))
    }

    fn bytes(&mut self, len: u32) -> Result<&'b [u8], MessagePackError> {
        let len = usize::try_from(len).or(Err(MessagePackError::Early))?;
        let (bytes, rest) = self.rest.split_at_checked(len).ok_or(MessagePackError::Early)?;
        self.rest = rest;
        Ok(bytes)
    }

    fn take<const LEN: usize>(&mut self) -> Result<[u8; LEN], MessagePackError> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(MessagePackError::Early)?;
        self.rest = rest;
        Ok(*bytes)
    }
}

#[cfg(test)]
mod tests {
    use model::json_text;
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let shown = match read_all(bytes) {
            Ok(values) => json_text::to_string(&Value::Array(values)),
            Err(problem) => problem.to_string(),
        };
        assert_eq!(shown, expected, "{bytes:x?}");
    }

    #[test]
    fn values_are_read() {
        check(b"", "[]");
        check(b"\x81\xa5level\xa5fatal", r#"[{"level":"fatal"}]"#);
        check(b"\x93\x01\xff\xc0\xc2\xc3", "[[1,-1,null],false,true]");
        check(
            b"\xcc\xff\xcd\x01\x00\xce\x00\x01\x00\x00\xcf\0\0\0\x01\0\0\0\0",
            "[255,256,65536,4294967296]",
        );
        check(
            b"\xd0\x80\xd1\xff\x00\xd2\xff\xff\xff\xff\xd3\xff\xff\xff\xff\xff\xff\xff\xfe",
            "[-128,-256,-1,-2]",
        );
        check(b"\xca\x3f\x80\x00\x00\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00", "[1.0,1.5]");
        check(b"\xd9\x01a\xda\x00\x01b\xdb\x00\x00\x00\x01c", r#"["a","b","c"]"#);
        check(b"\xdc\x00\x01\x05\xdd\x00\x00\x00\x01\x06", "[[5],[6]]");
        check(b"\xde\x00\x01\xa1a\x01\xdf\x00\x00\x00\x01\x07\x02", r#"[{"a":1},{"7":2}]"#);
        // Bytes and times say nothing, and what follows them is found.
        check(b"\xc4\x02ab\xd6\xff\x00\x00\x00\x01\xc7\x01\x05x\x09", "[null,null,null,9]");
        check(b"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00", "[null]");
        check(b"\xa2\xff\xfe", "[\"\u{fffd}\u{fffd}\"]");
    }

    #[test]
    fn what_is_broken_is_refused() {
        for early in [
            &b"\xa5ab"[..],
            b"\x92\x01",
            b"\xcf\x00",
            b"\xdd\xff\xff\xff\xff",
            b"\xc9\xff\xff\xff\xff",
        ] {
            check(early, "MessagePack ends early");
        }
        check(b"\xc1", "not MessagePack");
        check(b"\x81\x90\x01", "not MessagePack");
        check(&[0x91; 500], "MessagePack with too many values, or nested too deep");
        check(&vec![0; JSON_NODES_MAX + 1], "MessagePack with too many values, or nested too deep");
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ignored = read_all(&bytes);
        }
    }
}
