//! How much an attribute tells about which of two sets a span is in.

use std::f64::consts::LN_2;

/// Spans that a value must have in one of the sets to count as a value of its own. Rarer ones, such as
/// ids, are put together: each alone would tell everything about the one span that has it.
const COUNT_MIN: f64 = 5.0;

/// Numbers of spans, or shares, of the two sets.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Counts {
    pub(super) left: f64,
    pub(super) right: f64,
}

/// A value with its spans.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) counts: Counts,
}

impl Counts {
    /// Whether there are enough to say something.
    pub(super) fn is_enough(self) -> bool {
        self.left.max(self.right) >= COUNT_MIN
    }

    /// As shares of the whole sets.
    pub(super) fn over(self, totals: Self) -> Self {
        let share =
            |part: f64, whole: f64| if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 };
        Self { left: share(self.left, totals.left), right: share(self.right, totals.right) }
    }

    fn minus(self, other: Self) -> Self {
        Self { left: (self.left - other.left).max(0.0), right: (self.right - other.right).max(0.0) }
    }

    fn plus(self, other: Self) -> Self {
        Self { left: self.left + other.left, right: self.right + other.right }
    }
}

/// The Jensen–Shannon divergence of an attribute's values in two sets, in bits: 0 when they are spread
/// alike, 1 when no value is in both. Spans without the attribute count as one more value.
///
/// When both sets are drawn from the same spans, the divergence is not 0 but follows a χ² distribution of
/// `values - 1` degrees, scaled by `(1/left + 1/right) / (8 ln 2)`. Its mean and two standard deviations
/// are taken off, so that what chance alone would give hardly ever counts. 0 when a set is empty.
///
/// Source: J. Lin, Divergence Measures Based on the Shannon Entropy, 1991; the bias is that of the
/// second-order term, a χ² statistic.
pub(super) fn score(totals: Counts, own: Counts, values: &[Value]) -> f64 {
    if totals.left <= 0.0 || totals.right <= 0.0 {
        return 0.0;
    }
    let mut parts: Vec<Counts> =
        values.iter().map(|value| value.counts).filter(|counts| counts.is_enough()).collect();
    let counted = parts.iter().fold(Counts::default(), |sum, counts| sum.plus(*counts));
    parts.push(own.minus(counted));
    parts.push(totals.minus(own));
    parts.retain(|counts| counts.left + counts.right > 0.0);
    let divergence: f64 = parts.iter().map(|counts| part(counts.over(totals))).sum();
    let degrees = crate::cell::float(u64::try_from(parts.len().saturating_sub(1)).unwrap_or(0));
    let chance = (degrees + 2.0 * (2.0 * degrees).sqrt())
        * (1.0 / totals.left + 1.0 / totals.right)
        / (8.0 * LN_2);
    (divergence - chance).clamp(0.0, 1.0)
}

/// What one value adds to the divergence, given its shares of the two sets.
fn part(shares: Counts) -> f64 {
    let middle = f64::midpoint(shares.left, shares.right);
    let term = |share: f64| if share > 0.0 { share / 2.0 * (share / middle).log2() } else { 0.0 };
    term(shares.left) + term(shares.right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(totals: (f64, f64), values: &[(f64, f64)], expected: f64) {
        let counts = |(left, right): (f64, f64)| Counts { left, right };
        let values: Vec<Value> =
            values.iter().map(|it| Value { text: String::new(), counts: counts(*it) }).collect();
        let own = values.iter().fold(Counts::default(), |sum, value| sum.plus(value.counts));
        let found = score(counts(totals), own, &values);
        assert!((found - expected).abs() < 0.005, "{found} is not {expected}");
    }

    #[test]
    fn scores_lie_between_nothing_and_everything() {
        check((1e6, 1e6), &[(5e5, 5e5), (5e5, 5e5)], 0.0);
        check((1e6, 1e6), &[(1e6, 0.0), (0.0, 1e6)], 1.0);
        // One set has the attribute, the other does not.
        check((1e6, 1e6), &[(1e6, 0.0)], 1.0);
        // The sizes of the sets do not matter, only how they are spread.
        check((1e6, 1e3), &[(9e5, 900.0), (1e5, 100.0)], 0.0);
        check((0.0, 10.0), &[(0.0, 10.0)], 0.0);
    }

    #[test]
    fn few_spans_prove_little() {
        check((6.0, 1e6), &[(6.0, 5e5), (0.0, 5e5)], 0.196);
        check((1e4, 1e6), &[(1e4, 5e5), (0.0, 5e5)], 0.311);
        // Ids: every value once.
        let ids: Vec<(f64, f64)> = (0..100).map(|_| (1.0, 1.0)).collect();
        check((100.0, 100.0), &ids, 0.0);
    }
}
