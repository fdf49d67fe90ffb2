//! From the memory table of one table to its parts, with the offset of the lane it comes from.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use meta::{Meta, MetaError};
use model::clock::{Clock, Micros};
use model::intake::{Lane, Offset};
use model::part::{CatalogueChange, PartRecord, TableName};
use store::events::EventStore;
use store::log::IntakeLog;
use store::parts::{Sealed, StoreError, StoredPart};
use store::spans::SpanStore;

use crate::step::PipelineError;

/// Rows wait in memory for a part at most this long.
const MEMORY_MICROS_MAX: u64 = 60_000_000;

/// A table as it is seen here.
pub(crate) trait Table {
    /// Its parts.
    type Part: StoredPart;
    /// Its name in the catalogue.
    const NAME: TableName;
    /// Where its rows come from.
    const LANE: Lane;

    fn is_full(&self) -> bool;
    fn seal(&self) -> Result<Option<Sealed<Self::Part>>, StoreError>;
    fn publish(&self, sealed: Sealed<Self::Part>);
}

impl Table for EventStore {
    type Part = store::events::Part;
    const NAME: TableName = TableName::Errors;
    const LANE: Lane = Lane::Errors;

    fn is_full(&self) -> bool {
        self.is_full()
    }

    fn seal(&self) -> Result<Option<Sealed<Self::Part>>, StoreError> {
        self.seal()
    }

    fn publish(&self, sealed: Sealed<Self::Part>) {
        self.publish(sealed);
    }
}

impl Table for SpanStore {
    type Part = store::spans::SpanPart;
    const NAME: TableName = TableName::Spans;
    const LANE: Lane = Lane::Traces;

    fn is_full(&self) -> bool {
        self.is_full()
    }

    fn seal(&self) -> Result<Option<Sealed<Self::Part>>, StoreError> {
        self.seal()
    }

    fn publish(&self, sealed: Sealed<Self::Part>) {
        self.publish(sealed);
    }
}

/// Flushes one table.
#[derive(Debug)]
pub(crate) struct Flusher<T> {
    meta: Meta,
    log: Arc<IntakeLog>,
    clock: Arc<dyn Clock>,
    table: Arc<T>,
    /// Up to where the pipeline has stored what it read.
    stored: AtomicU64,
    /// One at a time changes which parts there are.
    last: Mutex<Flushed>,
}

#[derive(Debug)]
struct Flushed {
    /// Up to where the lane is in parts.
    end: Offset,
    at: Micros,
}

/// While it is held, nobody else changes which parts there are.
pub(crate) struct Quiet<'f>(#[expect(dead_code, reason = "held")] MutexGuard<'f, Flushed>);

impl<T: Table> Flusher<T> {
    /// `end` is up to where the lane is in parts.
    pub(crate) fn new(
        meta: Meta,
        log: Arc<IntakeLog>,
        clock: Arc<dyn Clock>,
        table: Arc<T>,
        end: Offset,
    ) -> Self {
        let last = Mutex::new(Flushed { end, at: clock.now() });
        Self { meta, log, clock, table, stored: AtomicU64::new(end.0), last }
    }

    /// The pipeline has stored everything before that offset.
    pub(crate) fn note_stored(&self, end: Offset) {
        self.stored.store(end.0, Ordering::Release);
    }

    /// Moves the memory table into a part, commits it with its offset, and lets go of the log before it.
    pub(crate) fn flush(&self) -> Result<(), PipelineError> {
        self.flush_locked(&mut self.locked())
    }

    /// The same, if the table is full or its rows have waited long enough.
    pub(crate) fn flush_if_due(&self) -> Result<(), PipelineError> {
        let mut last = self.locked();
        let waited = self.clock.now().0.saturating_sub(last.at.0);
        if self.table.is_full() || waited >= MEMORY_MICROS_MAX {
            self.flush_locked(&mut last)?;
        }
        Ok(())
    }

    /// Not while a flush is between its commit and its publication.
    pub(crate) fn quiet(&self) -> Quiet<'_> {
        Quiet(self.locked())
    }

    fn locked(&self) -> MutexGuard<'_, Flushed> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn flush_locked(&self, last: &mut Flushed) -> Result<(), PipelineError> {
        last.at = self.clock.now();
        // Read before sealing: what was stored by then is in parts afterwards, or made no rows.
        let stored = Offset(self.stored.load(Ordering::Acquire));
        let sealed = self.table.seal()?;
        let end = sealed.as_ref().map_or(stored, Sealed::end);
        if end <= last.end {
            return Ok(());
        }
        let added = sealed.iter().map(|sealed| sealed.record().clone()).collect();
        let change = CatalogueChange { added, removed: Vec::new(), flushed: Some((T::LANE, end)) };
        if let Err(problem) = self.meta.commit_catalogue(&change) {
            return Err(self.unknown_commit(problem, &change, sealed));
        }
        if let Some(sealed) = sealed {
            self.table.publish(sealed);
        }
        last.end = end;
        self.log.trim(T::LANE, end);
        Ok(())
    }

    /// A commit that failed may be on disk nevertheless. If the catalogue has the part, its files must
    /// stay; if it has not, they go and the rows wait in memory for the next attempt. If the catalogue
    /// cannot even be read, only a new start can find out, so the files stay for it.
    fn unknown_commit(
        &self,
        problem: MetaError,
        change: &CatalogueChange,
        sealed: Option<Sealed<T::Part>>,
    ) -> PipelineError {
        let Some(sealed) = sealed else { return problem.into() };
        let is_there = |record: &PartRecord| change.added.iter().any(|added| added.id == record.id);
        match self.meta.catalogue(T::NAME) {
            Ok(catalogue) if !catalogue.iter().any(is_there) => {}
            Ok(_) => self.table.publish(sealed),
            Err(_) => {
                tracing::error!(
                    "the catalogue can neither be written nor read; stopping so that nothing is lost"
                );
                std::process::abort();
            }
        }
        problem.into()
    }
}
