//! Which traces a part has, and where: a Bloom filter over the trace ids, and for each trace the granules
//! of [`GRANULE_ROWS`] rows in which it has spans, in pages. A question that the filter cannot answer
//! reads one page.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;

use model::id::TraceId;

use crate::fields::{Fields, too_large};
use crate::filter::{FILTER_BLOCK_BYTES, Filter, mix};
use crate::parts::damaged;

/// Rows of a granule. Pages of the Parquet file have eight times as many; skipping within a page saves
/// most of what decoding it costs.
pub(crate) const GRANULE_ROWS: u64 = 1_024;
/// The first bytes of the file: its kind and version.
const MAGIC: [u8; 8] = *b"PWTRC\0\0\x01";
/// Magic, filter blocks, pages, checksum of filter and fences.
const HEADER_BYTES: usize = 8 + 8 + 8 + 4;
/// Entries, zeros, bytes of the entries, checksum of all before it.
const PAGE_BYTES: usize = 4_096;
const PAGE_ENTRY_BYTES: usize = PAGE_BYTES - 2 - 4;
/// One in two hundred of the traces that are not there passes the filter.
const FILTER_BITS_PER_TRACE: usize = 12;
/// Bits of a trace's hash; others of the same hash are sorted out when the rows are read.
const HASH_BITS: u32 = 40;
/// A trace whose entry would be longer is said to be everywhere between its first span and its last.
const ENTRY_BYTES_MAX: usize = 1_024;

/// Collects the traces of a part's rows.
#[derive(Debug, Default)]
pub(crate) struct TraceCollector {
    /// The hash of a trace and the granule of a row, in one number.
    places: Vec<u64>,
    rows: u64,
}

/// The traces of a part, open for questions.
#[derive(Debug)]
pub(crate) struct Traces {
    filter: Filter,
    /// The first hash of each page.
    fences: Vec<u64>,
    pages: Pages,
}

#[derive(Debug)]
enum Pages {
    /// In the file, from that byte.
    Stored(File, u64),
    /// In memory, because the file was damaged.
    Rebuilt(Vec<u8>),
}

impl TraceCollector {
    /// The next row is of this trace.
    pub(crate) fn push(&mut self, trace: TraceId) {
        let granule = self.rows / GRANULE_ROWS;
        self.rows += 1;
        self.places.push(hash(trace) << (64 - HASH_BITS) | granule);
    }

    /// Writes the file's bytes.
    pub(crate) fn write(self, out: &mut dyn Write) -> io::Result<()> {
        let (filter, fences, pages) = self.pack()?;
        let blocks = filter.blocks() as u64;
        let mut head = filter.into_bytes();
        for fence in &fences {
            head.extend_from_slice(&fence.to_le_bytes());
        }
        out.write_all(&MAGIC)?;
        out.write_all(&blocks.to_le_bytes())?;
        out.write_all(&(fences.len() as u64).to_le_bytes())?;
        out.write_all(&crc32fast::hash(&head).to_le_bytes())?;
        out.write_all(&head)?;
        out.write_all(&pages)
    }

    /// The traces without a file.
    pub(crate) fn into_traces(self) -> io::Result<Traces> {
        let (filter, fences, pages) = self.pack()?;
        Ok(Traces { filter, fences, pages: Pages::Rebuilt(pages) })
    }

    fn pack(mut self) -> io::Result<(Filter, Vec<u64>, Vec<u8>)> {
        // Twenty-four bits of granules are 17 billion rows.
        self.places.sort_unstable();
        self.places.dedup();
        let of_a_trace = |one: &u64, other: &u64| hash_of(*one) == hash_of(*other);
        let traces = self.places.chunk_by(of_a_trace);
        let mut filter = Filter::new(traces.clone().count(), FILTER_BITS_PER_TRACE);
        let (mut fences, mut pages) = (Vec::new(), Vec::new());
        let (mut page, mut entry) = (Vec::with_capacity(PAGE_BYTES), Vec::new());
        for places in traces {
            let hash = places.first().map_or(0, |place| hash_of(*place));
            filter.add(mix(hash));
            entry.clear();
            write_entry(hash, places, &mut entry);
            if page.len() + entry.len() > PAGE_ENTRY_BYTES {
                end_page(&mut page, &mut pages)?;
            }
            if page.is_empty() {
                fences.push(hash);
            }
            page.extend_from_slice(&entry);
        }
        if !page.is_empty() {
            end_page(&mut page, &mut pages)?;
        }
        Ok((filter, fences, pages))
    }
}

impl Traces {
    /// Reads filter and fences.
    pub(crate) fn open(file: File) -> io::Result<Self> {
        let mut header = [0; HEADER_BYTES];
        file.read_exact_at(&mut header, 0)?;
        let mut fields = Fields(&header);
        let magic = fields.take::<8>();
        let mut size = || fields.u64().and_then(|size| usize::try_from(size).ok());
        let (blocks, pages) = (size().unwrap_or(usize::MAX), size().unwrap_or(usize::MAX));
        let checksum = fields.u32();
        let sizes = || {
            let filter = blocks.checked_mul(FILTER_BLOCK_BYTES)?;
            let head = filter.checked_add(pages.checked_mul(8)?)?;
            let all = pages.checked_mul(PAGE_BYTES)?.checked_add(head)?;
            Some((filter, head, u64::try_from(all.checked_add(HEADER_BYTES)?).ok()?))
        };
        let (filter_bytes, head_bytes, file_bytes) = sizes().ok_or_else(damaged)?;
        if magic != Some(MAGIC) || file.metadata()?.len() != file_bytes {
            return Err(damaged());
        }
        let mut head = vec![0; head_bytes];
        file.read_exact_at(&mut head, HEADER_BYTES as u64)?;
        if Some(crc32fast::hash(&head)) != checksum {
            return Err(damaged());
        }
        let fences = head.split_off(filter_bytes);
        let fences = fences.as_chunks::<8>().0.iter().map(|hash| u64::from_le_bytes(*hash));
        let fences = fences.collect();
        let pages_start = (HEADER_BYTES + head_bytes) as u64;
        Ok(Self {
            filter: Filter::from_bytes(head),
            fences,
            pages: Pages::Stored(file, pages_start),
        })
    }

