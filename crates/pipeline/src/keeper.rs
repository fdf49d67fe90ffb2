//! Keeping house: memory into parts, small parts into larger ones, the old away.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use alarm::Alarms;
use health::Health;
use meta::{Meta, Offsets};
use model::clock::{Clock, Micros};
use model::id::{IssueId, ProjectId};
use model::intake::Lane;
use model::part::{CatalogueChange, PartId};
use store::blobs::{BlobId, BlobStore};
use store::events::EventStore;
use store::log::IntakeLog;
use store::profiles::ProfileStore;
use store::spans::SpanStore;
use store::{events, spans};

use crate::step::PipelineError;
use flusher::Flusher;

mod check_ins;
mod flusher;
mod sessions;
mod thinning;

pub use thinning::{NewestParts, SamplingCounts};

/// How often the keeper looks around when nobody wakes it.
const ROUND: Duration = Duration::from_secs(1);
/// How often what is too old is looked for.
const FORGET_MICROS: u64 = 3_600_000_000;
/// How often issues age.
const TEND_MICROS: u64 = 300_000_000;
/// Arrivals between two rounds, in bytes, above which merging waits: it compresses everything a second
/// time, more thoroughly, which costs a third of what an event costs in total.
const BUSY_BYTES: u64 = 2 * 1024 * 1024;
/// Parts of a table that may wait for a quieter time; more would make questions slow.
const PARTS_WAITING_MAX: usize = 48;
/// Days for projects that do not exist any more: their rows go with the next merge.
const GONE_DAYS: u32 = 0;

/// What the keeper keeps.
#[derive(Debug, Clone)]
pub struct KeeperParts {
    /// The catalogue, and how long things are kept.
    pub meta: Meta,
    /// What is in parts leaves the log.
    pub log: Arc<IntakeLog>,
    /// Error events.
    pub events: Arc<EventStore>,
    /// Spans.
    pub spans: Arc<SpanStore>,
    /// Counts of sessions.
    pub health: Health,
    /// What was made of check-ins.
    pub alarms: Alarms,
    /// Attachments.
    pub blobs: Arc<BlobStore>,
    /// Uploads.
    pub artifacts: Arc<BlobStore>,
    /// Profiles.
    pub profiles: Arc<ProfileStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Days that records wait in the kept lane.
    pub kept_days: u32,
    /// Spans that are kept whole.
    pub newest: NewestParts,
}

/// Keeps house. Shared between the pipelines, which ask for room, and a thread of its own.
#[derive(Debug)]
pub struct Keeper {
    parts: KeeperParts,
    pub(crate) errors: Flusher<EventStore>,
    pub(crate) traces: Flusher<SpanStore>,
    blob_bytes: AtomicU64,
    sampling: Mutex<thinning::Sampling>,
    /// Up to where the lanes went, together, at the last round.
    seen: AtomicU64,
    times: Mutex<Times>,
    /// Deleted issues whose events are in no part any more.
    purged: Mutex<HashSet<IssueId>>,
    woken: Mutex<bool>,
    bell: Condvar,
}

#[derive(Debug)]
struct Times {
    forgotten: Micros,
    tended: Micros,
    sessions: sessions::LetGo,
    check_ins: check_ins::LetGo,
}

