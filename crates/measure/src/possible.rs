//! Whether a rule can fire at all: what a number can be, and which rows there can be.

use alert::{Condition, ENVIRONMENT_BYTES_MAX, Level, Levels, SentryMetricRule, Side};
use lang::ask::{Aggregate, Cell, Column, Field, Filter, Operator, SpanField};
use lang::data_set::{both, is};
use lang::search::{Arithmetic, Formula};

use crate::measured::{Measure, Measured, Value};

/// A rule that can be measured, and would never fire.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum NeverError {
    #[error("{aggregate} is never {side} {end}: a threshold of {level} would never fire")]
    Threshold { aggregate: String, side: &'static str, end: f64, level: f64 },
    #[error("nothing has the {field} {one} and the {field} {other} at once: it would never fire")]
    Contradiction { field: &'static str, one: String, other: String },
    #[error(
        "no error and no session has an environment of more than {ENVIRONMENT_BYTES_MAX} bytes"
    )]
    Environment,
    #[error("{0:?} is not a level; write fatal, error, warning, info or debug")]
    Level(String),
}

impl NeverError {
    /// The field of the rule that is wrong.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Threshold { .. } => "triggers",
            Self::Environment => "environment",
            Self::Contradiction { .. } | Self::Level(_) => "query",
        }
    }
}

/// The smallest and the largest value.
type Range = (f64, f64);

const ANY: Range = (f64::NEG_INFINITY, f64::INFINITY);
const COUNT: Range = (0.0, f64::INFINITY);
const SHARE: Range = (0.0, 1.0);
const PERCENT: Range = (0.0, 100.0);

impl Measured {
    /// Goes on with rules that some data would make fire.
    ///
    /// # Errors
    /// [`NeverError`].
    pub fn check_may_fire(&self, rule: &SentryMetricRule) -> Result<(), NeverError> {
        let environment = rule.question.environment.as_deref();
        let is_long = environment.is_some_and(|name| name.len() > ENVIRONMENT_BYTES_MAX);
        if is_long && !matches!(self, Self::Spans(_)) {
            return Err(NeverError::Environment);
        }
        let range = match self {
            Self::Errors(measure) => {
                let within = environment.map(|name| is(Field::Environment, name));
                check_filter(&measure.filter, within)?;
                measure.range()
            }
            Self::Spans(measure) => {
                let within = environment.map(|name| is(SpanField::Environment, name));
                check_filter(&measure.filter, within)?;
                measure.range()
            }
            Self::Sessions(_) => PERCENT,
        };
        match &rule.rule.condition {
            Condition::Threshold(levels) => check_levels(*levels, range, &rule.question.aggregate),
            // Of a change, the rule itself knows what is possible.
            Condition::Change(_)
            | Condition::Ratio(_)
            | Condition::Cusum(_)
            | Condition::ReturnToPlayer(_) => Ok(()),
        }
    }
}

fn check_levels(levels: Levels, (low, high): Range, aggregate: &str) -> Result<(), NeverError> {
    let (side, end) = match levels.side {
        Side::Above => ("above", high),
        Side::Below => ("below", low),
    };
    let is_out = |level: &f64| match levels.side {
        Side::Above => *level >= high,
        Side::Below => *level <= low,
    };
    match [levels.warning, levels.critical].into_iter().flatten().find(is_out) {
        Some(level) => {
            let aggregate = aggregate.split(" AS ").next().unwrap_or_default().to_owned();
            Err(NeverError::Threshold { aggregate, side, end, level })
        }
        None => Ok(()),
    }
}

impl<F> Measure<F> {
    fn range(&self) -> Range {
        match &self.value {
            Value::Number { formula, .. } => range(formula, &self.columns),
            Value::Share { .. } | Value::Wagers { .. } => ANY,
        }
    }
}

/// What a formula's value can be. Depth is bounded by what made it.
fn range<F>(formula: &Formula, columns: &[Column<F>]) -> Range {
    match formula {
        Formula::Column(place) | Formula::Total(place) => match columns.get(*place) {
            Some(Column::Aggregate(
                Aggregate::Count | Aggregate::CountIf(_) | Aggregate::CountUnique(_),
            )) => COUNT,
            _ => ANY,
        },
        Formula::Constant(value) => (*value, *value),
        Formula::Pair(left, Arithmetic::Divide, right) => {
            if is_part_of_all((left, right), columns) {
                return SHARE;
            }
            let is_positive = |formula| range(formula, columns).0 >= 0.0;
            if is_positive(left) && is_positive(right) { COUNT } else { ANY }
        }
        Formula::Pair(left, Arithmetic::Add, right) => {
            let (left, right) = (range(left, columns), range(right, columns));
            (left.0 + right.0, left.1 + right.1)
        }
        Formula::Pair(left, Arithmetic::Multiply, right) => {
            product(range(left, columns), range(right, columns))
        }
        Formula::Pair(_, Arithmetic::Subtract, _) => ANY,
    }
}

