//! Columns of questions as expressions, and what their values look like.

use arrow::datatypes::DataType;
use datafusion::functions::core::coalesce;
use datafusion::functions_aggregate::expr_fn::{avg, count, count_distinct, max, min, sum};
use datafusion::functions_aggregate::first_last::first_value;
use datafusion::logical_expr::{Expr, SortExpr, cast, ident, lit, try_cast, when};
use lang::ask::{Aggregate, AskError, Column};

use crate::field::{Shape, StoredField, millis};
use crate::filter::condition;
use crate::session::asked;
use crate::sketch::{quantile, sketch};

/// What the values of a column of an answer look like.
pub(crate) fn shape_of<F: StoredField>(column: &Column<F>) -> Shape {
    match column {
        Column::Field(field) => field.shown_shape(),
        Column::Bucket(_) => Shape::Time,
        Column::Aggregate(aggregate) => match aggregate {
            Aggregate::Count | Aggregate::CountIf(_) | Aggregate::CountUnique(_) => Shape::Whole,
            Aggregate::Average(_) | Aggregate::Quantile(..) | Aggregate::Squares(_) => {
                Shape::Number
            }
            Aggregate::Histogram(_) => Shape::Histogram,
            Aggregate::Min(field) | Aggregate::Max(field) => match extreme(field) {
                Shape::Millis => Shape::Number,
                shape => shape,
            },
            Aggregate::Sum(field) if is_whole_sum(field) => Shape::Whole,
            Aggregate::Sum(_) => Shape::Number,
            Aggregate::Latest(field) => field.shown_shape(),
        },
    }
}

/// A column of an answer, by its name.
pub(crate) fn answer_column(place: usize) -> Expr {
    ident(answer_name(place))
}

/// The name of a column of an answer.
pub(crate) fn answer_name(place: usize) -> String {
    format!("c{place}")
}

/// A column of an answer that is no aggregate, under its name; `None` when it is one.
pub(crate) fn plain<F: StoredField>(place: usize, column: &Column<F>) -> Option<Expr> {
    let expression = match column {
        Column::Field(field) => field.shown(),
        Column::Bucket(micros) => {
            let width = lit(i64::try_from(*micros).unwrap_or(i64::MAX));
            ident("timestamp") - ident("timestamp") % width
        }
        Column::Aggregate(_) => return None,
    };
    Some(expression.alias(answer_name(place)))
}

/// Newest first; among those of one moment by id, so that the order is always the same.
fn newest_first<F: StoredField>() -> Vec<SortExpr> {
    vec![ident("timestamp").sort(false, false), ident(F::ID).sort(false, false)]
}

/// What is computed over the rows of each group. What several columns need is computed once.
#[derive(Debug, Default)]
pub(crate) struct OverRows(Vec<Expr>);

impl OverRows {
    /// What is computed, each under its name.
    pub(crate) fn into_expressions(self) -> Vec<Expr> {
        let named = self.0.into_iter().enumerate();
        named.map(|(place, expression)| expression.alias(inner_name(place))).collect()
    }

    /// The value of an aggregate, made of what is computed.
    pub(crate) fn value<F: StoredField>(
        &mut self,
        aggregate: &Aggregate<F>,
    ) -> Result<Expr, AskError> {
        Ok(match aggregate {
            Aggregate::Count => match weight::<F>() {
                Some(weight) => rounded(self.add(sum(weight))),
                None => self.add(count(lit(1))),
            },
            Aggregate::CountIf(filter) => match weight::<F>() {
                Some(weight) => rounded(self.add(sum(only_if(condition(filter), weight)?))),
                None => self.add(count(only_if(condition(filter), lit(1))?)),
            },
            Aggregate::CountUnique(field) => self.add(count_distinct(present(field)?)),
            Aggregate::Min(field) => {
                let least = self.add(min(comparable(field)?));
                shown(least, extreme(field))
            }
            Aggregate::Max(field) => {
                let most = self.add(max(comparable(field)?));
                shown(most, extreme(field))
            }
            Aggregate::Sum(field) if is_whole_sum(field) => {
                self.add(sum(cast(field.value(), DataType::UInt64)))
            }
            Aggregate::Sum(field) => {
                let number = number(field)?;
                self.add(sum(match weight::<F>() {
                    Some(weight) => number * weight,
                    None => number,
                }))
            }
            Aggregate::Average(field) => {
                let number = number(field)?;
                match weight::<F>() {
                    Some(weight) => {
                        let all = self.add(sum(number.clone() * weight.clone()));
                        all / self.add(sum(only_if(number.is_not_null(), weight)?))
                    }
                    None => self.add(avg(number)),
                }
            }
            Aggregate::Quantile(field, share) => quantile(self.histogram(field)?, *share),
            Aggregate::Histogram(field) => self.histogram(field)?,
            Aggregate::Squares(field) => {
                let number = number(field)?;
                let square = number.clone() * number;
                self.add(sum(match weight::<F>() {
                    Some(weight) => square * weight,
                    None => square,
                }))
            }
            Aggregate::Latest(field) => {
                let value = match field.shape() {
                    Shape::Text => plain_text(field),
                    _ => field.value(),
                };
                let latest = self.add(first_value(value, newest_first::<F>()));
                shown(latest, field.shape())
            }
        })
    }

