//! Conditions on rows as expressions. A row without a value meets no comparison, so that what is not
//! true may be negated like what is false.

use std::cmp::Ordering;

use arrow::datatypes::DataType;
use datafusion::logical_expr::{
    Expr, Operator as Op, binary_expr, cast, is_not_true, lit, try_cast,
};
use datafusion::scalar::ScalarValue;
use lang::ask::{Cell, Filter, Operator};
use lang::search::parse_moment;
use model::id::{EventId, SpanId};

use crate::field::{Shape, StoredField};
use crate::pattern::{self, Pattern};
use crate::scan::signed;

/// The condition that a row matches.
pub(crate) fn condition<F: StoredField>(filter: &Filter<F>) -> Expr {
    match filter {
        Filter::All => lit(true),
        Filter::Nothing => lit(false),
        Filter::And(all) => joined(all.iter().map(condition), Expr::and).unwrap_or(lit(true)),
        Filter::Or(any) => joined(any.iter().map(condition), Expr::or).unwrap_or(lit(false)),
        Filter::Not(inner) => is_not_true(condition(inner)),
        Filter::Has(field) => has(field),
        Filter::Compare(field, operator, cell) => compare(field, *operator, cell),
        Filter::In(field, cells) => is_in(field, cells),
        Filter::Contains(field, part) => fits(field, Pattern::contains(part)),
        Filter::Glob(field, glob) => fits(field, Pattern::glob(glob, field.is_multi_line())),
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
pub(crate) fn conditions<F: StoredField>(filter: &Filter<F>) -> usize {
    match filter {
        Filter::And(all) | Filter::Or(all) => 1 + all.iter().map(conditions).sum::<usize>(),
        Filter::Not(inner) => 1 + conditions(inner),
        Filter::In(field, cells) if !is_set(field, cells) => 1 + cells.len(),
        _ => 1,
    }
}

/// True when so few rows can match that looking at them one by one pays.
pub(crate) fn few_match<F: StoredField>(filter: &Filter<F>) -> bool {
    match filter {
        Filter::Nothing => true,
        Filter::And(all) => all.iter().any(few_match),
        Filter::Or(any) => any.iter().all(few_match),
        Filter::Compare(field, Operator::Equal, _) | Filter::In(field, _) => field.is_rare(),
        _ => false,
    }
}

/// The field's text fits the pattern; numbers are written out.
fn fits<F: StoredField>(field: &F, pattern: Pattern) -> Expr {
    let missing_fits = pattern.fits_text("");
    let text = match field.shape() {
        Shape::Text | Shape::Id(_) | Shape::Hash => field.value(),
        _ => cast(field.shown(), DataType::Utf8),
    };
    or_missing(field, missing_fits, pattern::fits(pattern, text))
}

fn has<F: StoredField>(field: &F) -> Expr {
    match field.shape() {
        Shape::Text => field.value().not_eq(lit("")),
        Shape::Hash => field.value().not_eq(lit(0_u64)),
        Shape::Id(_) | Shape::Truth | Shape::Number | Shape::Histogram => {
            field.value().is_not_null()
        }
        Shape::Whole | Shape::Millis | Shape::Time => lit(true),
    }
}

/// The condition, or that there is no text if that counts, too: missing text compares as the empty one.
fn or_missing<F: StoredField>(field: &F, missing_counts: bool, condition: Expr) -> Expr {
    if field.is_null_if_missing() && missing_counts {
        return field.value().is_null().or(condition);
    }
    condition
}

fn compare<F: StoredField>(field: &F, operator: Operator, cell: &Cell) -> Expr {
    if field.is_multi_line()
        && let Cell::Text(line) = cell
    {
        let fits = pattern::fits(Pattern::Line(line.clone()), field.value());
        return match operator {
            Operator::Equal => fits,
            Operator::NotEqual => is_not_true(fits),
            _ => lit(false),
        };
    }
    // What cannot be such a value differs from all of them, and has no order among them.
    let different = lit(operator == Operator::NotEqual);
    if field.shape() == Shape::Millis {
        let millis = as_f64(cell).filter(|millis| !millis.is_nan());
        return millis.map_or(different, |millis| compare_millis(field.value(), operator, millis));
    }
    let Some((value, literal)) = literal(field, cell) else { return different };
    let missing_counts = match cell {
        Cell::Text(text) => operator_holds("".cmp(text.as_str()), operator),
        _ => false,
    };
    or_missing(field, missing_counts, binary_expr(value, op(operator), literal))
}

/// Compares whole microseconds, so that what the files say of their smallest and largest values helps.
fn compare_millis(micros: Expr, operator: Operator, millis: f64) -> Expr {
    let wanted = millis * 1_000.0;
    // What was meant as a whole number of microseconds is one, whatever the multiplication makes of it.
    let whole = wanted.round();
    let is_whole = (wanted - whole).abs() <= 1e-9 * whole.abs().max(1.0);
    let (below, above) = if is_whole { (whole, whole) } else { (wanted.floor(), wanted.ceil()) };
    let than = |operator, bound: f64| match as_u64(bound) {
        Ok(bound) => binary_expr(micros.clone(), operator, lit(bound)),
        Err(side) => lit(match operator {
            Op::Lt | Op::LtEq => side.is_gt(),
            _ => side.is_lt(),
        }),
    };
    match operator {
        Operator::Less => than(Op::Lt, above),
        Operator::LessOrEqual => than(Op::LtEq, below),
        Operator::Greater => than(Op::Gt, below),
        Operator::GreaterOrEqual => than(Op::GtEq, above),
        Operator::Equal | Operator::NotEqual => match as_u64(whole) {
            Ok(whole) if is_whole => binary_expr(micros, op(operator), lit(whole)),
            _ => lit(operator == Operator::NotEqual),
        },
    }
}

/// On which side of all whole numbers of 64 bits it lies, if it is none of them.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "within the bounds, and without fractions"
)]
fn as_u64(number: f64) -> Result<u64, Ordering> {
    if number < 0.0 {
        Err(Ordering::Less)
    } else if number >= u64::MAX as f64 {
        Err(Ordering::Greater)
    } else {
        Ok(number as u64)
    }
}

