//! Whether a rule fires for an event.

use std::borrow::Cow;

use model::clock::Micros;

use super::category::Category;
use super::filter::{Assignee, Filter, Level, Subject};
use super::{Counted, IssueRule, Often, Quantifier, When};

const MINUTE: u64 = 60_000_000;

/// What the event did to its issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing: one more.
    None,
    /// It is the first.
    New,
    /// The issue was resolved before.
    Regressed,
    /// The issue was archived before.
    Escalating,
}

/// An event and its issue, as far as it costs nothing to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen<'a> {
    /// What the event did.
    pub change: Change,
    /// Whether the issue is of high priority since this event.
    pub became_high_priority: bool,
    /// The event's environment; empty if it has none.
    pub environment: &'a str,
    /// How bad it is.
    pub level: Level,
    /// Events of the issue, with this one.
    pub events: u64,
    /// When the issue was first seen.
    pub first_seen: Micros,
    /// Who has the issue.
    pub assignee: Assignee,
    /// What the issue is about.
    pub category: Category,
    /// Whether the event's release is the newest one.
    pub is_latest_release: bool,
    /// When the event's release was first seen, if it has one.
    pub release_seen: Option<Micros>,
}

/// What is asked for only when it matters.
pub trait Facts {
    /// The value of a tag.
    fn tag(&self, key: &str) -> Option<Cow<'_, str>>;

    /// The values of an attribute: exceptions and frames have several.
    fn attribute(&self, name: &str) -> Vec<Cow<'_, str>>;

    /// How many there were of the issue in the `minutes` that ended `ago` minutes ago, in the rule's
    /// environment; `None` where nothing can be known, as of sessions in a project without.
    fn count(&self, counted: Counted, minutes: u32, ago: u32) -> Option<f64>;
}

/// Whether a rule fires.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Do what it says.
    Fire,
    /// Do not.
    Skip(Skipped),
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipped {
    /// The event is of another environment.
    Environment,
    /// What happened is not what the rule waits for.
    When,
    /// It does not look like what the rule is about.
    Filters,
    /// The rule fired for this issue a short time ago, and may again then.
    TooSoon {
        /// From then on.
        until: Micros,
    },
}

impl IssueRule {
    /// Decides for one event. `fired` is when the rule last fired for this issue. What is cheap is asked
    /// first: counts only if all else fits.
    pub fn decide(
        &self,
        seen: &Seen<'_>,
        facts: &impl Facts,
        fired: Option<Micros>,
        now: Micros,
    ) -> Decision {
        let environment = self.environment.as_deref();
        if environment.is_some_and(|environment| environment != seen.environment) {
            return Decision::Skip(Skipped::Environment);
        }
        let every = u64::from(self.every_minutes) * MINUTE;
        if let Some(fired) = fired
            && now.0.saturating_sub(fired.0) < every
        {
            let until = Micros(fired.0.saturating_add(every));
            return Decision::Skip(Skipped::TooSoon { until });
        }
        let (costly, cheap): (Vec<When>, Vec<When>) =
            self.when.iter().partition(|when| matches!(when, When::Often(_)));
        let cheap = cheap.iter().map(|when| happened(*when, seen));
        let so_far = self.when_match.of(cheap);
        if costly.is_empty() && so_far == Some(false) {
            return Decision::Skip(Skipped::When);
        }
        let filters = self.filters.iter().map(|filter| looks_like(filter, seen, facts, now));
        if !self.filter_match.of(filters).unwrap_or(true) {
            return Decision::Skip(Skipped::Filters);
        }
        if self.when_match.fits(so_far, costly.iter().map(|when| often(*when, facts))) {
            Decision::Fire
        } else {
            Decision::Skip(Skipped::When)
        }
    }
}

impl Quantifier {
    /// `None` if there is nothing to ask.
    fn of(self, conditions: impl Iterator<Item = bool>) -> Option<bool> {
        let mut conditions = conditions.peekable();
        conditions.peek()?;
        Some(match self {
            Self::All => conditions.all(|holds| holds),
            Self::Any => conditions.any(|holds| holds),
            Self::None => !conditions.any(|holds| holds),
        })
    }

    /// The whole, of a part that is known and the rest, which is asked only if it decides.
    fn fits(self, known: Option<bool>, rest: impl Iterator<Item = bool>) -> bool {
        match (self, known) {
            (Self::All | Self::None, Some(false)) => false,
            (Self::Any, Some(true)) => true,
            (Self::Any, Some(false)) => self.of(rest).unwrap_or(false),
            (_, _) => self.of(rest).unwrap_or(true),
        }
    }
}

fn happened(when: When, seen: &Seen<'_>) -> bool {
    match when {
        When::New => seen.change == Change::New,
        When::Regressed => seen.change == Change::Regressed,
        When::Escalating => seen.change == Change::Escalating,
        When::NewHighPriority => seen.change == Change::New && seen.became_high_priority,
        When::BecameHighPriority => seen.change != Change::New && seen.became_high_priority,
        When::EveryEvent => true,
        When::Often(_) => false,
    }
}

fn often(when: When, facts: &impl Facts) -> bool {
    let When::Often(often) = when else { return false };
    let Often { counted, more_than, minutes, compared_minutes } = often;
    let Some(count) = facts.count(counted, minutes, 0) else { return false };
    match compared_minutes {
        None => count > more_than,
        Some(ago) => facts.count(counted, minutes, ago).is_some_and(|before| {
            // From nothing there is no percentage.
            before > 0.0 && (count - before) / before * 100.0 > more_than
        }),
    }
}

fn looks_like(filter: &Filter, seen: &Seen<'_>, facts: &impl Facts, now: Micros) -> bool {
    let age = |since: Micros| now.0.saturating_sub(since.0) / MINUTE;
    match filter {
        Filter::IssueAge(wanted) => wanted.holds(age(seen.first_seen)),
        Filter::ReleaseAge(wanted) => {
            seen.release_seen.is_some_and(|since| wanted.holds(age(since)))
        }
        Filter::SeenAtLeast(count) => seen.events >= *count,
        Filter::Assigned(assignee) => seen.assignee == *assignee,
        Filter::LatestRelease => seen.is_latest_release,
        Filter::Category(category) => seen.category.is(*category),
        Filter::Level(is, level) => is.holds(seen.level, *level),
        Filter::Value(Subject::Tag(key), test) => {
            test.passes(facts.tag(key).as_deref().into_iter())
        }
        Filter::Value(Subject::Attribute(name), test) => {
            let values = facts.attribute(name);
            test.passes(values.iter().map(|value| &**value))
        }
    }
}
