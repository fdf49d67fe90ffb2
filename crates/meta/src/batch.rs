//! What the pipeline hands over after a step, and what it gets back.

use model::clock::Micros;
use model::id::{EventId, GroupHash, IssueId, ProjectId};
use model::intake::Offset;
use model::outcome::Outcomes;

use crate::profile::StoredProfile;

/// The results of one step of the pipeline over the errors lane.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// From where the step read the lane.
    pub start: Offset,
    /// Up to where the step read the lane. A batch that ends at or before the applied offset is a
    /// replay after a crash: its events are placed again and nothing is counted.
    pub end: Offset,
    /// The events that are to be stored, at most `model::limits::PIPELINE_BATCH_EVENTS_MAX`.
    pub events: Vec<EventFacts>,
    /// What became of everything in the step.
    pub outcomes: Outcomes,
    /// Attachments whose bytes lie in the blob store already.
    pub attachments: Vec<NewAttachment>,
    /// What users wrote about events.
    pub user_reports: Vec<NewUserReport>,
}

/// What issues must know of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFacts {
    /// Whose it is.
    pub project: ProjectId,
    /// Its id.
    pub event_id: EventId,
    /// When it arrived.
    pub received: Micros,
    /// When it happened.
    pub timestamp: Micros,
    /// Its grouping hashes; the first that is known decides the issue.
    pub hashes: Vec<GroupHash>,
    /// `Type: value` or the message.
    pub title: String,
    /// Where it happened.
    pub culprit: String,
    /// More text that a search finds the issue by; may be empty.
    pub message: String,
    /// `debug`, `info`, `warning`, `error`, `fatal`.
    pub level: String,
    /// `python`, `javascript`, …
    pub platform: String,
    /// `error`, `default`, `csp`, `feedback`.
    pub event_type: String,
    /// Name of the logger; may be empty.
    pub logger: String,
    /// What lists show of it: a JSON object.
    pub metadata: String,
    /// Release; empty when none was given.
    pub release: String,
    /// Environment; empty when none was given.
    pub environment: String,
    /// Who was hit: `id:…`, `email:…`, …; empty when unknown.
    pub user: String,
    /// Whether the app caught it; `None` when the SDK did not say.
    pub handled: Option<bool>,
}

/// An attachment whose bytes lie in the blob store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    /// Whose it is.
    pub project: ProjectId,
    /// The event it belongs to.
    pub event_id: EventId,
    /// Its file name as the client gave it; never a path of ours.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// `event.attachment`, `event.minidump`, …
    pub kind: String,
    /// Its bytes.
    pub size: u64,
    /// SHA-256 of its content: its name in the blob store.
    pub blob: [u8; 32],
    /// When it arrived.
    pub received: Micros,
}

/// What a user wrote about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUserReport {
    /// Whose it is.
    pub project: ProjectId,
    /// The event it is about.
    pub event_id: EventId,
    /// The issue that event is in; looked for in the batch when `None`.
    pub issue: Option<IssueId>,
    /// Who wrote it.
    pub name: String,
    /// Their address.
    pub email: String,
    /// What they wrote.
    pub comments: String,
    /// When it arrived.
    pub received: Micros,
}

/// Where an event went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// Into an issue.
    Issue {
        /// Which.
        issue: IssueId,
        /// True for the event that made the issue.
        new: bool,
        /// True for the event that re-opened it.
        regressed: bool,
    },
    /// Nowhere: a person has said that such events are to be discarded, or the project is gone.
    Discarded,
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// One for each event, in the same order.
    pub placements: Vec<Placement>,
    /// The issues that changed, sorted.
    pub changed: Vec<IssueId>,
    /// True when the batch had been applied before and nothing was changed.
    pub replayed: bool,
}

/// The results of one step of the pipeline over the traces lane.
#[derive(Debug, Clone, Default)]
pub struct TraceBatch {
    /// From where the step read the lane.
    pub start: Offset,
    /// Up to where the step read the lane.
    pub end: Offset,
    /// What became of everything in the step.
    pub outcomes: Outcomes,
    /// Which releases ran where; each pair of names once per project is enough.
    pub deployments: Vec<Deployment>,
    /// Projects of which a transaction or a span arrived.
    pub projects: Vec<(ProjectId, Micros)>,
    /// Profiles whose bytes are in the store already.
    pub profiles: Vec<StoredProfile>,
    /// Parts of addresses that were found to vary, as patterns.
    pub routes: Vec<(ProjectId, String)>,
}

/// The results of one step of the pipeline over the lane of sessions, or that of check-ins.
#[derive(Debug, Clone, Default)]
pub struct SessionBatch {
    /// From where the step read the lane.
    pub start: Offset,
    /// Up to where the step read the lane.
    pub end: Offset,
    /// What became of everything in the step.
    pub outcomes: Outcomes,
    /// Which releases ran where; each pair of names once per project is enough.
    pub deployments: Vec<Deployment>,
}

/// A release that ran in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Whose it is.
    pub project: ProjectId,
    /// Release; empty when none was given.
    pub release: String,
    /// Environment; empty when none was given.
    pub environment: String,
    /// The first moment it was seen at.
    pub first: Micros,
    /// The last moment it was seen at.
    pub last: Micros,
}
