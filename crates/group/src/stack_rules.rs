//! Stack trace rules: which frames belong to the application, and which frames count.
//!
//! Source: the reference on grouping, section 4.

mod index;
pub(crate) mod matcher;
mod parse;

use std::sync::LazyLock;

use crate::frame::Frame;
use crate::platform::Family;
use crate::stack::Limits;
use crate::syntax::RuleError;
use index::Index;
use matcher::{ErrorMatcher, FrameMatcher, FrameTest};

/// What is known of the exception that a stack trace belongs to; empty for threads.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ErrorFacts<'a> {
    pub(crate) kind: &'a str,
    pub(crate) value: &'a str,
    pub(crate) mechanism: &'a str,
}

/// A list of rules, ready to be applied.
#[derive(Debug, Default)]
pub(crate) struct StackRules {
    rules: Vec<Rule>,
    /// For each [`Family`], which rules are worth trying on which frame.
    index: [Index; 3],
    /// Rules that the index does not find, to be tried on all frames.
    unindexed: Vec<u32>,
}

#[derive(Debug)]
struct Rule {
    text: String,
    on_error: Vec<ErrorMatcher>,
    on_frame: Vec<FrameMatcher>,
    on_caller: Vec<FrameMatcher>,
    on_callee: Vec<FrameMatcher>,
    actions: Vec<Action>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Action {
    App { value: bool, reach: Reach },
    Group { value: bool, reach: Reach },
    Category(String),
    MaxFrames(usize),
    MinFrames(usize),
}

/// Which frames an action is about, seen from the one that matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Itself,
    /// All towards the crash.
    Callees,
    /// All towards the outermost call.
    Callers,
}

/// A rule and a frame that it may match, in the order of rules.
pub(crate) type Candidate = (u32, u32);

impl StackRules {
    /// Reads a project's rules.
    pub(crate) fn parse(text: &str) -> Result<Self, RuleError> {
        parse::rules(text).map(Self::with_rules)
    }

    /// The rules every project starts from.
    pub(crate) fn base() -> &'static Self {
        static BASE: LazyLock<StackRules> = LazyLock::new(|| {
            let rules = StackRules::parse(include_str!("../rules/base.txt"));
            debug_assert!(rules.is_ok(), "{rules:?}");
            rules.unwrap_or_default()
        });
        &BASE
    }

    fn with_rules(rules: Vec<Rule>) -> Self {
        let index = [Family::Native, Family::JavaScript, Family::Other]
            .map(|family| Index::new(&rules, family));
        let unindexed = index::without_text(&rules);
        Self { rules, index, unindexed }
    }

    /// The pairs of rule and frame worth trying. Holds for both passes: what it looks at does not
    /// change between them.
    pub(crate) fn candidates(&self, frames: &[Frame<'_>]) -> Vec<Candidate> {
        let mut out = Vec::new();
        if self.rules.is_empty() {
            return out;
        }
        for (place, frame) in (0_u32..).zip(frames) {
            self.index[frame.platform.family() as usize]
                .find(frame, |rule| out.push((rule, place)));
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// The first pass: sets categories and which frames are the application's.
    pub(crate) fn modify<'a>(
        &'a self,
        candidates: &[Candidate],
        frames: &mut [Frame<'a>],
        error: ErrorFacts<'_>,
    ) {
        self.for_each_match(candidates, frames, error, |rule, at, frames| {
            for action in &rule.actions {
                match action {
                    Action::App { value, reach } => {
                        for frame in reach.of(frames, at) {
                            frame.in_app = Some(*value);
                            frame.app_rule = Some((*value, &rule.text));
                        }
                    }
                    Action::Category(category) => {
                        frames[at].category = Some(category);
                    }
                    Action::Group { .. } | Action::MaxFrames(_) | Action::MinFrames(_) => {}
                }
            }
        });
    }

    /// The second pass: says which frames count. Also answers the limits the rules set.
    pub(crate) fn judge<'a>(
        &'a self,
        candidates: &[Candidate],
        frames: &mut [Frame<'a>],
        error: ErrorFacts<'_>,
        limits: &mut Limits,
    ) {
        self.for_each_match(candidates, frames, error, |rule, at, frames| {
            for action in &rule.actions {
                match action {
                    Action::Group { value, reach } => {
                        for frame in reach.of(frames, at) {
                            frame.group_rule = Some((*value, &rule.text));
                        }
                    }
                    Action::MaxFrames(number) => limits.max_frames = *number,
                    Action::MinFrames(number) => limits.min_frames = *number,
                    Action::App { .. } | Action::Category(_) => {}
                }
            }
        });
    }

    fn for_each_match<'a>(
        &'a self,
        candidates: &[Candidate],
        frames: &mut [Frame<'a>],
        error: ErrorFacts<'_>,
        mut act: impl FnMut(&'a Rule, usize, &mut [Frame<'a>]),
    ) {
        let mut try_rule = |rule: &'a Rule, at: usize, frames: &mut [Frame<'a>]| {
            if rule.matches(frames, at, error) {
                act(rule, at, frames);
            }
        };
        let mut hits = candidates.iter().peekable();
        // Both lists are in the order of the rules; the end stands behind all of them.
        let end = u32::MAX;
        for next in self.unindexed.iter().copied().chain([end]) {
            while let Some((rule, at)) = hits.next_if(|(rule, _)| *rule < next) {
                if let (Some(rule), Ok(at)) = (self.rule(*rule), usize::try_from(*at)) {
                    try_rule(rule, at, frames);
                }
            }
            let Some(rule) = self.rule(next) else { continue };
            // Most such rules ask for a category, and most stack traces have none.
            if rule.needs_category() && frames.iter().all(|frame| frame.category.is_none()) {
                continue;
            }
            for at in 0..frames.len() {
                try_rule(rule, at, frames);
            }
        }
    }

    fn rule(&self, place: u32) -> Option<&Rule> {
        self.rules.get(usize::try_from(place).ok()?)
    }
}

impl Rule {
    fn needs_category(&self) -> bool {
        let asks = |matcher: &FrameMatcher| {
            !matcher.negated && matches!(matcher.test, FrameTest::Category(_))
        };
        self.on_frame.iter().any(asks)
    }

    fn matches(&self, frames: &[Frame<'_>], at: usize, error: ErrorFacts<'_>) -> bool {
        let all = |matchers: &[FrameMatcher], at: Option<usize>| {
            matchers.is_empty()
                || at
                    .and_then(|at| frames.get(at))
                    .is_some_and(|frame| matchers.iter().all(|matcher| matcher.matches(frame)))
        };
        all(&self.on_frame, Some(at))
            && all(&self.on_caller, at.checked_sub(1))
            && all(&self.on_callee, at.checked_add(1))
            && self.on_error.iter().all(|matcher| matcher.matches(error))
    }
}

impl Reach {
    fn of<'f, 'a>(self, frames: &'f mut [Frame<'a>], at: usize) -> &'f mut [Frame<'a>] {
        match self {
            Self::Itself => &mut frames[at..=at],
            Self::Callees => &mut frames[at + 1..],
            Self::Callers => &mut frames[..at],
        }
    }
}
