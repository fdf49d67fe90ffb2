//! Step by step through the errors lane: read, work up, place, store, tell.

use std::collections::HashSet;
use std::sync::Arc;

use meta::{Applied, Batch, Meta, MetaError, NewAttachment, Placement};
use model::clock::Clock;
use model::id::{EventId, IssueId, OrganizationId, ProjectId};
use model::intake::{Lane, Offset};
use model::outcome::{Fate, OutcomeKey};
use store::blobs::{BlobError, BlobStore};
use store::events::{AppendError, EventStore, StoreError};
use store::log::{Entry, IntakeLog, ReadError};
use store::profiles::ProfilesError;

use crate::Steps;
use crate::crew::{Crew, Threads};
use crate::errors::Stacks;
use crate::keeper::Keeper;
use crate::lane::{LaneSteps, Stretch};
use crate::projects::Projects;
use crate::work::{Attachment, NewEvent, Results, Worker};

/// A step could not be finished. Nothing of it counts; the same records are read again.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum PipelineError {
    #[error("reading the intake log")]
    Read(#[from] ReadError),
    #[error("placing events into issues")]
    Meta(#[from] MetaError),
    #[error("storing events")]
    Store(#[from] StoreError),
    #[error("storing attachments")]
    Blobs(#[from] BlobError),
    #[error("storing profiles")]
    Profiles(#[from] ProfilesError),
    #[error("counting sessions")]
    Health(#[from] health::HealthError),
    #[error("taking check-ins")]
    Alarm(#[from] alarm::AlarmError),
    #[error("telling the errors lane what was found in traces")]
    Tell(#[from] store::log::AppendError),
    #[error("starting threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// Somebody who wants to know what happens, such as pages that are open.
pub trait Listener: Send + Sync + std::fmt::Debug {
    /// A batch is stored and can be asked for.
    fn stored(&self, changes: &[IssueChange]);
}

/// An issue that a batch made or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueChange {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Whose it is.
    pub project: ProjectId,
    /// Which.
    pub issue: IssueId,
    /// The batch made it.
    pub new: bool,
    /// The batch re-opened it.
    pub regressed: bool,
    /// Its events in the batch, in order.
    pub events: Vec<EventId>,
    /// The batch was stored before, by a process that ended before its rows were on disk.
    pub is_again: bool,
}

/// Whom the pipeline works with.
#[derive(Debug, Clone)]
pub struct PipelineParts {
    /// Issues, accounts, settings.
    pub meta: Meta,
    /// Where records come from.
    pub log: Arc<IntakeLog>,
    /// Where rows go.
    pub events: Arc<EventStore>,
    /// Where attachments go.
    pub blobs: Arc<BlobStore>,
    /// Bytes of all attachments together.
    pub blobs_bytes_max: u64,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who makes stacks readable.
    pub stacks: Arc<dyn Stacks>,
    /// Who wants to know.
    pub listener: Arc<dyn Listener>,
    /// Who works events up.
    pub threads: Threads,
}

/// The way from the intake log to the store. One at a time.
#[derive(Debug)]
pub struct Pipeline {
    lane: LaneSteps,
    desk: Desk,
}

/// Works stretches of the lane up.
#[derive(Debug)]
struct Desk {
    parts: PipelineParts,
    keeper: Arc<Keeper>,
    crew: Crew<Worker>,
}

impl Pipeline {
    /// Begins where parts end: what was only in memory when the last process ended is read again.
    ///
    /// # Errors
    /// When `meta` cannot be read, or the system gives no threads.
    pub fn new(parts: PipelineParts, keeper: Arc<Keeper>) -> Result<Self, PipelineError> {
        let offsets = parts.meta.offsets()?;
        let projects = Arc::new(Projects::new(parts.meta.clone()));
        let crew = Crew::new("errors", parts.threads, || {
            Worker::new(Arc::clone(&projects), Arc::clone(&parts.stacks))
        })?;
        let log = Arc::clone(&parts.log);
        let lane = LaneSteps::new(log, Lane::Errors, offsets.flushed, offsets.applied);
        Ok(Self { lane, desk: Desk { parts, keeper, crew } })
    }
}

impl Steps for Pipeline {
    fn step(&mut self) -> Result<bool, PipelineError> {
        self.lane.step(|stretch| self.desk.commit(stretch))
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
        let mut results = self.work(stretch);
        let events = self.without_duplicates(&mut results)?;
        let attachments = self.keep_attachments(&mut results)?;
        let mut batch = Batch {
            start: stretch.start,
            end: stretch.end,
            events: Vec::with_capacity(events.len()),
            outcomes: results.outcomes,
            attachments,
            user_reports: results.user_reports,
        };
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            batch.outcomes.record(event.key, 1);
            batch.events.push(event.facts);
            rows.push((event.row, event.payload));
        }
        let applied = self.parts.meta.apply(&batch)?;
        let placed = rows.into_iter().zip(&applied.placements).filter_map(
            |((mut row, payload), placement)| {
                let Placement::Issue { issue, .. } = placement else { return None };
                row.issue = *issue;
                Some((row, payload))
            },
        );
        self.store(placed.collect(), stretch.end)?;
        self.tell(stretch.entries, &batch, &applied);
        Ok(())
    }

    fn work(&mut self, stretch: Stretch<'_>) -> Results {
        let runs = self.crew.spread(stretch.entries, |worker, entries| {
            let mut results = Results::default();
            for entry in entries {
                worker.take(&entry.record, &mut results);
            }
            results
        });
        let mut all = Results::default();
        for results in runs {
            all.merge(results);
        }
        all
    }

    /// The first event with an id is the event; others with the same id are accounted for.
    fn without_duplicates(&self, results: &mut Results) -> Result<Vec<NewEvent>, StoreError> {
        let mut seen: HashSet<(ProjectId, EventId)> = HashSet::with_capacity(results.events.len());
        let mut kept = Vec::with_capacity(results.events.len());
        for event in std::mem::take(&mut results.events) {
            let id = (event.facts.project, event.facts.event_id);
            if !seen.insert(id) || self.parts.events.contains(id.0, id.1)? {
                let reason = "duplicate".into();
                results.outcomes.record(OutcomeKey { fate: Fate::Invalid, reason, ..event.key }, 1);
            } else {
                kept.push(event);
            }
        }
        Ok(kept)
    }

    fn keep_attachments(&self, results: &mut Results) -> Result<Vec<NewAttachment>, BlobError> {
        let mut kept = Vec::with_capacity(results.attachments.len());
        for attachment in std::mem::take(&mut results.attachments) {
            if !self.keeper.has_room_for(attachment.bytes.len(), self.parts.blobs_bytes_max) {
                let reason = "attachment_disk_full".into();
                results
                    .outcomes
                    .record(OutcomeKey { fate: Fate::RateLimited, reason, ..attachment.key }, 1);
                continue;
            }
            results.outcomes.record(attachment.key.clone(), 1);
            kept.push(self.keep(attachment)?);
        }
        Ok(kept)
    }

    fn keep(&self, attachment: Attachment) -> Result<NewAttachment, BlobError> {
        let Attachment { project, event_id, name, content_type, kind, received, bytes, key: _ } =
            attachment;
        let (id, size) = self.parts.blobs.put(&mut bytes.as_slice(), u64::MAX)?;
        Ok(NewAttachment {
            project,
            event_id,
            name,
            content_type,
            kind,
            size,
            blob: id.bytes(),
            received,
        })
    }

    fn store(&self, rows: Vec<store::events::NewEvent>, end: Offset) -> Result<(), PipelineError> {
        let mut rows = rows;
        loop {
            match self.parts.events.append(rows, end) {
                Ok(()) => break,
                Err(AppendError::Store(problem)) => return Err(problem.into()),
                Err(AppendError::Full(back)) => {
                    rows = back;
                    self.keeper.errors.flush()?;
                }
            }
        }
        self.keeper.errors.note_stored(end);
        if self.parts.events.is_full() {
            self.keeper.wake();
        }
        Ok(())
    }

    fn tell(&self, entries: &[Entry], batch: &Batch, applied: &Applied) {
        let mut changes: Vec<IssueChange> = Vec::new();
        for (facts, placement) in batch.events.iter().zip(&applied.placements) {
            let Placement::Issue { issue, new, regressed } = *placement else { continue };
            if let Some(known) = changes.iter_mut().find(|known| known.issue == issue) {
                known.new |= new;
                known.regressed |= regressed;
                known.events.push(facts.event_id);
                continue;
            }
            let of = entries.iter().find(|entry| entry.record.project == facts.project);
            let Some(organization) = of.map(|entry| entry.record.organization) else { continue };
            changes.push(IssueChange {
                organization,
                project: facts.project,
                issue,
                new,
                regressed,
                events: vec![facts.event_id],
                is_again: applied.replayed,
            });
        }
        if !changes.is_empty() {
            self.parts.listener.stored(&changes);
        }
    }
}

impl Results {
    fn merge(&mut self, other: Self) {
        self.events.extend(other.events);
        self.attachments.extend(other.attachments);
        self.user_reports.extend(other.user_reports);
        self.outcomes.merge(other.outcomes);
    }
}
