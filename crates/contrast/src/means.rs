//! Averages of values that were summed up: bets, payouts, whatever was sent as a number.

use crate::Outcome;

/// A group of values, as sums.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Moments {
    /// Values.
    pub count: f64,
    /// Of the values.
    pub sum: f64,
    /// Of their squares.
    pub squares: f64,
}

/// Values below which an average says nothing about others.
const VALUES_MIN: f64 = 30.0;

impl Moments {
    /// The average; `None` of nothing.
    pub fn mean(self) -> Option<f64> {
        (self.count > 0.0).then(|| self.sum / self.count)
    }

    /// Of the values, not of their average.
    fn variance(self) -> f64 {
        let mean = self.sum / self.count;
        ((self.squares - self.sum * mean) / (self.count - 1.0)).max(0.0)
    }
}

/// Welch's test of two averages, with the normal distribution: groups have thirty values or more.
/// `None` with fewer, or when no value differs from another.
pub fn means(before: Moments, after: Moments) -> Option<Outcome> {
    if before.count < VALUES_MIN || after.count < VALUES_MIN {
        return None;
    }
    let variance = before.variance() / before.count + after.variance() / after.count;
    Outcome::of(after.mean()? - before.mean()?, variance.sqrt())
}
