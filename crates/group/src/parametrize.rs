//! Messages without what varies: ids, numbers, addresses and dates become placeholders.
//!
//! One pass from left to right. At each place the classes are tried in their order and the first
//! that fits wins; what was replaced is not looked at again. Each look-ahead is bounded, or its
//! failure is remembered for the whole run of characters it saw, so the pass is linear.
//!
//! Source: the reference on grouping, section 7.

mod address;
mod date;
mod number;
mod text;

use std::borrow::Cow;

use address::Address;
use text::{is_word, is_word_before};

/// The first two lines that are not blank, with `...` if that left something out, and with
/// placeholders for all that varies.
pub fn parametrize(message: &str) -> Cow<'_, str> {
    match first_lines(message) {
        Cow::Borrowed(text) => replace(text),
        Cow::Owned(text) => Cow::Owned(replace(&text).into_owned()),
    }
}

fn first_lines(message: &str) -> Cow<'_, str> {
    if !message.contains(['\n', '\r']) {
        return Cow::Borrowed(message);
    }
    let mut lines = message.lines().filter(|line| !line.trim().is_empty());
    let mut text = String::with_capacity(128);
    for (place, line) in lines.by_ref().take(2).enumerate() {
        if place > 0 {
            text.push('\n');
        }
        text.push_str(line);
    }
    if text == message {
        return Cow::Borrowed(message);
    }
    text.push_str("...");
    Cow::Owned(text)
}

/// The text while it is looked at, with what is known of runs that were seen already.
struct Scan<'t> {
    text: &'t str,
    bytes: &'t [u8],
    address: Address,
    /// End of the digits that the current place is in, if it is in some.
    digits_end: usize,
    /// From here on no closing quote of this kind is left.
    quotes_end: [usize; 2],
}

fn replace(text: &str) -> Cow<'_, str> {
    let mut scan = Scan {
        text,
        bytes: text.as_bytes(),
        address: Address::default(),
        digits_end: 0,
        quotes_end: [usize::MAX; 2],
    };
    let mut out = String::new();
    let (mut at, mut copied) = (0, 0);
    while at < scan.bytes.len() {
        if let Some((placeholder, end)) = scan.class_at(at) {
            out.push_str(&text[copied..at]);
            out.push_str(placeholder);
            (at, copied) = (end, end);
        } else {
            at += 1;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// A placeholder and where the text ends that it stands for.
type Found = (&'static str, usize);

impl Scan<'_> {
    /// The first class that fits at `at`.
    fn class_at(&mut self, at: usize) -> Option<Found> {
        let byte = self.bytes[at];
        if byte.is_ascii_whitespace() || !byte.is_ascii() {
            return None;
        }
        if let Some(end) = self.address.email(self.bytes, at) {
            return Some(("<email>", end));
        }
        let starts_word = is_word(byte) && !is_word_before(self.text, at);
        let starts_after = is_word(byte) || byte == b'-';
        if starts_word && let Some(end) = address::url(self.text, at) {
            return Some(("<url>", end));
        }
        if starts_after
            && (starts_word || (byte == b'-' && is_word_before(self.text, at)))
            && let Some(end) = self.address.hostname(self.bytes, at)
        {
            return Some(("<hostname>", end));
        }
        if (byte.is_ascii_hexdigit() || byte == b':')
            && let Some(end) = address::ip(self.text, at)
        {
            return Some(("<ip>", end));
        }
        let word_end = if starts_word { text::word_end(self.text, at) } else { at };
        if starts_word && let Some(found) = number::long_id(self.text, at, word_end) {
            return Some(found);
        }
        if let Some(end) = date::date(self.text, at, starts_word) {
            return Some(("<date>", end));
        }
        if byte.is_ascii_digit() {
            if at >= self.digits_end {
                self.digits_end = at + text::digits(&self.bytes[at..]);
            }
            if let Some(end) = number::duration(self.text, at, self.digits_end, starts_word) {
                return Some(("<duration>", end));
            }
        }
        if starts_word && let Some(found) = number::hex_id(self.text, at, word_end) {
            return Some(found);
        }
        if let Some(found) = number::decimal(self.text, at, starts_word) {
            return Some(found);
        }
        if at > 0 && self.bytes[at - 1] == b'=' {
            return self.assigned(at);
        }
        None
    }

    /// What stands right after `=`.
    fn assigned(&mut self, at: usize) -> Option<Found> {
        let quote = self.bytes[at];
        if let Some(kind) = [b'\'', b'"'].iter().position(|known| *known == quote) {
            if at >= self.quotes_end[kind] {
                return None;
            }
            let Some(length) = memchr::memchr(quote, &self.bytes[at + 1..]) else {
                self.quotes_end[kind] = at;
                return None;
            };
            return (length > 0).then_some(("<quoted_str>", at + length + 2));
        }
        let word = ["True", "true", "False", "false"]
            .into_iter()
            .find(|word| self.bytes[at..].starts_with(word.as_bytes()))?;
        Some(("<bool>", at + word.len()))
    }
}
