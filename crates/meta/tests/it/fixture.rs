//! A database with one project, and events to put into it.

use std::sync::Arc;

use meta::{Applied, Batch, EventFacts, Meta, NewProject, Placement};
use model::clock::{FixedClock, Micros};
use model::id::{EventId, GroupHash, IssueId, OrganizationId, ProjectId};
use model::intake::Offset;

pub(crate) const HOUR: u64 = 3_600_000_000;
pub(crate) const DAY: u64 = 24 * HOUR;
/// A Sunday, midnight.
pub(crate) const START: Micros = Micros(20_000 * DAY);

pub(crate) struct Fixture {
    pub(crate) meta: Meta,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) organization: OrganizationId,
    pub(crate) project: ProjectId,
    offset: u64,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(FixedClock::at(START));
        Self::with(Meta::in_memory(Arc::clone(&clock) as _).unwrap(), clock)
    }

    pub(crate) fn with(meta: Meta, clock: Arc<FixedClock>) -> Self {
        let organization = meta.create_organization("acme", "Acme").unwrap().id;
        let new = NewProject { slug: "api".into(), name: "Api".into(), ..NewProject::default() };
        let project = meta.create_project(organization, &new).unwrap().id;
        Self { meta, clock, organization, project, offset: 0 }
    }

    /// An event now, with a hash made of that byte.
    pub(crate) fn event(&self, hash: u8) -> EventFacts {
        let now = model::clock::Clock::now(&*self.clock);
        EventFacts {
            project: self.project,
            event_id: EventId([hash; 16]),
            received: now,
            timestamp: now,
            hashes: vec![GroupHash([hash; 16])],
            title: format!("Error: {hash}"),
            culprit: "handler in app".into(),
            message: String::new(),
            level: "error".into(),
            platform: "python".into(),
            event_type: "error".into(),
            logger: String::new(),
            metadata: "{}".into(),
            release: String::new(),
            environment: "prod".into(),
            user: String::new(),
            handled: None,
        }
    }

    /// The next batch of the lane with these events.
    pub(crate) fn batch(&mut self, events: Vec<EventFacts>) -> Batch {
        let start = Offset(self.offset);
        self.offset += 100;
        Batch { start, end: Offset(self.offset), events, ..Batch::default() }
    }

    pub(crate) fn apply(&mut self, events: Vec<EventFacts>) -> Applied {
        let batch = self.batch(events);
        self.meta.apply(&batch).unwrap()
    }

    /// Sends one event; answers its issue.
    pub(crate) fn send(&mut self, event: EventFacts) -> IssueId {
        issue_of(self.apply(vec![event]).placements[0])
    }
}

#[track_caller]
pub(crate) fn issue_of(placement: Placement) -> IssueId {
    match placement {
        Placement::Issue { issue, .. } => issue,
        Placement::Discarded => panic!("discarded"),
    }
}
