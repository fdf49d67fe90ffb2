//! What a rule looks for, and what it does where it finds it.

use std::ops::Range;

use regex::Regex;

use crate::anchor::{self, Hits};
use crate::chunks::{Action, Chunks, Redaction};

/// A rule, ready to run.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// Rules of one selector run in the order of their ids.
    pub(crate) id: String,
    /// Remarks name the rule that was asked for, which may be an alias of this one.
    pub(crate) action: Action,
    /// True for the rule that takes whole containers.
    pub(crate) anything: bool,
    pub(crate) matchers: Vec<Matcher>,
}

/// One thing a rule looks for.
#[derive(Debug, Clone)]
pub(crate) struct Matcher {
    /// Names of fields whose value is redacted whole.
    pub(crate) key: KeyTest,
    /// What is redacted in a text.
    pub(crate) value: Finder,
    /// What a text must have for `value` to find anything.
    pub(crate) needs: Hits,
}

/// A test on the name of a field.
#[derive(Debug, Clone)]
pub(crate) enum KeyTest {
    /// No name matters.
    Never,
    /// The scan of the name saw one of these.
    Saw(Hits),
    /// The name matches.
    Matches(Regex),
}

/// Finds what is to be redacted in a text.
#[derive(Debug, Clone)]
pub(crate) enum Finder {
    /// These groups of each match, when they pass the check.
    Groups(Regex, Vec<usize>, fn(&str) -> bool),
    /// The whole text, when something in it matches.
    WholeIfMatches(Regex),
    /// The whole text, when the scan of it saw one of these.
    WholeIfSaw(Hits),
    /// What a function finds, in order.
    Native(fn(&str, &mut Vec<Range<usize>>)),
}

/// A text on its way through the rules. It is copied when the first rule may find something.
pub(crate) struct Text<'t> {
    plain: &'t str,
    hits: Hits,
    chunks: Option<Chunks>,
}

/// What to do with a value after a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Keep,
    Remove,
}

impl<'t> Text<'t> {
    pub(crate) fn new(plain: &'t str) -> Self {
        Self { plain, hits: anchor::scan(plain), chunks: None }
    }

    pub(crate) fn hits(&self) -> Hits {
        self.hits
    }

    /// Says which parts were redacted earlier, before the first rule runs.
    pub(crate) fn open_with(&mut self, chunks: impl FnOnce(&str) -> Chunks) {
        if self.chunks.is_none() {
            self.chunks = Some(chunks(self.plain));
        }
    }

    /// What came of it, if anything was changed.
    pub(crate) fn into_changed(self) -> Option<Chunks> {
        self.chunks.filter(Chunks::is_changed)
    }

    /// Redacts the whole text.
    pub(crate) fn redact_whole(&mut self, action: &Action) {
        if let Some(chunks) = &mut self.chunks
            && chunks.has_text()
        {
            let whole = 0..chunks.open().len();
            chunks.redact(&[whole], action);
            self.hits = Hits::NONE;
        }
    }
}

impl Rule {
    /// Applies the rule to a container, a number, or anything else that is not text.
    pub(crate) fn apply_to_other(&self, key: &str, key_hits: Hits) -> Verdict {
        let by_key = || self.matchers.iter().any(|matcher| matcher.key.holds(key, key_hits));
        if self.anything || by_key() { Verdict::Remove } else { Verdict::Keep }
    }

    /// Applies the rule to a text.
    pub(crate) fn apply(&self, text: &mut Text<'_>, key: &str, key_hits: Hits) -> Verdict {
        let removes = self.action.redaction == Redaction::Remove;
        if self.anything && removes {
            return Verdict::Remove;
        }
        for matcher in &self.matchers {
            if matcher.key.holds(key, key_hits) {
                if removes {
                    return Verdict::Remove;
                }
                text.redact_whole(&self.action);
            } else if matcher.needs.meets(text.hits.or(Hits::ALWAYS)) {
                let Some(chunks) = &mut text.chunks else { continue };
                let mut found = Vec::new();
                matcher.value.find(chunks.open(), &mut found);
                if !found.is_empty() && chunks.has_text() {
                    found.sort_unstable_by_key(|range| range.start);
                    chunks.redact(&found, &self.action);
                    text.hits = anchor::scan(chunks.open());
                }
            }
        }
        Verdict::Keep
    }
}

impl KeyTest {
    fn holds(&self, key: &str, hits: Hits) -> bool {
        match self {
            Self::Never => false,
            Self::Saw(wanted) => hits.meets(*wanted),
            Self::Matches(regex) => regex.is_match(key),
        }
    }

    /// What the scan of a name must have seen for the test to hold.
    pub(crate) fn needs(&self) -> Hits {
        match self {
            Self::Never => Hits::NONE,
            Self::Saw(wanted) => *wanted,
            Self::Matches(_) => Hits::ALWAYS,
        }
    }
}

impl Finder {
    pub(crate) fn find(&self, text: &str, found: &mut Vec<Range<usize>>) {
        match self {
            Self::Native(find) => find(text, found),
            Self::WholeIfMatches(regex) => {
                if regex.is_match(text) {
                    found.push(0..text.len());
                }
            }
            Self::WholeIfSaw(hits) => {
                if anchor::scan(text).meets(*hits) {
                    found.push(0..text.len());
                }
            }
            Self::Groups(regex, groups, check) => {
                let matches = regex.captures_iter(text).flat_map(|captures| {
                    let wanted = groups.iter().filter_map(|group| captures.get(*group));
                    wanted.map(|group| group.range()).collect::<Vec<_>>()
                });
                found.extend(matches.filter(|range| check(&text[range.clone()])));
            }
        }
    }
}
