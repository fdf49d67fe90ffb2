//! From the memory table to a part.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};

use super::memory::{Memory, PackedRun, Run};
use super::write::PartWriter;
use super::{EventStore, Sealed, StoreError};
use crate::parts::lock;
use crate::schema;

/// What rows are sorted by, as [`super::payload::Facts::order`].
pub(crate) const ORDER: [&str; 4] = ["project", "issue", "timestamp", "event_id"];
/// Rows given to Parquet's writer at a time.
const ROWS_AT_ONCE: usize = 8_192;

impl EventStore {
    /// Writes the memory table into a part. Rows appended meanwhile go into the next one. `None` when
    /// there are no rows: everything that was appended is in parts. Compresses, sorts and writes.
    ///
    /// # Errors
    /// When the part cannot be written; the rows are still there, call it again.
    /// [`StoreError::Outstanding`] when the last one was neither published nor dropped.
    pub fn seal(&self) -> Result<Option<Sealed>, StoreError> {
        let _one_at_a_time = self.shelf.one_at_a_time();
        let Some(frozen) = self.freeze()? else { return Ok(None) };
        let mut writer = self.new_part()?;
        write_memory(&frozen, &mut writer)?;
        Ok(Some(self.shelf.sealed(writer.finish(0)?, frozen.end)))
    }

    pub(crate) fn new_part(&self) -> Result<PartWriter, StoreError> {
        PartWriter::create(self.shelf.folder(), self.shelf.next_part(), self.shelf.disk())
    }

    /// Lets readers see the part instead of the memory table. To be called when, and only when, the
    /// catalogue has the part.
    pub fn publish(&self, sealed: Sealed) {
        self.shelf.publish(sealed);
    }

    /// Makes the live table the frozen one, unless the last attempt to write it failed.
    fn freeze(&self) -> Result<Option<Arc<Memory>>, StoreError> {
        let mut builder = lock(&self.builder);
        if self.shelf.wants_freeze()? {
            let raw_runs = self.shelf.state().live.raw_runs();
            for (number, entries) in raw_runs {
                let packed = PackedRun::pack(&entries, &mut builder).map_err(StoreError::Pack)?;
                self.shelf.state().live.replace(number, packed);
            }
            self.shelf.freeze();
        }
        Ok(self.shelf.frozen())
    }
}

fn write_memory(memory: &Memory, writer: &mut PartWriter) -> Result<(), StoreError> {
    for run in &memory.runs {
        // `freeze` packed them all.
        let Run::Packed(packed) = run else { continue };
        for block in &packed.blocks {
            writer.block(&block.bytes, &block.facts)?;
        }
        writer.end_run();
    }
    let rows = concat_batches(&schema::error_rows(), memory.rows.as_slice())?;
    let sorted = lexsort_to_indices(&sort_columns(&rows), None)?;
    for start in (0..sorted.len()).step_by(ROWS_AT_ONCE) {
        let indices = sorted.slice(start, ROWS_AT_ONCE.min(sorted.len() - start));
        writer.rows(&take_record_batch(&rows, &indices)?)?;
    }
    Ok(())
}

fn sort_columns(rows: &RecordBatch) -> Vec<SortColumn> {
    let columns = ORDER.iter().filter_map(|name| rows.column_by_name(name));
    columns
        .map(|values: &ArrayRef| SortColumn { values: Arc::clone(values), options: None })
        .collect()
}
