//! Errors into issues: fingerprints, and the explanation why.
//!
//! [`group`] gives an event its hashes and is what every event passes through; [`explain`] says
//! why, when somebody asks. Both walk the same tree, so they cannot disagree. [`title`] names what
//! people see. What happens to an issue later is decided where issues are kept, in `meta::lifecycle`.

mod analysis;
mod component;
mod csp;
mod exception;
mod explanation;
mod fingerprint_rules;
mod frame;
mod function_name;
mod glob;
mod grouping;
mod heading;
mod parametrize;
mod platform;
mod rules;
mod stack;
mod stack_rules;
mod syntax;
mod variable;

pub mod performance;

pub use explanation::explain;
pub use grouping::{CONFIG, Grouping, group};
pub use heading::{Title, title};
pub use parametrize::parametrize;
pub use rules::GroupingRules;
pub use syntax::RuleError;
