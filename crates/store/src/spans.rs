//! Spans: the newest in memory, the rest in parts, readable as one.
//!
//! The way of a span is that of an error event, see [`crate::events`]: [`SpanStore::append`],
//! [`SpanStore::seal`], a commit of the catalogue, [`SpanStore::publish`]. A span has no payload; what is
//! known of it are its columns and its attributes. Any attribute can be asked for: a part has columns of
//! their own for those that are frequent in it, and maps for the others ([`PartColumns`]). A trace is
//! found by its id alone, because each part has an index of its traces ([`SpanStore::trace`]). What many
//! spans have in common is counted as they arrive ([`cells`]).
//!
//! All functions block; those that compress or touch the disk say so.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use model::clock::Micros;
use model::id::TraceId;
use model::intake::Offset;
use model::limits;
use model::part::{PartId, PartRecord, TableName};
use model::sampling::Verdict;

use crate::disk::Disk;
use crate::parts::{MemoryTable, Shelf};
use crate::schema::signed;
use memory::Memory;

mod attributes;
mod builder;
pub mod cells;
mod memory;
mod merge;
mod names;
mod part;
mod picks;
mod plan;
mod read;
pub mod schema;
mod seal;
mod traces;
mod verdicts;
mod write;

pub use crate::parts::{Found, StoreError};
pub use builder::{SpanBatch, SpanBuilder};
pub use cells::Rollup;
pub use names::{PartColumns, Place};
pub use part::SpanPart;
pub use plan::{Due, Retention};
pub use read::{TraceRows, TraceWanted, spans_of};

/// Parts of spans to be merged into one.
pub type Plan = crate::parts::Plan<SpanPart>;
/// A part of spans that is not in the catalogue yet.
pub type Sealed = crate::parts::Sealed<SpanPart>;
/// Merged parts of spans, not in the catalogue yet.
pub type Compacted = crate::parts::Compacted<SpanPart>;

/// Sizes. The defaults are for a machine with 512 MB.
#[derive(Debug, Clone)]
pub struct SpanSettings {
    /// Bytes of the memory table at which it should be sealed; a second one may exist meanwhile.
    pub memory_bytes_max: usize,
    /// Rows of the memory table at which it should be sealed.
    pub memory_rows_max: usize,
    /// Bytes of a part that is not merged any further.
    pub part_bytes_max: u64,
    /// Parts that may wait for being thinned out before they are merged, which would only be more work.
    pub unsampled_parts_max: usize,
}

impl Default for SpanSettings {
    fn default() -> Self {
        Self {
            memory_bytes_max: limits::SPANS_MEMTABLE_BYTES_MAX,
            memory_rows_max: limits::SPANS_MEMTABLE_ROWS_MAX,
            part_bytes_max: 128 * 1024 * 1024,
            unsampled_parts_max: 32,
        }
    }
}

/// Why spans were not taken in.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The memory table is full: seal it, then offer the batches again; here they are.
    #[error("the memory table is full")]
    Full(Vec<SpanBatch>),
    /// They are lost to the store; the intake log still has them.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Everything that is stored at one moment, in no particular order. Cheap to make.
#[derive(Debug, Clone)]
pub struct SpanSnapshot {
    /// The rows that are not in parts yet; schema as in [`schema::spans`].
    pub memory: Vec<RecordBatch>,
    /// The parts; schema as in [`schema::spans`] and their [`SpanPart::columns`].
    pub parts: Vec<Arc<SpanPart>>,
}

/// The cells of one rollup at one moment.
#[derive(Debug, Clone)]
pub struct CellSnapshot {
    /// Those that are not in parts yet; schema as in [`cells::schema`].
    pub memory: Vec<RecordBatch>,
    /// The parts, whose [`SpanPart::cells_path`] holds the cells of all rollups.
    pub parts: Vec<Arc<SpanPart>>,
}

/// The store of spans.
pub struct SpanStore {
    shelf: Shelf<Memory, SpanPart>,
    settings: SpanSettings,
}

impl SpanStore {
    /// Opens the parts in `folder` that the catalogue has, and deletes all others. Does not read them.
    ///
    /// # Errors
    /// [`StoreError::Open`] when the folder cannot be made or listed.
    pub fn open(
        folder: &Path,
        disk: Arc<dyn Disk>,
        settings: SpanSettings,
        catalogue: Vec<PartRecord>,
    ) -> Result<(Self, Found), StoreError> {
        let (shelf, found) = Shelf::open(folder, disk, TableName::Spans, catalogue)?;
        Ok((Self { shelf, settings }, found))
    }

    /// Takes batches in; they are visible when this returns. `end` is up to where the intake log has
    /// been read; batches may be none. Copies small batches together.
    ///
    /// # Errors
    /// [`AppendError::Full`] gives the batches back when the memory table has no room for them.
    pub fn append(&self, batches: Vec<SpanBatch>, end: Offset) -> Result<(), AppendError> {
        let mut state = self.shelf.state();
        let live = &mut state.live;
        let rows: usize = batches.iter().map(SpanBatch::rows).sum();
        let bytes: usize = batches.iter().map(SpanBatch::bytes).sum();
        let with_reserve = |max: usize| max.saturating_add(max / 2);
        let fits = live.rows() + rows <= with_reserve(self.settings.memory_rows_max)
            && live.bytes() + bytes <= with_reserve(self.settings.memory_bytes_max);
        if live.rows() > 0 && rows > 0 && !fits {
            return Err(AppendError::Full(batches));
        }
        for mut batch in batches {
            batch.take_verdicts().into_iter().for_each(|verdict| live.verdicts.add(verdict));
            if batch.rows() > 0 {
                live.push(batch.into_rows())?;
            }
        }
        live.set_end(end);
        Ok(())
    }

