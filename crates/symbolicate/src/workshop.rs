//! Builds things once, however many ask for them at the same time.

use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use symbols::DebugId;
use symbols::native;

use crate::Artifacts;
use crate::built::{Broken, Built, Job, Refusal};
use crate::disk::Disk;
use crate::key::Key;
use crate::limits::{
    BROKEN_MAX, DUMP_FIELDS_BYTES_MAX, MAPPED_BYTES_MAX, MAPPED_MAX, QUEUE_MAX, SOURCES_BYTES_MAX,
};
use crate::memory::Memory;
use crate::patience::Patience;

mod maps;

/// What is built by whom: one of each at a time, which bounds the memory it takes, and what takes long
/// does not stand before what does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trade {
    /// Source maps, and what belongs to scripts.
    Scripts,
    /// Debug files.
    DebugFiles,
}

/// What is wanted of a debug file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DebugJob {
    /// The symbols of the object with that id.
    Symbols(DebugId),
    /// How the functions of that object keep the stack.
    Unwind(DebugId),
    /// A mapping of ProGuard.
    Mapping,
}

/// Why a debug file was not read.
#[derive(Debug, thiserror::Error)]
pub enum DebugFileError {
    /// It cannot be.
    #[error("{0}")]
    Broken(String),
    /// It may be another time.
    #[error("{0}")]
    Passing(String),
}

/// Whoever reads debug files.
pub trait DebugFiles: Debug + Send + Sync {
    /// Reads a file and writes what lookups need. Blocks.
    ///
    /// # Errors
    /// Says why not.
    fn read(&self, job: DebugJob, from: File, into: &File) -> Result<(), DebugFileError>;

    /// Reads a minidump, and writes what an event gets of it, as JSON. `unwinds` are files that say how the
    /// functions of programs keep the stack. Blocks, at most for as long as said.
    ///
    /// # Errors
    /// Says why not.
    fn read_dump(
        &self,
        from: File,
        unwinds: &[(DebugId, PathBuf)],
        into: &File,
        within: Duration,
    ) -> Result<(), DebugFileError>;

    /// Gives up what is being read.
    fn stop(&self) {}
}

/// Reads debug files in this process; for tests, and for the process that does nothing else.
#[derive(Debug, Clone, Copy)]
pub struct ReadInside;

impl DebugFiles for ReadInside {
    fn read(&self, job: DebugJob, from: File, mut into: &File) -> Result<(), DebugFileError> {
        let passing = |cause: io::Error| DebugFileError::Passing(cause.to_string());
        #[expect(unsafe_code, reason = "a mapped file has no safe form")]
        // SAFETY: uploads are stored under the hash of their content and are never written again.
        let bytes = unsafe { memmap2::Mmap::map(&from) }.map_err(passing)?;
        let built = match job {
            DebugJob::Symbols(debug_id) => native::build_symbols(&bytes, Some(debug_id)),
            DebugJob::Unwind(debug_id) => native::build_unwind(&bytes, debug_id),
            DebugJob::Mapping => native::build_mapping(&bytes),
        };
        let built = built.map_err(|problem| DebugFileError::Broken(problem.to_string()))?;
        into.write_all(&built).map_err(passing)
    }

    fn read_dump(
        &self,
        from: File,
        unwinds: &[(DebugId, PathBuf)],
        mut into: &File,
        _: Duration,
    ) -> Result<(), DebugFileError> {
        let passing = |cause: io::Error| DebugFileError::Passing(cause.to_string());
        #[expect(unsafe_code, reason = "a mapped file has no safe form")]
        // SAFETY: the file was written for this reading, and nobody writes it again.
        let bytes = unsafe { memmap2::Mmap::map(&from) }.map_err(passing)?;
        // One may have gone in between, which makes the stacks a guess and is no error.
        let open = |(debug_id, path): &(DebugId, PathBuf)| {
            let text = std::fs::read(path).ok()?;
            Some((*debug_id, native::Unwind::parse(text).ok()?))
        };
        let unwinds: Vec<_> = unwinds.iter().filter_map(open).collect();
        let mut unwinding = crash::Unwinding::default();
        for (debug_id, unwind) in &unwinds {
            unwinding.add(*debug_id, unwind);
        }
        let fields = crash::read(&bytes, &unwinding)
            .map_err(|problem| DebugFileError::Broken(problem.to_string()))?;
        let mut text = Vec::new();
        model::json_text::write_object(&mut text, &fields);
        into.write_all(&text).map_err(passing)
    }
}

/// What is built, what is kept of it, and what is known not to be buildable.
#[derive(Debug)]
pub(crate) struct Workshop {
    artifacts: Arc<dyn Artifacts>,
    debug_files: Arc<dyn DebugFiles>,
    disk: Disk,
    /// Files of the folder, mapped.
    mapped: Memory<Key, Built>,
    /// Everything else.
    small: Memory<Key, Built>,
    broken: Memory<Key, Broken>,
    bench: Mutex<Bench>,
    /// Rings when there is something to build, and when there will be nothing more.
    bell: Condvar,
}

