//! The segment files of a lane: which there are, and what of the last one can be trusted.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use model::clock::Micros;
use model::intake::Offset;

use super::frame::{self, Header};

/// A larger buffer is given back after its record.
const PAYLOAD_BYTES_KEPT: usize = 1024 * 1024;

/// One file. It reaches to where the next one begins, whatever its length.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    /// Offset of its first byte; its name.
    pub(super) first: Offset,
    /// Bytes in it that count.
    pub(super) len: u64,
    /// When its first record was received; `None` while it is empty.
    pub(super) received_first: Option<Micros>,
    /// Not older than its newest record; `None` while it is empty.
    pub(super) received_newest: Option<Micros>,
}

impl Segment {
    /// Offset behind its last byte.
    pub(super) fn end(&self) -> Offset {
        Offset(self.first.0 + self.len)
    }

    pub(super) fn path(&self, folder: &Path) -> PathBuf {
        path(folder, self.first)
    }
}

/// The file of the segment that begins at `first`.
pub(super) fn path(folder: &Path, first: Offset) -> PathBuf {
    folder.join(format!("{:016x}.log", first.0))
}

/// Where bytes that could not be read as records are put aside.
pub(super) fn damaged_path(folder: &Path, start: Offset) -> PathBuf {
    folder.join(format!("{:016x}.damaged", start.0))
}

/// The segments in a folder, oldest first. Reads the first bytes of each, and the newest with records
/// as a whole, because only that one can be torn.
pub(super) fn list(folder: &Path) -> io::Result<Vec<Segment>> {
    let mut segments = Vec::new();
    for entry in fs::read_dir(folder)? {
        segments.extend(open(&entry?.path())?);
    }
    segments.sort_by_key(|segment: &Segment| segment.first);
    let mut next: Option<Segment> = None;
    for segment in segments.iter_mut().rev() {
        if let Some(next) = next {
            // What lies behind the beginning of the next one was never acknowledged.
            segment.len = segment.len.min(next.first.0 - segment.first.0);
            // Records are appended in the order of their arrival.
            segment.received_newest = next.received_first;
        }
        if segment.received_newest.is_none() && segment.len > 0 {
            let scan = scan(&segment.path(folder))?;
            segment.len = segment.len.min(scan.len);
            segment.received_newest = scan.received_newest;
        }
        next = Some(*segment);
    }
    Ok(segments)
}

fn open(path: &Path) -> io::Result<Option<Segment>> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let is_segment = path.extension().is_some_and(|extension| extension == "log");
    let Ok(first) = u64::from_str_radix(stem, 16) else { return Ok(None) };
    if !is_segment {
        return Ok(None);
    }
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    let mut bytes = [0; frame::AGE_BYTES];
    let received_first = match file.read_exact_at(&mut bytes, 0) {
        Ok(()) => frame::received(&bytes),
        Err(_) => None,
    };
    Ok(Some(Segment { first: Offset(first), len, received_first, received_newest: None }))
}

/// What a scan of a segment found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Bytes up to the end of its last whole record. What is torn behind it was never acknowledged.
    /// Damage before it stays, for the reader to step over.
    pub(super) len: u64,
    /// When its newest record was received.
    pub(super) received_newest: Option<Micros>,
}

/// Reads a segment to find out what of it can be trusted.
pub(super) fn scan(path: &Path) -> io::Result<Scan> {
    let mut frames = Frames::open(path)?;
    let mut scan = Scan::default();
    loop {
        match frames.next()? {
            Next::Whole(_) => {
                scan.len = frames.at;
                scan.received_newest = scan.received_newest.max(frames.received());
            }
            Next::Damaged { next } => frames.at = next,
            Next::End => return Ok(scan),
        }
    }
}

/// Frames of a file, one after the other. Reads without a buffer, because bytes behind
/// [`Frames::len`] may be in the middle of being written.
#[derive(Debug)]
pub(super) struct Frames {
    file: File,
    /// Where the next one begins.
    pub(super) at: u64,
    /// Where the last one ends.
    pub(super) len: u64,
    payload: Vec<u8>,
}

/// What comes next in a file.
pub(super) enum Next {
    /// A frame; its payload is in [`Frames::payload`].
    Whole(Header),
    /// Bytes that are no frame; one may begin again at `next`.
    Damaged {
        /// Where to go on.
        next: u64,
    },
    /// Nothing.
    End,
}

impl Frames {
    /// The frames of a file.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        Ok(Self { file, at: 0, len, payload: Vec::new() })
    }

    /// The payload of the frame that was read last.
    pub(super) fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Reads the next frame.
    pub(super) fn next(&mut self) -> io::Result<Next> {
        if self.at >= self.len {
            return Ok(Next::End);
        }
        let start = self.at + frame::HEADER_BYTES as u64;
        let fits = |header: &Header| start + header.len as u64 <= self.len;
        let Some(header) = self.header_at(self.at)?.filter(fits) else {
            return Ok(Next::Damaged { next: self.len });
        };
        if self.payload.capacity() > PAYLOAD_BYTES_KEPT {
            self.payload = Vec::new();
        }
        self.payload.resize(header.len, 0);
        self.file.read_exact_at(&mut self.payload, start)?;
        let next = start + header.len as u64;
        if !header.fits(&self.payload) {
            // Only the length is believed, and only if a frame follows it. Searching the bytes for the
            // next frame instead would let a client hide frames of its own in a body.
            let follows = self.header_at(next)?.is_some();
            return Ok(Next::Damaged { next: if follows { next } else { self.len } });
        }
        self.at = next;
        Ok(Next::Whole(header))
    }

    /// The bytes from here to `end`.
    pub(super) fn bytes_until(&self, end: u64) -> io::Result<Vec<u8>> {
        let len = usize::try_from(end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; len];
        self.file.read_exact_at(&mut bytes, self.at)?;
        Ok(bytes)
    }

    /// When the record that was read last was received.
    fn received(&self) -> Option<Micros> {
        self.payload.first_chunk().map(|bytes| Micros(u64::from_le_bytes(*bytes)))
    }

    fn header_at(&self, at: u64) -> io::Result<Option<Header>> {
        let mut bytes = [0; frame::HEADER_BYTES];
        if self.len.saturating_sub(at) < bytes.len() as u64 {
            return Ok(None);
        }
        self.file.read_exact_at(&mut bytes, at)?;
        Ok(Header::read(&bytes))
    }
}
