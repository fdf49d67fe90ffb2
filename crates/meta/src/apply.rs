//! The pipeline's path: one transaction turns a batch of events into issues, counts and accounts.
//!
//! Everything is added up in memory first, so that a batch writes one row per issue, hour, release
//! and person, not per event.

mod change;
mod group;
pub(crate) mod placed;
mod side;
mod traces;
pub(crate) mod turn;

use std::collections::HashMap;

use model::clock::Micros;
use model::id::{GroupHash, IssueId, OrganizationId, ProjectId};
use model::intake::Offset;
use rusqlite::Transaction;

use crate::batch::{Applied, Batch, EventFacts, Placement};
use crate::catalogue;
use crate::database::{Durability, Meta};
use crate::directory::Directory;
use crate::error::MetaError;
use crate::recent::Recent;
use side::Sighting;

/// Lookups that are remembered between batches; together under 20 MB.
const HASHES_MAX: usize = 65_536;
const USERS_MAX: usize = 131_072;
const RELEASES_MAX: usize = 4_096;
const ENVIRONMENTS_MAX: usize = 4_096;

/// What the pipeline's path remembers between batches. Emptied when anybody else changes it.
#[derive(Debug)]
pub(crate) struct Caches {
    /// `None` is a tombstone.
    hashes: Recent<(ProjectId, GroupHash), Option<IssueId>>,
    /// The last hour that was written for a person and an issue.
    users: Recent<(IssueId, i64), u64>,
    releases: Recent<(OrganizationId, String), u64>,
    /// The last hour that was written.
    environments: Recent<(ProjectId, String), u64>,
    /// The last hour that was written, by release, project and environment.
    release_environments: Recent<(u64, ProjectId, String), u64>,
}

impl Default for Caches {
    fn default() -> Self {
        Self {
            hashes: Recent::new(HASHES_MAX),
            users: Recent::new(USERS_MAX),
            releases: Recent::new(RELEASES_MAX),
            environments: Recent::new(ENVIRONMENTS_MAX),
            release_environments: Recent::new(ENVIRONMENTS_MAX),
        }
    }
}

impl Caches {
    pub(crate) fn clear(&mut self) {
        self.hashes.clear();
        self.users.clear();
        self.releases.clear();
        self.environments.clear();
        self.release_environments.clear();
    }
}

/// What the steps of one batch share.
struct Step<'a> {
    transaction: &'a Transaction<'a>,
    caches: &'a mut Caches,
    directory: &'a Directory,
    events: &'a [EventFacts],
    now: Micros,
}

/// The events of a batch that go into one issue.
#[derive(Debug)]
struct Tally {
    project: ProjectId,
    /// `None` until the issue is made.
    issue: Option<IssueId>,
    /// Hashes that are not yet known to belong to the issue.
    fresh_hashes: Vec<GroupHash>,
    /// Places of its events in the batch, in order; never empty.
    events: Vec<usize>,
}

/// Ids of the releases of a batch.
type ReleaseIds<'a> = HashMap<(ProjectId, &'a str), u64>;

impl Meta {
    /// Turns a batch into issues, counts and accounts, as a whole or not at all. A batch that was
    /// applied before a crash changes nothing and answers the same issues.
    ///
    /// The commit may be lost when the machine loses power; then the offset is lost with it.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] when the batch is partly applied: it must be cut at the applied offset.
    pub fn apply(&self, batch: &Batch) -> Result<Applied, MetaError> {
        let directory = self.directory();
        let now = self.now();
        self.write_cached(Durability::Replayable, |transaction, caches| {
            let applied = catalogue::offset(transaction, "applied")?;
            if batch.start < applied && applied < batch.end {
                let reason = format!("the batch must be cut at offset {}", applied.0);
                return Err(MetaError::invalid("start", reason));
            }
            let events = &batch.events;
            let mut step = Step { transaction, caches, directory: &directory, events, now };
            if batch.end <= applied && batch.end > Offset(0) {
                return step.replay(batch);
            }
            let done = step.apply(batch)?;
            placed::note(transaction, (batch.start, batch.end), events, &done.placements)?;
            catalogue::set_offset(transaction, "applied", batch.end)?;
            Ok(done)
        })
    }
}

impl Step<'_> {
    fn apply(&mut self, batch: &Batch) -> Result<Applied, MetaError> {
        let mut grouped = self.group()?;
        let sightings = || self.events.iter().map(Sighting::of_event);
        let (of_releases, of_environments) = (sightings(), sightings());
        let releases = self.releases(of_releases)?;
        self.environments(of_environments)?;
        self.first_events()?;
        let mut applied = Applied {
            placements: vec![Placement::Discarded; self.events.len()],
            ..Applied::default()
        };
        for tally in &mut grouped {
            let new = tally.issue.is_none();
            let change = self.change(tally, &releases)?;
            for &place in &tally.events {
                applied.placements[place] = Placement::Issue {
                    issue: change.issue,
                    new: new && Some(&place) == tally.events.first(),
                    regressed: change.regressed_by == Some(place),
                };
            }
            applied.changed.push(change.issue);
        }
        applied.changed.sort_unstable();
        self.attachments(&batch.attachments)?;
        self.user_reports(&batch.user_reports, &applied.placements)?;
        self.outcomes(&batch.outcomes)?;
        Ok(applied)
    }

    /// The issues the events went into. One without an issue was deleted since.
    fn replay(&mut self, batch: &Batch) -> Result<Applied, MetaError> {
        let placed = placed::between(self.transaction, batch.start, batch.end)?;
        let mut issues = vec![None; self.events.len()];
        for tally in self.group()? {
            tally.events.iter().for_each(|place| issues[*place] = tally.issue);
        }
        for (issue, event) in issues.iter_mut().zip(self.events) {
            if let Some(noted) = placed.get(&(event.project, event.event_id)) {
                *issue = *noted;
            }
        }
        let put = |issue| Placement::Issue { issue, new: false, regressed: false };
        let placements = issues.into_iter().map(|issue| issue.map_or(Placement::Discarded, put));
        let placements = placements.collect();
        Ok(Applied { placements, changed: Vec::new(), replayed: true })
    }
}
