//! What a rule measures: from the text of an aggregate and a search to columns and how they are read.

use alert::{Condition, Counts, SentryMetricRule, Share, Wagers};
use lang::ask::{Aggregate, Cell, Column, Field, Filter, SpanField};
use lang::data_set::{Rows, Source, asks_transactions, both};
use lang::health::SessionSearchError;
use lang::search::{Arithmetic, Display, Formula, SearchError, SearchField, Selected, select};
use meta::{Meta, MetaError, Project};
use model::clock::Micros;

use crate::names::{SearchTextError, search};
use crate::sessions::Sessions;

/// A rule that cannot be measured.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum MeasureError {
    #[error("{0}")]
    Aggregate(SearchError),
    #[error("an alert needs an aggregate such as count()")]
    NoAggregate,
    #[error("an alert cannot compare a group with all groups")]
    Totals,
    #[error("{0}")]
    Query(SearchError),
    #[error("the search of an alert cannot compare aggregates; use a threshold")]
    Having,
    #[error("{0}")]
    Sessions(#[from] SessionSearchError),
    #[error("{0} is not a field that groups can be made of")]
    Group(String),
    #[error(
        "only a share can be compared with the usual one: failure_rate(), or \
         equation|count_if(…) / count()"
    )]
    NoShare,
    #[error("sessions have no shares of single minutes, and no groups")]
    SessionsOnlyCount,
    #[error("stakes and wins are fields of spans; choose the dataset spans")]
    WagersOfErrors,
    #[error("dataset must be one of: errors, transactions, spans, sessions")]
    Dataset,
    #[error("nothing of that dataset is stored")]
    Nowhere,
    #[error("looking up names")]
    Meta(#[from] MetaError),
}

impl MeasureError {
    /// The field of the rule that is wrong.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Aggregate(_) | Self::NoAggregate | Self::Totals | Self::NoShare => "aggregate",
            Self::Query(_) | Self::Having | Self::Sessions(_) => "query",
            Self::Group(_) => "groupBy",
            Self::SessionsOnlyCount | Self::WagersOfErrors => "anomaly",
            Self::Dataset | Self::Nowhere => "dataset",
            Self::Meta(_) => "rule",
        }
    }
}

/// What a rule measures, wherever it is stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// Error events.
    Errors(Measure<Field>),
    /// Spans.
    Spans(Measure<SpanField>),
    /// Sessions.
    Sessions(Sessions),
}

/// What a rule measures of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure<F> {
    /// Which rows.
    pub filter: Filter<F>,
    /// Whose values are measured apart.
    pub groups: Vec<F>,
    /// What is asked for; aggregates only.
    pub columns: Vec<Column<F>>,
    /// What is made of the columns.
    pub value: Value,
}

/// What is made of columns. Numbers are places among them.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// One number.
    Number {
        /// How it is made.
        formula: Formula,
        /// Over which time it is.
        display: Display,
    },
    /// How many of how many.
    Share {
        /// How many.
        part: usize,
        /// Of how many.
        whole: usize,
        /// What the part is.
        share: Share,
    },
    /// Stakes and wins.
    Wagers {
        /// How many stakes.
        count: usize,
        /// Their sum.
        staked: usize,
        /// The sum of their squares.
        staked_squared: usize,
        /// The sum of wins.
        won: usize,
        /// The sum of weights, each as often as it says: of squared weights.
        weights: usize,
    },
}

/// What was measured of one series at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// Nothing.
    Missing,
    /// A number.
    Number(f64),
    /// A share.
    Share(Counts),
    /// Stakes and wins.
    Wagers(Wagers),
}

impl Measured {
    /// Reads what a rule measures in these projects. Blocks.
    ///
    /// # Errors
    /// [`MeasureError`].
    pub fn of(
        database: &Meta,
        projects: &[Project],
        rule: &SentryMetricRule,
        now: Micros,
    ) -> Result<Self, MeasureError> {
        let question = &rule.question;
        if let Some(sessions) = Sessions::read(question)? {
            let is_number =
                matches!(rule.rule.condition, Condition::Threshold(_) | Condition::Change(_));
            if !is_number || !question.group_by.is_empty() {
                return Err(MeasureError::SessionsOnlyCount);
            }
            return Ok(Self::Sessions(sessions));
        }
        match source(question)? {
            Source::Errors if question.wagers.is_some() => Err(MeasureError::WagersOfErrors),
            Source::Errors => {
                let filter = filter(database, projects, &question.query, now)?;
                Ok(Self::Errors(Measure::read(rule, filter)?))
            }
            source @ (Source::Spans | Source::Transactions) => {
                let filter = filter(database, projects, &question.query, now)?;
                let mut measure = Measure::read(rule, source.spans(filter))?;
                if let (Condition::ReturnToPlayer(_), Some(fields)) =
                    (&rule.rule.condition, &question.wagers)
                {
                    measure.read_wagers(&fields.staked, &fields.won)?;
                }
                Ok(Self::Spans(measure))
            }
            Source::Nowhere => Err(MeasureError::Nowhere),
        }
    }
}

