//! The memory table: the newest spans.

use std::ops::Range;

use arrow::array::RecordBatch;
use foldhash::HashSet;
use model::id::TraceId;
use model::intake::Offset;

use super::cells::Cells;
use super::verdicts::Verdicts;
use super::{StoreError, builder, traces};
use crate::batches::Batches;
use crate::parts::MemoryTable;

/// Bytes that a trace takes in a set, about.
const TRACE_BYTES: usize = 16;

/// Spans that are not in a part yet.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    rows: Batches,
    /// By their hashes: who asks for one that is not here need not look through all rows.
    traces: HashSet<u64>,
    pub(crate) cells: Cells,
    pub(crate) verdicts: Verdicts,
    end: Offset,
}

impl MemoryTable for Memory {
    fn rows(&self) -> usize {
        self.rows.count()
    }

    fn end(&self) -> Offset {
        self.end
    }

    fn set_end(&mut self, end: Offset) {
        self.end = end;
    }
}

impl Memory {
    /// Takes rows in and counts them.
    pub(crate) fn push(&mut self, rows: RecordBatch) -> Result<(), StoreError> {
        self.cells.count(&rows)?;
        let mut last = None;
        for trace in builder::traces(&rows) {
            // Spans of a trace come together.
            if last != Some(trace) {
                self.traces.insert(traces::hash(trace));
                last = Some(trace);
            }
        }
        Ok(self.rows.push(rows)?)
    }

    /// Bytes of rows, traces and cells.
    pub(crate) fn bytes(&self) -> usize {
        self.rows.bytes() + self.traces.capacity() * TRACE_BYTES + self.cells.bytes()
    }

    pub(crate) fn batches(&self) -> &[RecordBatch] {
        self.rows.as_slice()
    }

    /// The batches that may have spans which began in that time, in microseconds.
    pub(crate) fn within(&self, window: Range<i64>) -> impl Iterator<Item = &RecordBatch> {
        self.rows.within(window)
    }

    /// False when there is surely no span of the trace.
    pub(crate) fn may_have(&self, trace: TraceId) -> bool {
        self.traces.contains(&traces::hash(trace))
    }
}
