//! The one thread that writes a lane: many records, one `fdatasync`.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use model::clock::Micros;
use model::intake::{Offset, Record};
use model::limits;
use tokio::sync::{mpsc, oneshot};

use super::segment::{self, Segment};
use super::{AppendError, Shared, count, lock};
use crate::disk::DiskFile;

/// A segment is also ended when its records span more than this, so that age can trim it.
const SEGMENT_MICROS_MAX: u64 = 24 * 60 * 60 * 1_000_000;
/// A segment that is partly done with is ended when it has this share of its full size.
const PARTLY_DONE_SHARE: u64 = 8;

/// Small records are gathered into writes of this size.
const WRITE_BYTES: usize = 256 * 1024;

/// What the writer is asked for.
#[derive(Debug)]
pub(super) enum Message {
    /// Append a record.
    Append {
        /// When it arrived.
        received: Micros,
        /// Its bytes.
        frame: Vec<u8>,
        /// Itself, where the tail may hold it.
        record: Option<Arc<Record>>,
        /// Who waits for it.
        answer: oneshot::Sender<Result<Offset, AppendError>>,
    },
    /// Look at what to trim.
    Wake,
}

struct Waiting {
    received: Micros,
    frame: Vec<u8>,
    record: Option<Arc<Record>>,
    answer: oneshot::Sender<Result<Offset, AppendError>>,
}

/// See the module.
pub(super) struct Writer {
    shared: Arc<Shared>,
    /// The newest segment. `None`: begin a new one.
    file: Option<Box<dyn DiskFile>>,
    /// Where they are gathered.
    buffer: Vec<u8>,
}

impl Writer {
    /// Opens the newest segment and cuts off what is torn.
    pub(super) fn open(shared: Arc<Shared>) -> io::Result<Self> {
        let newest = lock(&shared.segments).last().copied();
        let mut writer = Self { shared, file: None, buffer: Vec::new() };
        match newest {
            Some(newest) => {
                let path = newest.path(&writer.shared.folder);
                let mut file = writer.shared.disk.open_end(&path)?;
                file.cut(newest.len)?;
                file.sync()?;
                writer.file = Some(file);
            }
            None => {
                writer.file()?;
            }
        }
        Ok(writer)
    }

