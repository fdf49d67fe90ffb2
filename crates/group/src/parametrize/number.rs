//! Ids and numbers: `<traceparent>`, `<uuid>`, hashes, `<hex>`, `<duration>`, `<float>`, `<int>`.

use super::Found;
use super::text::{digits, is_word_at, is_word_before};

/// Numbers with more digits are ids.
const INT_DIGITS_MAX: usize = 7;
/// A commit as it is usually shortened.
const GIT_SHA_DIGITS: usize = 7;
/// Fewer hex digits could be a word, more are data.
const HEX_DIGITS: std::ops::RangeInclusive<usize> = 8..=128;

/// Trace headers, UUIDs and hashes that begin at `at`; the word there ends at `word_end`.
pub(super) fn long_id(text: &str, at: usize, word_end: usize) -> Option<Found> {
    let bytes = &text.as_bytes()[at..];
    let found = |placeholder, length: usize| {
        (!is_word_at(text, at + length)).then_some((placeholder, at + length))
    };
    match word_end - at {
        2 if groups(bytes, &[2, 32, 16, 2], is_lower_hex)
            && bytes.starts_with(b"00-")
            && matches!(&bytes[53..55], b"00" | b"01") =>
        {
            found("<traceparent>", 55)
        }
        1 if bytes.starts_with(b"1-") && groups(bytes, &[1, 8, 24], is_lower_hex) => {
            found("<traceparent>", 35)
        }
        8 if groups(bytes, &[8, 4, 4, 4, 12], is_hex) => found("<uuid>", 36),
        40 if bytes[..40].iter().all(|byte| is_hex(*byte)) => found("<sha1>", 40),
        32 if bytes[..32].iter().all(|byte| is_hex(*byte)) => found("<md5>", 32),
        _ => None,
    }
}

/// Groups of hex digits of these lengths with `-` between them.
fn groups(bytes: &[u8], lengths: &[usize], is_digit: fn(u8) -> bool) -> bool {
    let mut rest = bytes;
    for (place, length) in lengths.iter().enumerate() {
        if place > 0 {
            let Some(after) = rest.strip_prefix(b"-") else { return false };
            rest = after;
        }
        match rest.split_at_checked(*length) {
            Some((group, after)) if group.iter().all(|byte| is_digit(*byte)) => rest = after,
            _ => return false,
        }
    }
    true
}

/// `153ms` at the start of a word, or `1.5s` at the end of one.
pub(super) fn duration(
    text: &str,
    at: usize,
    digits_end: usize,
    starts_word: bool,
) -> Option<usize> {
    let bytes = text.as_bytes();
    if starts_word && bytes[digits_end..].starts_with(b"ms") {
        return Some(digits_end + 2);
    }
    debug_assert!(at < digits_end);
    let mut end = digits_end;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(&bytes[end + 1..]);
        if fraction > 0 {
            end += 1 + fraction;
        }
    }
    (bytes.get(end) == Some(&b's') && !is_word_at(text, end + 1)).then_some(end + 1)
}

/// Swift transactions, hex numbers and commits that begin at `at`.
pub(super) fn hex_id(text: &str, at: usize, word_end: usize) -> Option<Found> {
    let bytes = text.as_bytes();
    let word = &bytes[at..word_end];
    if word.len() == 23
        && word.starts_with(b"tx")
        && groups(&bytes[at + 2..], &[21, 10], is_lower_hex)
    {
        let rest = &text[at + 34..];
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        return Some(("<swift_txn_id>", at + 34 + end));
    }
    if is_word_at(text, word_end) {
        return None;
    }
    if let [b'0', b'x' | b'X', number @ ..] = word {
        let is_number = !number.is_empty() && number.iter().all(|byte| is_hex(*byte));
        return is_number.then_some(("<hex>", word_end));
    }
    if word.len() < GIT_SHA_DIGITS || word.len() > *HEX_DIGITS.end() {
        return None;
    }
    let has_digit = word.iter().any(u8::is_ascii_digit);
    let is_lower = word.iter().all(|byte| is_lower_hex(*byte));
    let is_upper = word.iter().all(|byte| is_hex(*byte) && !byte.is_ascii_lowercase());
    if HEX_DIGITS.contains(&word.len()) && has_digit && (is_lower || is_upper) {
        return Some(("<hex>", word_end));
    }
    let is_commit = word.len() == GIT_SHA_DIGITS
        && is_lower
        && has_digit
        && !word.iter().all(u8::is_ascii_digit);
    is_commit.then_some(("<git_sha>", word_end))
}

/// `-1.5`, `1.5`, `-1`, `1`.
pub(super) fn decimal(text: &str, at: usize, starts_word: bool) -> Option<Found> {
    let bytes = text.as_bytes();
    let minus = bytes[at] == b'-';
    if !minus && (!starts_word || !bytes[at].is_ascii_digit()) {
        return None;
    }
    let start = at + usize::from(minus);
    let whole = digits(&bytes[start..]);
    let end = start + whole;
    if whole == 0 {
        return None;
    }
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(&bytes[end + 1..]);
        let fraction_end = end + 1 + fraction;
        if fraction > 0 && !is_word_at(text, fraction_end) {
            return Some(("<float>", fraction_end));
        }
    }
    let is_sign = !minus || !is_word_before(text, at);
    (is_sign && whole <= INT_DIGITS_MAX && !is_word_at(text, end)).then_some(("<int>", end))
}

fn is_hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}
