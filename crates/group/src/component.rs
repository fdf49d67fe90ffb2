//! The tree of what a hash is made from, walked once for the hash or once for the explanation.

use md5::{Digest, Md5};
use model::id::GroupHash;
use model::json::{Object, Value};

/// Whether a part of the tree goes into the hash, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict<'a> {
    pub(crate) counts: bool,
    pub(crate) hint: Hint<'a>,
}

/// The reason for a verdict. Made into words only when somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hint<'a> {
    None,
    Because(&'static str),
    /// What a stack trace rule did, and the rule.
    Rule(&'static str, &'a str),
    /// Fewer frames than the rule asks for.
    TooFew(usize),
}

impl<'a> Verdict<'a> {
    pub(crate) const COUNTS: Self = Self { counts: true, hint: Hint::None };

    pub(crate) fn ignored(reason: &'static str) -> Self {
        Self { counts: false, hint: Hint::Because(reason) }
    }

    pub(crate) fn by_rule(counts: bool, what: &'static str, rule: &'a str) -> Self {
        Self { counts, hint: Hint::Rule(what, rule) }
    }
}

impl Hint<'_> {
    fn to_value(self) -> Value<'static> {
        match self {
            Self::None => Value::Null,
            Self::Because(reason) => Value::from(reason),
            Self::Rule(what, rule) => Value::from(format!("{what} by stack trace rule ({rule})")),
            Self::TooFew(frames) => {
                Value::from(format!("ignored because it has fewer than {frames} frames that count"))
            }
        }
    }
}

/// Who listens while the tree is walked.
pub(crate) trait Sink {
    /// Begins a part with parts inside; false if what is inside does not matter to the listener.
    fn open(&mut self, id: &'static str, verdict: Verdict<'_>) -> bool;
    /// Ends what was begun last. Only called when [`Sink::open`] answered true.
    fn close(&mut self);
    /// A part that is one text.
    fn leaf(&mut self, id: &'static str, text: &str, verdict: Verdict<'_>);
}

/// Hashes the texts that count, in order, without anything between them.
#[derive(Debug, Default)]
pub(crate) struct HashSink {
    digest: Md5,
}

impl HashSink {
    pub(crate) fn text(&mut self, text: &str) {
        self.digest.update(text.as_bytes());
    }

    pub(crate) fn finish(self) -> GroupHash {
        GroupHash(self.digest.finalize().into())
    }
}

impl Sink for HashSink {
    fn open(&mut self, _id: &'static str, verdict: Verdict<'_>) -> bool {
        verdict.counts
    }

    fn close(&mut self) {}

    fn leaf(&mut self, _id: &'static str, text: &str, verdict: Verdict<'_>) {
        if verdict.counts {
            self.text(text);
        }
    }
}

/// Answers whether anything counts at all.
#[derive(Debug, Default)]
pub(crate) struct AnySink {
    pub(crate) found: bool,
}

impl Sink for AnySink {
    fn open(&mut self, _id: &'static str, verdict: Verdict<'_>) -> bool {
        verdict.counts && !self.found
    }

    fn close(&mut self) {}

    fn leaf(&mut self, _id: &'static str, text: &str, verdict: Verdict<'_>) {
        self.found |= verdict.counts && !text.is_empty();
    }
}

/// Builds the tree as JSON: `{id, contributes, hint, values}`.
#[derive(Debug, Default)]
pub(crate) struct TreeSink {
    open: Vec<Object<'static>>,
    done: Vec<Vec<Value<'static>>>,
    roots: Vec<Value<'static>>,
}

impl TreeSink {
    /// The outermost parts.
    pub(crate) fn finish(self) -> Vec<Value<'static>> {
        self.roots
    }

    fn add(&mut self, part: Object<'static>) {
        self.done.last_mut().unwrap_or(&mut self.roots).push(Value::Object(part));
    }
}

impl Sink for TreeSink {
    fn open(&mut self, id: &'static str, verdict: Verdict<'_>) -> bool {
        self.open.push(head(id, verdict));
        self.done.push(Vec::new());
        true
    }

    fn close(&mut self) {
        let (Some(mut part), Some(values)) = (self.open.pop(), self.done.pop()) else { return };
        part.push("values", values);
        self.add(part);
    }

    fn leaf(&mut self, id: &'static str, text: &str, verdict: Verdict<'_>) {
        let mut part = head(id, verdict);
        part.push("values", vec![Value::from(text.to_owned())]);
        self.add(part);
    }
}

fn head(id: &'static str, verdict: Verdict<'_>) -> Object<'static> {
    let mut part = Object::with_capacity(4);
    part.push("id", id);
    part.push("contributes", verdict.counts);
    part.push("hint", verdict.hint.to_value());
    part
}