/// What is waited for.
#[derive(Debug, Default)]
struct Bench {
    slots: HashMap<Key, Arc<Slot>>,
    scripts: VecDeque<(Key, Job)>,
    debug_files: VecDeque<(Key, Job)>,
    is_closed: bool,
}

/// Where those who wait for one thing find it.
#[derive(Debug, Default)]
struct Slot {
    done: Mutex<Option<Result<Built, Refusal>>>,
    bell: Condvar,
}

impl Workshop {
    pub(crate) fn new(
        artifacts: Arc<dyn Artifacts>,
        debug_files: Arc<dyn DebugFiles>,
        disk: Disk,
    ) -> Self {
        Self {
            artifacts,
            debug_files,
            disk,
            mapped: Memory::new(MAPPED_BYTES_MAX, MAPPED_MAX),
            small: Memory::new(SOURCES_BYTES_MAX, MAPPED_MAX),
            broken: Memory::new(u64::MAX, BROKEN_MAX),
            bench: Mutex::default(),
            bell: Condvar::new(),
        }
    }

    /// What was built, from memory or from disk; else it is built and waited for, as long as there is
    /// patience.
    pub(crate) fn ask(
        &self,
        key: Key,
        job: &Job,
        patience: &mut Patience<'_>,
    ) -> Result<Built, Refusal> {
        if let Some(known) = self.known(key, job) {
            return known;
        }
        let Some(slot) = self.order(key, job) else { return Err(Refusal::NotYet) };
        patience.spend(|left| slot.wait(left))
    }

    /// Builds what is asked for until it is told to stop.
    pub(crate) fn work(&self, trade: Trade) {
        while let Some((key, job)) = self.next(trade) {
            // Somebody may have asked between our looking and our ordering.
            let done = self.known(key, &job).unwrap_or_else(|| self.build(key, &job));
            let slot = self.lock().slots.remove(&key);
            if let Some(slot) = slot {
                slot.finish(done);
            }
        }
    }

    /// Ends all work; what is not built never will be.
    pub(crate) fn close(&self) {
        let slots = {
            let mut bench = self.lock();
            bench.is_closed = true;
            bench.scripts.clear();
            bench.debug_files.clear();
            std::mem::take(&mut bench.slots)
        };
        self.bell.notify_all();
        self.debug_files.stop();
        for slot in slots.into_values() {
            slot.finish(Err(Refusal::NotYet));
        }
    }

    /// What an event gets of a minidump, as JSON.
    ///
    /// # Errors
    /// Says why there is nothing.
    pub(crate) fn read_dump(
        &self,
        dump: &[u8],
        unwinds: &[(DebugId, PathBuf)],
        within: Duration,
    ) -> Result<Vec<u8>, DebugFileError> {
        let passing = |cause: io::Error| DebugFileError::Passing(cause.to_string());
        let (from, into) = (self.disk.begin(), self.disk.begin());
        let (from, into) = (from.map_err(passing)?, into.map_err(passing)?);
        from.file().write_all(dump).map_err(passing)?;
        let reader = from.file().try_clone().map_err(passing)?;
        self.debug_files.read_dump(reader, unwinds, into.file(), within)?;
        let mut fields = Vec::new();
        into.file().rewind().map_err(passing)?;
        let read = into.file().take(DUMP_FIELDS_BYTES_MAX + 1).read_to_end(&mut fields);
        let read = u64::try_from(read.map_err(passing)?).unwrap_or(u64::MAX);
        if read > DUMP_FIELDS_BYTES_MAX {
            let what =
                format!("it says more than the {DUMP_FIELDS_BYTES_MAX} bytes that are allowed");
            return Err(DebugFileError::Broken(what));
        }
        Ok(fields)
    }

    /// Where a built thing is on disk.
    pub(crate) fn path(&self, key: Key) -> PathBuf {
        self.disk.path(key)
    }

    /// How many built things are on disk, and their bytes.
    pub(crate) fn kept(&self) -> (usize, u64) {
        self.disk.size()
    }

    fn known(&self, key: Key, job: &Job) -> Option<Result<Built, Refusal>> {
        if let Some(built) = self.memory(job).get(key) {
            return Some(Ok(built));
        }
        if let Some(broken) = self.broken.get(key) {
            return Some(Err(Refusal::Broken(broken)));
        }
        let bytes = if job.is_kept() { self.disk.load(key)? } else { return None };
        let Some(built) = job.open(bytes) else {
            self.disk.forget(key);
            return None;
        };
        self.remember(key, job, &built);
        Some(Ok(built))
    }

    fn memory(&self, job: &Job) -> &Memory<Key, Built> {
        if job.is_kept() { &self.mapped } else { &self.small }
    }

    fn remember(&self, key: Key, job: &Job, built: &Built) {
        // What is next to nothing takes some room nevertheless.
        self.memory(job).put(key, built.clone(), built.bytes().max(512));
    }

