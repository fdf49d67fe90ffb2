//! Columns of an events table: `title`, `tags[os.name]`, `count_unique(user)`.

use super::error::SearchError;
use super::field::{Kind, SearchField};
use super::formula::{EQUATION, Formula, equation, place_of};
use super::syntax::{Key, KeyValue, Term, TermKind, parse};
use super::value;
use crate::ask::{Aggregate, Cell, Column, Field, Filter, Operator, SpanField};

/// A column, and how its cells are shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Selected<F = Field> {
    /// What to ask for.
    pub column: Column<F>,
    /// What else to ask for; nothing unless the value is made of several columns.
    pub others: Vec<Column<F>>,
    /// How the value is made of `column` at place 0 and the others after it.
    pub formula: Formula,
    /// What to make of the value.
    pub display: Display,
    /// What clients are told about its values.
    pub kind: Type,
}

impl<F> Selected<F> {
    /// One column, shown as it is.
    pub(super) fn of(column: Column<F>, kind: Type) -> Self {
        let formula = Formula::Column(0);
        Self { column, others: Vec::new(), formula, display: Display::Plain, kind }
    }

    /// Buckets of time.
    pub(super) fn bucket(width: u64) -> Self {
        Self::of(Column::Bucket(width), Type::Date)
    }

    /// A count over a unit of time.
    pub(super) fn rate(aggregate: Aggregate<F>, display: Display) -> Self {
        Self { display, ..Self::of(Column::Aggregate(aggregate), Type::Rate) }
    }

    /// All that has to be asked for.
    pub fn columns(&self) -> impl Iterator<Item = &Column<F>> {
        std::iter::once(&self.column).chain(&self.others)
    }

    /// Whether it is a value of groups rather than of rows.
    pub fn is_aggregate(&self) -> bool {
        self.columns().any(|column| matches!(column, Column::Aggregate(_)))
    }
}

impl<F: SearchField> Selected<F> {
    /// The formula over `columns`, to which its own are added.
    pub fn placed(&self, columns: &mut Vec<Column<F>>) -> Formula {
        let own = self.columns().cloned();
        let places: Vec<usize> = own.map(|column| place_of(columns, column)).collect();
        self.formula.clone().moved(&places)
    }
}

/// What to make of a cell before it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Display {
    /// Nothing.
    Plain,
    /// The short id instead of its number.
    ShortId,
    /// The project's slug instead of its number.
    ProjectSlug,
    /// The opposite truth value.
    Opposite,
    /// True unless it is known to be false.
    UnlessFalse,
    /// What follows the colon: of `id:42` it is `42`.
    AfterColon,
    /// Divided by the minutes of the window, or of a bucket.
    PerMinute,
    /// Divided by the seconds of the window, or of a bucket.
    PerSecond,
}

impl Display {
    /// How many of a rate's units of time there are in so many microseconds; 1 for all else.
    #[expect(clippy::cast_precision_loss, reason = "spans of time are far below 2^53 microseconds")]
    pub fn units(self, micros: u64) -> f64 {
        match self {
            Self::PerMinute => micros as f64 / 60e6,
            Self::PerSecond => micros as f64 / 1e6,
            Self::Plain
            | Self::ShortId
            | Self::ProjectSlug
            | Self::Opposite
            | Self::UnlessFalse
            | Self::AfterColon => 1.0,
        }
    }
}

/// The type of a column, as in `meta.fields`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Type {
    String,
    Integer,
    Number,
    Boolean,
    Date,
    Duration,
    Size,
    Rate,
    Percentage,
    Score,
}

impl Type {
    /// As clients read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Duration => "duration",
            Self::Size => "size",
            Self::Rate => "rate",
            Self::Percentage => "percentage",
            Self::Score => "score",
        }
    }
}

impl From<Kind> for Type {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::String,
            Kind::Number => Self::Number,
            Kind::Duration => Self::Duration,
            Kind::Size => Self::Size,
            Kind::Date => Self::Date,
            Kind::Boolean => Self::Boolean,
        }
    }
}

/// Reads a column of a table or of a time series over error events.
///
/// # Errors
/// When it is no function, or one that error events have no numbers for.
pub fn column(text: &str) -> Result<Selected, SearchError> {
    select(text)
}

/// Reads a column of a table or of a time series over spans.
///
/// # Errors
/// When it is no function, or not of that field.
pub fn span_column(text: &str) -> Result<Selected<SpanField>, SearchError> {
    select(text)
}

/// Reads a column of a table or of a time series over any data set.
///
/// # Errors
/// When it is no function of the data set.
pub fn select<F: SearchField>(text: &str) -> Result<Selected<F>, SearchError> {
    let text = text.trim();
    if let Some(text) = text.strip_prefix(EQUATION) {
        return equation(text);
    }
    let Some((name, inner)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) else {
        return plain(text);
    };
    aggregate(text, name, &arguments(inner))
}