impl Keeper {
    /// Counts the blobs once.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn new(parts: KeeperParts) -> Result<Self, PipelineError> {
        let Offsets { flushed, flushed_traces, .. } = parts.meta.offsets()?;
        let (meta, log) = (parts.meta.clone(), Arc::clone(&parts.log));
        let clock = Arc::clone(&parts.clock);
        let events = Arc::clone(&parts.events);
        let errors = Flusher::new(meta.clone(), Arc::clone(&log), clock, events, flushed);
        let clock = Arc::clone(&parts.clock);
        let spans = Arc::clone(&parts.spans);
        let traces = Flusher::new(meta, log, clock, spans, flushed_traces);
        Ok(Self {
            blob_bytes: AtomicU64::new(parts.blobs.bytes().unwrap_or(0)),
            sampling: Mutex::default(),
            seen: AtomicU64::new(arrived(&parts.log)),
            parts,
            errors,
            traces,
            times: Mutex::new(Times {
                forgotten: Micros(0),
                tended: Micros(0),
                sessions: sessions::LetGo::default(),
                check_ins: check_ins::LetGo::default(),
            }),
            purged: Mutex::default(),
            woken: Mutex::new(false),
            bell: Condvar::new(),
        })
    }

    /// Moves the memory tables into parts, commits these with their offsets, and lets go of the log
    /// before them.
    ///
    /// # Errors
    /// When a part cannot be written or committed; the rows stay in memory.
    pub fn flush(&self) -> Result<(), PipelineError> {
        self.errors.flush()?;
        self.traces.flush()
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
        self.errors.flush_if_due()?;
        self.traces.flush_if_due()?;
        let now = self.parts.clock.now();
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = |last: Micros, every: u64| now.0.saturating_sub(last.0) >= every;
        self.let_sessions_go(now, &mut times.sessions)?;
        self.let_check_ins_go(now, &mut times.check_ins)?;
        if is_due(times.tended, TEND_MICROS) {
            times.tended = now;
            let tended = self.parts.meta.tend()?;
            if !tended.unreadable.is_empty() {
                tracing::error!(issues = ?tended.unreadable, "why they are archived cannot be read");
            }
        }
        if is_due(times.forgotten, FORGET_MICROS) {
            times.forgotten = now;
            self.forget(now)?;
        }
        drop(times);
        self.purge(now)?;
        let busy = self.is_busy();
        self.merge_events(now, busy)?;
        self.merge_spans(now, busy)
    }

    /// Takes the events of issues that were deleted out of the parts that hold them. Until that is done,
    /// answers leave them out.
    fn purge(&self, now: Micros) -> Result<(), PipelineError> {
        let removed: HashSet<IssueId> = self.parts.meta.removed_issues()?.into_iter().collect();
        let mut purged = self.purged.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting: HashSet<IssueId> = removed.difference(&purged).copied().collect();
        if waiting.is_empty() {
            return Ok(());
        }
        // Rows in memory are in no part yet.
        self.errors.flush()?;
        let days_of = |project: ProjectId| self.days_of(project);
        let retention = events::Retention { now, days_of: &days_of, removed: &removed };
        for part in self.parts.events.parts_with(&waiting)? {
            if let Some(plan) = self.parts.events.plan_rewrite(part) {
                self.compact_events(&plan, &retention)?;
            }
        }
        purged.extend(waiting);
        Ok(())
    }

    /// Whether much is arriving right now.
    fn is_busy(&self) -> bool {
        let end = arrived(&self.parts.log);
        let before = self.seen.swap(end, Ordering::Relaxed);
        end.saturating_sub(before) > BUSY_BYTES
    }

    fn merge_events(&self, now: Micros, busy: bool) -> Result<(), PipelineError> {
        let store = &self.parts.events;
        if busy && store.snapshot().parts.len() < PARTS_WAITING_MAX {
            return Ok(());
        }
        let removed = self.parts.meta.removed_issues()?.into_iter().collect();
        let days_of = |project: ProjectId| self.days_of(project);
        let retention = events::Retention { now, days_of: &days_of, removed: &removed };
        let Some(plan) = store.plan(&retention) else { return Ok(()) };
        self.compact_events(&plan, &retention)
    }

    fn compact_events(
        &self,
        plan: &events::Plan,
        retention: &events::Retention<'_>,
    ) -> Result<(), PipelineError> {
        let compacted = self.parts.events.run(plan, retention)?;
        let _quiet = self.errors.quiet();
        self.parts.meta.commit_catalogue(&compacted.change())?;
        self.parts.events.publish_compacted(compacted);
        Ok(())
    }

    fn merge_spans(&self, now: Micros, busy: bool) -> Result<(), PipelineError> {
        let store = &self.parts.spans;
        if busy && store.snapshot().parts.len() < PARTS_WAITING_MAX {
            return Ok(());
        }
        if self.thin(now)? {
            return Ok(());
        }
        let days_of = |project: ProjectId| self.days_of(project);
        let retention = spans::Retention { now, days_of: &days_of, weigh: &|_, _| Some(1.0) };
        let Some(plan) = store.plan(&retention) else { return Ok(()) };
        let compacted = store.run(&plan, &retention)?;
        let _quiet = self.traces.quiet();
        self.parts.meta.commit_catalogue(&compacted.change())?;
        store.publish_compacted(compacted);
        Ok(())
    }

    fn forget(&self, now: Micros) -> Result<(), PipelineError> {
        let none = HashSet::new();
        let days_of = |project: ProjectId| self.days_of(project);
        let of_events = events::Retention { now, days_of: &days_of, removed: &none };
        let expired = self.parts.events.expired(&of_events);
        self.remove(&expired, |parts| self.parts.events.remove(parts))?;
        let of_spans = spans::Retention { now, days_of: &days_of, weigh: &|_, _| Some(1.0) };
        let expired = self.parts.spans.expired(&of_spans);
        self.remove(&expired, |parts| self.parts.spans.remove(parts))?;

        let forgotten = self.parts.meta.forget()?;
        let blobs: HashSet<BlobId> = forgotten.blobs.into_iter().map(BlobId::from_bytes).collect();
        self.parts.blobs.delete(&blobs)?;
        self.forget_artifacts()?;
        self.parts.profiles.forget(now, &days_of)?;
        self.blob_bytes.store(self.parts.blobs.bytes()?, Ordering::Relaxed);
        self.forget_sessions(now)?;
        let kept_micros = u64::from(self.parts.kept_days) * 86_400_000_000;
        let oldest = Micros(now.0.saturating_sub(kept_micros));
        self.parts.log.trim_older_than(Lane::Kept, oldest);
        Ok(())
    }

    /// Deletes what was uploaded and nothing needs any more.
    fn forget_artifacts(&self) -> Result<(), PipelineError> {
        loop {
            let leaving = self.parts.meta.leaving_artifacts()?;
            if leaving.is_empty() {
                return Ok(());
            }
            let files = leaving.iter().copied().map(BlobId::from_bytes).collect();
            self.parts.artifacts.delete(&files)?;
            self.parts.meta.artifacts_left(&leaving)?;
        }
    }

    fn remove(
        &self,
        expired: &[PartId],
        from_store: impl Fn(&HashSet<PartId>),
    ) -> Result<(), PipelineError> {
        if expired.is_empty() {
            return Ok(());
        }
        let removed = expired.to_vec();
        let change = CatalogueChange { removed, ..CatalogueChange::default() };
        self.parts.meta.commit_catalogue(&change)?;
        from_store(&expired.iter().copied().collect());
        Ok(())
    }

    fn days_of(&self, project: ProjectId) -> u32 {
        let settings = self.parts.meta.project_settings(project);
        settings.map_or(GONE_DAYS, |settings| settings.retention_days)
    }
}

/// Bytes that ever arrived in the lanes that make parts.
fn arrived(log: &IntakeLog) -> u64 {
    log.end(Lane::Errors).0 + log.end(Lane::Traces).0
}
