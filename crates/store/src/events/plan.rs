//! Decides what to merge and what to let go.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use model::clock::Micros;
use model::id::{IssueId, ProjectId};
use model::part::{PartId, PartRecord};

use super::payload::Facts;
use super::{EventStore, Part, StoreError, lock};

const DAY_MICROS: u64 = 24 * 60 * 60 * 1_000_000;
/// Fewer parts are not worth a merge.
const MERGE_PARTS_MIN: usize = 4;
/// Parts in one merge; bounds open files.
const MERGE_PARTS_MAX: usize = 8;
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

/// Parts to be merged into one.
#[derive(Debug)]
pub struct Plan {
    pub(crate) parts: Vec<Arc<Part>>,
    pub(crate) level: u8,
}

impl Plan {
    /// The parts it replaces.
    pub fn parts(&self) -> Vec<PartId> {
        self.parts.iter().map(|part| part.id()).collect()
    }

    fn rewrite(part: &Arc<Part>) -> Self {
        Self { parts: vec![Arc::clone(part)], level: part.record().level }
    }

    /// Bytes it reads.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.record().bytes).sum()
    }
}

impl EventStore {
    /// What to merge next: parts of one level and day, or one part with rows whose time is over beside
    /// others. `None` when all is well.
    pub fn plan(&self, retention: &Retention<'_>) -> Option<Plan> {
        let mut parts = lock(&self.state).parts.clone();
        parts.retain(|part| !part.is_damaged());
        parts.sort_by_key(|part| part.id());
        self.plan_merge(&parts).or_else(|| plan_leftovers(&parts, retention))
    }

    /// Parts in which every row's time is over. Commit their removal, then call
    /// [`EventStore::remove`].
    pub fn expired(&self, retention: &Retention<'_>) -> Vec<PartId> {
        let state = lock(&self.state);
        let expired = state.parts.iter().filter(|part| {
            let record = part.record();
            record.projects.iter().all(|project| retention.is_over(*project, record.received_max))
        });
        expired.map(|part| part.id()).collect()
    }

    /// Parts with rows of these issues. Rows in memory are in none yet. Reads a column of every part.
    ///
    /// # Errors
    /// When a part cannot be read.
    pub fn parts_with(&self, issues: &HashSet<IssueId>) -> Result<Vec<PartId>, StoreError> {
        let parts = lock(&self.state).parts.clone();
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
        let state = lock(&self.state);
        let part = state.parts.iter().find(|known| known.id() == part && !known.is_damaged())?;
        Some(Plan::rewrite(part))
    }

    fn plan_merge(&self, parts: &[Arc<Part>]) -> Option<Plan> {
        let mut groups: BTreeMap<(u8, u64), Vec<&Arc<Part>>> = BTreeMap::new();
        for part in parts {
            let record = part.record();
            if record.bytes < self.settings.part_bytes_max / 2 {
                let day = record.received_max.0 / DAY_MICROS;
                groups.entry((record.level, day)).or_default().push(part);
            }
        }
        groups.into_iter().find_map(|((level, _), group)| {
            let (mut bytes, mut runs, mut parts) = (0, 0, Vec::new());
            for part in group.into_iter().take(MERGE_PARTS_MAX) {
                bytes += part.record().bytes;
                runs += part.runs().map_or(0, |(_, runs)| runs.len());
                let too_many_runs = parts.len() >= MERGE_PARTS_MIN && runs > MERGE_RUNS_MAX;
                if bytes > self.settings.part_bytes_max || too_many_runs {
                    break;
                }
                parts.push(Arc::clone(part));
            }
            let enough = parts.len() >= MERGE_PARTS_MIN;
            enough.then(|| Plan { parts, level: level.saturating_add(1) })
        })
    }
}

fn plan_leftovers(parts: &[Arc<Part>], retention: &Retention<'_>) -> Option<Plan> {
    let has_leftovers = |record: &PartRecord| {
        let over = |project: &&ProjectId| retention.is_over(**project, record.received_max);
        let gone = record.projects.iter().filter(over).count();
        gone > 0 && gone < record.projects.len()
    };
    parts.iter().find(|part| has_leftovers(part.record())).map(Plan::rewrite)
}

impl Retention<'_> {
    /// Whether an event is wanted.
    pub(crate) fn keeps(&self, facts: &Facts) -> bool {
        !self.removed.contains(&facts.issue) && !self.is_over(facts.project, facts.received)
    }

    fn is_over(&self, project: ProjectId, received: Micros) -> bool {
        let kept = u64::from((self.days_of)(project)) * DAY_MICROS;
        received.0.saturating_add(kept) < self.now.0
    }
}

impl std::fmt::Debug for Retention<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Retention").field("now", &self.now).finish_non_exhaustive()
    }
}
