//! Columns of questions as expressions, and what their values look like.

use arrow::datatypes::DataType;
use datafusion::functions_aggregate::expr_fn::{avg, count, count_distinct, max, min, sum};
use datafusion::functions_aggregate::first_last::first_value;
use datafusion::logical_expr::{Expr, SortExpr, cast, ident, lit, try_cast, when};
use lang::ask::{Aggregate, AskError, Column, Field};

use crate::filter::condition;
use crate::pattern::tag;
use crate::session::asked;

/// What the values of a column look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Text; the empty one means that there is none.
    Text,
    /// Bytes, shown as hex.
    Id,
    /// A whole number.
    Whole,
    /// Any number.
    Number,
    /// Microseconds since 1970.
    Time,
    /// True or false.
    Truth,
}

/// What the values of a field look like.
pub(crate) fn shape(field: &Field) -> Shape {
    match field {
        Field::Project | Field::Issue | Field::Size | Field::Attachments => Shape::Whole,
        Field::EventId | Field::Trace | Field::Span => Shape::Id,
        Field::Timestamp | Field::Received => Shape::Time,
        Field::ErrorHandled => Shape::Truth,
        _ => Shape::Text,
    }
}

/// True for fields that hold a list, one a line.
pub(crate) fn is_multi_line(field: &Field) -> bool {
    matches!(field, Field::StackFunctions | Field::StackModules | Field::StackFilenames)
}

/// The stored value of a field.
pub(crate) fn value(field: &Field) -> Expr {
    ident(match field {
        Field::Project => "project",
        Field::Issue => "issue",
        Field::EventId => "event_id",
        Field::Timestamp => "timestamp",
        Field::Received => "received",
        Field::Level => "level",
        Field::EventType => "event_type",
        Field::Platform => "platform",
        Field::Environment => "environment",
        Field::Release => "release",
        Field::Dist => "dist",
        Field::Transaction => "transaction",
        Field::ServerName => "server_name",
        Field::Logger => "logger",
        Field::Title => "title",
        Field::Message => "message",
        Field::Culprit => "culprit",
        Field::User => "user",
        Field::UserId => "user_id",
        Field::UserEmail => "user_email",
        Field::UserUsername => "user_username",
        Field::UserIp => "user_ip",
        Field::GeoCountry => "geo_country",
        Field::SdkName => "sdk_name",
        Field::SdkVersion => "sdk_version",
        Field::HttpMethod => "http_method",
        Field::HttpUrl => "http_url",
        Field::ErrorType => "error_type",
        Field::ErrorValue => "error_value",
        Field::ErrorMechanism => "error_mechanism",
        Field::ErrorHandled => "error_handled",
        Field::StackFunctions => "stack_functions",
        Field::StackModules => "stack_modules",
        Field::StackFilenames => "stack_filenames",
        Field::Trace => "trace",
        Field::Span => "span",
        Field::Replay => "replay",
        Field::Size => "size",
        Field::Attachments => "attachments",
        Field::Tag(name) => return tag("tags", name),
        Field::Flag(name) => return tag("flags", name),
    })
}

/// What the values of a column of an answer look like.
pub(crate) fn shape_of(column: &Column) -> Shape {
    match column {
        Column::Field(field) => shape(field),
        Column::Bucket(_) => Shape::Time,
        Column::Aggregate(aggregate) => match aggregate {
            Aggregate::Count | Aggregate::CountIf(_) | Aggregate::CountUnique(_) => Shape::Whole,
            Aggregate::Average(_) | Aggregate::Quantile(..) => Shape::Number,
            Aggregate::Min(field) | Aggregate::Max(field) => extreme(field),
            Aggregate::Sum(field) if shape(field) == Shape::Whole => Shape::Whole,
            Aggregate::Sum(_) => Shape::Number,
            Aggregate::Latest(field) => shape(field),
        },
    }
}

/// A column of an answer, by its name.
pub(crate) fn answer_column(place: usize) -> Expr {
    ident(answer_name(place))
}

fn answer_name(place: usize) -> String {
    format!("c{place}")
}

/// A column of an answer under its name.
pub(crate) fn named(place: usize, column: &Column) -> Result<Expr, AskError> {
    let expression = match column {
        Column::Field(field) => value(field),
        Column::Bucket(micros) => {
            let width = lit(i64::try_from(*micros).unwrap_or(i64::MAX));
            ident("timestamp") - ident("timestamp") % width
        }
        Column::Aggregate(of) => aggregate(of)?,
    };
    Ok(expression.alias(answer_name(place)))
}

fn aggregate(aggregate: &Aggregate) -> Result<Expr, AskError> {
    let only_if = |is: Expr, then: Expr| when(is, then).end().map_err(asked);
    Ok(match aggregate {
        Aggregate::Count => count(lit(1)),
        Aggregate::CountIf(filter) => count(only_if(condition(filter), lit(1))?),
        Aggregate::CountUnique(field) => match shape(field) {
            Shape::Text => {
                count_distinct(only_if(value(field).not_eq(lit("")), plain_text(field))?)
            }
            _ => count_distinct(value(field)),
        },
        Aggregate::Min(field) => min(comparable(field)?),
        Aggregate::Max(field) => max(comparable(field)?),
        Aggregate::Sum(field) => match shape(field) {
            Shape::Whole => sum(cast(value(field), DataType::UInt64)),
            _ => sum(number(field)?),
        },
        Aggregate::Average(field) => avg(number(field)?),
        Aggregate::Quantile(..) => {
            return Err(AskError::Invalid("error events have no percentiles".to_owned()));
        }
        Aggregate::Latest(field) => {
            let value = if shape(field) == Shape::Text { plain_text(field) } else { value(field) };
            first_value(value, newest_first())
        }
    })
}

/// Newest first; among those of one moment by id, so that the order is always the same.
pub(crate) fn newest_first() -> Vec<SortExpr> {
    vec![ident("timestamp").sort(false, false), ident("event_id").sort(false, false)]
}

/// Text that is not in a dictionary, whose entries aggregates would compare one by one.
fn plain_text(field: &Field) -> Expr {
    cast(value(field), DataType::Utf8)
}

/// What the smallest and the largest value of a field look like: tags count as numbers.
fn extreme(field: &Field) -> Shape {
    match field {
        Field::Tag(_) | Field::Flag(_) => Shape::Number,
        field => shape(field),
    }
}

fn comparable(field: &Field) -> Result<Expr, AskError> {
    match extreme(field) {
        Shape::Number => number(field),
        Shape::Text => {
            let text = plain_text(field);
            when(value(field).not_eq(lit("")), text).end().map_err(asked)
        }
        Shape::Whole | Shape::Time => Ok(value(field)),
        Shape::Id | Shape::Truth => {
            Err(AskError::Invalid(format!("{field:?} has no smallest or largest value")))
        }
    }
}

fn number(field: &Field) -> Result<Expr, AskError> {
    match (shape(field), field) {
        (Shape::Whole, _) => Ok(cast(value(field), DataType::Float64)),
        (_, Field::Tag(_) | Field::Flag(_)) => Ok(try_cast(value(field), DataType::Float64)),
        _ => Err(AskError::Invalid(format!("{field:?} is not a number"))),
    }
}
