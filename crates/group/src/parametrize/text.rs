//! Where words and numbers begin and end.

/// An ASCII letter, digit or underscore.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether the character before `at` belongs to a word, in any script.
pub(super) fn is_word_before(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    match at.checked_sub(1).map(|before| bytes[before]) {
        None => false,
        Some(byte) if byte.is_ascii() => is_word(byte),
        Some(_) => {
            text.get(..at).and_then(|before| before.chars().next_back()).is_some_and(is_letter)
        }
    }
}

/// Whether the character at `at` belongs to a word, in any script.
pub(super) fn is_word_at(text: &str, at: usize) -> bool {
    match text.as_bytes().get(at) {
        None => false,
        Some(byte) if byte.is_ascii() => is_word(*byte),
        Some(_) => text.get(at..).and_then(|rest| rest.chars().next()).is_some_and(is_letter),
    }
}

fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric()
}

/// Where the ASCII word ends that begins at `at`.
pub(super) fn word_end(text: &str, at: usize) -> usize {
    let bytes = &text.as_bytes()[at..];
    at + bytes.iter().position(|byte| !is_word(*byte)).unwrap_or(bytes.len())
}

/// How many digits the bytes begin with.
pub(super) fn digits(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len())
}