    /// True when the memory table should be sealed now, whatever its age. There is room for half as
    /// much again, for what arrives until it is.
    pub fn is_full(&self) -> bool {
        let state = self.shelf.state();
        state.live.bytes() >= self.settings.memory_bytes_max
            || state.live.rows() >= self.settings.memory_rows_max
    }

    /// Rows and bytes in memory, those being sealed included.
    pub fn memory_use(&self) -> (usize, usize) {
        let state = self.shelf.state();
        let tables = state.frozen.as_deref().into_iter().chain([&state.live]);
        tables.fold((0, 0), |(rows, bytes), table| (rows + table.rows(), bytes + table.bytes()))
    }

    /// Everything that is stored now.
    pub fn snapshot(&self) -> SpanSnapshot {
        self.snapshot_of(|memory| memory.batches().to_vec())
    }

    /// What is stored now and may be of spans that began from `window.0` on and before `window.1`.
    pub fn snapshot_within(&self, window: (Micros, Micros)) -> SpanSnapshot {
        let moments = signed(window.0)..signed(window.1);
        let mut snapshot =
            self.snapshot_of(|memory| memory.within(moments.clone()).cloned().collect());
        snapshot.parts.retain(|part| {
            let record = part.record();
            record.timestamp_min < window.1 && record.timestamp_max >= window.0
        });
        snapshot
    }

    fn snapshot_of(&self, rows_of: impl Fn(&Memory) -> Vec<RecordBatch>) -> SpanSnapshot {
        let state = self.shelf.state();
        let tables = state.frozen.as_deref().into_iter().chain([&state.live]);
        let memory = tables.flat_map(rows_of).collect();
        SpanSnapshot { memory, parts: state.parts.clone() }
    }

    /// The parts that have spans of a trace; one in two hundred of the others may be among them. Reads
    /// the filter of a part that was never asked before.
    ///
    /// # Errors
    /// When a part cannot be read.
    pub fn parts_with_trace(&self, trace: TraceId) -> Result<Vec<Arc<SpanPart>>, StoreError> {
        self.snapshot().parts_with_trace(trace)
    }

    /// The spans of a trace, as batches of differing columns. Reads and decompresses where the parts'
    /// indexes say, and stops after the batch with which it is enough.
    ///
    /// # Errors
    /// When a part cannot be read.
    pub fn trace(&self, wanted: &TraceWanted<'_>) -> Result<TraceRows, StoreError> {
        let of_trace = |memory: &Memory| {
            let may_have = memory.may_have(wanted.trace);
            if may_have { memory.batches().to_vec() } else { Vec::new() }
        };
        self.snapshot_of(of_trace).trace(wanted)
    }

    /// The cells of a rollup that may lie in that time, from `window.0` on and before `window.1`.
    ///
    /// # Errors
    /// When Arrow refuses the columns.
    pub fn cells(
        &self,
        rollup: Rollup,
        window: (Micros, Micros),
    ) -> Result<CellSnapshot, StoreError> {
        let is_wanted = |start: i64| {
            let start = u64::try_from(start).unwrap_or(0);
            window.0.0 <= start && start < window.1.0
        };
        let batch = |memory: &Memory| {
            let cells: Vec<_> = memory.cells.of_rollup(rollup, is_wanted).collect();
            if cells.is_empty() { Ok(None) } else { cells::batch(&cells).map(Some) }
        };
        let (live, frozen, parts) = {
            let state = self.shelf.state();
            (batch(&state.live)?, state.frozen.clone(), state.parts.clone())
        };
        // Nobody who appends waits for what does not change any more.
        let frozen = frozen.as_deref().map(batch).transpose()?.flatten();
        Ok(CellSnapshot { memory: frozen.into_iter().chain(live).collect(), parts })
    }

    /// Hands out every verdict that was passed between these moments on traces whose spans are still in
    /// memory, then those in parts, the newest parts first. A trace may have several. Reads small files;
    /// what is damaged is left out.
    pub fn verdicts(&self, between: (Micros, Micros), mut each: impl FnMut(Verdict)) {
        let (in_memory, mut parts) = {
            let state = self.shelf.state();
            let tables = state.frozen.as_deref().into_iter().chain([&state.live]);
            let verdicts: Vec<Verdict> = tables.flat_map(|table| table.verdicts.iter()).collect();
            (verdicts, state.parts.clone())
        };
        let is_wanted = |verdict: &Verdict| (between.0..=between.1).contains(&verdict.at);
        in_memory.into_iter().filter(is_wanted).for_each(&mut each);
        parts.retain(|part| {
            part.record().received_min <= between.1 && part.record().received_max >= between.0
        });
        parts.sort_by_key(|part| Reverse(part.record().received_max));
        for part in parts {
            part.verdicts().into_iter().filter(is_wanted).for_each(&mut each);
        }
    }

    /// Drops parts. To be called when the catalogue does not have them any more. Their files go when
    /// the last snapshot with them goes.
    pub fn remove(&self, parts: &HashSet<PartId>) {
        self.shelf.remove(parts);
    }
}

impl std::fmt::Debug for SpanStore {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SpanStore").field("folder", &self.shelf.folder()).finish_non_exhaustive()
    }
}
