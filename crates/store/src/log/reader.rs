//! Reads a lane from an offset on: from memory where possible, else from the segments.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use model::intake::Offset;
use tokio::sync::watch;

use super::segment::{self, Frames, Next};
use super::{Entry, Shared, count, lock};

/// A segment could not be read.
#[derive(Debug, thiserror::Error)]
#[error("reading the intake log from {path}")]
pub struct ReadError {
    path: PathBuf,
    #[source]
    cause: io::Error,
}

/// A place in a lane that moves forward.
#[derive(Debug)]
pub struct LogReader {
    shared: Arc<Shared>,
    at: Offset,
    durable: watch::Receiver<Offset>,
    open: Option<(Offset, Frames)>,
}

/// A batch in the making.
struct Batch {
    entries: Vec<Entry>,
    records_left: usize,
    bytes_left: usize,
}

impl LogReader {
    pub(super) fn new(shared: Arc<Shared>, at: Offset) -> Self {
        let durable = shared.durable.subscribe();
        Self { shared, at, durable, open: None }
    }

    /// Where the next record begins.
    pub fn position(&self) -> Offset {
        self.at
    }

    /// Waits until there is a record to read.
    pub async fn ready(&mut self) {
        let at = self.at;
        // The sender lives as long as `shared`, so this cannot fail.
        drop(self.durable.wait_for(|end| *end > at).await);
    }

    /// The next records: as many as there are, at most `records_max`, and no further when their
    /// decompressed bodies have `bytes_max` bytes; at least one, if there is one. Bytes that are damaged
    /// are put aside in a file, reported, and stepped over. Reads the disk unless the records are new.
    ///
    /// # Errors
    /// When a segment cannot be read; the next call tries again.
    pub fn next_batch(
        &mut self,
        records_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        let durable = *self.durable.borrow();
        let mut batch =
            Batch { entries: Vec::new(), records_left: records_max, bytes_left: bytes_max };
        while self.at < durable && !batch.is_full() {
            if self.read_memory(&mut batch) {
                continue;
            }
            match self.read_segment(durable, &mut batch) {
                Ok(()) => {}
                Err(error) if batch.entries.is_empty() => return Err(error),
                // What was read before counts; the next call meets the error again.
                Err(_) => break,
            }
        }
        Ok(batch.entries)
    }

    /// True when it got on.
    fn read_memory(&mut self, batch: &mut Batch) -> bool {
        let tail = lock(&self.shared.tail);
        let Some(entries) = tail.from(self.at) else { return false };
        for entry in entries {
            if batch.is_full() {
                break;
            }
            self.at = entry.end;
            batch.push(entry.clone());
        }
        self.open = None;
        true
    }

    fn read_segment(&mut self, durable: Offset, batch: &mut Batch) -> Result<(), ReadError> {
        let (first, end) = self.seek(durable);
        if self.at >= end {
            return Ok(());
        }
        let path = segment::path(&self.shared.folder, first);
        let read = |reader: &mut Self, batch: &mut Batch| {
            let mut frames = match reader.open.take() {
                Some((open, frames)) if open == first => frames,
                _ => Frames::open(&path)?,
            };
            (frames.at, frames.len) = (reader.at.0 - first.0, end.0 - first.0);
            reader.read_frames(first, &mut frames, batch)?;
            reader.open = Some((first, frames));
            Ok(())
        };
        read(self, batch).map_err(|cause| ReadError { path, cause })
    }

    /// The segment in which to read, and where it ends. Steps over what was trimmed or is missing.
    fn seek(&mut self, durable: Offset) -> (Offset, Offset) {
        let segments = lock(&self.shared.segments);
        let next = segments.partition_point(|segment| segment.first <= self.at);
        let end = segments.get(next).map_or(durable, |segment| segment.first);
        let Some(segment) = next.checked_sub(1).and_then(|index| segments.get(index)) else {
            self.at = end;
            return (end, end);
        };
        if self.at >= segment.end() {
            self.at = end;
        }
        (segment.first, end.min(segment.end()))
    }

    fn read_frames(
        &mut self,
        first: Offset,
        frames: &mut Frames,
        batch: &mut Batch,
    ) -> io::Result<()> {
        while !batch.is_full() {
            let start = frames.at;
            match frames.next()? {
                Next::End => return Ok(()),
                Next::Damaged { next } => self.put_aside(first, frames, next)?,
                Next::Whole(header) => {
                    if let Some(record) = header.decode(frames.payload()) {
                        let end = Offset(first.0 + frames.at);
                        batch.push(Entry { end, record: Arc::new(record) });
                    } else {
                        // Whole, but not of this version.
                        let next = std::mem::replace(&mut frames.at, start);
                        self.put_aside(first, frames, next)?;
                    }
                }
            }
            self.at = Offset(first.0 + frames.at);
        }
        Ok(())
    }

    /// Keeps damaged bytes for a person to look at, and goes on behind them.
    fn put_aside(&self, first: Offset, frames: &mut Frames, next: u64) -> io::Result<()> {
        let start = Offset(first.0 + frames.at);
        let bytes = frames.bytes_until(next)?;
        count(&self.shared.counters.damaged_bytes, bytes.len() as u64);
        let path = segment::damaged_path(&self.shared.folder, start);
        let kept = self.shared.disk.create(&path).and_then(|mut file| {
            file.write_all(&bytes)?;
            file.sync()
        });
        let (bytes, kept) = (bytes.len(), kept.is_ok());
        tracing::error!(path = %path.display(), bytes, kept, "the intake log is damaged");
        frames.at = next;
        Ok(())
    }
}

impl Batch {
    fn is_full(&self) -> bool {
        self.records_left == 0 || self.bytes_left == 0
    }

    fn push(&mut self, entry: Entry) {
        let bytes = usize::try_from(entry.record.body_len).unwrap_or(usize::MAX);
        self.bytes_left = self.bytes_left.saturating_sub(bytes.max(1));
        self.records_left = self.records_left.saturating_sub(1);
        self.entries.push(entry);
    }
}