/// Which rows a rule is about. Its data sets have names of their own.
fn source(question: &alert::Question) -> Result<Source, MeasureError> {
    match question.dataset.as_str() {
        "events" | "discover" => {
            let columns = std::iter::once(question.aggregate.as_str());
            let is_timed = asks_transactions(columns, &question.query);
            Ok(if is_timed { Source::Transactions } else { Source::Errors })
        }
        "generic_metrics" | "metrics" => Ok(Source::Transactions),
        "events_analytics_platform" => Ok(Source::Spans),
        name => Source::named(name).ok_or(MeasureError::Dataset),
    }
}

fn filter<F: Rows>(
    database: &Meta,
    projects: &[Project],
    text: &str,
    now: Micros,
) -> Result<Filter<F>, MeasureError> {
    let (filter, having) = search(database, projects, text, now).map_err(|error| match error {
        SearchTextError::Search(error) => MeasureError::Query(error),
        SearchTextError::Meta(error) => MeasureError::Meta(error),
    })?;
    if having.is_empty() { Ok(filter) } else { Err(MeasureError::Having) }
}

impl<F: SearchField> Measure<F> {
    fn read(rule: &SentryMetricRule, filter: Filter<F>) -> Result<Self, MeasureError> {
        let groups = rule.question.group_by.iter().map(|name| group(name));
        let groups = groups.collect::<Result<Vec<F>, _>>()?;
        let condition = &rule.rule.condition;
        if matches!(condition, Condition::ReturnToPlayer(_)) {
            // Spans fill the columns in.
            let value =
                Value::Wagers { count: 0, staked: 1, staked_squared: 2, won: 3, weights: 4 };
            let measure = Self { filter, groups, columns: Vec::new(), value };
            return Ok(measure);
        }
        let selected = aggregate::<F>(&rule.question.aggregate)?;
        let mut columns = Vec::new();
        let formula = selected.placed(&mut columns);
        if formula.needs_totals() {
            return Err(MeasureError::Totals);
        }
        let value = match condition {
            Condition::Ratio(_) | Condition::Cusum(_) => {
                let (part, whole) =
                    counted_share(&formula, &columns).ok_or(MeasureError::NoShare)?;
                Value::Share { part, whole, share: rule.question.share }
            }
            Condition::Threshold(_) | Condition::Change(_) | Condition::ReturnToPlayer(_) => {
                Value::Number { formula, display: selected.display }
            }
        };
        Ok(Self { filter, groups, columns, value })
    }
}

impl Measure<SpanField> {
    fn read_wagers(&mut self, staked: &str, won: &str) -> Result<(), MeasureError> {
        let (staked, won) = (numbers(staked)?, numbers(won)?);
        let count = Aggregate::CountIf(Filter::Has(staked.clone()));
        let squares = Aggregate::Squares(staked.clone());
        let sum = Aggregate::Sum;
        let all = [count, sum(staked.clone()), squares, sum(won), sum(SpanField::Weight)];
        self.columns = all.into_iter().map(Column::Aggregate).collect();
        // A win without a stake is not one of a wager.
        let filter = std::mem::replace(&mut self.filter, Filter::All);
        self.filter = both(filter, Filter::Has(staked));
        Ok(())
    }
}

/// The field of that name, read as numbers.
fn numbers(name: &str) -> Result<SpanField, MeasureError> {
    let field = field_of::<SpanField>(name)?;
    Ok(field.as_number().unwrap_or(field))
}

fn field_of<F: SearchField>(name: &str) -> Result<F, MeasureError> {
    match select::<F>(name).map_err(MeasureError::Aggregate)?.column {
        Column::Field(field) => Ok(field),
        Column::Bucket(_) | Column::Aggregate(_) => Err(MeasureError::Group(name.to_owned())),
    }
}

