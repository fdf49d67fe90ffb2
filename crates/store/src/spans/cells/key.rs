//! What spans of one cell have in common.

use std::sync::Arc;

/// The name under which is counted what there are too many names for.
pub const OTHER: &str = "<< other >>";

/// The texts of a key, in the order of its fields; each is a column of spans.
pub(crate) const TEXTS: [&str; 6] =
    ["transaction", "release", "environment", "category", "op", "description"];

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

/// What spans are counted by, beside the project and whether they are segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rollup {
    /// The transaction, and of segments the operation.
    Transactions,
    /// The same, and release and environment.
    Releases,
    /// What was done: environment, category, operation, description and group.
    Groups,
}

impl Rollup {
    /// All of them, those with the fewest cells first.
    pub const ALL: [Self; 3] = [Self::Transactions, Self::Releases, Self::Groups];

    /// Its number in files.
    pub fn number(self) -> u8 {
        match self {
            Self::Transactions => 0,
            Self::Releases => 1,
            Self::Groups => 2,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|rollup| rollup.number() == number)
    }

    /// Whether its cells differ in that column of spans, of segments or of the others. The operations
    /// within a transaction are many, and asked for by what they do.
    pub fn tells_apart(self, column: &str, is_segment: bool) -> bool {
        match column {
            "project" | "is_segment" => true,
            "transaction" => self != Self::Groups,
            "op" => self == Self::Groups || is_segment,
            "release" => self == Self::Releases,
            "environment" => self != Self::Transactions,
            "category" | "description" | "group" => self == Self::Groups,
            _ => false,
        }
    }

    /// The stretch of time of a cell, in microseconds, when the time it begins at is that long ago. Cells
    /// may be finer, but never coarser. Each stretch is a multiple of the shorter ones.
    pub fn grain(self, age_micros: i64) -> i64 {
        let is_younger = |hours: i64| age_micros < hours * HOUR;
        match self {
            Self::Transactions if is_younger(3) => MINUTE,
            Self::Transactions | Self::Releases if is_younger(49) => 10 * MINUTE,
            Self::Groups if is_younger(3) => 10 * MINUTE,
            _ => HOUR,
        }
    }

    /// The start of the cell that a moment belongs to, which is that long ago.
    pub(crate) fn start(self, moment: i64, age_micros: i64) -> i64 {
        moment - moment.rem_euclid(self.grain(age_micros))
    }
}

/// What the spans of one cell have in common. In the order of a part's file, in which the cells of one
/// name follow each other in time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) rollup: Rollup,
    pub(crate) project: u64,
    pub(crate) is_segment: bool,
    /// See [`TEXTS`]; empty where the rollup does not tell them apart.
    pub(crate) texts: [Arc<str>; TEXTS.len()],
    pub(crate) group: u64,
    /// Microseconds since 1970 at which its stretch of time begins.
    pub(crate) start: i64,
}

impl Key {
    /// The same of a coarser stretch of time, if it is old enough at that moment.
    pub(crate) fn coarsened(mut self, now: i64) -> Self {
        self.start = self.rollup.start(self.start, now.saturating_sub(self.start));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_cells_lie_wholly_in_coarser_ones() {
        for rollup in Rollup::ALL {
            let mut last = rollup.grain(0);
            for hours in 0..100 {
                let grain = rollup.grain(hours * HOUR);
                assert_eq!((grain % last, HOUR % grain), (0, 0), "{rollup:?} after {hours} hours");
                last = grain;
            }
            assert_eq!(rollup.start(HOUR + MINUTE + 1, i64::MAX), HOUR);
            assert_eq!(Rollup::from_number(rollup.number()), Some(rollup));
        }
        assert_eq!(Rollup::Transactions.start(MINUTE + 1, 0), MINUTE);
        assert_eq!(Rollup::from_number(9), None);
    }
}