    /// `None` when too much is waited for.
    fn order(&self, key: Key, job: &Job) -> Option<Arc<Slot>> {
        let mut bench = self.lock();
        if let Some(slot) = bench.slots.get(&key) {
            return Some(Arc::clone(slot));
        }
        // Debug files that take a minute each do not keep maps from being built.
        if bench.is_closed || bench.queue(job.trade()).len() >= QUEUE_MAX {
            return None;
        }
        let slot = Arc::new(Slot::default());
        bench.slots.insert(key, Arc::clone(&slot));
        bench.queue(job.trade()).push_back((key, job.clone()));
        self.bell.notify_all();
        Some(slot)
    }

    fn next(&self, trade: Trade) -> Option<(Key, Job)> {
        let mut bench = self.lock();
        loop {
            if bench.is_closed {
                return None;
            }
            if let Some(next) = bench.queue(trade).pop_front() {
                return Some(next);
            }
            bench = self.bell.wait(bench).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn build(&self, key: Key, job: &Job) -> Result<Built, Refusal> {
        let gave_up = "its reader gave up".to_owned();
        let done = catch_unwind(AssertUnwindSafe(|| self.make(key, job)))
            .unwrap_or(Err(Refusal::Broken(Broken::Malformed(gave_up))));
        match &done {
            Ok(built) => self.remember(key, job, built),
            Err(Refusal::Broken(broken)) => self.broken.put(key, broken.clone(), 0),
            Err(Refusal::Passing(reason)) => tracing::warn!(reason, "an upload cannot be read now"),
            Err(Refusal::NotYet) => {}
        }
        done
    }

    fn make(&self, key: Key, job: &Job) -> Result<Built, Refusal> {
        match job {
            Job::Map { map, script } => {
                let bytes = maps::build(&*self.artifacts, map.as_ref(), script.as_ref())?;
                self.keep(key, job, &bytes)
            }
            Job::Reference(script) => {
                maps::reference(&*self.artifacts, script).map(Built::Reference)
            }
            Job::Source(source) => {
                maps::read_text(&*self.artifacts, source).map(|text| Built::Source(Arc::from(text)))
            }
            Job::Symbols { blob, debug_id } => {
                self.debug_file(key, job, *blob, DebugJob::Symbols(*debug_id))
            }
            Job::Unwind { blob, debug_id } => {
                self.debug_file(key, job, *blob, DebugJob::Unwind(*debug_id))
            }
            Job::Mapping { blob } => self.debug_file(key, job, *blob, DebugJob::Mapping),
        }
    }

    /// Keeps what was built. What the disk does not take is not kept at all: in memory there is no room
    /// for it.
    fn keep(&self, key: Key, job: &Job, bytes: &[u8]) -> Result<Built, Refusal> {
        let write = || {
            let unfinished = self.disk.begin()?;
            unfinished.file().write_all(bytes)?;
            unfinished.place(key)
        };
        let kept = write().map_err(|cause: io::Error| Refusal::Passing(cause.to_string()))?;
        job.open(kept).ok_or_else(|| Refusal::Passing("it was not kept as it was built".into()))
    }

    fn debug_file(
        &self,
        key: Key,
        job: &Job,
        blob: [u8; 32],
        what: DebugJob,
    ) -> Result<Built, Refusal> {
        let passing = |cause: io::Error| Refusal::Passing(cause.to_string());
        let from = self.artifacts.open(&blob).map_err(passing)?;
        let from = from.ok_or_else(|| Refusal::Passing("its bytes are gone".to_owned()))?;
        let unfinished = self.disk.begin().map_err(passing)?;
        self.debug_files.read(what, from, unfinished.file()).map_err(|problem| match problem {
            DebugFileError::Broken(reason) => Refusal::Broken(Broken::Malformed(reason)),
            DebugFileError::Passing(reason) => Refusal::Passing(reason),
        })?;
        let bytes = unfinished.place(key).map_err(passing)?;
        job.open(bytes).ok_or_else(|| {
            self.disk.forget(key);
            Refusal::Passing("it was not kept as it was built".to_owned())
        })
    }

    fn lock(&self) -> MutexGuard<'_, Bench> {
        self.bench.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    fn trade(&self) -> Trade {
        match self {
            Self::Map { .. } | Self::Reference(_) | Self::Source(_) => Trade::Scripts,
            Self::Symbols { .. } | Self::Unwind { .. } | Self::Mapping { .. } => Trade::DebugFiles,
        }
    }
}

impl Bench {
    fn queue(&mut self, trade: Trade) -> &mut VecDeque<(Key, Job)> {
        match trade {
            Trade::Scripts => &mut self.scripts,
            Trade::DebugFiles => &mut self.debug_files,
        }
    }
}

impl Slot {
    fn wait(&self, left: Duration) -> Result<Built, Refusal> {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.bell.wait_timeout_while(done, left, |done| done.is_none());
        let (done, _) = waited.unwrap_or_else(PoisonError::into_inner);
        done.clone().unwrap_or(Err(Refusal::NotYet))
    }

    fn finish(&self, result: Result<Built, Refusal>) {
        *self.done.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        self.bell.notify_all();
    }
}
