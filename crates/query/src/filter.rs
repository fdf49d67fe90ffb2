//! Conditions on rows as expressions. A row without a value meets no comparison, so that what is not
//! true may be negated like what is false.

use arrow::datatypes::DataType;
use datafusion::logical_expr::{
    Expr, Operator as Op, binary_expr, cast, is_not_true, lit, try_cast,
};
use datafusion::scalar::ScalarValue;
use lang::ask::{Cell, Field, Filter, Operator};
use lang::search::parse_moment;
use model::id::{EventId, SpanId};

use crate::column::{Shape, is_multi_line, shape, value};
use crate::pattern::Pattern;
use crate::scan::signed;

/// The condition that a row matches.
pub(crate) fn condition(filter: &Filter) -> Expr {
    match filter {
        Filter::All => lit(true),
        Filter::Nothing => lit(false),
        Filter::And(all) => joined(all.iter().map(condition), Expr::and).unwrap_or(lit(true)),
        Filter::Or(any) => joined(any.iter().map(condition), Expr::or).unwrap_or(lit(false)),
        Filter::Not(inner) => is_not_true(condition(inner)),
        Filter::Has(field) => has(field),
        Filter::Compare(field, operator, cell) => compare(field, *operator, cell),
        Filter::In(field, cells) => is_in(field, cells),
        Filter::Contains(field, part) => Pattern::contains(part).fits(text(field)),
        Filter::Glob(field, glob) => Pattern::glob(glob, is_multi_line(field)).fits(text(field)),
    }
}

/// Joins neighbours, then neighbours of those, because the planner calls itself for each level.
fn joined(each: impl Iterator<Item = Expr>, join: fn(Expr, Expr) -> Expr) -> Option<Expr> {
    let mut level: Vec<Expr> = each.collect();
    while level.len() > 1 {
        let mut rest = level.into_iter();
        level = std::iter::from_fn(|| {
            let left = rest.next()?;
            Some(match rest.next() {
                Some(right) => join(left, right),
                None => left,
            })
        })
        .collect();
    }
    level.pop()
}

/// How many conditions the filter is made of.
pub(crate) fn conditions(filter: &Filter) -> usize {
    match filter {
        Filter::And(all) | Filter::Or(all) => 1 + all.iter().map(conditions).sum::<usize>(),
        Filter::Not(inner) => 1 + conditions(inner),
        Filter::In(field, cells) if !is_set(field, cells) => 1 + cells.len(),
        _ => 1,
    }
}

/// True when so few rows can match that looking at them one by one pays.
pub(crate) fn few_match(filter: &Filter) -> bool {
    match filter {
        Filter::Nothing => true,
        Filter::And(all) => all.iter().any(few_match),
        Filter::Or(any) => any.iter().all(few_match),
        Filter::Compare(field, Operator::Equal, _) | Filter::In(field, _) => matches!(
            field,
            Field::EventId
                | Field::Issue
                | Field::Trace
                | Field::Span
                | Field::Replay
                | Field::User
                | Field::UserId
                | Field::UserEmail
                | Field::UserUsername
                | Field::UserIp
        ),
        _ => false,
    }
}

/// The field where it can be searched as text: numbers are written out.
fn text(field: &Field) -> Expr {
    match shape(field) {
        Shape::Text | Shape::Id => value(field),
        _ => cast(value(field), DataType::Utf8),
    }
}

fn has(field: &Field) -> Expr {
    match shape(field) {
        Shape::Text => value(field).not_eq(lit("")),
        Shape::Id | Shape::Truth => value(field).is_not_null(),
        Shape::Whole | Shape::Number | Shape::Time => lit(true),
    }
}

fn compare(field: &Field, operator: Operator, cell: &Cell) -> Expr {
    if is_multi_line(field)
        && let Cell::Text(line) = cell
    {
        let fits = Pattern::Line(line.clone()).fits(value(field));
        return match operator {
            Operator::Equal => fits,
            Operator::NotEqual => is_not_true(fits),
            _ => lit(false),
        };
    }
    match literal(field, cell) {
        Some((value, literal)) => binary_expr(value, op(operator), literal),
        // What cannot be such a value differs from all of them, and has no order among them.
        None => lit(operator == Operator::NotEqual),
    }
}

