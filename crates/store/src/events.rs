//! Error events: the newest in memory, the rest in parts, readable as one.
//!
//! The way of an event: [`EventStore::append`] puts it into the memory table, where it is visible at
//! once. [`EventStore::seal`] writes the memory table into a part. The caller commits the part's record
//! together with the intake offset, then calls [`EventStore::publish`]. A crash between any two steps
//! loses nothing, because the intake log still has what no committed part has, and doubles nothing,
//! because parts that were not committed are deleted at the next start.
//!
//! All functions block; those that compress or touch the disk say so.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use model::clock::Micros;
use model::error_row::ErrorRow;
use model::id::{EventId, ProjectId, TraceId};
use model::intake::Offset;
use model::limits;
use model::part::{PartId, PartRecord, TableName};

use crate::disk::Disk;
use crate::parts::{Shelf, lock};
use crate::schema;
use memory::{Memory, PackedRun};
use payload::{BlockBuilder, Entry};

mod ids;
mod memory;
mod merge;
mod part;
mod payload;
mod plan;
mod seal;
mod write;

pub use crate::parts::{Found, StoreError};
pub use part::Part;
pub use payload::Facts;
pub use plan::Retention;

/// Parts of error events to be merged into one.
pub type Plan = crate::parts::Plan<Part>;
/// A part of error events that is not in the catalogue yet.
pub type Sealed = crate::parts::Sealed<Part>;
/// Merged parts of error events, not in the catalogue yet.
pub type Compacted = crate::parts::Compacted<Part>;

/// Sizes. The defaults are for a machine with 512 MB.
#[derive(Debug, Clone)]
pub struct EventSettings {
    /// Bytes of the memory table at which it should be sealed; a second one may exist meanwhile.
    pub memory_bytes_max: usize,
    /// Rows of the memory table at which it should be sealed.
    pub memory_rows_max: usize,
    /// Bytes of payloads, as they came, that are sorted and compressed together.
    pub run_bytes: usize,
    /// Bytes of payloads, decompressed, in one block: what reading one event must decompress.
    pub block_bytes: usize,
    /// The same in merged parts, where a block is full of one issue and larger ones save more.
    pub block_bytes_at_merge: usize,
    /// Zstandard's level for payloads as they arrive.
    pub level_at_arrival: i32,
    /// Zstandard's level for payloads in compaction.
    pub level_at_merge: i32,
    /// Bytes of a part that is not merged any further.
    pub part_bytes_max: u64,
}

impl Default for EventSettings {
    fn default() -> Self {
        Self {
            memory_bytes_max: limits::MEMTABLE_BYTES_MAX,
            memory_rows_max: limits::MEMTABLE_ROWS_MAX,
            run_bytes: 16 * 1024 * 1024,
            block_bytes: 1024 * 1024,
            block_bytes_at_merge: 2 * 1024 * 1024,
            level_at_arrival: 3,
            level_at_merge: 6,
            part_bytes_max: 128 * 1024 * 1024,
        }
    }
}

/// An event as it goes into the store: what can be searched, and the payload as JSON.
pub type NewEvent = (ErrorRow, Vec<u8>);

/// A payload with whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPayload {
    /// Whose it is.
    pub facts: Facts,
    /// The event as it was given to [`EventStore::append`].
    pub json: Vec<u8>,
}

/// Why events were not taken in.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The memory table is full: seal it, then offer the events again; here they are.
    #[error("the memory table is full")]
    Full(Vec<NewEvent>),
    /// They are lost to the store; the intake log still has them.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Everything that is stored at one moment, in no particular order. Cheap to make.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The rows that are not in parts yet; schema as in [`schema::error_rows`].
    pub memory: Vec<RecordBatch>,
    /// The parts.
    pub parts: Vec<Arc<Part>>,
}

/// The store of error events.
pub struct EventStore {
    shelf: Shelf<Memory, Part>,
    settings: EventSettings,
    /// One at a time appends or freezes the memory table; the context is used again and again.
    builder: Mutex<BlockBuilder>,
}

impl EventStore {
    /// Opens the parts in `folder` that the catalogue has, and deletes all others. Does not read them.
    ///
    /// # Errors
    /// [`StoreError::Open`] when the folder cannot be made or listed.
    pub fn open(
        folder: &Path,
        disk: Arc<dyn Disk>,
        settings: EventSettings,
        catalogue: Vec<PartRecord>,
    ) -> Result<(Self, Found), StoreError> {
        let (shelf, found) = Shelf::open(folder, disk, TableName::Errors, catalogue)?;
        let builder = BlockBuilder::new(settings.level_at_arrival, settings.block_bytes);
        let builder = Mutex::new(builder.map_err(StoreError::Pack)?);
        Ok((Self { shelf, settings, builder }, found))
    }

