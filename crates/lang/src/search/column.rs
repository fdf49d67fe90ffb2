//! Columns of an events table: `title`, `tags[os.name]`, `count_unique(user)`.

use super::error::SearchError;
use super::field::{Kind, field};
use super::moment::DAY;
use super::syntax::{Key, KeyValue, Term, TermKind, parse};
use super::value;
use crate::ask::{Aggregate, Cell, Column, Field, Filter, Operator};

/// A column, and how its cells are shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Selected {
    /// What to ask for.
    pub column: Column,
    /// What to make of the answer.
    pub display: Display,
    /// What clients are told about its values.
    pub kind: Type,
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

/// Reads a column of an events table or of a time series over the data set `errors`.
///
/// # Errors
/// When it is no function, or one that error events have no numbers for.
pub fn column(text: &str) -> Result<Selected, SearchError> {
    let text = text.trim();
    let Some((name, arguments)) = text.strip_suffix(')').and_then(|text| text.split_once('('))
    else {
        return plain(text);
    };
    let arguments: Vec<&str> = match arguments.trim() {
        "" => Vec::new(),
        arguments => arguments.split(',').map(str::trim).collect(),
    };
    aggregate(text, name, &arguments)
}

fn plain(text: &str) -> Result<Selected, SearchError> {
    let (display, kind) = match text {
        "issue" => (Display::ShortId, Type::String),
        "project" | "project.name" => (Display::ProjectSlug, Type::String),
        "issue.id" | "project.id" | "project_id" => (Display::Plain, Type::Integer),
        "user.display" => (Display::AfterColon, Type::String),
        "error.handled" => (Display::UnlessFalse, Type::Boolean),
        "error.unhandled" => (Display::Opposite, Type::Boolean),
        "timestamp.to_hour" => return Ok(bucket(DAY / 24)),
        "timestamp.to_day" => return Ok(bucket(DAY)),
        _ => (Display::Plain, Type::from(named(text)?.1)),
    };
    Ok(Selected { column: Column::Field(named(text)?.0), display, kind })
}

fn bucket(width: u64) -> Selected {
    Selected { column: Column::Bucket(width), display: Display::Plain, kind: Type::Date }
}

/// The field that a text names: whatever could stand before the colon of a filter.
fn named(text: &str) -> Result<(Field, Kind), SearchError> {
    let wrong = || SearchError::Key { key: text.to_owned() };
    let filter = format!("{text}:x");
    let terms = parse(&filter)?;
    match terms.as_slice() {
        [Term { kind: TermKind::Filter(KeyValue { negated: false, key, .. }), .. }] => match *key {
            Key::Plain(name) | Key::Quoted(name) | Key::Includes(name) => Ok(field(name)),
            Key::Tag(name, _) => Ok((Field::Tag(name.to_owned()), Kind::Text)),
            Key::Flag(name) => Ok((Field::Flag(name.to_owned()), Kind::Text)),
            Key::Function(_) => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

fn aggregate(text: &str, name: &str, arguments: &[&str]) -> Result<Selected, SearchError> {
    let unknown = || SearchError::Function { function: text.to_owned() };
    let without_numbers = || SearchError::Column {
        column: text.to_owned(),
        reason: "error events have no durations",
    };
    let made = |aggregate, kind| {
        let column = Column::Aggregate(aggregate);
        Ok(Selected { column, display: Display::Plain, kind })
    };
    let rate = |display| {
        let column = Column::Aggregate(Aggregate::Count);
        Ok(Selected { column, display, kind: Type::Rate })
    };
    match (name, arguments) {
        ("count", []) => made(Aggregate::Count, Type::Integer),
        ("count", [of]) => made(Aggregate::CountIf(Filter::Has(named(of)?.0)), Type::Integer),
        ("count_unique" | "uniq", [of]) => {
            made(Aggregate::CountUnique(named(of)?.0), Type::Integer)
        }
        ("count_if", [of, operator, value]) => {
            let filter = count_if(of, operator, value).ok_or_else(unknown)??;
            made(Aggregate::CountIf(filter), Type::Integer)
        }
        ("epm" | "tpm", []) => rate(Display::PerMinute),
        ("eps" | "tps", []) => rate(Display::PerSecond),
        ("last_seen", []) => made(Aggregate::Max(Field::Timestamp), Type::Date),
        ("first_seen", []) => made(Aggregate::Min(Field::Timestamp), Type::Date),
        ("latest_event", []) => made(Aggregate::Latest(Field::EventId), Type::String),
        ("any", [of]) => {
            let (field, kind) = named(of)?;
            made(Aggregate::Latest(field), kind.into())
        }
        ("min" | "max" | "sum" | "avg", [of]) => {
            let (field, kind) = named(of)?;
            let is_number =
                matches!(field, Field::Size | Field::Attachments) || kind == Kind::Number;
            match name {
                "min" if is_number || kind == Kind::Date => {
                    made(Aggregate::Min(field), kind.into())
                }
                "max" if is_number || kind == Kind::Date => {
                    made(Aggregate::Max(field), kind.into())
                }
                "sum" if is_number => made(Aggregate::Sum(field), kind.into()),
                "avg" if is_number => made(Aggregate::Average(field), kind.into()),
                _ => Err(without_numbers()),
            }
        }
        (
            "p50" | "p75" | "p90" | "p95" | "p99" | "p100" | "percentile" | "median" | "apdex"
            | "user_misery" | "count_miserable" | "failure_rate" | "failure_count" | "stddev"
            | "var" | "performance_score" | "count_web_vitals",
            _,
        ) => Err(without_numbers()),
        _ => Err(unknown()),
    }
}

/// `count_if(level,equals,error)`; `None` when the operator is none.
fn count_if(of: &str, operator: &str, text: &str) -> Option<Result<Filter, SearchError>> {
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
    Some(named(of).map(|(field, kind)| {
        let cell = match (kind, operator) {
            (Kind::Boolean, _) => Cell::Bool(value::boolean(text).unwrap_or_default()),
            (Kind::Text, Operator::Equal | Operator::NotEqual) => Cell::Text(text.to_owned()),
            _ => value::number(text).map_or(Cell::Text(text.to_owned()), Cell::F64),
        };
        match operator {
            // Rows without the field are not equal to anything.
            Operator::NotEqual => {
                Filter::Not(Box::new(Filter::Compare(field, Operator::Equal, cell)))
            }
            operator => Filter::Compare(field, operator, cell),
        }
    }))
}
