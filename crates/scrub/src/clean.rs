//! What programs say again and again: attributes that the rules had nothing to say about.
//!
//! A batch of spans has the same few names on every span, and for most the same values. To compare one
//! with what was seen lately takes a tenth of the time that reading it for secrets takes.

use model::json::Value;

/// Attributes that are remembered; a power of two.
const PLACES: usize = 256;
/// Bytes of an attribute that is remembered; longer ones are hardly repeated.
const ATTRIBUTE_BYTES_MAX: usize = 256;
/// Bytes of all of them, from which on everything is forgotten.
const BYTES_MAX: usize = 64 * 1024;

/// Names with values. What was found clean at one place of the schema by one scrubber is clean there
/// every time.
#[derive(Debug)]
pub(crate) struct Clean {
    places: [Remembered; PLACES],
    /// Names and values one after the other.
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Remembered {
    kind: Kind,
    start: usize,
    name_bytes: usize,
    value_bytes: usize,
}

/// What a value is, since the bytes of a number may be those of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nothing,
    Text,
    Bool,
    Signed,
    Unsigned,
    Float,
}

/// A value as bytes, and what they are. `None` for what is not remembered.
struct Seen<'v> {
    kind: Kind,
    text: &'v [u8],
    number: [u8; 8],
}

impl<'v> Seen<'v> {
    fn of(value: &'v Value<'_>) -> Option<Self> {
        let number = |kind, number: u64| Self { kind, text: &[], number: number.to_le_bytes() };
        Some(match value {
            Value::Str(text) => Self { kind: Kind::Text, text: text.as_bytes(), number: [0; 8] },
            Value::Bool(value) => number(Kind::Bool, u64::from(*value)),
            Value::I64(value) => number(Kind::Signed, value.cast_unsigned()),
            Value::U64(value) => number(Kind::Unsigned, *value),
            Value::F64(value) => number(Kind::Float, value.to_bits()),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        })
    }

    fn bytes(&self) -> &[u8] {
        if self.kind == Kind::Text { self.text } else { &self.number }
    }
}

impl Default for Clean {
    fn default() -> Self {
        let nothing = Remembered { kind: Kind::Nothing, start: 0, name_bytes: 0, value_bytes: 0 };
        Self { places: [nothing; PLACES], bytes: Vec::new() }
    }
}

impl Clean {
    /// Whether that value was found clean under that name.
    pub(crate) fn has(&self, name: &str, value: &Value<'_>) -> bool {
        let Some(seen) = Seen::of(value) else { return false };
        let (kind, value) = (seen.kind, seen.bytes());
        let known = &self.places[place(name, value)];
        let (name_start, value_start) = (known.start, known.start + known.name_bytes);
        known.kind == kind
            && (known.name_bytes, known.value_bytes) == (name.len(), value.len())
            && self.bytes.get(name_start..value_start) == Some(name.as_bytes())
            && self.bytes.get(value_start..value_start + known.value_bytes) == Some(value)
    }

    /// Remembers that it is.
    pub(crate) fn add(&mut self, name: &str, value: &Value<'_>) {
        let Some(seen) = Seen::of(value) else { return };
        let (kind, value) = (seen.kind, seen.bytes());
        if name.len() + value.len() > ATTRIBUTE_BYTES_MAX {
            return;
        }
        if self.bytes.len() > BYTES_MAX {
            *self = Self { bytes: std::mem::take(&mut self.bytes), ..Self::default() };
            self.bytes.clear();
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(value);
        let (name_bytes, value_bytes) = (name.len(), value.len());
        self.places[place(name, value)] = Remembered { kind, start, name_bytes, value_bytes };
    }
}

/// Where it is if it is anywhere.
fn place(name: &str, value: &[u8]) -> usize {
    let hash = mix(mix(0, name.as_bytes()), value);
    usize::try_from(hash >> 32).unwrap_or_default() % PLACES
}

/// Cheap: who makes values collide only makes them be read again.
fn mix(seed: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let last = rest.iter().fold(1, |word, byte| word << 8 | u64::from(*byte));
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    words
        .chain([last])
        .fold(seed, |hash, word| (hash.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_the_same_is_known() {
        let mut clean = Clean::default();
        let text = |text: &'static str| Value::from(text);
        for (name, value) in [("a", text("b")), ("ab", text("")), ("n", Value::U64(0x62))] {
            assert!(!clean.has(name, &value));
            clean.add(name, &value);
            assert!(clean.has(name, &value));
        }
        assert!(!clean.has("", &text("ab")));
        assert!(!clean.has("a", &text("c")));
        assert!(!clean.has("n", &text("b\0\0\0\0\0\0\0")));
        assert!(!clean.has("n", &Value::F64(f64::from_bits(0x62))));
        assert!(!clean.has("n", &Value::Null));
    }

    #[test]
    fn much_is_forgotten_and_nothing_mistaken() {
        let mut clean = Clean::default();
        for number in 0..20_000_u64 {
            let value = Value::from(format!("value {number}"));
            assert!(!clean.has("name", &value));
            clean.add("name", &value);
            assert!(clean.has("name", &value));
        }
        assert!(clean.bytes.len() <= BYTES_MAX + ATTRIBUTE_BYTES_MAX);
    }
}