    /// Takes events in; they are visible when this returns. `end` is up to where the intake log has
    /// been read; events may be none. The caller has made sure that no event is in the store already
    /// ([`EventStore::contains`]) or twice among these. Compresses now and then.
    ///
    /// # Errors
    /// [`AppendError::Full`] gives the events back when the memory table has no room for them.
    pub fn append(&self, events: Vec<NewEvent>, end: Offset) -> Result<(), AppendError> {
        let mut builder = lock(&self.builder);
        let payload_bytes: usize = events.iter().map(|(_, json)| json.len()).sum();
        if !self.has_room(events.len(), payload_bytes) {
            return Err(AppendError::Full(events));
        }
        if events.is_empty() {
            self.shelf.state().live.end = end;
            return Ok(());
        }
        let (rows, payloads): (Vec<ErrorRow>, Vec<Vec<u8>>) = events.into_iter().unzip();
        let batch = schema::batch(&rows).map_err(StoreError::from)?;
        let entries = rows.iter().zip(payloads);
        let entries = entries.map(|(row, json)| Entry { facts: Facts::of(row), json }).collect();
        let full_run = {
            let mut state = self.shelf.state();
            state.live.end = end;
            let pushed = state.live.push(batch, entries, self.settings.run_bytes);
            pushed.map_err(StoreError::from)?
        };
        if let Some((number, entries)) = full_run {
            match PackedRun::pack(&entries, &mut builder) {
                Ok(packed) => self.shelf.state().live.replace(number, packed),
                // It stays as it is, and is packed when the table is sealed.
                Err(cause) => tracing::warn!(%cause, "payloads are not compressed yet"),
            }
        }
        Ok(())
    }

    /// True when the memory table should be sealed now, whatever its age. There is room for half as
    /// much again, for what arrives until it is.
    pub fn is_full(&self) -> bool {
        let state = self.shelf.state();
        state.live.bytes() >= self.settings.memory_bytes_max
            || state.live.rows.count() >= self.settings.memory_rows_max
    }

    /// Rows and bytes (about) in memory, those being sealed included.
    pub fn memory_use(&self) -> (usize, usize) {
        let state = self.shelf.state();
        let frozen = state.frozen.as_deref();
        let rows = state.live.rows.count() + frozen.map_or(0, |frozen| frozen.rows.count());
        (rows, state.live.bytes() + frozen.map_or(0, Memory::bytes))
    }

    /// Whether the event is stored, in memory or in a part. May read a page from the disk.
    ///
    /// # Errors
    /// When a part cannot be read.
    pub fn contains(&self, project: ProjectId, event: EventId) -> Result<bool, StoreError> {
        let parts = {
            let state = self.shelf.state();
            let in_memory = |memory: &Memory| memory.contains(project, event);
            if in_memory(&state.live) || state.frozen.as_deref().is_some_and(in_memory) {
                return Ok(true);
            }
            state.parts.clone()
        };
        for part in parts.iter().rev() {
            if part.contains(project, event)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The payload of an event. Decompresses a block, and may read it from the disk.
    ///
    /// # Errors
    /// When a part cannot be read or is damaged where the payload lies.
    pub fn payload(
        &self,
        project: ProjectId,
        event: EventId,
    ) -> Result<Option<StoredPayload>, StoreError> {
        let (found, parts) = {
            let state = self.shelf.state();
            let in_memory = |memory: &Memory| memory.find(project, event);
            let live = in_memory(&state.live);
            (live.or_else(|| state.frozen.as_deref().and_then(in_memory)), state.parts.clone())
        };
        if let Some(found) = found {
            return found.read().map_err(StoreError::Pack);
        }
        for part in parts.iter().rev() {
            if let Some(payload) = part.payload(project, event)? {
                return Ok(Some(payload));
            }
        }
        Ok(None)
    }

    /// Everything that is stored now.
    pub fn snapshot(&self) -> Snapshot {
        let state = self.shelf.state();
        let frozen = state.frozen.iter().flat_map(|frozen| frozen.rows.as_slice());
        let memory = frozen.chain(state.live.rows.as_slice()).cloned().collect();
        Snapshot { memory, parts: state.parts.clone() }
    }

    /// Hands out project and trace of every event that arrived between these moments, the newest first,
    /// about. Reads three columns.
    ///
    /// # Errors
    /// When a part cannot be read.
    pub fn traces(
        &self,
        between: (Micros, Micros),
        mut each: impl FnMut(ProjectId, TraceId),
    ) -> Result<(), StoreError> {
        let Snapshot { memory, mut parts } = self.snapshot();
        for rows in memory.iter().rev() {
            schema::traces(rows, between, &mut each);
        }
        parts.retain(|part| {
            part.record().received_min <= between.1 && part.record().received_max >= between.0
        });
        parts.sort_by_key(|part| Reverse(part.record().received_max));
        for part in parts {
            part.traces(|rows| schema::traces(rows, between, &mut each))?;
        }
        Ok(())
    }

    /// Drops parts. To be called when the catalogue does not have them any more. Their files go when
    /// the last snapshot with them goes.
    pub fn remove(&self, parts: &HashSet<PartId>) {
        self.shelf.remove(parts);
    }

    fn has_room(&self, rows: usize, payload_bytes: usize) -> bool {
        let state = self.shelf.state();
        let with_reserve = |max: usize| max.saturating_add(max / 2);
        let fits = state.live.rows.count() + rows <= with_reserve(self.settings.memory_rows_max)
            && state.live.bytes() + payload_bytes <= with_reserve(self.settings.memory_bytes_max);
        state.live.rows.count() == 0 || fits
    }
}

impl std::fmt::Debug for EventStore {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("EventStore").field("folder", &self.shelf.folder()).finish_non_exhaustive()
    }
}

impl Facts {
    fn of(row: &ErrorRow) -> Self {
        Self {
            project: row.project,
            issue: row.issue,
            event_id: row.event_id,
            timestamp: row.timestamp,
            received: row.received,
        }
    }
}
