//! Payloads in compressed blocks. A block says itself what is in it; see `docs/formats/parts.md`.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use model::clock::Micros;
use model::id::{EventId, IssueId, ProjectId};
use zstd::bulk::{Compressor, Decompressor};

use crate::fields::{Fields, too_large};
use crate::parts::damaged;

/// The first bytes of a block: its kind and version.
const MAGIC: [u8; 4] = *b"PWB\x01";
/// Magic, stored bytes, raw bytes, entries, checksum.
pub(crate) const HEADER_BYTES: usize = 20;
/// What lies before each payload: project, issue, event id, timestamp, received, payload length.
const FACTS_BYTES: usize = 8 + 8 + 16 + 8 + 8 + 4;
/// A block holds less, whatever the payloads' size, so that an index fits in 16 bits.
const ENTRIES_MAX: u32 = 4_096;
/// Blocks are begun anew long before; only a single payload could be so large. Larger means damage.
const RAW_BYTES_MAX: usize = 128 * 1024 * 1024;

/// Whose payload it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Its project.
    pub project: ProjectId,
    /// The issue it was grouped into when it was stored.
    pub issue: IssueId,
    /// Its id.
    pub event_id: EventId,
    /// When it happened.
    pub timestamp: Micros,
    /// When it arrived.
    pub received: Micros,
}

impl Facts {
    /// What rows and payloads of a part are sorted by.
    pub(crate) fn order(&self) -> Order {
        (self.project, self.issue, self.timestamp, self.event_id)
    }
}

/// A place in the order of a part.
pub(crate) type Order = (ProjectId, IssueId, Micros, EventId);

/// A payload on its way into a block.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) facts: Facts,
    pub(crate) json: Vec<u8>,
}

/// Collects payloads and compresses them block by block; the context is used again and again.
pub(crate) struct BlockBuilder {
    compressor: Compressor<'static>,
    raw: Vec<u8>,
    entries: u32,
    raw_bytes_aim: usize,
}

impl BlockBuilder {
    /// `level` is Zstandard's; a block is finished at about `raw_bytes_aim`.
    pub(crate) fn new(level: i32, raw_bytes_aim: usize) -> io::Result<Self> {
        let compressor = Compressor::new(level)?;
        Ok(Self { compressor, raw: Vec::new(), entries: 0, raw_bytes_aim })
    }

    /// Forgets what was taken in since the last block.
    pub(crate) fn clear(&mut self) {
        self.raw.clear();
        self.entries = 0;
    }

    /// Takes a payload in; true when the block should be finished now.
    pub(crate) fn push(&mut self, facts: &Facts, json: &[u8]) -> io::Result<bool> {
        let len = u32::try_from(json.len()).map_err(too_large)?;
        self.raw.extend_from_slice(&facts.project.0.to_le_bytes());
        self.raw.extend_from_slice(&facts.issue.0.to_le_bytes());
        self.raw.extend_from_slice(&facts.event_id.0);
        self.raw.extend_from_slice(&facts.timestamp.0.to_le_bytes());
        self.raw.extend_from_slice(&facts.received.0.to_le_bytes());
        self.raw.extend_from_slice(&len.to_le_bytes());
        self.raw.extend_from_slice(json);
        self.entries += 1;
        Ok(self.raw.len() >= self.raw_bytes_aim || self.entries >= ENTRIES_MAX)
    }

    /// The block of what was taken in, header included; empty when that is nothing.
    pub(crate) fn finish(&mut self) -> io::Result<Vec<u8>> {
        if self.entries == 0 {
            return Ok(Vec::new());
        }
        let stored = self.compressor.compress(&self.raw)?;
        let mut block = Vec::with_capacity(HEADER_BYTES + stored.len());
        block.extend_from_slice(&MAGIC);
        block.extend_from_slice(&u32::try_from(stored.len()).map_err(too_large)?.to_le_bytes());
        block.extend_from_slice(&u32::try_from(self.raw.len()).map_err(too_large)?.to_le_bytes());
        block.extend_from_slice(&self.entries.to_le_bytes());
        block.extend_from_slice(&checksum(&block, &stored).to_le_bytes());
        block.extend_from_slice(&stored);
        self.clear();
        Ok(block)
    }
}

