//! What got slower between two sets of profiles, such as two releases.

use std::collections::BTreeMap;

use crate::function::Function;
use crate::statistics::{FunctionStatistics, Statistics};

/// Score from which a change is believed: by chance it happens once in a thousand comparisons.
const SCORE_MIN: f64 = 3.0;
/// Profiles of each side below which nothing is believed: the score's formula needs about that many.
pub const PROFILES_MIN: u64 = 8;
/// Change of the mean that is worth a person's time, as a part of what it was.
const CHANGE_MIN: f64 = 0.1;

/// A function on one side of a comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Side {
    /// Profiles that were looked at.
    pub profiles: u64,
    /// Profiles it occurs in.
    pub seen: u64,
    /// Mean microseconds in the function itself per profile, those counted in which it does not occur.
    pub micros_mean: f64,
    /// 95th percentile of the profiles it occurs in.
    pub micros_p95: Option<u64>,
}

/// How a function changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change<'c> {
    /// The function.
    pub function: &'c Function,
    /// What it was.
    pub before: Side,
    /// What it is.
    pub after: Side,
    /// How sure it is that profiles spend more (or less, if negative) in it: the standard score of the
    /// Mann-Whitney test, which looks at ranks, so that single wild profiles count for little.
    ///
    /// Source: Mann and Whitney, "On a test of whether one of two random variables is stochastically
    /// larger than the other", 1947; with the usual correction for ties.
    pub score: f64,
}

impl Change<'_> {
    /// More microseconds per profile than before; negative when fewer.
    pub fn micros_more(&self) -> f64 {
        self.after.micros_mean - self.before.micros_mean
    }

    /// Whether it got slower, as far as numbers can say.
    pub fn is_slower(&self) -> bool {
        self.is_believed() && self.score >= SCORE_MIN && self.micros_more() > 0.0
    }

    /// Whether it got faster, as far as numbers can say.
    pub fn is_faster(&self) -> bool {
        self.is_believed() && self.score <= -SCORE_MIN && self.micros_more() < 0.0
    }

    fn is_believed(&self) -> bool {
        let is_big = self.micros_more().abs() >= self.before.micros_mean * CHANGE_MIN;
        is_big && self.before.profiles >= PROFILES_MIN && self.after.profiles >= PROFILES_MIN
    }
}

/// Compares two sets of profiles of the same kind, such as of one transaction in two releases: what
/// takes more time per profile now comes first.
pub fn compare<'c>(before: &'c Statistics, after: &'c Statistics) -> Vec<Change<'c>> {
    let of = |set: &'c Statistics, known: &FunctionStatistics| {
        set.get(known.function.place(), &known.function.name)
    };
    let now = after.functions().into_iter().map(|known| (of(before, known), Some(known)));
    let gone = before.functions().into_iter().filter(|known| of(after, known).is_none());
    let pairs = now.chain(gone.map(|known| (Some(known), None)));
    let mut changes: Vec<_> = pairs
        .filter_map(|(was, is)| {
            Some(Change {
                function: &is.or(was)?.function,
                before: side(was, before.profiles()),
                after: side(is, after.profiles()),
                score: score(&values(was, before.profiles()), &values(is, after.profiles())),
            })
        })
        .collect();
    changes.sort_by(|one, other| {
        (other.micros_more().total_cmp(&one.micros_more()))
            .then_with(|| one.function.key().cmp(&other.function.key()))
    });
    changes
}

fn side(known: Option<&FunctionStatistics>, profiles: u64) -> Side {
    Side {
        profiles,
        seen: known.map_or(0, |known| known.per_profile.count()),
        micros_mean: known.map_or(0.0, |known| float(known.own.micros) / float(profiles.max(1))),
        micros_p95: known.and_then(|known| known.per_profile.percentile(95)),
    }
}

/// Times per profile in classes, 0 for profiles in which the function does not occur.
fn values(known: Option<&FunctionStatistics>, profiles: u64) -> BTreeMap<u64, u64> {
    known.map_or_else(
        || BTreeMap::from([(0, profiles)]),
        |known| {
            let zeros = profiles.saturating_sub(known.per_profile.count());
            known.per_profile.with_zeros(zeros)
        },
    )
}

/// The standard score of `after` being greater than `before`; 0 when it cannot be told.
fn score(before: &BTreeMap<u64, u64>, after: &BTreeMap<u64, u64>) -> f64 {
    let classes: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let (mut below, mut pairs_won, mut ties) = (0.0, 0.0, 0.0);
    let (mut before_count, mut after_count) = (0.0, 0.0);
    for class in classes {
        let [was, is] =
            [before, after].map(|side| float(side.get(class).copied().unwrap_or_default()));
        pairs_won += is * (below + was / 2.0);
        below += was;
        before_count += was;
        after_count += is;
        ties += (was + is).powi(3) - (was + is);
    }
    let all = before_count + after_count;
    let pairs = before_count * after_count;
    let variance = pairs / 12.0 * ((all + 1.0) - ties / (all * (all - 1.0)));
    if variance > 0.0 { (pairs_won - pairs / 2.0) / variance.sqrt() } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "sums and counts, not ids")]
fn float(value: u64) -> f64 {
    value as f64
}
