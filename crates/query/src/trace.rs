//! All spans of one trace.

use std::cmp::Reverse;

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::UInt64Type;
use lang::ask::{Trace, TraceQuestion};
use model::id::ProjectId;
use model::limits::TRACE_SPANS_MAX;
use store::spans::{SpanStore, StoreError, spans_of};

/// Rows that are read: some may have been sent twice, or be other people's.
const ROWS_MAX: usize = TRACE_SPANS_MAX + TRACE_SPANS_MAX / 8;

/// The trace as the store has it. Reads and decompresses.
pub(crate) fn read(store: &SpanStore, question: &TraceQuestion) -> Result<Trace, StoreError> {
    let (mut spans, mut rows) = (Vec::new(), 0);
    for batch in store.trace(question.trace, ROWS_MAX)? {
        rows += batch.num_rows();
        if let Some(batch) = of_projects(&batch, &question.projects)? {
            spans.extend(spans_of(&batch)?);
        }
    }
    // A span that was sent twice is the same both times; the first to arrive stays.
    spans.sort_unstable_by_key(|span| (span.project, span.span, span.received));
    spans.dedup_by_key(|span| (span.project, span.span));
    // What begins together with what it causes takes longer.
    spans.sort_unstable_by_key(|span| (span.timestamp, Reverse(span.duration), span.span));
    let is_cut = rows >= ROWS_MAX || spans.len() > TRACE_SPANS_MAX;
    spans.truncate(TRACE_SPANS_MAX);
    Ok(Trace { spans, is_cut })
}

/// The rows of these projects; `None` when there are none.
fn of_projects(
    rows: &RecordBatch,
    projects: &[ProjectId],
) -> Result<Option<RecordBatch>, StoreError> {
    let column = rows.column_by_name("project");
    let numbers = column.and_then(|column| column.as_primitive_opt::<UInt64Type>());
    let numbers = numbers.map(|numbers| numbers.values().as_ref()).unwrap_or_default();
    let seen = numbers.iter().map(|number| Some(projects.contains(&ProjectId(*number))));
    let seen: BooleanArray = seen.collect();
    if seen.true_count() == 0 {
        return Ok(None);
    }
    Ok(Some(filter_record_batch(rows, &seen)?))
}