fn is_part_of_all<F>((part, whole): (&Formula, &Formula), columns: &[Column<F>]) -> bool {
    let (Formula::Column(part), Formula::Column(whole)) = (part, whole) else { return false };
    matches!(columns.get(*part), Some(Column::Aggregate(Aggregate::CountIf(_))))
        && matches!(columns.get(*whole), Some(Column::Aggregate(Aggregate::Count)))
}

fn product(left: Range, right: Range) -> Range {
    let ends = [left.0 * right.0, left.0 * right.1, left.1 * right.0, left.1 * right.1];
    // Nothing times what has no end.
    if ends.iter().any(|end| end.is_nan()) {
        return if left.0 >= 0.0 && right.0 >= 0.0 { COUNT } else { ANY };
    }
    let low = ends.iter().copied().fold(f64::INFINITY, f64::min);
    (low, ends.iter().copied().fold(f64::NEG_INFINITY, f64::max))
}

/// A field of which each row has one value, by its name in searches.
trait OneValue: Clone + PartialEq {
    fn name(&self) -> Option<&'static str>;
}

impl OneValue for Field {
    fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::Level => "level",
            Self::Environment => "environment",
            Self::Release => "release",
            Self::Dist => "dist",
            Self::Platform => "platform",
            Self::Transaction => "transaction",
            _ => return None,
        })
    }
}

impl OneValue for SpanField {
    fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::Op => "span.op",
            Self::Status => "span.status",
            Self::Environment => "environment",
            Self::Release => "release",
            Self::Platform => "platform",
            Self::Transaction => "transaction",
            _ => return None,
        })
    }
}

/// Which values a field may have, by what was looked at so far.
type Wanted<F> = Vec<(F, Vec<Cell>)>;

fn check_filter<F: OneValue>(
    filter: &Filter<F>,
    within: Option<Filter<F>>,
) -> Result<(), NeverError> {
    check(&both(within.unwrap_or(Filter::All), filter.clone()), &mut Vec::new())
}

/// Depth is bounded by the search's own.
fn check<F: OneValue>(filter: &Filter<F>, wanted: &mut Wanted<F>) -> Result<(), NeverError> {
    match filter {
        Filter::And(all) => all.iter().try_for_each(|one| check(one, wanted)),
        Filter::Compare(field, Operator::Equal, cell) => {
            want(field, std::slice::from_ref(cell), wanted)
        }
        Filter::In(field, cells) => want(field, cells, wanted),
        Filter::Or(any) => {
            let mut problem = Ok(());
            for one in any {
                match check(one, &mut wanted.clone()) {
                    Ok(()) => return Ok(()),
                    found => problem = problem.and(found),
                }
            }
            problem
        }
        // What is nothing now may be something later: the latest release.
        Filter::All
        | Filter::Nothing
        | Filter::Not(_)
        | Filter::Has(_)
        | Filter::Compare(..)
        | Filter::Contains(..)
        | Filter::Glob(..) => Ok(()),
    }
}

fn want<F: OneValue>(field: &F, cells: &[Cell], wanted: &mut Wanted<F>) -> Result<(), NeverError> {
    let Some(name) = field.name() else { return Ok(()) };
    let first = cells.first().map(shown).unwrap_or_default();
    let is_level = |cell: &Cell| Level::named(&shown(cell)).is_some();
    if name == "level" && !cells.iter().any(is_level) {
        return Err(NeverError::Level(first));
    }
    let Some((_, before)) = wanted.iter_mut().find(|(known, _)| known == field) else {
        wanted.push((field.clone(), cells.to_vec()));
        return Ok(());
    };
    let one = before.first().map(shown).unwrap_or_default();
    before.retain(|known| cells.contains(known));
    if before.is_empty() {
        return Err(NeverError::Contradiction { field: name, one, other: first });
    }
    Ok(())
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.chars().take(100).collect(),
        _ => String::new(),
    }
}
