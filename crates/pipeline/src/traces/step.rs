//! Step by step through the traces lane: read, work up, tell errors, note, store.

use std::sync::Arc;

use meta::{Meta, TraceBatch};
use model::intake::{Lane, Offset};
use store::log::{Entry, IntakeLog};
use store::profiles::ProfileStore;
use store::spans::{AppendError, SpanBatch, SpanStore};

use super::examples::Examples;
use super::profiles;
use super::routes::Routes;
use super::work::{Results, Worker};
use crate::Steps;
use crate::crew::{Crew, Threads};
use crate::keeper::Keeper;
use crate::lane::{LaneSteps, Stretch};
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
    /// Where profiles go.
    pub profiles: Arc<ProfileStore>,
    /// Who works records up.
    pub threads: Threads,
}

/// The way of a trace from the intake log to the store. One at a time.
#[derive(Debug)]
pub struct TracePipeline {
    lane: LaneSteps,
    desk: Desk,
}

/// Works stretches of the lane up.
#[derive(Debug)]
struct Desk {
    parts: TraceParts,
    keeper: Arc<Keeper>,
    crew: Crew<Worker>,
    routes: Arc<Routes>,
    examples: Examples,
}

impl TracePipeline {
    /// Begins where parts end: what was only in memory when the last process ended is read again.
    ///
    /// # Errors
    /// When `meta` cannot be read, or the system gives no threads.
    pub fn new(parts: TraceParts, keeper: Arc<Keeper>) -> Result<Self, PipelineError> {
        let offsets = parts.meta.offsets()?;
        let projects = Arc::new(Projects::new(parts.meta.clone()));
        let routes = Arc::new(Routes::new(parts.meta.routes()?));
        let worker = || Worker::new(Arc::clone(&projects), Arc::clone(&routes));
        let crew = Crew::new("traces", parts.threads, worker)?;
        let (log, lane) = (Arc::clone(&parts.log), Lane::Traces);
        let lane = LaneSteps::new(log, lane, offsets.flushed_traces, offsets.applied_traces);
        let examples = Examples::default();
        Ok(Self { lane, desk: Desk { parts, keeper, crew, routes, examples } })
    }
}

impl Steps for TracePipeline {
    fn step(&mut self) -> Result<bool, PipelineError> {
        let done = self.lane.step(|stretch| self.desk.commit(stretch));
        // What was chosen may not have been told; the same is found again.
        done.inspect_err(|_| self.desk.examples.forget())
    }

    async fn ready(&mut self) {
        self.lane.ready().await;
    }

    fn position(&self) -> Offset {
        self.lane.position()
    }
}

impl Desk {
    fn commit(&mut self, stretch: Stretch<'_>) -> Result<(), PipelineError> {
        let results = self.work(stretch.entries)?;
        // First, because a crash after this repeats it, and events with known ids are not taken twice.
        let findings = results.findings.into_iter().filter(|found| self.examples.wants(found));
        let records = findings.map(|found| found.record).chain(results.exceptions).collect();
        self.parts.log.append_blocking(Lane::Errors, records)?;
        let mut outcomes = results.outcomes;
        // Of a stretch that was applied before, all are known.
        let profiles = profiles::store(results.profiles, &self.parts, &mut outcomes)?;
        let mut batch = TraceBatch {
            start: stretch.start,
            end: stretch.end,
            outcomes,
            profiles,
            routes: self.routes.take_news(),
            deployments: results.sightings.into_deployments(),
            projects: results.projects.into_iter().collect(),
        };
        batch.projects.sort_unstable();
        self.parts.meta.apply_traces(&batch)?;
        self.store(results.spans, stretch.end)
    }

    fn work(&mut self, entries: &[Entry]) -> Result<Results, PipelineError> {
        let runs = self.crew.spread(entries, |worker, entries| {
            for entry in entries {
                worker.take(&entry.record);
            }
            worker.finish()
        });
        let mut all = Results::default();
        for results in runs {
            all.merge(results?);
        }
        Ok(all)
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
