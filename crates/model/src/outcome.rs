//! What became of everything a client sent. Nothing disappears without a line here.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::category::Category;
use crate::id::{KeyId, ProjectId};

/// What became of an item. Numbers as in Sentry's statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Fate {
    /// Stored.
    Accepted = 0,
    /// A filter of the project let it go.
    Filtered = 1,
    /// Over a quota or a limit.
    RateLimited = 2,
    /// The bytes did not follow the protocol.
    Invalid = 3,
    /// Blocked for abuse.
    Abuse = 4,
    /// The SDK says it never sent it.
    ClientDiscard = 5,
}

impl Fate {
    /// Every fate with its name in the statistics API.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Accepted, "accepted"),
        (Self::Filtered, "filtered"),
        (Self::RateLimited, "rate_limited"),
        (Self::Invalid, "invalid"),
        (Self::Abuse, "abuse"),
        (Self::ClientDiscard, "client_discard"),
    ];

    /// The name in the statistics API.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }

    /// The fate of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(fate, _)| *fate)
    }

    /// The number in databases.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The fate with that number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| known.number() == number).map(|(fate, _)| *fate)
    }
}

/// Why: a stable text such as `cors`, `too_large:event` or `web-crawlers`. Empty for
/// [`Fate::Accepted`]. Source: Relay's discard reasons, filter ids, and SDK client reports.
pub type Reason = Cow<'static, str>;

/// One line of the accounts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutcomeKey {
    /// Whose item it was.
    pub project: ProjectId,
    /// Which key it came with, where known.
    pub key: Option<KeyId>,
    /// What it was.
    pub category: Category,
    /// What became of it.
    pub fate: Fate,
    /// Why.
    pub reason: Reason,
}

/// Counts per line. Merging is adding, so the order of batches does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcomes {
    counts: BTreeMap<OutcomeKey, u64>,
}

impl Outcomes {
    /// Adds `quantity` items (bytes for byte categories) to a line.
    pub fn record(&mut self, key: OutcomeKey, quantity: u64) {
        if quantity > 0 {
            let count = self.counts.entry(key).or_default();
            *count = count.saturating_add(quantity);
        }
    }

    /// Adds all lines of `other`.
    pub fn merge(&mut self, other: Self) {
        for (key, quantity) in other.counts {
            self.record(key, quantity);
        }
    }

    /// The lines with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (&OutcomeKey, u64)> {
        self.counts.iter().map(|(key, quantity)| (key, *quantity))
    }

    /// True when nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(reason: &'static str) -> OutcomeKey {
        OutcomeKey {
            project: ProjectId(1),
            key: None,
            category: Category::Error,
            fate: Fate::Invalid,
            reason: reason.into(),
        }
    }

    #[test]
    fn merging_adds_line_by_line() {
        let (mut left, mut right) = (Outcomes::default(), Outcomes::default());
        left.record(line("cors"), 2);
        right.record(line("cors"), 3);
        right.record(line("timestamp"), 1);
        left.merge(right);
        let counts: Vec<u64> = left.iter().map(|(_, quantity)| quantity).collect();
        assert_eq!(counts, [5, 1]);
    }

    #[test]
    fn names_lead_back() {
        for (fate, name) in Fate::ALL {
            assert_eq!(Fate::from_name(name), Some(fate));
            assert_eq!(Fate::from_number(fate.number()), Some(fate));
        }
    }
}
