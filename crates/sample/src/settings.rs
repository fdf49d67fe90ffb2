//! What can be set for a project. Names in JSON are those of our API.

use lang::ask::{Cell, Filter, SpanField};
use lang::search::{Role, SearchField, span_filter};
use model::clock::Micros;
use model::limits::SAMPLING_RULES_MAX;
use serde::{Deserialize, Serialize};

/// Characters of a rule's name.
const NAME_CHARS_MAX: usize = 100;
/// Characters of a rule's search: it is asked of every span that arrives.
const QUERY_CHARS_MAX: usize = 1_024;
const HOURS_MAX: u32 = 24 * 30;
const RARE_MAX: u32 = 1_000;
const SPANS_PER_SECOND_MAX: u32 = 1_000_000;

/// Which traces of a project stay. Rates are shares from 0 to 1; a rule with a rate of 0 is off, except
/// for the project's own, which drop what they match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Settings {
    /// Whether anything is thinned out at all.
    pub enabled: bool,
    /// Of traces in which something failed.
    pub error: f64,
    /// Of traces that took long.
    pub slow: Slow,
    /// Of traces of new releases.
    pub new_release: NewRelease,
    /// Of what is seen seldom.
    pub rare: Rare,
    /// Of all others.
    pub background: Background,
    /// Spans per second that should stay; the background gives way for it.
    pub spans_per_second: u32,
    /// The project's own rules.
    pub rules: Vec<CustomRule>,
}

/// Traces that are slower than nearly all others of their transaction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Slow {
    /// Which share of the transaction's durations, those of the last ten minutes, is shorter.
    pub quantile: f64,
    /// Which share of the slow ones stays.
    pub rate: f64,
}

/// Traces of releases that are new.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NewRelease {
    /// Hours for which a release is new.
    pub hours: u32,
    /// Which share stays.
    pub rate: f64,
}

/// Traces of transactions that are seen seldom.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Rare {
    /// Traces of each transaction and class of status that stay in ten minutes, if there are as many.
    pub count: u32,
}

/// Traces that nothing speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Background {
    /// The smallest share.
    pub min: f64,
    /// The largest share.
    pub max: f64,
}

/// A rule of the project's own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CustomRule {
    /// What people call it.
    pub name: String,
    /// A search for spans: the rule is for traces in which one matches.
    pub query: String,
    /// Which share stays; 0 drops what no other rule keeps.
    pub sample_rate: f64,
}

impl Default for Settings {
    fn default() -> Self {
        let rule = |name: &str, query: &str, sample_rate| CustomRule {
            name: name.to_owned(),
            query: query.to_owned(),
            sample_rate,
        };
        Self {
            enabled: true,
            error: 1.0,
            slow: Slow::default(),
            new_release: NewRelease::default(),
            rare: Rare::default(),
            background: Background::default(),
            spans_per_second: 500,
            rules: vec![
                rule("Payouts", PAYOUTS, 0.5),
                rule("Canaries", "deployment:canary", 0.1),
                rule("Health checks", HEALTH_CHECKS, 0.0),
            ],
        }
    }
}

/// Money on its way out.
const PAYOUTS: &str =
    "transaction:*withdraw* OR transaction:*payout* OR ig.flow:[withdrawal,payout]";
/// What only asks whether we are there.
const HEALTH_CHECKS: &str = "is_transaction:true (transaction:*/health OR transaction:*/healthz OR \
    transaction:*/ready OR transaction:*/readyz OR transaction:*/live OR transaction:*/livez OR \
    transaction:*/ping)";

impl Default for Slow {
    fn default() -> Self {
        Self { quantile: 0.95, rate: 1.0 }
    }
}

impl Default for NewRelease {
    fn default() -> Self {
        Self { hours: 24, rate: 0.1 }
    }
}

impl Default for Rare {
    fn default() -> Self {
        Self { count: 10 }
    }
}

impl Default for Background {
    fn default() -> Self {
        Self { min: 0.01, max: 0.05 }
    }
}

/// A setting makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {reason}")]
pub struct Problem {
    /// Which, as in JSON: `slow.quantile`, `rules.2.query`.
    pub field: String,
    /// Why.
    pub reason: String,
}