fn group<F: SearchField>(name: &str) -> Result<F, MeasureError> {
    let field: F = field_of(name).or(Err(MeasureError::Group(name.to_owned())))?;
    // Each project has series of its own anyway; a moment for each row is no group.
    if field == F::PROJECT || field == F::TIMESTAMP || name.is_empty() {
        return Err(MeasureError::Group(name.to_owned()));
    }
    Ok(field)
}

fn aggregate<F: SearchField>(text: &str) -> Result<Selected<F>, MeasureError> {
    let selected = select::<F>(text).map_err(MeasureError::Aggregate)?;
    let is_aggregate = |column: &Column<F>| matches!(column, Column::Aggregate(_));
    if selected.columns().all(is_aggregate) { Ok(selected) } else { Err(MeasureError::NoAggregate) }
}

/// The columns of one count divided by another.
fn counted_share<F>(formula: &Formula, columns: &[Column<F>]) -> Option<(usize, usize)> {
    let Formula::Pair(part, Arithmetic::Divide, whole) = formula else { return None };
    let (Formula::Column(part), Formula::Column(whole)) = (part.as_ref(), whole.as_ref()) else {
        return None;
    };
    let is_count = |place: &usize| {
        let column = columns.get(*place);
        matches!(column, Some(Column::Aggregate(Aggregate::Count | Aggregate::CountIf(_))))
    };
    (is_count(part) && is_count(whole)).then_some((*part, *whole))
}

impl Value {
    /// The first column as it is.
    pub fn number() -> Self {
        Self::Number { formula: Formula::Column(0), display: Display::Plain }
    }

    /// The same when its columns have moved to these places.
    #[must_use]
    pub fn moved(&self, places: &[usize]) -> Self {
        let to = |place: usize| places.get(place).copied().unwrap_or(usize::MAX);
        match self {
            Self::Number { formula, display } => {
                Self::Number { formula: formula.clone().moved(places), display: *display }
            }
            Self::Share { part, whole, share } => {
                Self::Share { part: to(*part), whole: to(*whole), share: *share }
            }
            Self::Wagers { count, staked, staked_squared, won, weights } => Self::Wagers {
                count: to(*count),
                staked: to(*staked),
                staked_squared: to(*staked_squared),
                won: to(*won),
                weights: to(*weights),
            },
        }
    }

    /// What the cells of a row say, which are over so many microseconds.
    pub fn read(&self, cells: &[Cell], micros: u64) -> Reading {
        let number = |place: usize| Formula::Column(place).value(cells, &[]);
        match self {
            Self::Number { formula, display } => {
                let value = formula.value(cells, &[]).filter(|value| value.is_finite());
                value.map_or(Reading::Missing, |value| {
                    Reading::Number(value / display.units(micros).max(f64::MIN_POSITIVE))
                })
            }
            Self::Share { part, whole, share } => {
                let (part, total) = (number(*part), number(*whole));
                let (Some(part), Some(total)) = (part.map(count), total.map(count)) else {
                    return Reading::Missing;
                };
                let good = match share {
                    Share::Good => part.min(total),
                    Share::Bad => total.saturating_sub(part),
                };
                Reading::Share(Counts { good, total })
            }
            Self::Wagers { count: wagers, staked, staked_squared, won, weights } => {
                let Some(wagers) = number(*wagers).filter(|wagers| *wagers >= 1.0) else {
                    return Reading::Missing;
                };
                let sum = |place: usize| number(place).unwrap_or(0.0);
                // Where some spans stand for others, chance is larger than so many wagers would have: a
                // stake counts with the square of its weight, and weights do not depend on stakes.
                let weight = (sum(*weights) / wagers).max(1.0);
                Reading::Wagers(Wagers {
                    count: count(wagers / weight),
                    staked: sum(*staked),
                    staked_squared: sum(*staked_squared) * weight,
                    won: sum(*won),
                })
            }
        }
    }
}

impl Reading {
    /// The number that people see: of shares the share, of wagers what was paid back.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Missing => None,
            Self::Number(value) => Some(*value),
            Self::Share(counts) => counts.share(),
            Self::Wagers(wagers) => (wagers.staked > 0.0).then(|| wagers.won / wagers.staked),
        }
    }
}

/// The nearest whole number; counts of spans are estimates where not all were kept.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "such casts stop at the ends of the range, which is what is wanted"
)]
fn count(number: f64) -> u64 {
    number.round() as u64
}
