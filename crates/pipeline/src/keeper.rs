//! Keeping house: memory into parts, small parts into larger ones, the old away.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use meta::{Meta, MetaError};
use model::clock::{Clock, Micros};
use model::id::{IssueId, ProjectId};
use model::intake::{Lane, Offset};
use model::part::{CatalogueChange, PartRecord, TableName};
use store::blobs::{BlobId, BlobStore};
use store::events::{EventStore, Plan, Retention, Sealed};
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
/// Arrivals between two rounds, in bytes, above which merging waits: it compresses everything a second
/// time, more thoroughly, which costs a third of what an event costs in total.
const BUSY_BYTES: u64 = 2 * 1024 * 1024;
/// Parts that may wait for a quieter time; more would make questions slow.
const PARTS_WAITING_MAX: usize = 48;
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
    /// Up to where the pipeline has stored what it read.
    stored: AtomicU64,
    /// Up to where the log went at the last round.
    seen: AtomicU64,
    /// One at a time changes which parts there are.
    flushing: Mutex<Times>,
    /// Deleted issues whose events are in no part any more.
    purged: Mutex<HashSet<IssueId>>,
    woken: Mutex<bool>,
    bell: Condvar,
}

#[derive(Debug)]
struct Times {
    /// Up to where the lane is in parts.
    end: Offset,
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
        let end = meta.offsets().map_or(Offset(0), |offsets| offsets.flushed);
        let times = Times { end, flushed: clock.now(), forgotten: Micros(0), tended: Micros(0) };
        let flushing = Mutex::new(times);
        let (purged, woken, bell) = (Mutex::default(), Mutex::new(false), Condvar::new());
        let (stored, seen) = (AtomicU64::new(end.0), AtomicU64::new(log.end(Lane::Errors).0));
        Self {
            meta,
            log,
            events,
            blobs,
            clock,
            kept_days,
            blob_bytes,
            stored,
            seen,
            flushing,
            purged,
            woken,
            bell,
        }
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
        // Read before sealing: what was stored by then is in parts afterwards, or made no rows.
        let stored = Offset(self.stored.load(Ordering::Acquire));
        let mut change = CatalogueChange::default();
        let sealed = self.events.seal()?;
        let end = sealed.as_ref().map_or(stored, Sealed::end);
        if end <= times.end {
            return Ok(());
        }
        change.added.extend(sealed.as_ref().map(|sealed| sealed.record().clone()));
        change.flushed = Some((Lane::Errors, end));
        if let Err(problem) = self.meta.commit_catalogue(&change) {
            return Err(self.unknown_commit(problem, &change, sealed));
        }
        if let Some(sealed) = sealed {
            self.events.publish(sealed);
        }
        times.end = end;
        self.log.trim(Lane::Errors, end);
        Ok(())
    }

    /// A commit that failed may be on disk nevertheless. If the catalogue has the part, its files must
    /// stay; if it has not, they go and the rows wait in memory for the next attempt. If the catalogue
    /// cannot even be read, only a new start can find out, so the files stay for it.
    fn unknown_commit(
        &self,
        problem: MetaError,
        change: &CatalogueChange,
        sealed: Option<Sealed>,
    ) -> PipelineError {
        let Some(sealed) = sealed else { return problem.into() };
        let is_there = |record: &PartRecord| change.added.iter().any(|added| added.id == record.id);
        match self.meta.catalogue(TableName::Errors) {
            Ok(catalogue) if !catalogue.iter().any(is_there) => {}
            Ok(_) => self.events.publish(sealed),
            Err(_) => {
                tracing::error!(
                    "the catalogue can neither be written nor read; stopping so that nothing is lost"
                );
                std::process::abort();
            }
        }
        problem.into()
    }

    /// The pipeline has stored everything before that offset.
    pub(crate) fn note_stored(&self, end: Offset) {
        self.stored.store(end.0, Ordering::Release);
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
        let (mut woken, _) = self
            .bell
            .wait_timeout_while(woken, ROUND, |woken| !*woken)
            .unwrap_or_else(PoisonError::into_inner);
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
        if self.events.is_full() || is_due(times.flushed, MEMORY_MICROS_MAX) {
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
        self.purge(now)?;
        self.merge(now)
    }

    /// Takes the events of issues that were deleted out of the parts that hold them. Until that is done,
    /// answers leave them out.
    fn purge(&self, now: Micros) -> Result<(), PipelineError> {
        let removed: HashSet<IssueId> = self.meta.removed_issues()?.into_iter().collect();
        let mut purged = self.purged.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting: HashSet<IssueId> = removed.difference(&purged).copied().collect();
        if waiting.is_empty() {
            return Ok(());
        }
        // Rows in memory are in no part yet.
        self.flush()?;
        let days_of = |project: ProjectId| self.days_of(project);
        let retention = Retention { now, days_of: &days_of, removed: &removed };
        for part in self.events.parts_with(&waiting)? {
            if let Some(plan) = self.events.plan_rewrite(part) {
                self.compact(&plan, &retention)?;
            }
        }
        purged.extend(waiting);
        Ok(())
    }

    /// Whether much is arriving right now.
    fn is_busy(&self) -> bool {
        let end = self.log.end(Lane::Errors).0;
        let before = self.seen.swap(end, Ordering::Relaxed);
        end.saturating_sub(before) > BUSY_BYTES
    }

    fn merge(&self, now: Micros) -> Result<(), PipelineError> {
        if self.is_busy() && self.events.snapshot().parts.len() < PARTS_WAITING_MAX {
            return Ok(());
        }
        let removed = self.meta.removed_issues()?.into_iter().collect();
        let days_of = |project: ProjectId| self.days_of(project);
        let retention = Retention { now, days_of: &days_of, removed: &removed };
        let Some(plan) = self.events.plan(&retention) else { return Ok(()) };
        self.compact(&plan, &retention)
    }

    fn compact(&self, plan: &Plan, retention: &Retention<'_>) -> Result<(), PipelineError> {
        let compacted = self.events.run(plan, retention)?;
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
            self.meta
                .commit_catalogue(&CatalogueChange { removed, ..CatalogueChange::default() })?;
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
