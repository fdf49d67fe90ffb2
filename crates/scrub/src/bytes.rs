//! Attachments: text within any bytes, redacted without changing its length.

use std::ops::Range;

use crate::Scrubber;
use crate::anchor::{self, Hits};
use crate::chunks::Redaction;
use crate::rule::Rule;

/// Characters of UTF-16 text in a row before it counts as text. Source: Relay.
const WIDE_CHARS_MIN: usize = 5;

/// Applies the rules for attachments of that name, and our own.
pub(crate) fn scrub(scrubber: &Scrubber, name: &str, bytes: &mut [u8]) {
    let chosen = scrubber.applications.iter().filter(|app| app.is_for_attachment(name));
    let chosen = chosen.flat_map(|application| &application.rules);
    let rules: Vec<(&Rule, &Redaction)> = chosen
        .map(|rule| (rule, &rule.action.redaction))
        .chain(scrubber.strict_rules.iter().map(|rule| (rule, &Redaction::Mask)))
        .collect();
    if rules.is_empty() {
        return;
    }
    for part in texts(bytes) {
        scrub_text(&rules, &mut bytes[part]);
    }
    for part in wide_texts(bytes) {
        scrub_wide(&rules, &mut bytes[part]);
    }
}

/// The parts that are UTF-8.
fn texts(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut at = 0;
    let mut parts = Vec::new();
    for chunk in bytes.utf8_chunks() {
        let end = at + chunk.valid().len();
        if end > at {
            parts.push(at..end);
        }
        at = end + chunk.invalid().len();
    }
    parts
}

fn scrub_text(rules: &[(&Rule, &Redaction)], bytes: &mut [u8]) {
    for (range, with) in found(rules, &String::from_utf8_lossy(bytes)) {
        bytes[range].copy_from_slice(with.as_bytes());
    }
}

/// The parts that are UTF-16LE and ASCII: every other byte is NUL.
fn wide_texts(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut at = 0;
    while at + 1 < bytes.len() {
        let pairs = bytes[at..].chunks_exact(2);
        let is_wide = |pair: &&[u8]| matches!(pair, [b' '..=b'~' | b'\t' | b'\n' | b'\r', 0]);
        let chars = pairs.take_while(is_wide).count();
        if chars >= WIDE_CHARS_MIN {
            parts.push(at..at + 2 * chars);
        }
        at += (2 * chars).max(1);
    }
    parts
}

fn scrub_wide(rules: &[(&Rule, &Redaction)], bytes: &mut [u8]) {
    let text: String = bytes.iter().step_by(2).map(|byte| char::from(*byte)).collect();
    for (range, with) in found(rules, &text) {
        let places = bytes[2 * range.start..2 * range.end].chunks_exact_mut(2);
        for (place, byte) in places.zip(with.bytes()) {
            place[0] = if byte.is_ascii() { byte } else { b'*' };
        }
    }
}

/// What the rules change in a text, in the order in which they change it: places, and what stands
/// there afterwards, as long as what stood there.
fn found(rules: &[(&Rule, &Redaction)], text: &str) -> Vec<(Range<usize>, String)> {
    let mut text = text.to_owned();
    let mut changes = Vec::new();
    let mut hits = anchor::scan(&text);
    for (rule, redaction) in rules {
        for matcher in &rule.matchers {
            if !matcher.needs.meets(hits.or(Hits::ALWAYS)) {
                continue;
            }
            let mut ranges = Vec::new();
            matcher.value.find(&text, &mut ranges);
            for range in ranges {
                let with = same_length(redaction, &text[range.clone()]);
                text.replace_range(range.clone(), &with);
                changes.push((range, with));
                hits = Hits::ALWAYS;
            }
            if hits == Hits::ALWAYS {
                hits = anchor::scan(&text);
            }
        }
    }
    changes
}

/// The replacement, cut or filled up with stars.
fn same_length(redaction: &Redaction, text: &str) -> String {
    let mut with = match redaction {
        Redaction::Remove | Redaction::Mask => String::new(),
        Redaction::Hash | Redaction::Replace(_) => redaction.instead_of(text).into_owned(),
    };
    with.truncate(with.floor_char_boundary(text.len()));
    with.extend(std::iter::repeat_n('*', text.len() - with.len()));
    with
}
