//! From the memory table to a part.

use std::collections::BTreeMap;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, UInt64Type};

use super::attributes::{self, Cells, Columns, Layout, TextColumn, missing};
use super::memory::Memory;
use super::picks::{Pick, gather, share_texts};
use super::{Sealed, SpanStore, StoreError};
use crate::parts::MemoryTable;

/// Rows given to Parquet's writer at a time.
const ROWS_AT_ONCE: usize = 8_192;

impl SpanStore {
    /// Writes the memory table into a part. Rows appended meanwhile go into the next one. `None` when
    /// there are no rows: everything that was appended is in parts. Sorts, compresses and writes.
    ///
    /// # Errors
    /// When the part cannot be written; the rows are still there, call it again.
    /// [`StoreError::Outstanding`] when the last one was neither published nor dropped.
    pub fn seal(&self) -> Result<Option<Sealed>, StoreError> {
        let _one_at_a_time = self.shelf.one_at_a_time();
        if self.shelf.wants_freeze()? {
            self.shelf.freeze();
        }
        let Some(frozen) = self.shelf.frozen() else { return Ok(None) };
        let part = self.write_memory(&frozen)?;
        Ok(Some(self.shelf.sealed(part, frozen.end())))
    }

    /// Lets readers see the part instead of the memory table. To be called when, and only when, the
    /// catalogue has the part.
    pub fn publish(&self, sealed: Sealed) {
        self.shelf.publish(sealed);
    }

    fn write_memory(&self, memory: &Memory) -> Result<super::SpanPart, StoreError> {
        let batches = memory.batches();
        let columns = attributes::census(batches)?.decide();
        let mut writer = self.new_part(Layout::new(columns))?;
        let order = order(batches)?;
        let arranged = batches.iter().map(|rows| writer.layout().arrange(rows));
        let mut arranged = arranged.collect::<Result<Vec<_>, _>>()?;
        share_texts(&writer.layout().schema, &mut arranged)?;
        let sources: Vec<&Columns> = arranged.iter().collect();
        for picks in order.chunks(ROWS_AT_ONCE) {
            let rows = gather(&writer.layout().schema, &sources, picks)?;
            writer.write(&rows)?;
        }
        for (key, tally) in memory.cells.sorted() {
            writer.push_cell(key, tally.clone())?;
        }
        writer.verdicts = memory.verdicts.clone();
        writer.finish(0)
    }
}

/// All rows by project, transaction, timestamp.
fn order(batches: &[RecordBatch]) -> Result<Vec<Pick>, StoreError> {
    let ranks = ranks(batches)?;
    let mut keys = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for (number, rows) in batches.iter().enumerate() {
        let column = |name| rows.column_by_name(name).ok_or_else(missing);
        let projects = column("project")?.as_primitive_opt::<UInt64Type>().ok_or_else(missing)?;
        let times = column("timestamp")?.as_primitive_opt::<Int64Type>().ok_or_else(missing)?;
        let transactions = TextColumn::new(column("transaction")?).ok_or_else(missing)?;
        // Neighbours mostly have the same transaction.
        let mut last = ("", ranks.get("").copied().unwrap_or(0));
        for (row, (project, time)) in projects.values().iter().zip(times.values()).enumerate() {
            let transaction = transactions.get(row).unwrap_or_default();
            if transaction != last.0 {
                last = (transaction, ranks.get(transaction).copied().unwrap_or(0));
            }
            keys.push((*project, last.1, *time, (number, row)));
        }
    }
    keys.sort_unstable();
    Ok(keys.into_iter().map(|(_, _, _, pick)| pick).collect())
}

/// The place of each transaction among all.
fn ranks(batches: &[RecordBatch]) -> Result<BTreeMap<&str, u32>, StoreError> {
    let mut ranks = BTreeMap::new();
    for rows in batches {
        let column = rows.column_by_name("transaction").ok_or_else(missing)?;
        let repeated = column.as_any_dictionary_opt().ok_or_else(missing)?;
        let texts = repeated.values().as_string_opt::<i32>().ok_or_else(missing)?;
        ranks.extend(texts.iter().flatten().map(|text| (text, 0)));
    }
    for (rank, place) in ranks.values_mut().zip(0..) {
        *rank = place;
    }
    Ok(ranks)
}
