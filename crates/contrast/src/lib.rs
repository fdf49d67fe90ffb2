//! Significant or noise: whether two groups of measurements differ by more than chance, and by how much.
//!
//! Four tests, each for what it says and nothing else: [`shares`] compares how often something
//! happened, [`excess`] whether it happened more often, also in few cases, [`ranks`] whether values of one
//! group tend to be larger, [`means`] sums that were kept as moments. [`decide`] turns their p-values into
//! verdicts for many comparisons at once, because of a hundred endpoints that did not change five look
//! changed to a test at 5 %.

mod decide;
mod excess;
mod means;
mod ranks;
mod shares;

pub use decide::{Compared, FALSE_SHARE, Verdict, decide, decide_at};
pub use excess::excess;
pub use means::{Moments, means};
pub use ranks::ranks;
pub use shares::{Share, shares};

/// What a test found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// How far the second group lies above the first one, in standard errors; negative where it lies
    /// below.
    pub z: f64,
    /// The chance of a difference at least that large, in either direction, if there is none.
    pub p: f64,
}

impl Outcome {
    /// The outcome of a statistic that is normal if the groups do not differ.
    fn of(difference: f64, standard_error: f64) -> Option<Self> {
        let z = difference / standard_error;
        z.is_finite().then(|| Self { z, p: libm::erfc(z.abs() / std::f64::consts::SQRT_2) })
    }
}
