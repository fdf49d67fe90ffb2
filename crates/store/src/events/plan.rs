//! Decides what to merge and what to let go.

use std::collections::HashSet;

use model::clock::Micros;
use model::id::{IssueId, ProjectId};
use model::part::PartId;

use super::payload::Facts;
use super::{EventStore, Part, Plan, StoreError};
use crate::parts::{is_over, plan_leftovers, plan_merge};

/// Sorted runs in one merge, each with a decompressed block in memory, unless so few parts have more.
const MERGE_RUNS_MAX: usize = 64;

/// Which events are not wanted any more.
#[derive(Clone, Copy)]
pub struct Retention<'a> {
    /// The current moment.
    pub now: Micros,
    /// For how many days a project's events are kept after they arrived.
    pub days_of: &'a dyn Fn(ProjectId) -> u32,
    /// Issues that were deleted with their events.
    pub removed: &'a HashSet<IssueId>,
}

impl EventStore {
    /// What to merge next: parts of one level and day, or one part with rows whose time is over beside
    /// others. `None` when all is well.
    pub fn plan(&self, retention: &Retention<'_>) -> Option<Plan> {
        let parts = self.shelf.sound_parts();
        let runs = |part: &Part| part.runs().map_or(0, |(_, runs)| runs.len());
        plan_merge(&parts, self.settings.part_bytes_max, runs, MERGE_RUNS_MAX).or_else(|| {
            plan_leftovers(&parts, &|project, received| retention.is_over(project, received))
        })
    }

    /// Parts in which every row's time is over. Commit their removal, then call
    /// [`EventStore::remove`].
    pub fn expired(&self, retention: &Retention<'_>) -> Vec<PartId> {
        self.shelf.expired(&|project, received| retention.is_over(project, received))
    }

    /// Parts with rows of these issues. Rows in memory are in none yet. Reads a column of every part.
    ///
    /// # Errors
    /// When a part cannot be read.
    pub fn parts_with(&self, issues: &HashSet<IssueId>) -> Result<Vec<PartId>, StoreError> {
        let parts = self.shelf.parts();
        let mut found = Vec::new();
        for part in parts {
            if part.has_issue_of(issues)? {
                found.push(part.id());
            }
        }
        Ok(found)
    }

    /// A rewrite of one part, which leaves out what is not wanted any more. `None` when there is no such
    /// part, or it is damaged.
    pub fn plan_rewrite(&self, part: PartId) -> Option<Plan> {
        let parts = self.shelf.sound_parts();
        parts.iter().find(|known| known.id() == part).map(Plan::rewrite)
    }
}

impl Retention<'_> {
    /// Whether an event is wanted.
    pub(crate) fn keeps(&self, facts: &Facts) -> bool {
        !self.removed.contains(&facts.issue) && !self.is_over(facts.project, facts.received)
    }

    fn is_over(&self, project: ProjectId, received: Micros) -> bool {
        is_over(self.now, (self.days_of)(project), received)
    }
}

impl std::fmt::Debug for Retention<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Retention").field("now", &self.now).finish_non_exhaustive()
    }
}
