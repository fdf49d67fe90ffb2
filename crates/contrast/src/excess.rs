//! Whether something happened more often, also in few cases.

use crate::{Outcome, Share};

/// Terms of the sum at most. They shrink faster than a geometric series behind the mean, so what is left
/// out is far below what a number of 64 bits tells.
const TERMS_MAX: u32 = 1_000_000;
/// Terms smaller than this part of the sum do not change it.
const NEGLIGIBLE: f64 = 1e-17;

/// Fisher's exact test in one direction: the chance that at least so many of the hits fall into the second
/// group if it makes no difference in which group a case is. Exact however few cases there are, so it
/// needs no least number of them. Numbers are taken as whole ones. `None` when a group is empty, or when
/// all or none of the cases are hits, which no difference could be seen in.
///
/// Source: Fisher 1922; the tail of the hypergeometric distribution.
pub fn excess(before: Share, after: Share) -> Option<Outcome> {
    let whole = |number: f64| number.max(0.0).floor();
    let (hits, total) = (whole(after.hits), whole(after.total));
    let all_hits = hits + whole(before.hits);
    let all = total + whole(before.total);
    let has_both = total > 0.0 && all > total && all_hits > 0.0 && all_hits < all;
    if !has_both || hits > total || !all.is_finite() {
        return None;
    }
    let mean = total * all_hits / all;
    let cases = Cases { all, all_hits, total };
    // The smaller tail is summed, away from the mean, so that terms only shrink.
    let p = if hits > mean { cases.from(hits) } else { 1.0 - cases.up_to(hits - 1.0) };
    let variance = mean * (1.0 - all_hits / all) * (all - total) / (all - 1.0).max(1.0);
    let z = (hits - mean) / variance.sqrt();
    z.is_finite().then_some(Outcome { z, p: p.clamp(0.0, 1.0) })
}

/// All cases, how many of them are hits, and how many are in the second group.
struct Cases {
    all: f64,
    all_hits: f64,
    total: f64,
}

impl Cases {
    /// The chance of so many hits in the second group.
    fn chance(&self, hits: f64) -> f64 {
        let misses = self.all - self.all_hits;
        let ways = choose(self.all_hits, hits) + choose(misses, self.total - hits);
        (ways - choose(self.all, self.total)).exp()
    }

    /// The chance of so many or more.
    fn from(&self, hits: f64) -> f64 {
        let others = self.all - self.all_hits - self.total;
        let most = self.total.min(self.all_hits);
        let next = |count: f64| {
            let factor = (self.all_hits - count) * (self.total - count);
            (count < most).then(|| (count + 1.0, factor / ((count + 1.0) * (others + count + 1.0))))
        };
        self.sum(hits, next)
    }

    /// The chance of so many or fewer.
    fn up_to(&self, hits: f64) -> f64 {
        let others = self.all - self.all_hits - self.total;
        let least = (-others).max(0.0);
        if hits < least {
            return 0.0;
        }
        let next = |count: f64| {
            let factor = count * (others + count);
            let divisor = (self.all_hits - count + 1.0) * (self.total - count + 1.0);
            (count > least).then(|| (count - 1.0, factor / divisor))
        };
        self.sum(hits, next)
    }

    /// Each term follows from the one before, which is cheaper than to begin anew and as exact.
    fn sum(&self, hits: f64, next: impl Fn(f64) -> Option<(f64, f64)>) -> f64 {
        let (mut count, mut term) = (hits, self.chance(hits));
        let mut sum = term;
        for _ in 0..TERMS_MAX {
            let Some((following, factor)) = next(count) else { break };
            (count, term) = (following, term * factor);
            sum += term;
            if term <= sum * NEGLIGIBLE {
                break;
            }
        }
        sum
    }
}

/// The logarithm of the number of ways to choose so many of so many.
fn choose(of: f64, chosen: f64) -> f64 {
    libm::lgamma(of + 1.0) - libm::lgamma(chosen + 1.0) - libm::lgamma(of - chosen + 1.0)
}
