//! Compaction: several parts become one, row by row and payload by payload, in bounded memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::sync::Arc;

use arrow::array::{
    AsArray, FixedSizeBinaryArray, Int64Array, PrimitiveArray, RecordBatch, UInt64Array,
};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::{ArrowPrimitiveType, Int64Type, UInt64Type};
use model::clock::Micros;
use model::id::{EventId, IssueId, ProjectId};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::payload::{Block, BlockBuilder, Facts, Order};
use super::seal::ORDER;
use super::write::PartWriter;
use super::{Compacted, EventStore, Part, Plan, Retention, StoreError};
use crate::parts::damaged;

/// Rows read from each part at a time, and rows written at a time.
const ROWS_AT_ONCE: usize = 1_024;

impl EventStore {
    /// Carries a plan out, leaving out what is not wanted any more. Reads, compresses and writes for
    /// seconds; readers are not disturbed. One at a time.
    ///
    /// # Errors
    /// When a part cannot be read or the new one cannot be written. Nothing has changed then; a damaged
    /// part is not planned for again.
    pub fn run(&self, plan: &Plan, retention: &Retention<'_>) -> Result<Compacted, StoreError> {
        let replaced = plan.parts();
        let mut writer = self.new_part()?;
        self.merge_payloads(plan, retention, &mut writer)?;
        if writer.is_empty() {
            return Ok(Compacted { part: None, replaced });
        }
        merge_rows(plan, retention, &mut writer)?;
        Ok(Compacted { part: Some(Arc::new(writer.finish(plan.level)?)), replaced })
    }

    /// Lets readers see the merged part instead of those it replaces. To be called when, and only
    /// when, the catalogue has the change.
    pub fn publish_compacted(&self, compacted: Compacted) {
        self.shelf.publish_compacted(compacted);
    }

    fn merge_payloads(
        &self,
        plan: &Plan,
        retention: &Retention<'_>,
        writer: &mut PartWriter,
    ) -> Result<(), StoreError> {
        let (level, block_bytes) =
            (self.settings.level_at_merge, self.settings.block_bytes_at_merge);
        let mut builder = BlockBuilder::new(level, block_bytes).map_err(StoreError::Pack)?;
        let mut runs = Vec::new();
        for part in &plan.parts {
            let (file, ranges) = part.runs()?;
            let file = Arc::new(file);
            for (at, end) in ranges {
                let file = Arc::clone(&file);
                runs.push(RunCursor { part, file, at, end, block: None, index: 0 });
            }
        }
        let mut heap = BinaryHeap::new();
        for (number, run) in runs.iter_mut().enumerate() {
            if let Some(order) = run.peek()? {
                heap.push(Reverse((order, number)));
            }
        }
        let mut facts_of_block = Vec::new();
        while let Some(Reverse((_, number))) = heap.pop() {
            let Some(run) = runs.get_mut(number) else { continue };
            if let Some((facts, json)) = run.current()
                && retention.keeps(&facts)
            {
                facts_of_block.push(facts);
                if builder.push(&facts, json).map_err(StoreError::Pack)? {
                    let block = builder.finish().map_err(StoreError::Pack)?;
                    writer.block(&block, &facts_of_block)?;
                    facts_of_block.clear();
                }
            }
            run.index += 1;
            if let Some(order) = run.peek()? {
                heap.push(Reverse((order, number)));
            }
        }
        let block = builder.finish().map_err(StoreError::Pack)?;
        writer.block(&block, &facts_of_block)?;
        writer.end_run();
        Ok(())
    }
}

/// A sorted run being read; one block of it is in memory.
struct RunCursor<'a> {
    part: &'a Part,
    file: Arc<File>,
    at: u64,
    end: u64,
    block: Option<Block>,
    index: usize,
}

impl RunCursor<'_> {
    fn current(&self) -> Option<(Facts, &[u8])> {
        self.block.as_ref()?.get(self.index)
    }

    /// The place in the order of the next payload; reads the next block where needed.
    fn peek(&mut self) -> Result<Option<Order>, StoreError> {
        loop {
            if let Some((facts, _)) = self.current() {
                return Ok(Some(facts.order()));
            }
            self.block = None;
            if self.at >= self.end {
                return Ok(None);
            }
            let (block, next) = Block::read(&self.file, self.at).map_err(|cause| {
                self.part.mark_damaged();
                StoreError::Part { part: self.part.id(), cause }
            })?;
            (self.block, self.at, self.index) = (Some(block), next, 0);
        }
    }
}

fn merge_rows(
    plan: &Plan,
    retention: &Retention<'_>,
    writer: &mut PartWriter,
) -> Result<(), StoreError> {
    let cursors = plan.parts.iter().map(|part| RowCursor::open(part));
    let mut cursors = cursors.collect::<Result<Vec<_>, _>>()?;
    let mut heap = BinaryHeap::new();
    for (number, cursor) in cursors.iter_mut().enumerate() {
        if let Some(facts) = cursor.peek()? {
            heap.push(Reverse((facts.order(), number)));
        }
    }
    let mut chunk = Chunk::new(cursors.len());
    while let Some(Reverse((_, number))) = heap.pop() {
        let Some(cursor) = cursors.get_mut(number) else { continue };
        if let Some((rows, facts)) = cursor.current()
            && retention.keeps(&facts)
        {
            chunk.push(number, rows, cursor.index);
            if chunk.picks.len() >= ROWS_AT_ONCE {
                writer.rows(&chunk.take()?)?;
            }
        }
        cursor.index += 1;
        if let Some(facts) = cursor.peek()? {
            heap.push(Reverse((facts.order(), number)));
        }
    }
    if !chunk.picks.is_empty() {
        writer.rows(&chunk.take()?)?;
    }
    Ok(())
}

