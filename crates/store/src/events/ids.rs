//! Which events a part holds, and where their payloads lie: a Bloom filter over the ids, and the ids
//! in order, in pages. A question that the filter cannot answer reads one page.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use model::id::{EventId, ProjectId};

use crate::fields::Fields;
use crate::filter::{FILTER_BLOCK_BYTES, Filter, mix};
use crate::parts::damaged;

/// The first bytes of the file: its kind and version.
const MAGIC: [u8; 8] = *b"PWIDS\0\0\x01";
/// Magic, entries, filter blocks, checksum of filter and fences.
const HEADER_BYTES: usize = 8 + 8 + 8 + 4;
const ENTRY_BYTES: usize = 16 + 8 + 8;
const PAGE_ENTRIES: usize = 127;
/// The entries, their checksum, zeros.
const PAGE_BYTES: usize = 4_096;
/// Bits of the filter per entry: one in a hundred of the ids that are not there passes it.
const FILTER_BITS_PER_ENTRY: usize = 10;

/// Where a payload lies: the block's first byte in the file and the index in the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) block: u64,
    pub(crate) index: u16,
}

/// An id with its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdEntry {
    pub(crate) event_id: EventId,
    pub(crate) project: ProjectId,
    pub(crate) place: Place,
}

impl IdEntry {
    fn compare(&self, event_id: EventId, project: ProjectId) -> Ordering {
        (self.event_id, self.project).cmp(&(event_id, project))
    }
}

