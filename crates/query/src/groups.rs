//! Questions with aggregates: one plan over everything in the scope.

use arrow::datatypes::DataType;
use datafusion::logical_expr::{Expr, binary_expr, cast, lit};
use lang::ask::{Aggregate, AskError, Cell, Column, Direction, Table, TableQuestion};

use crate::column::{answer_column, named, shape_of};
use crate::filter::{few_match, op, rows_of};
use crate::scan::Source;
use crate::session::{Session, asked};
use crate::{cell, failed};

/// The groups of the question's rows.
pub(crate) async fn answer(
    session: &Session,
    question: &TableQuestion,
    mut source: Source,
) -> Result<Vec<Vec<Cell>>, AskError> {
    // The files of its parts must stay until all is read.
    let _parts = source.parts.clone();
    source.few_match |= few_match(&question.filter);
    let rows = rows_of(&question.filter, source.rest_of_scope());
    let mut frame = session.read(source)?;
    if let Some(rows) = rows {
        frame = frame.filter(rows).map_err(asked)?;
    }
    let (mut keys, mut aggregates) = (Vec::new(), Vec::new());
    let mut order = Vec::new();
    for (place, direction) in &question.order {
        order.push(answer_column(*place).sort(*direction == Direction::Ascending, false));
    }
    for (place, column) in question.columns.iter().enumerate() {
        let expression = named(place, column)?;
        if matches!(column, Column::Aggregate(_)) {
            aggregates.push(expression);
        } else {
            keys.push(expression);
            // Groups that are alike otherwise come by their keys, so that pages do not overlap.
            order.push(answer_column(place).sort(true, false));
        }
    }
    frame = frame.aggregate(keys, aggregates).map_err(asked)?;
    if let Some(having) = having(question) {
        frame = frame.filter(having).map_err(asked)?;
    }
    let columns = (0..question.columns.len()).map(answer_column).collect::<Vec<_>>();
    frame = frame.select(columns).map_err(asked)?;
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

fn having(question: &TableQuestion) -> Option<Expr> {
    let conditions = question.having.iter().map(|having| {
        let value = cast(answer_column(having.column), DataType::Float64);
        binary_expr(value, op(having.operator), lit(having.value))
    });
    conditions.reduce(Expr::and)
}

/// The answer when no row can match: one group of nothing where nothing is grouped by.
pub(crate) fn of_nothing(question: &TableQuestion) -> Table {
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
