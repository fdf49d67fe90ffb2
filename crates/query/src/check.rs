//! Refuses questions that contradict themselves or ask for too much.

use lang::ask::{Aggregate, AskError, Column, Filter, TableQuestion};
use model::limits;

use crate::field::StoredField;
use crate::filter::conditions;

/// Refuses what cannot be answered, whatever is stored.
pub(crate) fn check<F: StoredField>(question: &TableQuestion<F>) -> Result<(), AskError> {
    check_filter(&question.filter)?;
    for column in &question.columns {
        if let Column::Aggregate(Aggregate::CountIf(filter)) = column {
            check_filter(filter)?;
        }
    }
    let columns = question.columns.len();
    let invalid = |text: &str| Err(AskError::Invalid(text.to_owned()));
    let has_width_0 = question.columns.contains(&Column::Bucket(0));
    let ordered = question.order.iter().all(|(place, _)| *place < columns);
    let compared = question
        .having
        .iter()
        .all(|having| matches!(question.columns.get(having.column), Some(Column::Aggregate(_))));
    match () {
        () if columns == 0 => invalid("No columns selected"),
        () if columns > limits::QUERY_COLUMNS_MAX => invalid("Too many columns selected"),
        () if has_width_0 => invalid("A time bucket must be longer than nothing"),
        () if !ordered => invalid("Only selected columns can be sorted by"),
        () if !compared => invalid("Only selected aggregates can be compared"),
        () if question.offset.saturating_add(question.limit) > limits::QUERY_ROWS_MAX => {
            invalid("Too many rows; narrow the search or the time range")
        }
        () => Ok(()),
    }
}

/// Refuses filters of too many conditions.
pub(crate) fn check_filter<F: StoredField>(filter: &Filter<F>) -> Result<(), AskError> {
    let max = limits::QUERY_CONDITIONS_MAX;
    if conditions(filter) <= max {
        return Ok(());
    }
    Err(AskError::Invalid(format!("Too many conditions in one search; use at most {max}")))
}
