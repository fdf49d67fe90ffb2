//! From the memory table to a part.

use std::sync::{Arc, Weak};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use model::intake::Offset;
use model::part::PartRecord;

use super::memory::{Memory, PackedRun, Run};
use super::write::PartWriter;
use super::{EventStore, Part, State, StoreError, lock};
use crate::schema;

/// What rows are sorted by, as [`super::payload::Facts::order`].
pub(crate) const ORDER: [&str; 4] = ["project", "issue", "timestamp", "event_id"];
/// Rows given to Parquet's writer at a time.
const ROWS_AT_ONCE: usize = 8_192;

/// A part that is written, but not yet in the catalogue. Dropping it deletes its files; its rows stay
/// in the memory table, for the next attempt.
#[derive(Debug)]
pub struct Sealed {
    part: Arc<Part>,
    end: Offset,
}

impl Sealed {
    /// What the catalogue must have before [`EventStore::publish`].
    pub fn record(&self) -> &PartRecord {
        self.part.record()
    }

    /// Up to where the intake log is in parts once this one is.
    pub fn end(&self) -> Offset {
        self.end
    }
}

impl EventStore {
    /// Writes the memory table into a part. Rows appended meanwhile go into the next one. `None` when
    /// there are no rows: everything that was appended is in parts. Compresses, sorts and writes.
    ///
    /// # Errors
    /// When the part cannot be written; the rows are still there, call it again.
    /// [`StoreError::Outstanding`] when the last one was neither published nor dropped.
    pub fn seal(&self) -> Result<Option<Sealed>, StoreError> {
        let _one_at_a_time = lock(&self.sealing);
        let Some(frozen) = self.freeze()? else { return Ok(None) };
        let disk = Arc::clone(&self.disk);
        let mut writer = PartWriter::create(&self.parts_folder, self.next_part(), disk)?;
        write_memory(&frozen, &mut writer)?;
        let part = Arc::new(writer.finish(0)?);
        lock(&self.state).sealed = Arc::downgrade(&part);
        Ok(Some(Sealed { part, end: frozen.end }))
    }

    /// Lets readers see the part instead of the memory table. To be called when, and only when, the
    /// catalogue has the part.
    pub fn publish(&self, sealed: Sealed) {
        sealed.part.keep();
        let mut state = lock(&self.state);
        state.sealed = Weak::new();
        state.frozen = None;
        state.parts.push(sealed.part);
    }

    /// Makes the live table the frozen one, unless the last attempt to write it failed.
    fn freeze(&self) -> Result<Option<Arc<Memory>>, StoreError> {
        let mut builder = lock(&self.builder);
        {
            let state = lock(&self.state);
            if state.sealed.upgrade().is_some() {
                return Err(StoreError::Outstanding);
            }
            if state.frozen.is_some() || state.live.rows == 0 {
                return Ok(state.frozen.clone());
            }
        }
        let raw_runs = lock(&self.state).live.raw_runs();
        for (number, entries) in raw_runs {
            let packed = PackedRun::pack(&entries, &mut builder).map_err(StoreError::Pack)?;
            lock(&self.state).live.replace(number, packed);
        }
        let mut state = lock(&self.state);
        let State { live, frozen, .. } = &mut *state;
        let end = live.end;
        *frozen = Some(Arc::new(std::mem::take(live)));
        live.end = end;
        Ok(frozen.clone())
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
    let rows = concat_batches(&schema::error_rows(), &memory.batches)?;
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
