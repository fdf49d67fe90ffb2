//! The memory table: the newest spans.

use arrow::array::RecordBatch;
use model::intake::Offset;

use super::cells::Cells;
use super::verdicts::Verdicts;
use crate::batches::Batches;
use crate::parts::MemoryTable;

/// Spans that are not in a part yet.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) rows: Batches,
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
    /// Bytes of rows and cells.
    pub(crate) fn bytes(&self) -> usize {
        self.rows.bytes() + self.cells.bytes()
    }

    pub(crate) fn batches(&self) -> &[RecordBatch] {
        self.rows.as_slice()
    }
}