/// True when the engine can look the values up in a set.
fn is_set<F: StoredField>(field: &F, cells: &[Cell]) -> bool {
    let fits = |cell: &Cell| match (field.shape(), cell) {
        // Missing text is equal to the empty one, but not in a set.
        (Shape::Text, Cell::Text(text)) => {
            let may_be_missing = field.is_null_if_missing() && text.is_empty();
            !(field.is_multi_line() || may_be_missing)
        }
        (Shape::Whole, Cell::U64(_)) => true,
        _ => false,
    };
    !cells.is_empty() && cells.iter().all(fits)
}

fn is_in<F: StoredField>(field: &F, cells: &[Cell]) -> Expr {
    if is_set(field, cells) {
        let literals = cells.iter().filter_map(|cell| Some(literal(field, cell)?.1)).collect();
        return field.value().in_list(literals, false);
    }
    let each = cells.iter().map(|cell| compare(field, Operator::Equal, cell));
    joined(each, Expr::or).unwrap_or(lit(false))
}

fn operator_holds(ordering: Ordering, operator: Operator) -> bool {
    match operator {
        Operator::Equal => ordering.is_eq(),
        Operator::NotEqual => ordering.is_ne(),
        Operator::Less => ordering.is_lt(),
        Operator::LessOrEqual => ordering.is_le(),
        Operator::Greater => ordering.is_gt(),
        Operator::GreaterOrEqual => ordering.is_ge(),
    }
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
fn literal<F: StoredField>(field: &F, cell: &Cell) -> Option<(Expr, Expr)> {
    let plain = field.value();
    Some(match (field.shape(), cell) {
        (_, Cell::Null) => return None,
        (Shape::Text, Cell::Text(text)) => (plain, lit(text.as_str())),
        (Shape::Text, Cell::Bool(truth)) => (plain, lit(if *truth { "true" } else { "false" })),
        (Shape::Text, Cell::Time(_)) => return None,
        (Shape::Text, number) => (try_cast(plain, DataType::Float64), lit(as_f64(number)?)),
        (Shape::Whole, Cell::U64(number)) => (cast(plain, DataType::UInt64), lit(*number)),
        (Shape::Whole, Cell::Text(text)) => {
            (cast(plain, DataType::UInt64), lit(text.parse::<u64>().ok()?))
        }
        (Shape::Whole | Shape::Number | Shape::Millis, number) => {
            (cast(field.shown(), DataType::Float64), lit(as_f64(number)?))
        }
        (Shape::Time, Cell::Time(at)) => (plain, lit(signed(*at))),
        (Shape::Time, Cell::Text(text)) => (plain, lit(signed(parse_moment(text)?.start()))),
        (Shape::Time, number) => (cast(plain, DataType::Float64), lit(as_f64(number)?)),
        (Shape::Truth, Cell::Bool(truth)) => (plain, lit(*truth)),
        (Shape::Truth, Cell::Text(text)) => (plain, lit(text.parse::<bool>().ok()?)),
        (Shape::Id(bytes), Cell::Text(text)) => (plain, lit(id(bytes, text)?)),
        (Shape::Hash, Cell::Text(text)) => (plain, lit(hash(text)?)),
        (Shape::Truth | Shape::Id(_) | Shape::Hash | Shape::Histogram, _) => return None,
    })
}

fn id(bytes: u8, text: &str) -> Option<ScalarValue> {
    let id = match bytes {
        8 => SpanId::parse(text).ok()?.0.to_vec(),
        // Traces have the same length.
        _ => EventId::parse(text).ok()?.0.to_vec(),
    };
    Some(ScalarValue::FixedSizeBinary(i32::from(bytes), Some(id)))
}

/// The empty text stands for none.
fn hash(text: &str) -> Option<u64> {
    match text {
        "" => Some(0),
        text => Some(u64::from_be_bytes(SpanId::parse(text).ok()?.0)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "compared with other approximate numbers")]
fn as_f64(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::U64(number) => Some(*number as f64),
        Cell::F64(number) => Some(*number),
        Cell::Time(at) => Some(at.0 as f64),
        Cell::Text(text) => text.parse().ok(),
        Cell::Null | Cell::Bool(_) | Cell::Histogram(_) => None,
    }
}

/// The condition of a question and what its scope leaves to be checked row by row.
pub(crate) fn rows_of<F: StoredField>(
    filter: &Filter<F>,
    rest_of_scope: Option<Expr>,
) -> Option<Expr> {
    let filter = (*filter != Filter::All).then(|| condition(filter));
    rest_of_scope.into_iter().chain(filter).reduce(Expr::and)
}
