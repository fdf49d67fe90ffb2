//! Decides what to merge and what to let go.

use model::clock::Micros;
use model::id::{ProjectId, TraceId};
use model::part::PartId;

use super::{Plan, SpanStore};
use crate::parts::{is_over, plan_leftovers, plan_merge};

/// Which spans are not wanted any more.
#[derive(Clone, Copy)]
pub struct Retention<'a> {
    /// The current moment.
    pub now: Micros,
    /// For how many days a project's spans are kept after they arrived.
    pub days_of: &'a dyn Fn(ProjectId) -> u32,
    /// Whether spans of a trace stay, asked when they are merged: `None` drops them, a factor makes each
    /// stand for that many times more. It must be the same for all spans of a trace.
    pub weigh: &'a dyn Fn(ProjectId, TraceId) -> Option<f64>,
}

impl Retention<'_> {
    pub(crate) fn is_over(&self, project: ProjectId, received: Micros) -> bool {
        is_over(self.now, (self.days_of)(project), received)
    }
}

impl std::fmt::Debug for Retention<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Retention").field("now", &self.now).finish_non_exhaustive()
    }
}

impl SpanStore {
    /// What to merge next: parts of one level and day, or one part with rows whose time is over beside
    /// others. `None` when all is well.
    pub fn plan(&self, retention: &Retention<'_>) -> Option<Plan> {
        let parts = self.shelf.sound_parts();
        plan_merge(&parts, self.settings.part_bytes_max, |_| 0, usize::MAX).or_else(|| {
            plan_leftovers(&parts, &|project, received| retention.is_over(project, received))
        })
    }

    /// Parts in which every row's time is over. Commit their removal, then call [`SpanStore::remove`].
    pub fn expired(&self, retention: &Retention<'_>) -> Vec<PartId> {
        self.shelf.expired(&|project, received| retention.is_over(project, received))
    }

    /// A rewrite of one part, which leaves out what is not wanted any more. `None` when there is no such
    /// part, or it is damaged.
    pub fn plan_rewrite(&self, part: PartId) -> Option<Plan> {
        let parts = self.shelf.sound_parts();
        parts.iter().find(|known| known.record().id == part).map(Plan::rewrite)
    }
}