/// What stands between the commas; those in brackets and quotes do not count.
fn arguments(text: &str) -> Vec<&str> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    let (mut brackets, mut quoted) = (0_usize, false);
    let parts = text.split(|character: char| {
        match character {
            '"' => quoted = !quoted,
            '[' if !quoted => brackets += 1,
            ']' if !quoted => brackets = brackets.saturating_sub(1),
            _ => {}
        }
        character == ',' && brackets == 0 && !quoted
    });
    parts.map(str::trim).collect()
}

fn plain<F: SearchField>(text: &str) -> Result<Selected<F>, SearchError> {
    if let Some(selected) = F::plain(text) {
        return Ok(selected);
    }
    let (field, kind) = named(text)?;
    Ok(Selected::of(Column::Field(field), kind.into()))
}

/// The field that a text names: whatever could stand before the colon of a filter.
pub(super) fn named<F: SearchField>(text: &str) -> Result<(F, Kind), SearchError> {
    let wrong = || SearchError::Key { key: text.to_owned() };
    let filter = format!("{text}:x");
    let terms = parse(&filter)?;
    match terms.as_slice() {
        [Term { kind: TermKind::Filter(KeyValue { negated: false, key, .. }), .. }] => match *key {
            Key::Plain(name) | Key::Quoted(name) | Key::Includes(name) => Ok(F::named(name)),
            Key::Tag(name, of) => Ok(F::tag(name, of)),
            Key::Flag(name) => Ok((F::flag(name), Kind::Text)),
            Key::Function(_) => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

fn aggregate<F: SearchField>(
    text: &str,
    name: &str,
    arguments: &[&str],
) -> Result<Selected<F>, SearchError> {
    let made = |aggregate, kind| Ok(Selected::of(Column::Aggregate(aggregate), kind));
    match (name, arguments) {
        ("count", []) => made(Aggregate::Count, Type::Integer),
        ("count", [of]) => made(Aggregate::CountIf(Filter::Has(named(of)?.0)), Type::Integer),
        ("count_unique" | "uniq", [of]) => {
            made(Aggregate::CountUnique(named(of)?.0), Type::Integer)
        }
        ("count_if", [of, operator, value]) => {
            let unknown = || SearchError::Function { function: text.to_owned() };
            let filter = count_if(of, operator, value).ok_or_else(unknown)??;
            made(Aggregate::CountIf(filter), Type::Integer)
        }
        ("epm" | "tpm", []) => Ok(Selected::rate(F::events(name), Display::PerMinute)),
        ("eps" | "tps", []) => Ok(Selected::rate(F::events(name), Display::PerSecond)),
        ("last_seen", []) => made(Aggregate::Max(F::TIMESTAMP), Type::Date),
        ("first_seen", []) => made(Aggregate::Min(F::TIMESTAMP), Type::Date),
        ("any", [of]) => {
            let (field, kind) = named(of)?;
            made(Aggregate::Latest(field), kind.into())
        }
        _ => F::aggregate(text, name, arguments),
    }
}

/// `count_if(level,equals,error)`; `None` when the operator is none.
fn count_if<F: SearchField>(
    of: &str,
    operator: &str,
    text: &str,
) -> Option<Result<Filter<F>, SearchError>> {
    let operator = match operator {
        "equals" => Operator::Equal,
        "notEquals" => Operator::NotEqual,
        "less" => Operator::Less,
        "lessOrEquals" => Operator::LessOrEqual,
        "greater" => Operator::Greater,
        "greaterOrEquals" => Operator::GreaterOrEqual,
        _ => return None,
    };
    let text = text.trim_matches('"');
    Some(named::<F>(of).map(|(field, kind)| {
        let is_ordered = !matches!(operator, Operator::Equal | Operator::NotEqual);
        let field = field.as_number().filter(|_| is_ordered).unwrap_or(field);
        let equal = match kind {
            Kind::Boolean => field.clone().truth(of, value::boolean(text).unwrap_or_default()),
            Kind::Text if !is_ordered => {
                Filter::Compare(field.clone(), Operator::Equal, Cell::Text(text.to_owned()))
            }
            _ => {
                let number = value::number(text)
                    .or_else(|| value::duration_millis(text).filter(|_| kind == Kind::Duration));
                let cell = number.map_or(Cell::Text(text.to_owned()), Cell::F64);
                Filter::Compare(field.clone(), Operator::Equal, cell)
            }
        };
        match (operator, equal) {
            (Operator::Equal, equal) => equal,
            // Rows without the field are not equal to anything.
            (Operator::NotEqual, equal) => Filter::Not(Box::new(equal)),
            (operator, Filter::Compare(field, _, cell)) => Filter::Compare(field, operator, cell),
            (_, other) => other,
        }
    }))
}
