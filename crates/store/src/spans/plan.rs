//! Decides what to merge and what to let go.

use model::clock::Micros;
use model::id::{ProjectId, TraceId};
use model::part::{PartId, PartRecord};

use super::{Plan, SpanStore};
use crate::parts::{
    DAY_MICROS, MERGE_PARTS_MAX, MERGE_PARTS_MIN, is_over, plan_leftovers, plan_merge,
};

/// Bytes of parts that are thinned out together; a larger one is so alone.
const THINNED_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Which spans are not wanted any more.
#[derive(Clone, Copy)]
pub struct Retention<'a> {
    /// The current moment.
    pub now: Micros,
    /// For how many days a project's spans are kept after they arrived.
    pub days_of: &'a dyn Fn(ProjectId) -> u32,
    /// Whether spans of a trace stay, asked for each of them when they are thinned out: `None` drops
    /// them, a factor makes each stand for that many times more. It must be the same for all spans of a
    /// trace.
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

/// Which parts are to be thinned out.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    /// Everything that arrived since is kept.
    pub newest: Micros,
    /// What arrived before does not wait for other parts to be thinned out with.
    pub patience: Micros,
    /// Bytes that may be kept whole; beyond it the oldest parts are due before their time.
    pub bytes_max: u64,
}

impl SpanStore {
    /// What to merge next: parts of one level and day, or one part with rows whose time is over beside
    /// others. `None` when all is well.
    pub fn plan(&self, retention: &Retention<'_>) -> Option<Plan> {
        let mut parts = self.shelf.sound_parts();
        let waiting = parts.iter().filter(|part| !part.record().sampled).count();
        let is_merged = |record: &PartRecord| {
            record.sampled || record.level == 0 && waiting > self.settings.unsampled_parts_max
        };
        parts.retain(|part| is_merged(part.record()));
        plan_merge(&parts, self.settings.part_bytes_max, |_| 0, usize::MAX).or_else(|| {
            plan_leftovers(&parts, &|project, received| retention.is_over(project, received))
        })
    }

    /// What to thin out next: parts of one day in which no traces were chosen yet. `None` when nothing
    /// is due.
    pub fn plan_thinning(&self, due: &Due) -> Option<Plan> {
        let mut parts = self.shelf.sound_parts();
        parts.retain(|part| !part.record().sampled);
        parts.sort_by_key(|part| part.record().received_max);
        let all: u64 = parts.iter().map(|part| part.record().bytes).sum();
        let mut too_many = all.saturating_sub(due.bytes_max);
        let is_pressed = too_many > 0;
        parts.retain(|part| {
            let is_due = part.record().received_max < due.newest || too_many > 0;
            too_many = too_many.saturating_sub(part.record().bytes);
            is_due
        });
        let first = parts.first()?.record().clone();
        let day = |record: &PartRecord| record.received_max.0 / DAY_MICROS;
        let mut bytes = 0;
        parts.retain(|part| {
            bytes += part.record().bytes;
            let is_first = part.record().id == first.id;
            is_first || day(part.record()) == day(&first) && bytes <= THINNED_BYTES_MAX
        });
        parts.truncate(MERGE_PARTS_MAX);
        let waits = parts.len() < MERGE_PARTS_MIN
            && bytes <= THINNED_BYTES_MAX
            && first.received_max >= due.patience;
        if waits && !is_pressed {
            return None;
        }
        let level = parts.iter().map(|part| part.record().level).max().unwrap_or(0);
        Some(Plan { parts, level: level.saturating_add(1), thins: true })
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
