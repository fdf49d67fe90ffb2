//! All spans of one trace.

use std::cmp::Reverse;

use lang::ask::{Trace, TraceQuestion};
use model::limits::{TRACE_BYTES_MAX, TRACE_SPANS_MAX};
use store::spans::{SpanStore, StoreError, TraceWanted, spans_of};

/// Rows that are read: some may have been sent twice.
const ROWS_MAX: usize = TRACE_SPANS_MAX + TRACE_SPANS_MAX / 8;

/// The trace as the store has it. Reads and decompresses.
pub(crate) fn read(store: &SpanStore, question: &TraceQuestion) -> Result<Trace, StoreError> {
    let found = store.trace(&TraceWanted {
        trace: question.trace,
        projects: &question.projects,
        rows_max: ROWS_MAX,
        bytes_max: TRACE_BYTES_MAX,
    })?;
    let mut spans = Vec::new();
    for batch in &found.batches {
        spans.extend(spans_of(batch)?);
    }
    // A span that was sent twice is the same both times; the first to arrive stays.
    spans.sort_unstable_by_key(|span| (span.project, span.span, span.received));
    spans.dedup_by_key(|span| (span.project, span.span));
    // What begins together with what it causes takes longer.
    spans.sort_unstable_by_key(|span| (span.timestamp, Reverse(span.duration), span.span));
    let is_cut = found.is_cut || spans.len() > TRACE_SPANS_MAX;
    spans.truncate(TRACE_SPANS_MAX);
    Ok(Trace { spans, is_cut })
}