impl Settings {
    /// Checks ranges, sizes, and whether the searches can be read.
    ///
    /// # Errors
    /// The first that makes no sense.
    pub fn check(&self) -> Result<(), Problem> {
        let rates = [
            ("error", self.error),
            ("slow.rate", self.slow.rate),
            ("newRelease.rate", self.new_release.rate),
            ("background.min", self.background.min),
            ("background.max", self.background.max),
        ];
        for (field, rate) in rates {
            check_rate(field, rate)?;
        }
        if !(0.5..=0.999).contains(&self.slow.quantile) {
            return Err(problem("slow.quantile", "must be between 0.5 and 0.999"));
        }
        if self.background.min > self.background.max {
            return Err(problem("background.min", "must not be greater than background.max"));
        }
        let numbers = [
            ("newRelease.hours", self.new_release.hours, 1..=HOURS_MAX),
            ("rare.count", self.rare.count, 0..=RARE_MAX),
            ("spansPerSecond", self.spans_per_second, 1..=SPANS_PER_SECOND_MAX),
        ];
        for (field, number, range) in numbers {
            if !range.contains(&number) {
                let reason = format!("must be between {} and {}", range.start(), range.end());
                return Err(problem(field, reason));
            }
        }
        if self.rules.len() > SAMPLING_RULES_MAX {
            let reason = format!("must have at most {SAMPLING_RULES_MAX} entries");
            return Err(problem("rules", reason));
        }
        for (place, rule) in self.rules.iter().enumerate() {
            rule.check(place)?;
        }
        Ok(())
    }

    /// Which spans the rule at that place is for; `None` when there is none, or it cannot be read.
    pub fn rule_filter(&self, place: usize) -> Option<Filter<SpanField>> {
        self.rules.get(place)?.filter().ok()
    }
}

impl CustomRule {
    fn check(&self, place: usize) -> Result<(), Problem> {
        let field = |name: &str| format!("rules.{place}.{name}");
        check_rate(&field("sampleRate"), self.sample_rate)?;
        let chars = self.name.chars().count();
        if self.name.trim().is_empty() || chars > NAME_CHARS_MAX {
            let reason = format!("must have between 1 and {NAME_CHARS_MAX} characters");
            return Err(problem(field("name"), reason));
        }
        self.filter().map(drop).map_err(|reason| problem(field("query"), reason))
    }

    /// What the search means; otherwise why it cannot be a rule's.
    pub(crate) fn filter(&self) -> Result<Filter<SpanField>, String> {
        if self.query.trim().is_empty() {
            return Err("must say which spans are meant".to_owned());
        }
        if self.query.chars().count() > QUERY_CHARS_MAX {
            return Err(format!("must have at most {QUERY_CHARS_MAX} characters"));
        }
        let (filter, having) =
            span_filter(&self.query, Micros(0)).map_err(|problem| problem.to_string())?;
        if let Some(having) = having.first() {
            return Err(format!("{} is known of groups, not of a span", having.function));
        }
        check_fields(&filter)?;
        Ok(filter)
    }
}

/// Refuses what cannot be known of a span that arrives. As deep as the grammar allows.
fn check_fields(filter: &Filter<SpanField>) -> Result<(), String> {
    let field = match filter {
        Filter::All | Filter::Nothing => return Ok(()),
        Filter::And(all) | Filter::Or(all) => return all.iter().try_for_each(check_fields),
        Filter::Not(inner) => return check_fields(inner),
        Filter::Compare(field, _, Cell::Text(text)) if field.role() == Role::Release => {
            if text == "latest" {
                return Err("release:latest is not known of a span that arrives".to_owned());
            }
            return Ok(());
        }
        Filter::Has(field)
        | Filter::Compare(field, ..)
        | Filter::In(field, _)
        | Filter::Contains(field, _)
        | Filter::Glob(field, _) => field,
    };
    match (field, field.role()) {
        (SpanField::Timestamp | SpanField::Received, _) => {
            Err("a rule is for spans of any time".to_owned())
        }
        (_, Role::Project) => Err("a rule is for one project anyway".to_owned()),
        (_, Role::ReleasePart(part)) => Err(format!("{part} is not known of a span that arrives")),
        _ => Ok(()),
    }
}

fn check_rate(field: &str, rate: f64) -> Result<(), Problem> {
    if (0.0..=1.0).contains(&rate) {
        return Ok(());
    }
    Err(problem(field, "must be between 0 and 1"))
}

fn problem(field: impl Into<String>, reason: impl Into<String>) -> Problem {
    Problem { field: field.into(), reason: reason.into() }
}
