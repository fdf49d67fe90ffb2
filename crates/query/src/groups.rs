//! Questions with aggregates: one plan over everything in the scope.

use arrow::datatypes::DataType;
use datafusion::logical_expr::{Expr, binary_expr, cast, lit};
use lang::ask::{Aggregate, AskError, Cell, Column, Direction, Table, TableQuestion};

use crate::column::{OverRows, answer_column, answer_name, plain, shape_of};
use crate::field::StoredField;
use crate::filter::{few_match, op, rows_of};
use crate::scan::Source;
use crate::session::{Session, asked};
use crate::{cell, failed};

/// The groups of the question's rows. `value` says what an aggregate is made of.
pub(crate) async fn answer<F: StoredField>(
    session: &Session,
    question: &TableQuestion<F>,
    mut source: Source,
    value: fn(&mut OverRows, &Aggregate<F>) -> Result<Expr, AskError>,
) -> Result<Vec<Vec<Cell>>, AskError> {
    // The files of its parts must stay until all is read.
    let _parts = source.parts.clone();
    source.few_match |= few_match(&question.filter);
    let rows = rows_of(&question.filter, source.rest_of_scope());
    let mut frame = session.read(source)?;
    if let Some(rows) = rows {
        frame = frame.filter(rows).map_err(asked)?;
    }
    let (mut keys, mut over_rows) = (Vec::new(), OverRows::default());
    let mut answer = Vec::with_capacity(question.columns.len());
    let mut order = Vec::new();
    for (place, direction) in &question.order {
        order.push(answer_column(*place).sort(*direction == Direction::Ascending, false));
    }
    for (place, column) in question.columns.iter().enumerate() {
        if let Column::Aggregate(aggregate) = column {
            answer.push(value(&mut over_rows, aggregate)?.alias(answer_name(place)));
        } else {
            keys.extend(plain(place, column));
            answer.push(answer_column(place));
            // Groups that are alike otherwise come by their keys, so that pages do not overlap.
            order.push(answer_column(place).sort(true, false));
        }
    }
    frame = frame.aggregate(keys, over_rows.into_expressions()).map_err(asked)?;
    frame = frame.select(answer).map_err(asked)?;
    if let Some(having) = having(question) {
        frame = frame.filter(having).map_err(asked)?;
    }
    if !order.is_empty() {
        frame = frame.sort(order).map_err(asked)?;
    }
    let page = frame.limit(question.offset, Some(question.limit)).map_err(asked)?;
    let batches = page.collect().await.map_err(asked)?;
    let shapes: Vec<_> = question.columns.iter().map(shape_of).collect();
    let mut rows = Vec::new();
    for batch in &batches {
        rows.extend(cell::rows(batch, &shapes).map_err(failed)?);
    }
    Ok(rows)
}

fn having<F>(question: &TableQuestion<F>) -> Option<Expr> {
    let conditions = question.having.iter().map(|having| {
        let value = cast(answer_column(having.column), DataType::Float64);
        binary_expr(value, op(having.operator), lit(having.value))
    });
    conditions.reduce(Expr::and)
}

/// The answer when no row can match: one group of nothing where nothing is grouped by.
pub(crate) fn of_nothing<F>(question: &TableQuestion<F>) -> Table {
    let cells = question.columns.iter().map(|column| match column {
        Column::Aggregate(Aggregate::Count | Aggregate::CountIf(_) | Aggregate::CountUnique(_)) => {
            Some(Cell::U64(0))
        }
        Column::Aggregate(_) => Some(Cell::Null),
        Column::Field(_) | Column::Bucket(_) => None,
    });
    let row: Option<Vec<Cell>> = cells.collect();
    let is_asked = question.having.is_empty() && question.offset == 0 && question.limit > 0;
    Table { rows: row.filter(|_| is_asked).into_iter().collect() }
}