/// True when the engine can look the values up in a set.
fn is_set(field: &Field, cells: &[Cell]) -> bool {
    let fits = |cell: &Cell| match shape(field) {
        Shape::Text => matches!(cell, Cell::Text(_)) && !is_multi_line(field),
        Shape::Whole => matches!(cell, Cell::U64(_)),
        _ => false,
    };
    !cells.is_empty() && cells.iter().all(fits)
}

fn is_in(field: &Field, cells: &[Cell]) -> Expr {
    if is_set(field, cells) {
        let literals = cells.iter().filter_map(|cell| Some(literal(field, cell)?.1)).collect();
        return value(field).in_list(literals, false);
    }
    let each = cells.iter().map(|cell| compare(field, Operator::Equal, cell));
    joined(each, Expr::or).unwrap_or(lit(false))
}

/// How the engine compares.
pub(crate) fn op(operator: Operator) -> Op {
    match operator {
        Operator::Equal => Op::Eq,
        Operator::NotEqual => Op::NotEq,
        Operator::Less => Op::Lt,
        Operator::LessOrEqual => Op::LtEq,
        Operator::Greater => Op::Gt,
        Operator::GreaterOrEqual => Op::GtEq,
    }
}

/// The field and the value, in one type; `None` when the value cannot be one of the field's.
fn literal(field: &Field, cell: &Cell) -> Option<(Expr, Expr)> {
    let plain = value(field);
    Some(match (shape(field), cell) {
        (_, Cell::Null) => return None,
        (Shape::Text, Cell::Text(text)) => (plain, lit(text.as_str())),
        (Shape::Text, Cell::Bool(truth)) => (plain, lit(if *truth { "true" } else { "false" })),
        (Shape::Text, Cell::Time(_)) => return None,
        (Shape::Text, number) => (try_cast(plain, DataType::Float64), lit(as_f64(number)?)),
        (Shape::Whole, Cell::U64(number)) => (cast(plain, DataType::UInt64), lit(*number)),
        (Shape::Whole, Cell::Text(text)) => {
            (cast(plain, DataType::UInt64), lit(text.parse::<u64>().ok()?))
        }
        (Shape::Whole | Shape::Number, number) => {
            (cast(plain, DataType::Float64), lit(as_f64(number)?))
        }
        (Shape::Time, Cell::Time(at)) => (plain, lit(signed(*at))),
        (Shape::Time, Cell::Text(text)) => (plain, lit(signed(parse_moment(text)?.start()))),
        (Shape::Time, number) => (cast(plain, DataType::Float64), lit(as_f64(number)?)),
        (Shape::Truth, Cell::Bool(truth)) => (plain, lit(*truth)),
        (Shape::Truth, Cell::Text(text)) => (plain, lit(text.parse::<bool>().ok()?)),
        (Shape::Truth, _) => return None,
        (Shape::Id, Cell::Text(text)) => (plain, lit(id(field, text)?)),
        (Shape::Id, _) => return None,
    })
}

fn id(field: &Field, text: &str) -> Option<ScalarValue> {
    let bytes = match field {
        Field::Span => SpanId::parse(text).ok()?.0.to_vec(),
        // Traces have the same length.
        _ => EventId::parse(text).ok()?.0.to_vec(),
    };
    let width = i32::try_from(bytes.len()).ok()?;
    Some(ScalarValue::FixedSizeBinary(width, Some(bytes)))
}

#[expect(clippy::cast_precision_loss, reason = "compared with other approximate numbers")]
fn as_f64(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::U64(number) => Some(*number as f64),
        Cell::F64(number) => Some(*number),
        Cell::Time(at) => Some(at.0 as f64),
        Cell::Text(text) => text.parse().ok(),
        Cell::Null | Cell::Bool(_) => None,
    }
}

/// The condition of a question and what its scope leaves to be checked row by row.
pub(crate) fn rows_of(filter: &Filter, rest_of_scope: Option<Expr>) -> Option<Expr> {
    let filter = (*filter != Filter::All).then(|| condition(filter));
    rest_of_scope.into_iter().chain(filter).reduce(Expr::and)
}
