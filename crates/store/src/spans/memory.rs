//! The memory table: the newest spans.

use arrow::array::RecordBatch;
use model::intake::Offset;

use crate::batches::Batches;
use crate::parts::MemoryTable;

/// Spans that are not in a part yet.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) rows: Batches,
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
    pub(crate) fn batches(&self) -> &[RecordBatch] {
        self.rows.as_slice()
    }
}
