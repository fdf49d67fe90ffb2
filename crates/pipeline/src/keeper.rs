//! Keeping house: memory into parts, small parts into larger ones, the old away.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use meta::Meta;
use model::clock::{Clock, Micros};
use model::id::ProjectId;
use model::intake::Lane;
use model::part::CatalogueChange;
use store::blobs::{BlobId, BlobStore};
use store::events::{EventStore, Retention};
use store::log::IntakeLog;

use crate::step::PipelineError;

/// Rows wait in memory for a part at most this long.
const MEMORY_MICROS_MAX: u64 = 60_000_000;
/// How often the keeper looks around when nobody wakes it.
const ROUND: Duration = Duration::from_secs(1);
/// How often what is too old is looked for.
const FORGET_MICROS: u64 = 3_600_000_000;
/// How often issues age.
const TEND_MICROS: u64 = 300_000_000;
/// Days for projects that do not exist any more: their rows go with the next merge.
const GONE_DAYS: u32 = 0;

/// Keeps house. Shared between the pipeline, which asks for room, and a thread of its own.
#[derive(Debug)]
pub struct Keeper {
    meta: Meta,
    log: Arc<IntakeLog>,
    events: Arc<EventStore>,
    blobs: Arc<BlobStore>,
    clock: Arc<dyn Clock>,
    kept_days: u32,
    blob_bytes: AtomicU64,
    /// One at a time changes which parts there are.
    flushing: Mutex<Times>,
    woken: Mutex<bool>,
    bell: Condvar,
}

#[derive(Debug)]
struct Times {
    flushed: Micros,
    forgotten: Micros,
    tended: Micros,
}

impl Keeper {
    /// Counts the blobs once.
    pub fn new(
        meta: Meta,
        log: Arc<IntakeLog>,
        events: Arc<EventStore>,
        blobs: Arc<BlobStore>,
        clock: Arc<dyn Clock>,
        kept_days: u32,
    ) -> Self {
        let blob_bytes = AtomicU64::new(blobs.bytes().unwrap_or(0));
        let times = Times { flushed: clock.now(), forgotten: Micros(0), tended: Micros(0) };
        let flushing = Mutex::new(times);
        let (woken, bell) = (Mutex::new(false), Condvar::new());
        Self { meta, log, events, blobs, clock, kept_days, blob_bytes, flushing, woken, bell }
    }

    /// Moves the memory table into a part, commits it with its offset, and lets go of the log before it.
    ///
    /// # Errors
    /// When the part cannot be written or committed; the rows stay in memory.
    pub fn flush(&self) -> Result<(), PipelineError> {
        let mut times = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        self.flush_locked(&mut times)
    }

    fn flush_locked(&self, times: &mut Times) -> Result<(), PipelineError> {
        times.flushed = self.clock.now();
        let Some(sealed) = self.events.seal()? else { return Ok(()) };
        let end = sealed.end();
        let added = vec![sealed.record().clone()];
        self.meta.commit_catalogue(&CatalogueChange { added, removed: Vec::new(), flushed: Some(end) })?;
        self.events.publish(sealed);
        self.log.trim(Lane::Errors, end);
        Ok(())
    }

    /// Whether an attachment still fits; if so, its bytes are taken.
    pub(crate) fn has_room_for(&self, bytes: usize, bytes_max: u64) -> bool {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let taken = |used: u64| used.checked_add(bytes).filter(|used| *used <= bytes_max);
        self.blob_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok()
    }

    /// Asks for a round soon.
    pub fn wake(&self) {
        *self.woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.bell.notify_one();
    }

    /// Waits until somebody wakes the keeper or a second is over.
    pub fn rest(&self) {
        let woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut woken, _) =
            self.bell.wait_timeout_while(woken, ROUND, |woken| !*woken).unwrap_or_else(PoisonError::into_inner);
        *woken = false;
    }

    /// One round: flush if it is time, then merge, age and forget, each if it is time. Blocks.
    ///
    /// # Errors
    /// The first thing that could not be done; the next round tries again.
    pub fn round(&self) -> Result<(), PipelineError> {
        let mut times = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let is_due = |last: Micros, every: u64| now.0.saturating_sub(last.0) >= every;
        let (rows, _) = self.events.memory_use();
        if rows > 0 && (self.events.is_full() || is_due(times.flushed, MEMORY_MICROS_MAX)) {
            self.flush_locked(&mut times)?;
        }
        if is_due(times.tended, TEND_MICROS) {
            times.tended = now;
            self.meta.tend()?;
        }
        if is_due(times.forgotten, FORGET_MICROS) {
            times.forgotten = now;
            self.forget(now)?;
        }
        drop(times);
        self.merge(now)
    }

    fn merge(&self, now: Micros) -> Result<(), PipelineError> {
        let removed = self.meta.removed_issues()?.into_iter().collect();
        let days_of = |project: ProjectId| self.days_of(project);
        let retention = Retention { now, days_of: &days_of, removed: &removed };
        let Some(plan) = self.events.plan(&retention) else { return Ok(()) };
        let compacted = self.events.run(&plan, &retention)?;
        // Not while a flush is between its commit and its publication.
        let _times = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        self.meta.commit_catalogue(&compacted.change())?;
        self.events.publish_compacted(compacted);
        Ok(())
    }

    fn forget(&self, now: Micros) -> Result<(), PipelineError> {
        let none = HashSet::new();
        let days_of = |project: ProjectId| self.days_of(project);
        let retention = Retention { now, days_of: &days_of, removed: &none };
        let expired = self.events.expired(&retention);
        if !expired.is_empty() {
            let removed = expired.clone();
            self.meta.commit_catalogue(&CatalogueChange { removed, ..CatalogueChange::default() })?;
            self.events.remove(&expired.into_iter().collect());
        }
        let forgotten = self.meta.forget()?;
        let blobs: HashSet<BlobId> = forgotten.blobs.into_iter().map(BlobId::from_bytes).collect();
        self.blobs.delete(&blobs)?;
        self.blob_bytes.store(self.blobs.bytes()?, Ordering::Relaxed);
        let kept_micros = u64::from(self.kept_days) * 86_400_000_000;
        self.log.trim_older_than(Lane::Kept, Micros(now.0.saturating_sub(kept_micros)));
        Ok(())
    }

    fn days_of(&self, project: ProjectId) -> u32 {
        self.meta.project_settings(project).map_or(GONE_DAYS, |settings| settings.retention_days)
    }
}
