//! How values are spread, in little memory: there is one of these for each of tens of thousands of
//! functions, most of which have few values or zeros, so only classes with values take room
//! (`model::sketch` takes room for all between the least and the greatest).

use std::collections::BTreeMap;

/// Steps per doubling; a value read back is wrong by 1.6 % at most.
const STEPS: u64 = 32;
const STEPS_LOG2: u32 = 5;

/// Counts of values in classes that grow with the value. Merging two is exact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spread {
    classes: BTreeMap<u64, u64>,
    count: u64,
}

impl Spread {
    /// Counts a value.
    pub fn add(&mut self, value: u64) {
        *self.classes.entry(class(value)).or_default() += 1;
        self.count += 1;
    }

    /// Counts all values of another.
    pub fn merge(&mut self, other: &Self) {
        for (class, count) in &other.classes {
            *self.classes.entry(*class).or_default() += count;
        }
        self.count += other.count;
    }

    /// How many values were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The value that `percent` of the values do not exceed; `None` without values.
    pub fn percentile(&self, percent: u64) -> Option<u64> {
        let rank = (self.count.saturating_mul(percent).div_ceil(100)).max(1);
        let mut seen = 0;
        let reached = self.classes.iter().find(|(_, count)| {
            seen += **count;
            seen >= rank
        });
        reached.map(|(class, _)| middle(*class))
    }

    /// Classes with their counts, the smallest values first, with `zeros` more values of 0.
    pub(crate) fn with_zeros(&self, zeros: u64) -> BTreeMap<u64, u64> {
        let mut classes = self.classes.clone();
        if zeros > 0 {
            *classes.entry(0).or_default() += zeros;
        }
        classes
    }
}

/// Values below 32 have a class each, then each doubling has 32.
fn class(value: u64) -> u64 {
    let doublings = u64::BITS - value.leading_zeros();
    match doublings.checked_sub(STEPS_LOG2 + 1) {
        None => value,
        Some(shift) => u64::from(shift) * STEPS + (value >> shift),
    }
}

/// The middle of the values of a class.
fn middle(class: u64) -> u64 {
    if class < STEPS * 2 {
        return class;
    }
    let shift = class / STEPS - 1;
    let first = (class % STEPS + STEPS) << shift;
    first + ((1 << shift) - 1) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_narrow_and_in_order() {
        let values =
            (0..10_000).chain((14..64).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1 << bit) + 1]));
        let mut before = 0;
        for value in values.chain([u64::MAX]) {
            assert!(class(value) >= before, "{value}");
            before = class(value);
            assert!(middle(before).abs_diff(value) <= value / 32, "{value} {}", middle(before));
        }
    }
}
