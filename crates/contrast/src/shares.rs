//! How often something happened.

use crate::decide::FALSE_SHARE;
use crate::{Outcome, excess};

/// Things that happened among so many that could have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Those that did.
    pub hits: f64,
    /// All of them.
    pub total: f64,
}

/// Expected numbers below which the normal distribution is not yet one. Source: Cochran's rule.
const EXPECTED_MIN: f64 = 5.0;

impl Share {
    /// Between 0 and 1; `None` of nothing.
    pub fn ratio(self) -> Option<f64> {
        (self.total > 0.0).then(|| self.hits / self.total)
    }
}

/// The two-proportion z-test with pooled variance; Fisher's exact test in both directions where fewer than
/// five hits or misses are expected in a group. `None` while both groups together are too small to say
/// anything.
pub fn shares(before: Share, after: Share) -> Option<Outcome> {
    let total = before.total + after.total;
    let pooled = (before.hits + after.hits) / total;
    let expected = |group: Share| group.total * pooled.min(1.0 - pooled);
    // Not a number where there is nothing at all.
    if !(expected(before) >= EXPECTED_MIN && expected(after) >= EXPECTED_MIN) {
        return few(before, after);
    }
    let variance = pooled * (1.0 - pooled) * (1.0 / before.total + 1.0 / after.total);
    Outcome::of(after.ratio()? - before.ratio()?, variance.sqrt())
}

/// Of few cases. `None` while not even the clearest outcome could be told from chance.
fn few(before: Share, after: Share) -> Option<Outcome> {
    let hits = before.hits + after.hits;
    let all_in = |one: Share, other: Share| {
        let there = hits.min(one.total);
        excess(Share { hits: hits - there, ..other }, Share { hits: there, ..one })
    };
    let clearest = all_in(before, after).into_iter().chain(all_in(after, before));
    if !clearest.into_iter().any(|outcome| 2.0 * outcome.p < FALSE_SHARE) {
        return None;
    }
    let (more, fewer) = (excess(before, after)?, excess(after, before)?);
    Some(Outcome { z: more.z, p: (2.0 * more.p.min(fewer.p)).min(1.0) })
}
