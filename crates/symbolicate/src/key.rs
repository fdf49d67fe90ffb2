//! Names of built things: they follow from what they are built of, and by which version.

use std::fmt;

use sha2::{Digest, Sha256};
use symbols::{DebugId, native, source_map};

/// The name of a built thing: a digest of the content it is built of. So what two projects have
/// uploaded alike is built once, and nobody gets at what they did not upload.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key([u8; 32]);

/// Where uploaded bytes are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Stored {
    /// SHA-256 of the whole file.
    pub blob: [u8; 32],
    /// The name within the bundle, if it is one.
    pub path: Option<String>,
}

impl Key {
    /// A built map. Without a map of its own it is the one inside the script.
    pub(crate) fn of_map(map: Option<&Stored>, script: Option<&Stored>) -> Self {
        let mut words = Words::begin("map", source_map::FORMAT_VERSION);
        words.stored(map);
        words.stored(script);
        words.end()
    }

    /// What a script says about where its map is.
    pub(crate) fn of_reference(script: &Stored) -> Self {
        let mut words = Words::begin("reference", 1);
        words.stored(Some(script));
        words.end()
    }

    /// The text of a source.
    pub(crate) fn of_source(source: &Stored) -> Self {
        let mut words = Words::begin("source", 1);
        words.stored(Some(source));
        words.end()
    }

    /// The symbols of the object in a debug file that has the id.
    pub(crate) fn of_symbols(blob: [u8; 32], debug_id: DebugId) -> Self {
        let mut words = Words::begin("symbols", native::FORMAT_VERSION);
        words.word(&blob);
        words.word(debug_id.to_string().as_bytes());
        words.end()
    }

    /// How the functions of that object keep the stack.
    pub(crate) fn of_unwind(blob: [u8; 32], debug_id: DebugId) -> Self {
        let mut words = Words::begin("unwind", native::FORMAT_VERSION);
        words.word(&blob);
        words.word(debug_id.to_string().as_bytes());
        words.end()
    }

    /// A mapping of ProGuard.
    pub(crate) fn of_mapping(blob: [u8; 32]) -> Self {
        let mut words = Words::begin("mapping", native::FORMAT_VERSION);
        words.word(&blob);
        words.end()
    }

    /// Reads 64 lower-case hex digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits: Option<Vec<u8>> = text
            .chars()
            .map(|digit| {
                let value = digit.to_digit(16).filter(|_| !digit.is_ascii_uppercase())?;
                u8::try_from(value).ok()
            })
            .collect();
        let digits = digits?;
        let (pairs, []) = digits.as_chunks::<2>() else { return None };
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        Some(Self(bytes.try_into().ok()?))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// Words that are hashed one after the other, each with its length, so that none runs into the next.
struct Words(Sha256);

impl Words {
    fn begin(kind: &str, version: u32) -> Self {
        let mut words = Self(Sha256::new());
        words.word(kind.as_bytes());
        words.word(&version.to_le_bytes());
        words
    }

    fn word(&mut self, word: &[u8]) {
        self.0.update(word.len().to_le_bytes());
        self.0.update(word);
    }

    fn stored(&mut self, stored: Option<&Stored>) {
        match stored {
            Some(Stored { blob, path }) => {
                self.word(blob);
                self.word(path.as_deref().unwrap_or_default().as_bytes());
            }
            None => self.word(b""),
        }
    }

    fn end(self) -> Key {
        Key(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(byte: u8, path: Option<&str>) -> Stored {
        Stored { blob: [byte; 32], path: path.map(str::to_owned) }
    }

    #[test]
    fn different_content_has_different_names() {
        let (a, b) = (stored(1, Some("a")), stored(1, Some("b")));
        let whole = stored(1, None);
        let keys = [
            Key::of_map(Some(&a), None),
            Key::of_map(None, Some(&a)),
            Key::of_map(Some(&a), Some(&b)),
            Key::of_map(Some(&b), Some(&a)),
            Key::of_map(Some(&whole), None),
            Key::of_reference(&a),
            Key::of_source(&a),
            Key::of_symbols([1; 32], DebugId::new(1, 0)),
            Key::of_symbols([1; 32], DebugId::new(1, 1)),
            Key::of_unwind([1; 32], DebugId::new(1, 1)),
            Key::of_mapping([1; 32]),
        ];
        let mut different = keys.to_vec();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), keys.len());
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        let key = Key::of_mapping([7; 32]);
        assert_eq!(Key::parse(&key.to_string()), Some(key));
        for other in ["", "ab", &"g".repeat(64), &"AB".repeat(32), &"ab".repeat(33)] {
            assert_eq!(Key::parse(other), None, "{other}");
        }
    }
}
