//! Whether one span, as it arrives, meets a condition: the meaning that questions have for stored ones.

use std::borrow::Cow;
use std::cmp::Ordering;

use model::span::{AttributeValue, SpanRow};

use crate::ask::{Cell, Filter, Glob, Operator, SpanField};
use crate::pattern::Pattern;

/// A condition made ready to be asked of many spans.
#[derive(Debug, Clone)]
pub struct Matcher {
    condition: Condition,
}

#[derive(Debug, Clone)]
enum Condition {
    Always,
    Never,
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Has(SpanField),
    Compare(SpanField, Operator, Cell),
    In(SpanField, Vec<Cell>),
    Fits(SpanField, Pattern),
}

/// What a span has in a field.
enum Value<'a> {
    Nothing,
    /// An id that is not there compares with nothing, not even with the empty text.
    NoId,
    Text(Cow<'a, str>),
    Whole(u64),
    Number(f64),
    Time(u64),
    Truth(bool),
}

impl Matcher {
    /// Of a filter.
    pub fn new(filter: &Filter<SpanField>) -> Self {
        Self { condition: condition(filter) }
    }

    /// Whether the span meets it.
    pub fn matches(&self, row: &SpanRow<'_>) -> bool {
        self.condition.holds(row)
    }
}

/// As deep as the filter, whose depth the grammar limits.
fn condition(filter: &Filter<SpanField>) -> Condition {
    let all = |filters: &[Filter<SpanField>]| filters.iter().map(condition).collect();
    match filter {
        Filter::All => Condition::Always,
        Filter::Nothing => Condition::Never,
        Filter::And(filters) => Condition::All(all(filters)),
        Filter::Or(filters) => Condition::Any(all(filters)),
        Filter::Not(inner) => Condition::Not(Box::new(condition(inner))),
        Filter::Has(field) => Condition::Has(field.clone()),
        Filter::Compare(field, operator, cell) => {
            Condition::Compare(field.clone(), *operator, cell.clone())
        }
        Filter::In(field, cells) => Condition::In(field.clone(), cells.clone()),
        Filter::Contains(field, part) => Condition::Fits(field.clone(), Pattern::contains(part)),
        // The same, and faster.
        Filter::Glob(field, Glob { pieces }) if is_contains(pieces) => {
            let part = pieces.get(1).map_or("", String::as_str);
            Condition::Fits(field.clone(), Pattern::contains(part))
        }
        Filter::Glob(field, glob) => Condition::Fits(field.clone(), Pattern::glob(glob, false)),
    }
}

/// Whether a pattern is one text with anything before and after it.
fn is_contains(pieces: &[String]) -> bool {
    matches!(pieces, [first, _, last] if first.is_empty() && last.is_empty())
}

impl Condition {
    fn holds(&self, row: &SpanRow<'_>) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::All(all) => all.iter().all(|one| one.holds(row)),
            Self::Any(any) => any.iter().any(|one| one.holds(row)),
            Self::Not(inner) => !inner.holds(row),
            Self::Has(field) => !matches!(value(field, row), Value::Nothing | Value::NoId),
            Self::Compare(field, operator, cell) => value(field, row).compares(*operator, cell),
            Self::In(field, cells) => {
                let value = value(field, row);
                cells.iter().any(|cell| value.compares(Operator::Equal, cell))
            }
            Self::Fits(field, pattern) => match value(field, row) {
                Value::Text(text) => pattern.fits_text(&text),
                Value::Whole(number) => pattern.fits_text(&number.to_string()),
                _ => pattern.fits_text(""),
            },
        }
    }
}

