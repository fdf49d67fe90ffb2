//! The intake log: what was accepted, durably, in the order of arrival, until it is worked up.
//!
//! A lane is a row of segment files. Appenders hand their records to the lane's writer thread, which
//! writes everything that waits, calls `fdatasync` once, and only then lets them answer their clients.
//! Disk use is bounded: a full lane refuses, it never forgets.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use model::clock::Micros;
use model::intake::{Lane, Offset, Record};
use model::limits;
use tokio::sync::{mpsc, oneshot, watch};

use crate::disk::Disk;
use segment::Segment;
use tail::Tail;
use writer::{Message, Writer};

mod frame;
mod reader;
mod segment;
mod tail;
mod writer;

pub use reader::{LogReader, ReadError};

/// Sizes of one lane.
#[derive(Debug, Clone, Copy)]
pub struct LaneSettings {
    /// Bytes of a segment file before a new one is begun.
    pub segment_bytes: u64,
    /// Bytes of all segment files; over it, records are refused.
    pub disk_bytes_max: u64,
    /// Bytes of the newest records that are also kept in memory for the reader.
    pub tail_bytes_max: usize,
}

impl Default for LaneSettings {
    fn default() -> Self {
        Self {
            segment_bytes: limits::LOG_SEGMENT_BYTES,
            disk_bytes_max: 4 * 1024 * 1024 * 1024,
            tail_bytes_max: 16 * 1024 * 1024,
        }
    }
}

/// Sizes of the lanes.
#[derive(Debug, Clone, Copy)]
pub struct LogSettings {
    /// Of [`Lane::Errors`].
    pub errors: LaneSettings,
    /// Of [`Lane::Traces`].
    pub traces: LaneSettings,
    /// Of [`Lane::Sessions`].
    pub sessions: LaneSettings,
    /// Of [`Lane::CheckIns`].
    pub check_ins: LaneSettings,
    /// Of [`Lane::Kept`], which nobody reads while it is new.
    pub kept: LaneSettings,
}

impl Default for LogSettings {
    fn default() -> Self {
        let kept = LaneSettings { tail_bytes_max: 0, ..LaneSettings::default() };
        let read = LaneSettings::default();
        Self { errors: read, traces: read, sessions: read, check_ins: read, kept }
    }
}

/// The log cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("opening the intake log in {folder}")]
pub struct LogError {
    folder: PathBuf,
    #[source]
    cause: io::Error,
}

/// Why a record was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The lane has all the disk it may have, or the disk is full. It takes records again when there is
    /// space.
    #[error("the intake log is full")]
    Full,
    /// The record is larger than `model::limits::LOG_RECORD_BYTES_MAX`.
    #[error("the record is too large for the intake log")]
    TooLarge,
    /// The disk failed; the cause is in the server's own log.
    #[error("writing to the intake log")]
    Failed,
}

/// A record as a reader gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where the next record begins: the offset to remember when this one is done.
    pub end: Offset,
    /// The record.
    pub record: Arc<Record>,
}

/// What a lane has done since it was opened, and what it holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogStats {
    /// Bytes appended.
    pub bytes: u64,
    /// Records appended.
    pub records: u64,
    /// Calls of `fdatasync`.
    pub fsyncs: u64,
    /// Records refused, for whatever reason.
    pub refused: u64,
    /// Bytes that could not be read as records and were put aside.
    pub damaged_bytes: u64,
    /// Bytes on disk now.
    pub disk_bytes: u64,
}

/// All lanes.
#[derive(Debug)]
pub struct IntakeLog {
    errors: LaneLog,
    traces: LaneLog,
    sessions: LaneLog,
    check_ins: LaneLog,
    kept: LaneLog,
}

