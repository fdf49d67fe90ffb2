//! Repairs that make almost-JSON readable. Each costs one scan when there is nothing to repair.

use memchr::memmem;

const REPLACEMENT_ESCAPE: &[u8] = b"\\ufffd";

/// Puts U+FFFD where the bytes are not UTF-8.
pub(super) fn utf8(bytes: &mut Vec<u8>) {
    if std::str::from_utf8(bytes).is_err() {
        *bytes = String::from_utf8_lossy(bytes).into_owned().into_bytes();
    }
}

/// Puts U+FFFD where an escape names half of a surrogate pair. JavaScript cuts strings between
/// the halves, and Python's `json` writes what it was given.
pub(super) fn lone_surrogates(bytes: &mut [u8]) {
    let mut at = 0;
    while let Some(found) = find_surrogate(&bytes[at..]) {
        at += found;
        if backslashes_before(bytes, at) % 2 == 1 {
            at += 2;
            continue;
        }
        let first = escaped_unit(bytes, at);
        let second = escaped_unit(bytes, at + 6);
        match (first, second) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => at += 12,
            (Some(0xd800..=0xdfff), _) => {
                bytes[at..at + 6].copy_from_slice(REPLACEMENT_ESCAPE);
                at += 6;
            }
            _ => at += 2,
        }
    }
}

/// The next `\ud` or `\uD`.
fn find_surrogate(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = memmem::find(&bytes[from..], b"\\u") {
        let at = from + found;
        if matches!(bytes.get(at + 2), Some(b'd' | b'D')) {
            return Some(at);
        }
        from = at + 2;
    }
    None
}

fn backslashes_before(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count()
}

/// The number in the `\uXXXX` that begins at `at`.
fn escaped_unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Replaces the tokens `NaN`, `Infinity` and `-Infinity` by `null`. Only old Python clients send
/// them; text inside strings is left alone.
pub fn repair_non_finite(bytes: &mut Vec<u8>) {
    const TOKENS: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];
    if memmem::find(bytes, b"NaN").is_none() && memmem::find(bytes, b"Infinity").is_none() {
        return;
    }
    let mut repaired = Vec::with_capacity(bytes.len() + 16);
    let (mut at, mut in_string) = (0, false);
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        let token = TOKENS.iter().find(|token| !in_string && rest.starts_with(token));
        if let Some(token) = token {
            repaired.extend_from_slice(b"null");
            at += token.len();
            continue;
        }
        let step = if in_string && byte == b'\\' { rest.len().min(2) } else { 1 };
        in_string ^= byte == b'"';
        repaired.extend_from_slice(&rest[..step]);
        at += step;
    }
    *bytes = repaired;
}
