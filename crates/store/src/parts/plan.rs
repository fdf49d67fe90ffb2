//! Decides what to merge.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::clock::Micros;
use model::id::ProjectId;
use model::part::{PartId, PartRecord};

use super::StoredPart;

pub(crate) const DAY_MICROS: u64 = 24 * 60 * 60 * 1_000_000;
/// Fewer parts are not worth a merge.
pub(crate) const MERGE_PARTS_MIN: usize = 4;
/// Parts in one merge; bounds open files.
pub(crate) const MERGE_PARTS_MAX: usize = 8;

/// Parts to be merged into one.
#[derive(Debug)]
pub struct Plan<P> {
    pub(crate) parts: Vec<Arc<P>>,
    pub(crate) level: u8,
    /// Traces are chosen among its rows.
    pub(crate) thins: bool,
}

impl<P: StoredPart> Plan<P> {
    /// A part that is written anew, without what is not wanted any more.
    pub(crate) fn rewrite(part: &Arc<P>) -> Self {
        let level = part.folder().record().level;
        Self { parts: vec![Arc::clone(part)], level, thins: false }
    }

    /// The parts it replaces.
    pub fn parts(&self) -> Vec<PartId> {
        self.parts.iter().map(|part| part.folder().id()).collect()
    }

    /// When the first and last of its rows arrived.
    pub fn received(&self) -> (Micros, Micros) {
        let records = || self.parts.iter().map(|part| part.folder().record());
        let first = records().map(|record| record.received_min).min();
        let last = records().map(|record| record.received_max).max();
        (first.unwrap_or(Micros(0)), last.unwrap_or(Micros(0)))
    }

    /// Whose rows it reads.
    pub fn projects(&self) -> BTreeSet<ProjectId> {
        let records = self.parts.iter().map(|part| part.folder().record());
        records.flat_map(|record| record.projects.iter().copied()).collect()
    }

    /// Bytes it reads.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.folder().record().bytes).sum()
    }
}

/// Parts of one level and day, whose rows were sampled or were not, together no larger than `bytes_max`. `weight` is what else is
/// limited; a merge of the fewest parts may exceed that.
pub(crate) fn plan_merge<P: StoredPart>(
    parts: &[Arc<P>],
    bytes_max: u64,
    weight: impl Fn(&P) -> usize,
    weight_max: usize,
) -> Option<Plan<P>> {
    let mut groups: BTreeMap<(bool, u8, u64), Vec<&Arc<P>>> = BTreeMap::new();
    for part in parts {
        let record = part.folder().record();
        if record.bytes < bytes_max / 2 {
            let day = record.received_max.0 / DAY_MICROS;
            groups.entry((record.sampled, record.level, day)).or_default().push(part);
        }
    }
    groups.into_iter().find_map(|((_, level, _), group)| {
        let (mut bytes, mut weights, mut parts) = (0, 0, Vec::new());
        for part in group.into_iter().take(MERGE_PARTS_MAX) {
            bytes += part.folder().record().bytes;
            weights += weight(part);
            let too_heavy = parts.len() >= MERGE_PARTS_MIN && weights > weight_max;
            if bytes > bytes_max || too_heavy {
                break;
            }
            parts.push(Arc::clone(part));
        }
        let enough = parts.len() >= MERGE_PARTS_MIN;
        enough.then(|| Plan { parts, level: level.saturating_add(1), thins: false })
    })
}

/// A part with rows whose time is over beside others.
pub(crate) fn plan_leftovers<P: StoredPart>(
    parts: &[Arc<P>],
    is_over: &dyn Fn(ProjectId, Micros) -> bool,
) -> Option<Plan<P>> {
    let has_leftovers = |record: &PartRecord| {
        let over = |project: &&ProjectId| is_over(**project, record.received_max);
        let gone = record.projects.iter().filter(over).count();
        gone > 0 && gone < record.projects.len()
    };
    parts.iter().find(|part| has_leftovers(part.folder().record())).map(Plan::rewrite)
}

/// Whether what arrived then is not kept any more.
pub(crate) fn is_over(now: Micros, days: u32, received: Micros) -> bool {
    received.0.saturating_add(u64::from(days) * DAY_MICROS) < now.0
}
