//! What the pipeline hands over after a step, and what it gets back.

use model::clock::Micros;
use model::id::{EventId, ProjectId};
use model::intake::Offset;
use wire::session::{Aggregates, Attributes, Update};

/// The results of one step of the pipeline over the lane of sessions.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// From where the step read the lane.
    pub start: Offset,
    /// Up to where the step read the lane. A batch that ends at or before the applied offset was counted
    /// before a crash; nothing is counted again.
    pub end: Offset,
    /// When its newest record arrived.
    pub received: Option<Micros>,
    /// What was reported.
    pub reports: Vec<Report>,
}

/// What an app or a server said about its sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Whose sessions.
    pub project: ProjectId,
    /// What was said.
    pub content: Content,
}

/// What is said about sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// An update of one session; the id is its own or made up for it.
    Update(EventId, Update),
    /// Counts.
    Aggregates(Aggregates),
}

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is counted.
    Counted,
    /// Its project has too many releases and environments already.
    TooManySeries,
}

impl Content {
    pub(crate) fn attributes(&self) -> &Attributes {
        match self {
            Self::Update(_, update) => &update.attributes,
            Self::Aggregates(aggregates) => &aggregates.attributes,
        }
    }
}