impl IntakeLog {
    /// Opens the log, making it when it is not there. Torn bytes at the end of a lane, which nobody was
    /// promised, are cut off. Starts one thread per lane.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub fn open(
        folder: &Path,
        disk: &Arc<dyn Disk>,
        settings: LogSettings,
    ) -> Result<Self, LogError> {
        let open = |lane: Lane, settings| {
            let folder = folder.join(lane.name());
            LaneLog::open(lane, &folder, disk, settings).map_err(|cause| LogError { folder, cause })
        };
        Ok(Self {
            errors: open(Lane::Errors, settings.errors)?,
            traces: open(Lane::Traces, settings.traces)?,
            sessions: open(Lane::Sessions, settings.sessions)?,
            check_ins: open(Lane::CheckIns, settings.check_ins)?,
            kept: open(Lane::Kept, settings.kept)?,
        })
    }

    /// Appends a record and waits until it is durable. Answers where the next one begins.
    ///
    /// # Errors
    /// See [`AppendError`]; the record is not in the log then. After [`AppendError::Failed`] it might
    /// still appear after a crash; its event ids tell.
    pub async fn append(&self, lane: Lane, record: Record) -> Result<Offset, AppendError> {
        self.lane(lane).append(record).await
    }

    /// Appends records and waits until all are durable. Not to be called where futures run.
    ///
    /// # Errors
    /// The first [`AppendError`]; the other records may be in the log nevertheless.
    pub fn append_blocking(&self, lane: Lane, records: Vec<Record>) -> Result<(), AppendError> {
        let lane = self.lane(lane);
        // All are handed over before the first is waited for, so that they share an fsync.
        let appended = records.into_iter().map(|record| {
            let queue = lane.queue.as_ref().ok_or(AppendError::Failed)?;
            let (message, appended) = lane.message(record)?;
            queue.blocking_send(message).or(Err(AppendError::Failed))?;
            Ok(appended)
        });
        for appended in appended.collect::<Vec<Result<_, AppendError>>>() {
            appended?.blocking_recv().unwrap_or(Err(AppendError::Failed))?;
        }
        Ok(())
    }

    /// A reader of what lies at `from` and behind it.
    pub fn reader(&self, lane: Lane, from: Offset) -> LogReader {
        LogReader::new(Arc::clone(&self.lane(lane).shared), from)
    }

    /// Where the next record will begin; everything before it is durable.
    pub fn end(&self, lane: Lane) -> Offset {
        *self.lane(lane).shared.durable.borrow()
    }

    /// What lies before `upto` is not needed any more: segments wholly below it are deleted soon.
    pub fn trim(&self, lane: Lane, upto: Offset) {
        let lane = self.lane(lane);
        lane.shared.trim_upto.fetch_max(upto.0, Ordering::Relaxed);
        lane.wake();
    }

    /// Records received before `moment` are not needed any more: segments with only such records are
    /// deleted soon.
    pub fn trim_older_than(&self, lane: Lane, moment: Micros) {
        let lane = self.lane(lane);
        lane.shared.trim_before.fetch_max(moment.0, Ordering::Relaxed);
        lane.wake();
    }

    /// What a lane has done and holds.
    pub fn stats(&self, lane: Lane) -> LogStats {
        self.lane(lane).shared.stats()
    }

    fn lane(&self, lane: Lane) -> &LaneLog {
        match lane {
            Lane::Errors => &self.errors,
            Lane::Traces => &self.traces,
            Lane::Sessions => &self.sessions,
            Lane::CheckIns => &self.check_ins,
            Lane::Kept => &self.kept,
        }
    }
}

/// One lane. Dropping it waits until the writer has finished.
#[derive(Debug)]
struct LaneLog {
    shared: Arc<Shared>,
    /// `None` only while it is being dropped.
    queue: Option<mpsc::Sender<Message>>,
    writer: Option<JoinHandle<()>>,
}

