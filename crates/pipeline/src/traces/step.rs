//! Step by step through the traces lane: read, work up, tell errors, note, store.

use std::sync::Arc;
use std::thread;

use meta::{Meta, TraceBatch};
use model::intake::{Lane, Offset};
use model::limits;
use store::log::{Entry, IntakeLog, LogReader};
use store::spans::{AppendError, SpanBatch, SpanStore};

use super::examples::Examples;
use super::work::{Results, Worker};
use crate::Steps;
use crate::keeper::Keeper;
use crate::projects::Projects;
use crate::step::PipelineError;

/// Whom the pipeline of traces works with.
#[derive(Debug, Clone)]
pub struct TraceParts {
    /// Releases, accounts, settings.
    pub meta: Meta,
    /// Where records come from.
    pub log: Arc<IntakeLog>,
    /// Where rows go.
    pub spans: Arc<SpanStore>,
    /// Threads that work records up.
    pub workers: usize,
}

/// The way of a trace from the intake log to the store. One at a time.
#[derive(Debug)]
pub struct TracePipeline {
    parts: TraceParts,
    keeper: Arc<Keeper>,
    reader: LogReader,
    workers: Vec<Worker>,
    /// Up to where `meta` had taken note when this process began.
    applied: Offset,
    at: Offset,
    examples: Examples,
}

impl Steps for TracePipeline {
    async fn ready(&mut self) {
        self.reader.ready().await;
    }
    fn position(&self) -> Offset {
        self.at
    }
    fn step(&mut self) -> Result<bool, PipelineError> {
        let records = limits::PIPELINE_BATCH_EVENTS_MAX;
        let entries = self.reader.next_batch(records, limits::PIPELINE_BATCH_BYTES_MAX)?;
        if entries.is_empty() {
            return Ok(false);
        }
        let done = self.take(&entries);
        if done.is_err() {
            self.reader = self.parts.log.reader(Lane::Traces, self.at);
        }
        done.map(|()| true)
    }
}

impl TracePipeline {
    /// Begins where parts end: what was only in memory when the last process ended is read again.
    ///
    /// # Errors
    /// When `meta` cannot be read.
    pub fn new(parts: TraceParts, keeper: Arc<Keeper>) -> Result<Self, PipelineError> {
        let offsets = parts.meta.offsets()?;
        let projects = Arc::new(Projects::new(parts.meta.clone()));
        let workers =
            (0..parts.workers.max(1)).map(|_| Worker::new(Arc::clone(&projects))).collect();
        let reader = parts.log.reader(Lane::Traces, offsets.flushed_traces);
        let at = reader.position();
        Ok(Self {
            parts,
            keeper,
            reader,
            workers,
            applied: offsets.applied_traces,
            at,
            examples: Examples::default(),
        })
    }

    /// A batch lies wholly on one side of the applied offset, so that it counts once or not at all.
    fn take(&mut self, entries: &[Entry]) -> Result<(), PipelineError> {
        let replayed = entries.partition_point(|entry| entry.end <= self.applied);
        let (before, after) = entries.split_at(replayed);
        for part in [before, after] {
            if let Some(last) = part.last() {
                self.commit(part, last.end)?;
            }
        }
        Ok(())
    }

    fn commit(&mut self, entries: &[Entry], end: Offset) -> Result<(), PipelineError> {
        let results = self.work(entries);
        // First, because a crash after this repeats it, and events with known ids are not taken twice.
        let findings = results.findings.into_iter().filter(|found| self.examples.wants(found));
        let records = findings.map(|found| found.record).chain(results.exceptions).collect();
        self.parts.log.append_blocking(Lane::Errors, records)?;
        let mut batch = TraceBatch {
            start: self.at,
            end,
            outcomes: results.outcomes,
            deployments: results.sightings.into_deployments(),
            projects: results.projects.into_iter().collect(),
        };
        batch.projects.sort_unstable();
        self.parts.meta.apply_traces(&batch)?;
        self.store(results.spans, end)?;
        self.at = end;
        Ok(())
    }

    /// Spreads the records over the workers.
    fn work(&mut self, entries: &[Entry]) -> Results {
        let share = entries.len().div_ceil(self.workers.len()).max(1);
        let take = |worker: &mut Worker, entries: &[Entry]| {
            for entry in entries {
                worker.take(&entry.record);
            }
            worker.finish()
        };
        let mut all = Results::default();
        if entries.len() < self.workers.len() * 2 {
            if let Some(worker) = self.workers.first_mut() {
                all = take(worker, entries);
            }
            return all;
        }
        thread::scope(|scope| {
            let runs = self.workers.iter_mut().zip(entries.chunks(share));
            let threads: Vec<_> =
                runs.map(|(worker, run)| scope.spawn(move || take(worker, run))).collect();
            for thread in threads {
                match thread.join() {
                    Ok(results) => all.merge(results),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        all
    }

    fn store(&self, batches: Vec<SpanBatch>, end: Offset) -> Result<(), PipelineError> {
        let mut batches = batches;
        loop {
            match self.parts.spans.append(batches, end) {
                Ok(()) => break,
                Err(AppendError::Store(problem)) => return Err(problem.into()),
                Err(AppendError::Full(back)) => {
                    batches = back;
                    self.keeper.traces.flush()?;
                }
            }
        }
        self.keeper.traces.note_stored(end);
        if self.parts.spans.is_full() {
            self.keeper.wake();
        }
        Ok(())
    }
}