    /// False when the part surely has no span of the trace.
    pub(crate) fn may_have(&self, trace: TraceId) -> bool {
        self.filter.may_have(mix(hash(trace)))
    }

    /// The rows among which all spans of the trace are, ascending; a few others may be there.
    pub(crate) fn find(&self, trace: TraceId) -> io::Result<Vec<Range<u64>>> {
        if !self.may_have(trace) {
            return Ok(Vec::new());
        }
        let hash = hash(trace);
        let page = self.fences.partition_point(|fence| *fence <= hash);
        let Some(page) = page.checked_sub(1) else { return Ok(Vec::new()) };
        let mut bytes = [0; PAGE_BYTES];
        let start = page * PAGE_BYTES;
        match &self.pages {
            Pages::Stored(file, first) => file.read_exact_at(&mut bytes, first + start as u64)?,
            Pages::Rebuilt(pages) => {
                let page = pages.get(start..start + PAGE_BYTES).ok_or_else(damaged)?;
                bytes.copy_from_slice(page);
            }
        }
        find_entry(&bytes, hash).ok_or_else(damaged)
    }
}

/// What a trace is known by.
pub(crate) fn hash(trace: TraceId) -> u64 {
    let id = u128::from_le_bytes(trace.0);
    let (low, high) = (id & u128::from(u64::MAX), id >> 64);
    let narrow = |half| u64::try_from(half).unwrap_or_default();
    // Ids need not be random: clients choose them.
    mix(mix(narrow(low)) ^ narrow(high)) >> (64 - HASH_BITS)
}

fn hash_of(place: u64) -> u64 {
    place >> (64 - HASH_BITS)
}

/// Hash (5 bytes), runs, and for each run its distance from the last one and its length, in granules.
fn write_entry(hash: u64, places: &[u64], out: &mut Vec<u8>) {
    let granules = places.iter().map(|place| place & (u64::MAX >> HASH_BITS));
    let mut runs: Vec<Range<u64>> = Vec::new();
    for granule in granules {
        match runs.last_mut() {
            Some(run) if run.end == granule => run.end += 1,
            _ => runs.push(granule..granule + 1),
        }
    }
    out.extend_from_slice(hash.to_le_bytes().get(..5).unwrap_or_default());
    let runs_start = out.len();
    write_runs(&runs, out);
    if out.len() > ENTRY_BYTES_MAX
        && let Some((first, last)) = runs.first().zip(runs.last())
    {
        out.truncate(runs_start);
        let whole = first.start..last.end;
        write_runs(std::slice::from_ref(&whole), out);
    }
}

fn write_runs(runs: &[Range<u64>], out: &mut Vec<u8>) {
    write_number(runs.len() as u64, out);
    let mut end = 0;
    for run in runs {
        write_number(run.start - end, out);
        write_number(run.end - run.start, out);
        end = run.end;
    }
}

fn end_page(page: &mut Vec<u8>, pages: &mut Vec<u8>) -> io::Result<()> {
    let len = u16::try_from(page.len()).map_err(too_large)?;
    page.resize(PAGE_ENTRY_BYTES, 0);
    page.extend_from_slice(&len.to_le_bytes());
    page.extend_from_slice(&crc32fast::hash(page).to_le_bytes());
    pages.append(page);
    Ok(())
}

/// `None` when the page is damaged.
fn find_entry(page: &[u8; PAGE_BYTES], wanted: u64) -> Option<Vec<Range<u64>>> {
    let (content, checksum) = page.split_last_chunk::<4>()?;
    if u32::from_le_bytes(*checksum) != crc32fast::hash(content) {
        return None;
    }
    let (entries, len) = content.split_last_chunk::<2>()?;
    let mut fields = Fields(entries.get(..usize::from(u16::from_le_bytes(*len)))?);
    while !fields.0.is_empty() {
        let mut hash = [0; 8];
        *hash.first_chunk_mut::<5>()? = fields.take()?;
        let hash = u64::from_le_bytes(hash);
        let runs = fields.number()?;
        let mut found = Vec::new();
        let mut end = 0_u64;
        for _ in 0..runs {
            let start = end.checked_add(fields.number()?)?;
            end = start.checked_add(fields.number()?)?;
            if hash == wanted {
                found.push(start.checked_mul(GRANULE_ROWS)?..end.checked_mul(GRANULE_ROWS)?);
            }
        }
        if hash >= wanted {
            return Some(found);
        }
    }
    Some(Vec::new())
}

/// Seven bits a byte, lowest first; the highest bit says that more follow.
fn write_number(mut number: u64, out: &mut Vec<u8>) {
    while number > 0x7f {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}