    /// Works until the last appender is gone.
    pub(super) fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        while let Some(message) = messages.blocking_recv() {
            let mut group = Vec::new();
            let mut bytes = 0;
            let mut next = Some(message);
            while let Some(message) = next {
                if let Message::Append { received, frame, record, answer } = message {
                    bytes += frame.len();
                    group.push(Waiting { received, frame, record, answer });
                }
                let more = group.len() < limits::LOG_GROUP_RECORDS_MAX
                    && bytes < limits::LOG_GROUP_BYTES_MAX;
                next = if more { messages.try_recv().ok() } else { None };
            }
            self.commit(group);
            self.trim();
        }
    }

    fn commit(&mut self, group: Vec<Waiting>) {
        let group = self.admit(group);
        if group.is_empty() {
            return;
        }
        match self.write(&group) {
            Ok(()) => self.acknowledge(group),
            Err(cause) => {
                tracing::error!(lane = self.shared.lane.name(), %cause, "writing to the intake log");
                self.abandon();
                let error = match cause.kind() {
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => AppendError::Full,
                    _ => AppendError::Failed,
                };
                for waiting in group {
                    tell(waiting.answer, Err(error));
                }
            }
        }
    }

    /// Refuses what would be more than the lane may have on disk.
    fn admit(&self, group: Vec<Waiting>) -> Vec<Waiting> {
        let mut disk_bytes = self.shared.disk_bytes();
        let mut admitted = Vec::with_capacity(group.len());
        for waiting in group {
            let after = disk_bytes + waiting.frame.len() as u64;
            if after > self.shared.settings.disk_bytes_max {
                tell(waiting.answer, Err(AppendError::Full));
            } else {
                disk_bytes = after;
                admitted.push(waiting);
            }
        }
        admitted
    }

    fn write(&mut self, group: &[Waiting]) -> io::Result<()> {
        let bytes = group.iter().map(|waiting| waiting.frame.len() as u64).sum();
        let received = group.iter().map(|waiting| waiting.received).max();
        if self.is_due(bytes, received) {
            self.file = None;
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        let file = self.file()?;
        for Waiting { frame, .. } in group {
            if buffer.len() + frame.len() > WRITE_BYTES {
                file.write_all(&buffer)?;
                buffer.clear();
            }
            if frame.len() > WRITE_BYTES {
                file.write_all(frame)?;
            } else {
                buffer.extend_from_slice(frame);
            }
        }
        file.write_all(&buffer)?;
        file.sync()?;
        count(&self.shared.counters.fsyncs, 1);
        buffer.clear();
        self.buffer = buffer;
        Ok(())
    }

    /// Whether a new segment should be begun before these bytes.
    fn is_due(&self, bytes: u64, received: Option<Micros>) -> bool {
        let segments = lock(&self.shared.segments);
        let Some(newest) = segments.last() else { return true };
        let span = received.zip(newest.received_first);
        let span = span.map_or(0, |(last, first)| last.0.saturating_sub(first.0));
        newest.len > 0
            && (newest.len + bytes > self.shared.settings.segment_bytes
                || span > SEGMENT_MICROS_MAX)
    }

    /// The newest segment's file; begins a new segment where needed.
    fn file(&mut self) -> io::Result<&mut dyn DiskFile> {
        let file = match self.file.take() {
            Some(file) => file,
            None => self.begin_segment()?,
        };
        Ok(self.file.insert(file).as_mut())
    }

    fn begin_segment(&self) -> io::Result<Box<dyn DiskFile>> {
        let first = *self.shared.durable.borrow();
        let file = self.shared.disk.create(&segment::path(&self.shared.folder, first))?;
        self.shared.disk.sync_dir(&self.shared.folder)?;
        let mut segments = lock(&self.shared.segments);
        if segments.last().is_none_or(|newest| newest.first < first) {
            segments.push(Segment { first, len: 0, received_first: None, received_newest: None });
        }
        Ok(file)
    }

    fn acknowledge(&self, group: Vec<Waiting>) {
        let mut end = *self.shared.durable.borrow();
        let start = end;
        let mut answers = Vec::with_capacity(group.len());
        let received = || group.iter().map(|waiting| waiting.received);
        let (first, newest) = (received().next(), received().max());
        {
            let mut tail = lock(&self.shared.tail);
            for Waiting { frame, record, answer, .. } in group {
                let begin = end;
                end = Offset(begin.0 + frame.len() as u64);
                tail.push(begin, end, record);
                answers.push((answer, end));
            }
        }
        if let Some(segment) = lock(&self.shared.segments).last_mut() {
            segment.len += end.0 - start.0;
            segment.received_first = segment.received_first.or(first);
            segment.received_newest = segment.received_newest.max(newest);
        }
        count(&self.shared.counters.records, answers.len() as u64);
        count(&self.shared.counters.bytes, end.0 - start.0);
        self.shared.durable.send_replace(end);
        for (answer, end) in answers {
            tell(answer, Ok(end));
        }
    }

    /// Leaves a file that failed. Its torn bytes are cut off if possible; if not, the next segment's
    /// name says where this one ends. Nothing is appended to it again, because after a failed sync
    /// nobody knows what of it is on the disk.
    fn abandon(&mut self) {
        let len = lock(&self.shared.segments).last().map_or(0, |segment| segment.len);
        if let Some(mut file) = self.file.take()
            && let Err(cause) = file.cut(len)
        {
            tracing::warn!(lane = self.shared.lane.name(), %cause, "torn bytes stay in a segment");
        }
    }

    fn trim(&mut self) {
        let upto = Offset(self.shared.trim_upto.load(Ordering::Relaxed));
        let before = Micros(self.shared.trim_before.load(Ordering::Relaxed));
        let is_old =
            |segment: &Segment| segment.received_newest.is_some_and(|newest| newest < before);
        let newest = lock(&self.shared.segments).last().copied();
        if let Some(newest) = newest.filter(|newest| newest.len > 0) {
            let is_large = newest.len >= self.shared.settings.segment_bytes / PARTLY_DONE_SHARE;
            if newest.end() <= upto || is_old(&newest) || (is_large && newest.first < upto) {
                self.file = None;
                if let Err(cause) = self.file() {
                    tracing::warn!(lane = self.shared.lane.name(), %cause, "beginning a segment");
                }
            }
        }
        lock(&self.shared.tail).forget(upto);
        loop {
            let oldest = match lock(&self.shared.segments).as_slice() {
                [oldest, next, ..] if next.first <= upto || is_old(oldest) => *oldest,
                _ => return,
            };
            if let Err(cause) = self.shared.disk.remove_file(&oldest.path(&self.shared.folder))
                && cause.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(lane = self.shared.lane.name(), %cause, "deleting a segment");
                return;
            }
            lock(&self.shared.segments).remove(0);
        }
    }
}

/// Who gave up waiting does not hear it.
fn tell(answer: oneshot::Sender<Result<Offset, AppendError>>, result: Result<Offset, AppendError>) {
    let _gave_up = answer.send(result);
}