fn checksum(head: &[u8], stored: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(head);
    hasher.update(stored);
    hasher.finalize()
}

/// A block, decompressed and checked.
#[derive(Debug)]
pub(crate) struct Block {
    raw: Vec<u8>,
    /// Where each entry begins.
    starts: Vec<usize>,
}

/// What a block's header says.
struct Header {
    stored: usize,
    raw: usize,
    entries: u32,
    checksum: u32,
}

impl Block {
    /// Reads a block; its header must be at the start of `bytes`.
    pub(crate) fn decode(bytes: &[u8]) -> io::Result<Self> {
        let header = Header::read(bytes)?;
        let stored = bytes.get(HEADER_BYTES..HEADER_BYTES + header.stored).ok_or_else(damaged)?;
        if checksum(bytes.get(..16).ok_or_else(damaged)?, stored) != header.checksum {
            return Err(damaged());
        }
        let raw = Decompressor::new()?.decompress(stored, header.raw)?;
        if raw.len() != header.raw {
            return Err(damaged());
        }
        let mut starts = Vec::with_capacity(raw.len() / FACTS_BYTES);
        let mut at = 0;
        while at < raw.len() {
            starts.push(at);
            let (_, json) = entry_at(&raw, at).ok_or_else(damaged)?;
            at += FACTS_BYTES + json.len();
        }
        let entries = u32::try_from(starts.len()).unwrap_or(u32::MAX);
        if entries == header.entries { Ok(Self { raw, starts }) } else { Err(damaged()) }
    }

    /// Reads the block that begins at `offset`, and says where it ends.
    pub(crate) fn read(file: &File, offset: u64) -> io::Result<(Self, u64)> {
        let mut bytes = vec![0; HEADER_BYTES];
        file.read_exact_at(&mut bytes, offset)?;
        bytes.resize(HEADER_BYTES + Header::read(&bytes)?.stored, 0);
        let after_header = offset + HEADER_BYTES as u64;
        file.read_exact_at(bytes.get_mut(HEADER_BYTES..).unwrap_or_default(), after_header)?;
        Ok((Self::decode(&bytes)?, offset + bytes.len() as u64))
    }

    /// The entry at `index`.
    pub(crate) fn get(&self, index: usize) -> Option<(Facts, &[u8])> {
        entry_at(&self.raw, *self.starts.get(index)?)
    }

    /// All entries in their order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Facts, &[u8])> {
        self.starts.iter().filter_map(|start| entry_at(&self.raw, *start))
    }
}

impl Header {
    fn read(bytes: &[u8]) -> io::Result<Self> {
        let mut fields = Fields(bytes.get(..HEADER_BYTES).ok_or_else(damaged)?);
        let (magic, stored) = (fields.take::<4>(), fields.u32());
        let (raw, entries, checksum) = (fields.u32(), fields.u32(), fields.u32());
        let all = || Some((magic?, usize::try_from(stored?).ok()?, usize::try_from(raw?).ok()?));
        let (magic, stored, raw) = all().ok_or_else(damaged)?;
        if magic != MAGIC || raw > RAW_BYTES_MAX || stored > RAW_BYTES_MAX {
            return Err(damaged());
        }
        let rest = || Some(Self { stored, raw, entries: entries?, checksum: checksum? });
        rest().ok_or_else(damaged)
    }
}

fn entry_at(raw: &[u8], start: usize) -> Option<(Facts, &[u8])> {
    let mut fields = Fields(raw.get(start..)?);
    let facts = Facts {
        project: ProjectId(fields.u64()?),
        issue: IssueId(fields.u64()?),
        event_id: EventId(fields.take()?),
        timestamp: Micros(fields.u64()?),
        received: Micros(fields.u64()?),
    };
    let len = usize::try_from(fields.u32()?).ok()?;
    Some((facts, fields.0.get(..len)?))
}