    fn histogram<F: StoredField>(&mut self, field: &F) -> Result<Expr, AskError> {
        let weight = weight::<F>().unwrap_or(lit(1.0));
        Ok(self.add(sketch(number(field)?, weight)))
    }

    /// Computes this, too. Says what it is called then.
    pub(crate) fn add(&mut self, expression: Expr) -> Expr {
        let known = self.0.iter().position(|known| *known == expression);
        let place = known.unwrap_or(self.0.len());
        if known.is_none() {
            self.0.push(expression);
        }
        ident(inner_name(place))
    }
}

fn inner_name(place: usize) -> String {
    format!("a{place}")
}

fn weight<F: StoredField>() -> Option<Expr> {
    F::WEIGHT.map(ident)
}

/// The value where the condition holds, and null elsewhere.
pub(crate) fn only_if(is: Expr, then: Expr) -> Result<Expr, AskError> {
    when(is, then).end().map_err(asked)
}

/// A sum of weights as a number of rows.
pub(crate) fn rounded(weights: Expr) -> Expr {
    let weights = coalesce().call(vec![weights, lit(0.0)]);
    try_cast(weights + lit(0.5), DataType::UInt64)
}

/// A stored value of that shape as it is answered.
fn shown(value: Expr, shape: Shape) -> Expr {
    if shape == Shape::Millis { millis(value) } else { value }
}

/// Whether a sum is a whole number: not one of parts of rows.
fn is_whole_sum<F: StoredField>(field: &F) -> bool {
    field.shape() == Shape::Whole && F::WEIGHT.is_none()
}

/// Text that is not in a dictionary, whose entries aggregates would compare one by one.
fn plain_text<F: StoredField>(field: &F) -> Expr {
    cast(field.value(), DataType::Utf8)
}

/// The value, or null where it means that there is none.
fn present<F: StoredField>(field: &F) -> Result<Expr, AskError> {
    match field.shape() {
        Shape::Text => only_if(field.value().not_eq(lit("")), plain_text(field)),
        Shape::Hash => only_if(field.value().not_eq(lit(0_u64)), field.value()),
        _ => Ok(field.value()),
    }
}

/// What the smallest and the largest value of a field look like: tags and attributes count as numbers.
fn extreme<F: StoredField>(field: &F) -> Shape {
    if field.is_free() { Shape::Number } else { field.shape() }
}

fn comparable<F: StoredField>(field: &F) -> Result<Expr, AskError> {
    match extreme(field) {
        Shape::Number => number(field),
        Shape::Text => present(field),
        Shape::Whole | Shape::Time | Shape::Millis => Ok(field.value()),
        Shape::Id(_) | Shape::Hash | Shape::Truth | Shape::Histogram => {
            Err(AskError::Invalid(format!("{field:?} has no smallest or largest value")))
        }
    }
}

fn number<F: StoredField>(field: &F) -> Result<Expr, AskError> {
    match field.shape() {
        Shape::Whole => Ok(cast(field.value(), DataType::Float64)),
        Shape::Number => Ok(field.value()),
        Shape::Millis => Ok(millis(field.value())),
        Shape::Text if field.is_free() => Ok(try_cast(field.value(), DataType::Float64)),
        _ => Err(AskError::Invalid(format!("{field:?} is not a number"))),
    }
}
