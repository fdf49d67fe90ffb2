//! Fingerprint rules: a project decides itself which events are one issue.
//!
//! Source: the reference on grouping, section 8.

mod matcher;
mod parse;

use std::sync::LazyLock;

use crate::analysis::Analysis;
use crate::stack_rules::matcher::FrameMatcher;
use crate::syntax::RuleError;
use matcher::EventMatcher;

/// A list of rules; the first that matches decides.
#[derive(Debug, Default)]
pub(crate) struct FingerprintRules {
    rules: Vec<FingerprintRule>,
}

/// One rule.
#[derive(Debug)]
pub(crate) struct FingerprintRule {
    /// As written.
    pub(crate) text: String,
    /// The fingerprint, variables not filled in.
    pub(crate) values: Vec<String>,
    /// The title, variables not filled in.
    pub(crate) title: Option<String>,
    on_event: Vec<EventMatcher>,
    on_frame: Vec<FrameMatcher>,
    on_caller: Vec<FrameMatcher>,
    on_callee: Vec<FrameMatcher>,
}

impl FingerprintRules {
    /// Reads a project's rules.
    pub(crate) fn parse(text: &str) -> Result<Self, RuleError> {
        Ok(Self { rules: parse::rules(text)? })
    }

    /// The rules every project has after its own.
    pub(crate) fn built_in() -> &'static Self {
        static BUILT_IN: LazyLock<FingerprintRules> = LazyLock::new(|| {
            let rules = FingerprintRules::parse(include_str!("../rules/fingerprints.txt"));
            debug_assert!(rules.is_ok(), "{rules:?}");
            rules.unwrap_or_default()
        });
        &BUILT_IN
    }

    /// The first rule that matches.
    pub(crate) fn find(&self, analysis: &Analysis<'_>) -> Option<&FingerprintRule> {
        self.rules.iter().find(|rule| rule.matches(analysis))
    }
}

impl FingerprintRule {
    fn matches(&self, analysis: &Analysis<'_>) -> bool {
        matcher::all_match(&self.on_event, analysis) && self.frames_match(analysis)
    }

    /// All questions about frames must have their answer at one place of one stack trace.
    fn frames_match(&self, analysis: &Analysis<'_>) -> bool {
        if self.on_frame.is_empty() {
            return true;
        }
        analysis.stacks().any(|stack| {
            (0..stack.frames.len()).any(|at| {
                let all = |matchers: &[FrameMatcher], at: Option<usize>| {
                    matchers.is_empty()
                        || at.and_then(|at| stack.frames.get(at)).is_some_and(|frame| {
                            matchers.iter().all(|matcher| matcher.matches(frame))
                        })
                };
                all(&self.on_frame, Some(at))
                    && all(&self.on_caller, at.checked_sub(1))
                    && all(&self.on_callee, Some(at + 1))
            })
        })
    }
}
