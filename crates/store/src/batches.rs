//! The newest rows as Arrow batches, few and large enough to be looked through.

use std::ops::Range;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::{concat_batches, max, min};
use arrow::datatypes::Int64Type;
use arrow::error::ArrowError;

/// Batches are merged up to this many rows, so that a question does not meet thousands of tiny ones.
const BATCH_ROWS_MAX: usize = 8_192;
/// That many batches of one size become one of the next; each row is copied `log` times.
const BATCHES_OF_A_SIZE: usize = 4;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Batches {
    batches: Vec<RecordBatch>,
    /// The first and last timestamp of each, in microseconds.
    extents: Vec<(i64, i64)>,
    rows: usize,
    bytes: usize,
}

impl Batches {
    /// All batches, oldest first.
    pub(crate) fn as_slice(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// Those that may have rows of that time, in microseconds.
    pub(crate) fn within(&self, window: Range<i64>) -> impl Iterator<Item = &RecordBatch> {
        let with_extents = self.batches.iter().zip(&self.extents);
        let inside = with_extents
            .filter(move |(_, (first, last))| *first < window.end && *last >= window.start);
        inside.map(|(batch, _)| batch)
    }

    /// Rows in all of them.
    pub(crate) fn count(&self) -> usize {
        self.rows
    }

    /// Bytes in all of them.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes a batch in, and merges the newest while there are enough of one size.
    pub(crate) fn push(&mut self, batch: RecordBatch) -> Result<(), ArrowError> {
        self.rows += batch.num_rows();
        self.bytes += batch.get_array_memory_size();
        self.extents.push(extent(&batch));
        self.batches.push(batch);
        while let Some(start) = self.batches.len().checked_sub(BATCHES_OF_A_SIZE) {
            let newest = self.batches.get(start..).unwrap_or_default();
            let rows: usize = newest.iter().map(RecordBatch::num_rows).sum();
            let Some(oldest) = newest.first() else { break };
            if rows > BATCH_ROWS_MAX || oldest.num_rows() * 2 > rows {
                break;
            }
            let before: usize = newest.iter().map(RecordBatch::get_array_memory_size).sum();
            let merged = concat_batches(oldest.schema_ref(), newest)?;
            self.bytes = self.bytes.saturating_sub(before) + merged.get_array_memory_size();
            self.batches.truncate(start);
            let extents = self.extents.drain(start..);
            let extent = extents.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)));
            self.extents.extend(extent);
            self.batches.push(merged);
        }
        Ok(())
    }
}

/// The first and last timestamp. Everything there is, of rows without that column.
fn extent(batch: &RecordBatch) -> (i64, i64) {
    let times = batch.column_by_name("timestamp").and_then(|times| times.as_primitive_opt());
    let times = times.and_then(|times| min::<Int64Type>(times).zip(max::<Int64Type>(times)));
    times.unwrap_or((i64::MIN, i64::MAX))
}
