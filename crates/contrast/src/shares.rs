//! How often something happened.

use crate::Outcome;

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

/// The two-proportion z-test with pooled variance. `None` while either group is too small to say
/// anything: fewer than five hits or misses are expected in it.
pub fn shares(before: Share, after: Share) -> Option<Outcome> {
    let total = before.total + after.total;
    let pooled = (before.hits + after.hits) / total;
    let expected = |group: Share| group.total * pooled.min(1.0 - pooled);
    // Not a number where there is nothing at all.
    if !(expected(before) >= EXPECTED_MIN && expected(after) >= EXPECTED_MIN) {
        return None;
    }
    let variance = pooled * (1.0 - pooled) * (1.0 / before.total + 1.0 / after.total);
    Outcome::of(after.ratio()? - before.ratio()?, variance.sqrt())
}
