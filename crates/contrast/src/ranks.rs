//! Whether values of one group tend to be larger.

use std::cmp::Ordering;

use crate::Outcome;

/// Values below which ranks say nothing.
const VALUES_MIN: f64 = 20.0;

/// The Mann-Whitney test on counts of values in ordered buckets, as [`model::sketch`] keeps them; values
/// of one bucket are ties. It does not ask how values are distributed, so a few that are very long do
/// not decide. `None` with fewer than twenty values in a group, or when all lie in one bucket.
///
/// Source: Mann and Whitney 1947, with the usual correction of the variance for ties.
pub fn ranks(
    before: impl IntoIterator<Item = (i32, f64)>,
    after: impl IntoIterator<Item = (i32, f64)>,
) -> Option<Outcome> {
    let (mut before, mut after) = (before.into_iter().peekable(), after.into_iter().peekable());
    // Values of `before` in lower buckets, pairs in which `after` is larger (a tie is half of one), the
    // sum of cubes of ties, and the sizes.
    let (mut lower, mut pairs, mut ties) = (0.0, 0.0, 0.0);
    let (mut first, mut second) = (0.0, 0.0);
    loop {
        let order = match (before.peek(), after.peek()) {
            (Some((one, _)), Some((other, _))) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => break,
        };
        let here = before.next_if(|_| order != Ordering::Greater).map_or(0.0, |(_, count)| count);
        let there = after.next_if(|_| order != Ordering::Less).map_or(0.0, |(_, count)| count);
        pairs += there * (lower + here / 2.0);
        let tied = here + there;
        ties += tied * tied * tied - tied;
        lower += here;
        first += here;
        second += there;
    }
    if first < VALUES_MIN || second < VALUES_MIN {
        return None;
    }
    let all = first + second;
    let variance = first * second / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    Outcome::of(pairs - first * second / 2.0, variance.sqrt())
}
