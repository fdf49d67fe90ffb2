//! Which rules are worth trying on a frame, found by the texts their patterns cannot do without.

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::Rule;
use super::matcher::FrameTest;
use crate::frame::Frame;
use crate::platform::Family;

/// Patterns together up to which the fastest automaton is worth its memory.
const FAST_PATTERNS_MAX: usize = 600;

/// The rules for one family of platforms.
#[derive(Debug, Default)]
pub(super) struct Index {
    function: Texts,
    module: Texts,
    path: Texts,
    package: Texts,
}

/// Texts of patterns on one field, and the rules they belong to.
#[derive(Debug, Default)]
struct Texts {
    automaton: Option<AhoCorasick>,
    rules: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Function,
    Module,
    Path,
    Package,
}

impl Index {
    pub(super) fn new(rules: &[Rule], family: Family) -> Self {
        let mut texts: [Vec<(u32, &str)>; 4] = Default::default();
        for (place, rule) in (0_u32..).zip(rules).filter(|(_, rule)| may_match(rule, family)) {
            if let Some((field, text)) = longest_text(rule) {
                texts[field as usize].push((place, text));
            }
        }
        let texts = texts.map(|texts| Texts::new(&texts));
        let [function, module, path, package] = texts;
        Self { function, module, path, package }
    }

    /// Calls `found` with each rule worth trying; with some more than once.
    pub(super) fn find(&self, frame: &Frame<'_>, mut found: impl FnMut(u32)) {
        self.function.find(frame.function_for_rules(), &mut found);
        self.module.find(frame.module, &mut found);
        self.path.find(&frame.path.text, &mut found);
        self.package.find(&frame.package.text, &mut found);
    }
}

/// The rules that no text leads to.
pub(super) fn without_text(rules: &[Rule]) -> Vec<u32> {
    let numbered = (0_u32..).zip(rules);
    numbered.filter(|(_, rule)| longest_text(rule).is_none()).map(|(place, _)| place).collect()
}

impl Texts {
    fn new(texts: &[(u32, &str)]) -> Self {
        if texts.is_empty() {
            return Self::default();
        }
        let kind = (texts.len() <= FAST_PATTERNS_MAX).then_some(AhoCorasickKind::DFA);
        let patterns = texts.iter().map(|(_, text)| text);
        // Building fails only when there are more texts than 32 bits can count; rules are capped.
        let automaton = AhoCorasick::builder().kind(kind).prefilter(false).build(patterns).ok();
        debug_assert!(automaton.is_some());
        Self { automaton, rules: texts.iter().map(|(rule, _)| *rule).collect() }
    }

    fn find(&self, text: &str, found: &mut impl FnMut(u32)) {
        let Some(automaton) = self.automaton.as_ref().filter(|_| !text.is_empty()) else { return };
        for hit in automaton.find_overlapping_iter(text) {
            if let Some(rule) = self.rules.get(hit.pattern().as_usize()) {
                found(*rule);
            }
        }
    }
}

/// False if the rule asks for another family.
fn may_match(rule: &Rule, family: Family) -> bool {
    rule.on_frame.iter().all(|matcher| match &matcher.test {
        FrameTest::Family(families) => families.contains(family) != matcher.negated,
        _ => true,
    })
}

/// The longest text that a frame must contain to match.
fn longest_text(rule: &Rule) -> Option<(Field, &str)> {
    let texts = rule.on_frame.iter().filter(|matcher| !matcher.negated).filter_map(|matcher| {
        let (field, glob) = match &matcher.test {
            FrameTest::Function(glob) => (Field::Function, glob),
            FrameTest::Module(glob) => (Field::Module, glob),
            FrameTest::Path(glob) => (Field::Path, glob),
            FrameTest::Package(glob) => (Field::Package, glob),
            _ => return None,
        };
        Some((field, glob.literal())).filter(|(_, text)| !text.is_empty())
    });
    texts.max_by_key(|(_, text)| text.len())
}
