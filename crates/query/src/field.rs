//! What questions name: what the values of a field look like, and where they are stored.

mod of_error;
mod of_span;

use std::fmt::Debug;

use arrow::datatypes::DataType;
use datafusion::logical_expr::{Expr, cast, lit};
use lang::ask::{Aggregate, Column, Filter, TableQuestion};

/// What the values of a field or a column look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Text; the empty one means that there is none.
    Text,
    /// So many bytes, shown as hex.
    Id(u8),
    /// 64 bits, shown as hex; zero means that there is none.
    Hash,
    /// A whole number.
    Whole,
    /// Any number.
    Number,
    /// A duration: whole microseconds in the store, milliseconds in questions.
    Millis,
    /// Microseconds since 1970.
    Time,
    /// True or false.
    Truth,
    /// Numbers, counted.
    Histogram,
}

/// A field of the rows of one table.
pub(crate) trait StoredField: Debug + Clone + PartialEq + Send + Sync + 'static {
    /// The column that puts rows of one moment in order.
    const ID: &'static str;
    /// The column that says how many rows a row stands for, if they do.
    const WEIGHT: Option<&'static str>;

    /// What its values look like.
    fn shape(&self) -> Shape;

    /// Its stored value.
    fn value(&self) -> Expr;

    /// True for what rows are put in order of time by.
    fn is_timestamp(&self) -> bool;

    /// True for fields that hold a list, one a line.
    fn is_multi_line(&self) -> bool;

    /// True for text that clients choose the name of, and that may be numbers.
    fn is_free(&self) -> bool;

    /// True for text that is null instead of empty where there is none.
    fn is_null_if_missing(&self) -> bool;

    /// True for fields of which few rows have the same value.
    fn is_rare(&self) -> bool;

    /// The value as it is answered.
    fn shown(&self) -> Expr {
        match self.shape() {
            Shape::Millis => millis(self.value()),
            Shape::Text if self.is_null_if_missing() => {
                or(cast(self.value(), DataType::Utf8), lit(""))
            }
            _ => self.value(),
        }
    }

    /// What answered values look like.
    fn shown_shape(&self) -> Shape {
        match self.shape() {
            Shape::Millis => Shape::Number,
            shape => shape,
        }
    }
}

/// Microseconds as milliseconds.
pub(crate) fn millis(micros: Expr) -> Expr {
    cast(micros, DataType::Float64) / lit(1_000.0)
}

/// The value, or the other where it is null.
pub(crate) fn or(value: Expr, other: Expr) -> Expr {
    datafusion::functions::core::coalesce().call(vec![value, other])
}

/// Calls `visit` with each field that a question names.
pub(crate) fn each_field<'a, F>(question: &'a TableQuestion<F>, visit: &mut dyn FnMut(&'a F)) {
    in_filter(&question.filter, visit);
    for column in &question.columns {
        match column {
            Column::Field(field) => visit(field),
            Column::Bucket(_) | Column::Aggregate(Aggregate::Count) => {}
            Column::Aggregate(Aggregate::CountIf(filter)) => in_filter(filter, visit),
            Column::Aggregate(
                Aggregate::CountUnique(field)
                | Aggregate::Min(field)
                | Aggregate::Max(field)
                | Aggregate::Sum(field)
                | Aggregate::Average(field)
                | Aggregate::Quantile(field, _)
                | Aggregate::Histogram(field)
                | Aggregate::Squares(field)
                | Aggregate::Latest(field),
            ) => visit(field),
        }
    }
}

/// Calls `visit` with each field that a filter names.
pub(crate) fn in_filter<'a, F>(filter: &'a Filter<F>, visit: &mut dyn FnMut(&'a F)) {
    match filter {
        Filter::All | Filter::Nothing => {}
        Filter::And(each) | Filter::Or(each) => {
            for filter in each {
                in_filter(filter, visit);
            }
        }
        Filter::Not(inner) => in_filter(inner, visit),
        Filter::Has(field)
        | Filter::Compare(field, ..)
        | Filter::In(field, _)
        | Filter::Contains(field, _)
        | Filter::Glob(field, _) => visit(field),
    }
}
