//! A text in the middle of being redacted: what is still open to rules, and what was cut out.

use std::borrow::Cow;
use std::ops::Range;

use hmac::{Hmac, Mac as _};
use model::annotation::{Note, Remark, RemarkKind};
use sha1::Sha1;

/// Stands for one redaction in the open text. Senders' own ones are dropped first.
const CUT: char = '\0';

/// How a match is made unreadable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Redaction {
    /// Taken out.
    Remove,
    /// Another text instead.
    Replace(Cow<'static, str>),
    /// As many stars as there were characters.
    Mask,
    /// A pseudonym.
    Hash,
}

impl Redaction {
    pub(crate) fn kind(&self) -> RemarkKind {
        match self {
            Self::Remove => RemarkKind::Removed,
            Self::Replace(_) => RemarkKind::Substituted,
            Self::Mask => RemarkKind::Masked,
            Self::Hash => RemarkKind::Pseudonymized,
        }
    }

    /// What stands in the place of `text`.
    pub(crate) fn instead_of(&self, text: &str) -> Cow<'static, str> {
        match self {
            Self::Remove => Cow::Borrowed(""),
            Self::Replace(with) => with.clone(),
            Self::Mask => Cow::Owned("*".repeat(text.chars().count())),
            Self::Hash => Cow::Owned(hash(text.as_bytes())),
        }
    }
}

/// What is done to a match, and the rule that remarks name for it.
#[derive(Debug, Clone)]
pub(crate) struct Action {
    pub(crate) rule: Cow<'static, str>,
    pub(crate) redaction: Redaction,
}

/// Source: Relay: HMAC-SHA1 with an empty key, upper-case hexadecimal.
pub(crate) fn hash(bytes: &[u8]) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(b"") else { return String::new() };
    mac.update(bytes);
    let digest = mac.finalize().into_bytes();
    let halves = digest.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
    halves.map(|half| char::from(HEX[usize::from(half)])).collect()
}

struct Cut {
    text: Cow<'static, str>,
    rule: Cow<'static, str>,
    kind: RemarkKind,
}

/// The text, each part that was redacted replaced by one NUL.
pub(crate) struct Chunks {
    open: String,
    cuts: Vec<Cut>,
    chars_before: usize,
    is_changed: bool,
}

impl Chunks {
    /// `remarks` say which parts of the text were redacted earlier.
    pub(crate) fn new(text: &str, remarks: &[Remark]) -> Self {
        let mut chunks = Self {
            open: String::with_capacity(text.len()),
            cuts: Vec::new(),
            chars_before: text.chars().count(),
            is_changed: false,
        };
        if remarks.is_empty() && memchr::memchr(0, text.as_bytes()).is_none() {
            chunks.open.push_str(text);
            return chunks;
        }
        let mut chars = text.chars();
        let mut at = 0;
        for remark in remarks {
            let Some((start, end)) =
                remark.range.filter(|(start, end)| *start >= at && end >= start)
            else {
                continue;
            };
            let plain = usize::try_from(start - at).unwrap_or(usize::MAX);
            let length = usize::try_from(end - start).unwrap_or(usize::MAX);
            chunks.open.extend(chars.by_ref().take(plain).filter(|c| *c != CUT));
            let cut = chars.by_ref().take(length).collect::<String>();
            chunks.open.push(CUT);
            let (rule, kind) = (remark.rule.clone(), remark.kind);
            chunks.cuts.push(Cut { text: Cow::Owned(cut), rule, kind });
            at = end;
        }
        chunks.open.extend(chars.filter(|c| *c != CUT));
        chunks
    }

    /// What rules may look at.
    pub(crate) fn open(&self) -> &str {
        &self.open
    }

    pub(crate) fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// False when all of the text is redacted.
    pub(crate) fn has_text(&self) -> bool {
        self.open.chars().any(|c| c != CUT)
    }

    /// Redacts `found`, ranges of the open text in order.
    pub(crate) fn redact(&mut self, found: &[Range<usize>], action: &Action) {
        let before = std::mem::take(&mut self.open);
        let mut old = std::mem::take(&mut self.cuts).into_iter();
        let mut at = 0;
        for range in found.iter().filter(|range| !range.is_empty() || before.is_empty()) {
            if range.start < at {
                continue;
            }
            self.keep(&before[at..range.start], &mut old);
            let matched = &before[range.clone()];
            // What was redacted within the match is part of it now.
            old.by_ref().take(matched.matches(CUT).count()).for_each(drop);
            let (text, kind) = (action.redaction.instead_of(matched), action.redaction.kind());
            self.open.push(CUT);
            self.cuts.push(Cut { text, rule: action.rule.clone(), kind });
            self.is_changed = true;
            at = range.end;
        }
        self.keep(&before[at..], &mut old);
    }

    fn keep(&mut self, text: &str, old: &mut impl Iterator<Item = Cut>) {
        self.open.push_str(text);
        self.cuts.extend(old.take(text.matches(CUT).count()));
    }

    /// The text as it is shown; `note` gets the remarks and the length it had.
    pub(crate) fn join(self, note: &mut Note) -> String {
        let mut text = String::with_capacity(self.open.len() + 16 * self.cuts.len());
        let mut chars = 0_u64;
        note.remarks.retain(|remark| remark.range.is_none());
        let mut cuts = self.cuts.into_iter();
        for (nth, piece) in self.open.split(CUT).enumerate() {
            if nth > 0
                && let Some(cut) = cuts.next()
            {
                let start = chars;
                chars += char_count(&cut.text);
                text.push_str(&cut.text);
                let range = Some((start, chars));
                note.remarks.push(Remark { rule: cut.rule, kind: cut.kind, range });
            }
            chars += char_count(piece);
            text.push_str(piece);
        }
        note.original_length.get_or_insert(self.chars_before as u64);
        text
    }
}

fn char_count(text: &str) -> u64 {
    text.chars().count() as u64
}