/// Writes the file's bytes for `entries`, which it sorts.
pub(crate) fn write(entries: &mut [IdEntry], out: &mut dyn Write) -> io::Result<()> {
    entries.sort_unstable_by_key(|entry| (entry.event_id, entry.project));
    let mut filter = Filter::new(entries.len(), FILTER_BITS_PER_ENTRY);
    for entry in entries.iter() {
        filter.add(hash(entry.event_id, entry.project));
    }
    let filter_blocks = filter.blocks();
    let mut head = filter.into_bytes();
    for page in entries.chunks(PAGE_ENTRIES) {
        head.extend_from_slice(&page.first().map(|first| first.event_id.0).unwrap_or_default());
    }
    out.write_all(&MAGIC)?;
    out.write_all(&(entries.len() as u64).to_le_bytes())?;
    out.write_all(&(filter_blocks as u64).to_le_bytes())?;
    out.write_all(&crc32fast::hash(&head).to_le_bytes())?;
    out.write_all(&head)?;
    let mut bytes = Vec::with_capacity(PAGE_BYTES);
    for page in entries.chunks(PAGE_ENTRIES) {
        bytes.clear();
        for entry in page {
            bytes.extend_from_slice(&entry.event_id.0);
            bytes.extend_from_slice(&entry.project.0.to_le_bytes());
            let place = entry.place.block << 16 | u64::from(entry.place.index);
            bytes.extend_from_slice(&place.to_le_bytes());
        }
        bytes.resize(PAGE_ENTRIES * ENTRY_BYTES, 0);
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        bytes.resize(PAGE_BYTES, 0);
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// The ids of a part, open for questions.
#[derive(Debug)]
pub(crate) enum Ids {
    /// Filter and fences are in memory, the pages stay in the file.
    Paged(Paged),
    /// All in memory and in order, because the file was damaged.
    Rebuilt(Vec<IdEntry>),
}

/// See [`Ids::Paged`].
#[derive(Debug)]
pub(crate) struct Paged {
    file: File,
    entries: usize,
    filter: Filter,
    /// The first event id of each page.
    fences: Vec<EventId>,
    pages_start: u64,
}

impl Ids {
    /// Reads filter and fences.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let mut header = [0; HEADER_BYTES];
        file.read_exact_at(&mut header, 0)?;
        let mut fields = Fields(&header);
        let magic = fields.take::<8>();
        let mut size = || fields.u64().and_then(|size| usize::try_from(size).ok());
        let (entries, blocks) = (size().unwrap_or(usize::MAX), size().unwrap_or(usize::MAX));
        let checksum = fields.u32();
        let pages = entries.div_ceil(PAGE_ENTRIES);
        let size = |blocks: usize| {
            let head =
                blocks.checked_mul(FILTER_BLOCK_BYTES)?.checked_add(pages.checked_mul(16)?)?;
            let all =
                pages.checked_mul(PAGE_BYTES)?.checked_add(head)?.checked_add(HEADER_BYTES)?;
            Some((head, u64::try_from(all).ok()?))
        };
        let (head_bytes, file_bytes) = size(blocks).ok_or_else(damaged)?;
        if magic != Some(MAGIC) || file.metadata()?.len() != file_bytes {
            return Err(damaged());
        }
        let mut head = vec![0; head_bytes];
        file.read_exact_at(&mut head, HEADER_BYTES as u64)?;
        if Some(crc32fast::hash(&head)) != checksum {
            return Err(damaged());
        }
        let fences = head.split_off(blocks * FILTER_BLOCK_BYTES);
        let fences = fences.as_chunks::<16>().0.iter().map(|id| EventId(*id)).collect();
        let pages_start = (HEADER_BYTES + head_bytes) as u64;
        Ok(Self::Paged(Paged {
            file,
            entries,
            filter: Filter::from_bytes(head),
            fences,
            pages_start,
        }))
    }

    /// From entries found elsewhere.
    pub(crate) fn rebuilt(mut entries: Vec<IdEntry>) -> Self {
        entries.sort_unstable_by_key(|entry| (entry.event_id, entry.project));
        Self::Rebuilt(entries)
    }

    /// Where the payload of an event lies.
    pub(crate) fn find(&self, event_id: EventId, project: ProjectId) -> io::Result<Option<Place>> {
        match self {
            Self::Paged(paged) => paged.find(event_id, project),
            Self::Rebuilt(entries) => {
                let found = entries.binary_search_by(|entry| entry.compare(event_id, project));
                Ok(found.ok().and_then(|at| entries.get(at)).map(|entry| entry.place))
            }
        }
    }
}

impl Paged {
    fn find(&self, event_id: EventId, project: ProjectId) -> io::Result<Option<Place>> {
        if !self.filter.may_have(hash(event_id, project)) {
            return Ok(None);
        }
        // Two projects may use one event id, and these two entries may lie on two pages.
        let first = self.fences.partition_point(|fence| *fence < event_id).saturating_sub(1);
        let end = self.fences.partition_point(|fence| *fence <= event_id);
        for page in first..end {
            let entries = self.page(page)?;
            if let Ok(at) = entries.binary_search_by(|entry| entry.compare(event_id, project)) {
                return Ok(entries.get(at).map(|entry| entry.place));
            }
        }
        Ok(None)
    }

    fn page(&self, page: usize) -> io::Result<Vec<IdEntry>> {
        let mut bytes = [0; PAGE_BYTES];
        self.file.read_exact_at(&mut bytes, self.pages_start + (page * PAGE_BYTES) as u64)?;
        let (entries, rest) = bytes.split_at(PAGE_ENTRIES * ENTRY_BYTES);
        if Fields(rest).u32() != Some(crc32fast::hash(entries)) {
            return Err(damaged());
        }
        let count = PAGE_ENTRIES.min(self.entries.saturating_sub(page * PAGE_ENTRIES));
        let entries = entries.chunks_exact(ENTRY_BYTES).take(count).map(read_entry);
        entries.collect::<Option<_>>().ok_or_else(damaged)
    }
}

fn read_entry(bytes: &[u8]) -> Option<IdEntry> {
    let mut fields = Fields(bytes);
    let (event_id, project) = (EventId(fields.take()?), ProjectId(fields.u64()?));
    let place = fields.u64()?;
    let index = u16::try_from(place & 0xffff).ok()?;
    Some(IdEntry { event_id, project, place: Place { block: place >> 16, index } })
}

/// What the filter knows an id by.
fn hash(event_id: EventId, project: ProjectId) -> u64 {
    let id = u128::from_le_bytes(event_id.0);
    let (low, high) = (id & u128::from(u64::MAX), id >> 64);
    let narrow = |half| u64::try_from(half).unwrap_or_default();
    mix(mix(narrow(low) ^ mix(project.0)) ^ narrow(high))
}