/// Rows picked from several batches, in their order.
struct Chunk {
    batches: Vec<RecordBatch>,
    /// For each cursor its newest batch's place in `batches`.
    newest: Vec<Option<usize>>,
    picks: Vec<(usize, usize)>,
}

impl Chunk {
    fn new(cursors: usize) -> Self {
        Self { batches: Vec::new(), newest: vec![None; cursors], picks: Vec::new() }
    }

    fn push(&mut self, cursor: usize, rows: &RecordBatch, index: usize) {
        // The first row of a batch picked may not be its row 0, so batches are told apart by a column.
        let is_same = |held: &usize| {
            let held = self.batches.get(*held).and_then(|batch| batch.columns().first());
            held.zip(rows.columns().first()).is_some_and(|(held, new)| Arc::ptr_eq(held, new))
        };
        let known = self.newest.get(cursor).copied().flatten().filter(is_same);
        let batch = known.unwrap_or_else(|| {
            self.batches.push(rows.clone());
            self.batches.len() - 1
        });
        if let Some(newest) = self.newest.get_mut(cursor) {
            *newest = Some(batch);
        }
        self.picks.push((batch, index));
    }

    fn take(&mut self) -> Result<RecordBatch, StoreError> {
        let batches: Vec<&RecordBatch> = self.batches.iter().collect();
        let rows = interleave_record_batch(&batches, &self.picks)?;
        self.batches.clear();
        self.picks.clear();
        self.newest.fill(None);
        Ok(rows)
    }
}

/// The rows of a part being read; one batch of them is in memory.
struct RowCursor<'a> {
    part: &'a Part,
    reader: ParquetRecordBatchReader,
    batch: Option<SortedBatch>,
    index: usize,
}

/// A batch with the columns that say where its rows belong.
struct SortedBatch {
    rows: RecordBatch,
    project: UInt64Array,
    issue: UInt64Array,
    timestamp: Int64Array,
    received: Int64Array,
    event_id: FixedSizeBinaryArray,
}

impl<'a> RowCursor<'a> {
    fn open(part: &'a Part) -> Result<Self, StoreError> {
        let file = File::open(part.rows_path());
        let file = file.map_err(|cause| StoreError::Part { part: part.id(), cause })?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(|builder| builder.with_batch_size(ROWS_AT_ONCE).build())
            .inspect_err(|_| part.mark_damaged())?;
        Ok(Self { part, reader, batch: None, index: 0 })
    }

    fn current(&self) -> Option<(&RecordBatch, Facts)> {
        let batch = self.batch.as_ref()?;
        Some((&batch.rows, batch.facts(self.index)?))
    }

    fn peek(&mut self) -> Result<Option<Facts>, StoreError> {
        loop {
            if let Some((_, facts)) = self.current() {
                return Ok(Some(facts));
            }
            let Some(rows) = self.reader.next() else {
                self.batch = None;
                return Ok(None);
            };
            let rows = rows.inspect_err(|_| self.part.mark_damaged())?;
            let batch = SortedBatch::new(rows).ok_or_else(|| {
                self.part.mark_damaged();
                StoreError::Part { part: self.part.id(), cause: damaged() }
            })?;
            (self.batch, self.index) = (Some(batch), 0);
        }
    }
}

impl SortedBatch {
    fn new(rows: RecordBatch) -> Option<Self> {
        let [project, issue, timestamp, event_id] = ORDER;
        Some(Self {
            project: numbers::<UInt64Type>(&rows, project)?,
            issue: numbers::<UInt64Type>(&rows, issue)?,
            timestamp: numbers::<Int64Type>(&rows, timestamp)?,
            received: numbers::<Int64Type>(&rows, "received")?,
            event_id: rows.column_by_name(event_id)?.as_fixed_size_binary_opt()?.clone(),
            rows,
        })
    }

    fn facts(&self, row: usize) -> Option<Facts> {
        if row >= self.rows.num_rows() {
            return None;
        }
        let micros = |column: &Int64Array| Micros(u64::try_from(column.value(row)).unwrap_or(0));
        Some(Facts {
            project: ProjectId(self.project.value(row)),
            issue: IssueId(self.issue.value(row)),
            event_id: EventId(self.event_id.value(row).try_into().ok()?),
            timestamp: micros(&self.timestamp),
            received: micros(&self.received),
        })
    }
}

fn numbers<T: ArrowPrimitiveType>(rows: &RecordBatch, name: &str) -> Option<PrimitiveArray<T>> {
    rows.column_by_name(name)?.as_primitive_opt::<T>().cloned()
}