/// What appenders, writer and readers of a lane have in common.
#[derive(Debug)]
struct Shared {
    lane: Lane,
    folder: PathBuf,
    disk: Arc<dyn Disk>,
    settings: LaneSettings,
    /// Oldest first, never empty. Only the writer changes it.
    segments: Mutex<Vec<Segment>>,
    tail: Mutex<Tail>,
    durable: watch::Sender<Offset>,
    trim_upto: AtomicU64,
    trim_before: AtomicU64,
    counters: Counters,
}

#[derive(Debug, Default)]
struct Counters {
    bytes: AtomicU64,
    records: AtomicU64,
    fsyncs: AtomicU64,
    refused: AtomicU64,
    damaged_bytes: AtomicU64,
}

impl LaneLog {
    fn open(
        lane: Lane,
        folder: &Path,
        disk: &Arc<dyn Disk>,
        settings: LaneSettings,
    ) -> io::Result<Self> {
        disk.create_dir(folder)?;
        let segments = segment::list(folder)?;
        let end = segments.last().map_or(Offset(0), Segment::end);
        let shared = Arc::new(Shared {
            lane,
            folder: folder.to_owned(),
            disk: Arc::clone(disk),
            settings,
            segments: Mutex::new(segments),
            tail: Mutex::new(Tail::new(settings.tail_bytes_max)),
            durable: watch::Sender::new(end),
            trim_upto: AtomicU64::new(0),
            trim_before: AtomicU64::new(0),
            counters: Counters::default(),
        });
        let writer = Writer::open(Arc::clone(&shared))?;
        let (queue, messages) = mpsc::channel(limits::LOG_GROUP_RECORDS_MAX);
        let thread = std::thread::Builder::new().name(format!("log-{}", lane.name()));
        let writer = thread.spawn(move || writer.run(messages))?;
        Ok(Self { shared, queue: Some(queue), writer: Some(writer) })
    }

    async fn append(&self, record: Record) -> Result<Offset, AppendError> {
        let appended = self.try_append(record).await;
        if appended.is_err() {
            count(&self.shared.counters.refused, 1);
        }
        appended
    }

    async fn try_append(&self, record: Record) -> Result<Offset, AppendError> {
        let queue = self.queue.as_ref().ok_or(AppendError::Failed)?;
        let (message, appended) = self.message(record)?;
        if queue.send(message).await.is_err() {
            return Err(AppendError::Failed);
        }
        appended.await.unwrap_or(Err(AppendError::Failed))
    }

    /// What the writer is told, and where it answers.
    fn message(
        &self,
        record: Record,
    ) -> Result<(Message, oneshot::Receiver<Result<Offset, AppendError>>), AppendError> {
        let frame = frame::encode(&record).map_err(|frame::TooLarge| AppendError::TooLarge)?;
        let (answer, appended) = oneshot::channel();
        let received = record.received;
        let tail_bytes_max = self.shared.settings.tail_bytes_max;
        let record = tail::may_hold(tail_bytes_max, &record).then(|| Arc::new(record));
        Ok((Message::Append { received, frame, record, answer }, appended))
    }

    /// When the queue is full the writer is awake anyway, and looks at what to trim after each group.
    fn wake(&self) {
        if let Some(queue) = &self.queue {
            drop(queue.try_send(Message::Wake));
        }
    }
}

impl Drop for LaneLog {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!(lane = self.shared.lane.name(), "the log's writer died");
        }
    }
}

impl Shared {
    fn stats(&self) -> LogStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        LogStats {
            bytes: read(&self.counters.bytes),
            records: read(&self.counters.records),
            fsyncs: read(&self.counters.fsyncs),
            refused: read(&self.counters.refused),
            damaged_bytes: read(&self.counters.damaged_bytes),
            disk_bytes: self.disk_bytes(),
        }
    }

    fn disk_bytes(&self) -> u64 {
        lock(&self.segments).iter().map(|segment| segment.len).sum()
    }
}

fn count(counter: &AtomicU64, more: u64) {
    counter.fetch_add(more, Ordering::Relaxed);
}

/// A thread that panicked cannot have left anything half-done behind these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
