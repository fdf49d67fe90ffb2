//! A project's rules, read once and used for all its events.

use crate::fingerprint_rules::FingerprintRules;
use crate::stack_rules::StackRules;
use crate::syntax::RuleError;

/// A project's stack trace rules and fingerprint rules. The base rules are there without being
/// named.
#[derive(Debug, Default)]
pub struct GroupingRules {
    pub(crate) stack: StackRules,
    pub(crate) fingerprints: FingerprintRules,
}

impl GroupingRules {
    /// Reads both texts, one rule a line.
    ///
    /// # Errors
    /// [`RuleError`] for the first line that is no rule, or when there are too many.
    pub fn new(enhancements: &str, fingerprints: &str) -> Result<Self, RuleError> {
        let stack = StackRules::parse(enhancements)?;
        let fingerprints = FingerprintRules::parse(fingerprints)?;
        Ok(Self { stack, fingerprints })
    }
}
