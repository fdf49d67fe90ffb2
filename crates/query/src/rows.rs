//! Questions for rows. In order of time they are looked for part by part, and no further than needed.

use std::cmp::Reverse;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::{max, min};
use arrow::datatypes::Int64Type;
use datafusion::logical_expr::{SortExpr, ident};
use lang::ask::{AskError, Cell, Column, Direction, TableQuestion};

use crate::column::{answer_column, plain, shape_of};
use crate::field::{Shape, StoredField};
use crate::filter::{few_match, rows_of};
use crate::scan::{Source, SourcePart, signed};
use crate::session::{Session, asked};
use crate::{cell, failed};

/// The question's rows.
pub(crate) async fn answer<F: StoredField>(
    session: &Session,
    question: &TableQuestion<F>,
    mut source: Source,
) -> Result<Vec<Vec<Cell>>, AskError> {
    source.few_match |= few_match(&question.filter);
    let wanted = question.offset.saturating_add(question.limit);
    if wanted == 0 || source.parts.is_empty() && source.memory.is_empty() {
        return Ok(Vec::new());
    }
    let rows = if let Some(direction) = by_time(question) {
        walk(session, question, &source, direction).await?
    } else {
        let sorted = question.order.iter().map(|(place, direction)| {
            answer_column(*place).sort(*direction == Direction::Ascending, false)
        });
        let order = sorted.chain([ident(ID).sort(true, false)]).collect();
        let found = fetch(session, question, source, order).await?;
        found.into_iter().map(|found| found.cells).collect()
    };
    Ok(rows.into_iter().skip(question.offset).take(question.limit).collect())
}

/// Hidden columns that rows are put in order by.
const TIME: &str = "order_time";
const ID: &str = "order_id";

/// A row, and where it belongs in the order of time.
struct Found {
    key: (i64, String),
    cells: Vec<Cell>,
}

/// The direction when the rows are wanted in order of time, which is also meant when none is given.
fn by_time<F: StoredField>(question: &TableQuestion<F>) -> Option<Direction> {
    match question.order.as_slice() {
        [] => Some(Direction::Descending),
        [(place, direction)] => {
            let column = question.columns.get(*place);
            let is_time = |field: &F| field.is_timestamp();
            matches!(column, Some(Column::Field(field)) if is_time(field)).then_some(*direction)
        }
        _ => None,
    }
}

/// Rows of the snapshot that are read together, and the time they lie in.
struct Step {
    memory: Vec<RecordBatch>,
    parts: Vec<SourcePart>,
    first: i64,
    last: i64,
}

/// Reads step by step, until no row that is not read yet can come before those that were found.
async fn walk<F: StoredField>(
    session: &Session,
    question: &TableQuestion<F>,
    source: &Source,
    direction: Direction,
) -> Result<Vec<Vec<Cell>>, AskError> {
    let wanted = question.offset.saturating_add(question.limit);
    let newest_first = direction == Direction::Descending;
    let mut steps = steps(source);
    if newest_first {
        steps.sort_by_key(|step| Reverse(step.last));
    } else {
        steps.sort_by_key(|step| step.first);
    }
    let order =
        || vec![ident(TIME).sort(!newest_first, false), ident(ID).sort(!newest_first, false)];
    let mut found: Vec<Found> = Vec::new();
    let mut steps = steps.into_iter().peekable();
    // Twice as many with each round: few are enough for most, and many are read faster together.
    let mut at_once = 1;
    while let Some(next) = steps.peek() {
        let last_wanted = found.get(wanted - 1).map(|found| found.key.0);
        let is_enough = match last_wanted {
            Some(time) if newest_first => next.last < time,
            Some(time) => next.first > time,
            None => false,
        };
        if is_enough {
            break;
        }
        let (mut memory, mut parts) = (Vec::new(), Vec::new());
        for step in steps.by_ref().take(at_once) {
            memory.extend(step.memory);
            parts.extend(step.parts);
        }
        at_once *= 2;
        found.extend(fetch(session, question, source.with(memory, parts), order()).await?);
        if newest_first {
            found.sort_by(|left, right| right.key.cmp(&left.key));
        } else {
            found.sort_by(|left, right| left.key.cmp(&right.key));
        }
        found.truncate(wanted);
    }
    Ok(found.into_iter().map(|found| found.cells).collect())
}

/// The memory rows are one step, each part is one.
fn steps(source: &Source) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::with_capacity(source.parts.len() + 1);
    let times = source.memory.iter().filter_map(|batch| {
        let times = batch.column_by_name("timestamp")?.as_primitive_opt::<Int64Type>()?;
        Some((min(times)?, max(times)?))
    });
    let extent = times.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)));
    if let Some((first, last)) = extent {
        steps.push(Step { memory: source.memory.clone(), parts: Vec::new(), first, last });
    }
    steps.extend(source.parts.iter().map(|part| Step {
        memory: Vec::new(),
        parts: vec![part.clone()],
        first: signed(part.record().timestamp_min),
        last: signed(part.record().timestamp_max),
    }));
    steps
}

/// The first rows of a source in an order.
async fn fetch<F: StoredField>(
    session: &Session,
    question: &TableQuestion<F>,
    source: Source,
    order: Vec<SortExpr>,
) -> Result<Vec<Found>, AskError> {
    // The files of its parts must stay until all is read.
    let _parts = source.parts.clone();
    let rows = rows_of(&question.filter, source.rest_of_scope());
    let mut frame = session.read(source)?;
    if let Some(rows) = rows {
        frame = frame.filter(rows).map_err(asked)?;
    }
    let mut columns = Vec::with_capacity(question.columns.len() + 2);
    for (place, column) in question.columns.iter().enumerate() {
        columns.extend(plain(place, column));
    }
    columns.extend([ident("timestamp").alias(TIME), ident(F::ID).alias(ID)]);
    let wanted = question.offset.saturating_add(question.limit);
    let frame = frame.select(columns).and_then(|frame| frame.sort(order));
    let frame = frame.and_then(|frame| frame.limit(0, Some(wanted))).map_err(asked)?;
    let batches = frame.collect().await.map_err(asked)?;
    let shapes: Vec<Shape> =
        question.columns.iter().map(shape_of).chain([Shape::Time, Shape::Id(0)]).collect();
    let mut found = Vec::new();
    for batch in &batches {
        let rows = cell::rows(batch, &shapes).map_err(failed)?;
        found.extend(rows.into_iter().filter_map(keyed));
    }
    Ok(found)
}

/// Splits the hidden columns off.
fn keyed(mut cells: Vec<Cell>) -> Option<Found> {
    match (cells.pop()?, cells.pop()?) {
        (Cell::Text(id), Cell::Time(time)) => Some(Found { key: (signed(time), id), cells }),
        _ => None,
    }
}
