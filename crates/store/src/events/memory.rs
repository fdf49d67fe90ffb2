//! The memory table: the newest rows as Arrow batches, their payloads first as they came, then packed.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use model::id::{EventId, ProjectId};
use model::intake::Offset;

use super::StoredPayload;
use super::payload::{Block, BlockBuilder, Entry, Facts};
use crate::batches::Batches;
use crate::parts::MemoryTable;

/// Bytes an id costs in the table of places, about.
const PLACE_BYTES: usize = 48;

/// Rows and payloads that are not in a part yet.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) rows: Batches,
    payload_bytes: usize,
    places: HashMap<(ProjectId, EventId), (usize, usize)>,
    pub(crate) runs: Vec<Run>,
    /// Up to where the intake log is in here.
    pub(crate) end: Offset,
}

/// Payloads that arrived one after the other.
#[derive(Debug)]
pub(crate) enum Run {
    /// As they came.
    Raw { entries: Vec<Arc<Entry>>, bytes: usize },
    /// Sorted and compressed.
    Packed(Arc<PackedRun>),
}

/// The number of a run, and its entries in the order of their arrival.
pub(crate) type RawRun = (usize, Vec<Arc<Entry>>);

/// See [`Run::Packed`].
#[derive(Debug, Default)]
pub(crate) struct PackedRun {
    pub(crate) blocks: Vec<PackedBlock>,
    /// Block and index in it, by order of arrival.
    places: Vec<(usize, usize)>,
    bytes: usize,
}

/// A compressed block, and whose payloads are in it, in order.
#[derive(Debug)]
pub(crate) struct PackedBlock {
    pub(crate) bytes: Vec<u8>,
    pub(crate) facts: Vec<Facts>,
}

/// Where a payload is; found under the lock, read outside of it.
pub(crate) enum Found {
    Raw(Arc<Entry>),
    Packed(Arc<PackedRun>, usize),
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
    /// Bytes it holds, about.
    pub(crate) fn bytes(&self) -> usize {
        self.rows.bytes() + self.payload_bytes + self.places.len() * PLACE_BYTES
    }

    /// Takes a batch and its payloads in. The batch's run is full at `run_bytes_max`; its number and
    /// entries are given back then, to be packed.
    pub(crate) fn push(
        &mut self,
        batch: RecordBatch,
        entries: Vec<Entry>,
        run_bytes_max: usize,
    ) -> Result<Option<RawRun>, ArrowError> {
        self.rows.push(batch)?;
        if !matches!(self.runs.last(), Some(Run::Raw { bytes, .. }) if *bytes < run_bytes_max) {
            self.runs.push(Run::Raw { entries: Vec::new(), bytes: 0 });
        }
        let number = self.runs.len() - 1;
        let Some(Run::Raw { entries: run, bytes }) = self.runs.last_mut() else { return Ok(None) };
        for entry in entries {
            let key = (entry.facts.project, entry.facts.event_id);
            self.places.insert(key, (number, run.len()));
            *bytes += entry.json.len();
            self.payload_bytes += entry.json.len();
            run.push(Arc::new(entry));
        }
        Ok((*bytes >= run_bytes_max).then(|| (number, run.clone())))
    }

    /// Puts a packed run in the place of the raw one.
    pub(crate) fn replace(&mut self, number: usize, packed: PackedRun) {
        if let Some(run @ Run::Raw { .. }) = self.runs.get_mut(number) {
            if let Run::Raw { bytes, .. } = run {
                self.payload_bytes = self.payload_bytes.saturating_sub(*bytes) + packed.bytes;
            }
            *run = Run::Packed(Arc::new(packed));
        }
    }

    /// The runs that are not packed.
    pub(crate) fn raw_runs(&self) -> Vec<RawRun> {
        let raw = self.runs.iter().enumerate().filter_map(|(number, run)| match run {
            Run::Raw { entries, .. } => Some((number, entries.clone())),
            Run::Packed(_) => None,
        });
        raw.collect()
    }

    pub(crate) fn contains(&self, project: ProjectId, event: EventId) -> bool {
        self.places.contains_key(&(project, event))
    }

    pub(crate) fn find(&self, project: ProjectId, event: EventId) -> Option<Found> {
        let (run, index) = *self.places.get(&(project, event))?;
        match self.runs.get(run)? {
            Run::Raw { entries, .. } => {
                entries.get(index).map(|entry| Found::Raw(Arc::clone(entry)))
            }
            Run::Packed(packed) => Some(Found::Packed(Arc::clone(packed), index)),
        }
    }
}

impl Found {
    pub(crate) fn read(&self) -> io::Result<Option<StoredPayload>> {
        let (packed, index) = match self {
            Self::Raw(entry) => {
                return Ok(Some(StoredPayload { facts: entry.facts, json: entry.json.clone() }));
            }
            Self::Packed(packed, index) => (packed, *index),
        };
        let place = packed.places.get(index);
        let found = place.and_then(|(block, index)| Some((packed.blocks.get(*block)?, *index)));
        let Some((block, index)) = found else { return Ok(None) };
        let block = Block::decode(&block.bytes)?;
        Ok(block.get(index).map(|(facts, json)| StoredPayload { facts, json: json.to_vec() }))
    }
}

impl PackedRun {
    /// Sorts payloads, so that those of one issue, which are much alike, are compressed together.
    pub(crate) fn pack(entries: &[Arc<Entry>], builder: &mut BlockBuilder) -> io::Result<Self> {
        let mut sorted: Vec<(usize, &Entry)> =
            entries.iter().enumerate().map(|(index, entry)| (index, entry.as_ref())).collect();
        sorted.sort_unstable_by_key(|(_, entry)| entry.facts.order());
        let mut run = Self { places: vec![(0, 0); entries.len()], ..Self::default() };
        let mut facts = Vec::new();
        builder.clear();
        for (arrival, entry) in sorted {
            if let Some(place) = run.places.get_mut(arrival) {
                *place = (run.blocks.len(), facts.len());
            }
            facts.push(entry.facts);
            if builder.push(&entry.facts, &entry.json)? {
                run.add(builder.finish()?, std::mem::take(&mut facts));
            }
        }
        if !facts.is_empty() {
            run.add(builder.finish()?, facts);
        }
        Ok(run)
    }

    fn add(&mut self, bytes: Vec<u8>, facts: Vec<Facts>) {
        self.bytes += bytes.len() + facts.len() * size_of::<Facts>();
        self.blocks.push(PackedBlock { bytes, facts });
    }
}