impl Value<'_> {
    fn compares(&self, operator: Operator, wanted: &Cell) -> bool {
        let ordering = match (self, wanted) {
            (Self::Nothing, Cell::Text(wanted)) => Some("".cmp(wanted)),
            (Self::Text(has), Cell::Text(wanted)) => Some(has.as_ref().cmp(wanted)),
            (Self::Text(has), Cell::Bool(wanted)) => {
                Some(has.as_ref().cmp(if *wanted { "true" } else { "false" }))
            }
            (Self::Text(has), wanted) => has.parse().ok().and_then(|has| order(has, wanted)),
            (Self::Whole(has), Cell::U64(wanted)) => Some(has.cmp(wanted)),
            (Self::Whole(has), wanted) => order(approximately(*has), wanted),
            (Self::Number(has), wanted) => order(*has, wanted),
            (Self::Time(has), Cell::Time(wanted)) => Some(has.cmp(&wanted.0)),
            (Self::Truth(has), Cell::Bool(wanted)) => Some(has.cmp(wanted)),
            _ => None,
        };
        ordering.is_some_and(|ordering| holds(operator, ordering))
    }
}

fn holds(operator: Operator, ordering: Ordering) -> bool {
    match operator {
        Operator::Equal => ordering.is_eq(),
        Operator::NotEqual => ordering.is_ne(),
        Operator::Less => ordering.is_lt(),
        Operator::LessOrEqual => ordering.is_le(),
        Operator::Greater => ordering.is_gt(),
        Operator::GreaterOrEqual => ordering.is_ge(),
    }
}

fn order(has: f64, wanted: &Cell) -> Option<Ordering> {
    let wanted = match wanted {
        Cell::U64(number) => approximately(*number),
        Cell::F64(number) => *number,
        Cell::Text(text) => text.parse().ok()?,
        Cell::Null | Cell::Bool(_) | Cell::Time(_) | Cell::Histogram(_) => return None,
    };
    has.partial_cmp(&wanted)
}

#[expect(clippy::cast_precision_loss, reason = "compared with other approximate numbers")]
fn approximately(number: u64) -> f64 {
    number as f64
}

fn value<'a>(field: &SpanField, row: &'a SpanRow<'_>) -> Value<'a> {
    match field {
        SpanField::Project => Value::Whole(row.project.0),
        SpanField::Trace => id(Some(&row.trace)),
        SpanField::Span => id(Some(&row.span)),
        SpanField::Parent => id(row.parent.as_ref()),
        SpanField::Segment => id(Some(&row.segment)),
        SpanField::IsSegment => Value::Truth(row.is_segment),
        SpanField::Timestamp => Value::Time(row.timestamp.0),
        SpanField::Received => Value::Time(row.received.0),
        SpanField::Duration => Value::Number(approximately(row.duration) / 1_000.0),
        SpanField::SelfTime => Value::Number(approximately(row.self_time) / 1_000.0),
        SpanField::Op => text(&row.op),
        SpanField::Category => text(&row.category),
        SpanField::Name => text(&row.name),
        SpanField::Description => text(&row.description),
        SpanField::Group if row.group == 0 => Value::Nothing,
        SpanField::Group => Value::Text(Cow::Owned(format!("{:016x}", row.group))),
        SpanField::Transaction => text(&row.transaction),
        SpanField::Status => text(&row.status),
        SpanField::Environment => text(&row.environment),
        SpanField::Release => text(&row.release),
        SpanField::Platform => text(&row.platform),
        SpanField::User => text(&row.user),
        SpanField::Weight => Value::Number(row.weight),
        SpanField::Attribute(name) => match row.attribute(name) {
            None => Value::Nothing,
            Some(AttributeValue::Text(value)) => text(value),
            Some(AttributeValue::Bool(true)) => text("true"),
            Some(AttributeValue::Bool(false)) => text("false"),
            Some(AttributeValue::Number(number)) => Value::Text(Cow::Owned(number.to_string())),
        },
        SpanField::Number(name) => match row.attribute(name) {
            Some(AttributeValue::Number(number)) => Value::Number(*number),
            Some(AttributeValue::Text(text)) => text.parse().map_or(Value::Nothing, Value::Number),
            Some(AttributeValue::Bool(_)) | None => Value::Nothing,
        },
    }
}

fn text(text: &str) -> Value<'_> {
    if text.is_empty() { Value::Nothing } else { Value::Text(Cow::Borrowed(text)) }
}

fn id<T: ToString>(id: Option<&T>) -> Value<'static> {
    id.map_or(Value::NoId, |id| Value::Text(Cow::Owned(id.to_string())))
}
