//! Dynamic sampling: which traces stay, by which rule, and for how many others they stand.
//!
//! A span is judged when it arrives ([`Judge`], by the [`Rules`] of its project): what speaks for its
//! trace becomes a verdict. When the spans are no longer new, the [`Docket`] puts all verdicts on a trace
//! together, and its share decides with the trace's own id, see [`model::sampling`]. What nothing speaks
//! for gets a share that follows from a [`Budget`].
//!
//! The ids of traces are independent of the coins that clients toss, so what stays of a share `p` stands
//! for `1 / p` times what it stood for before, whatever the client has left out: no sum is biased.

mod budget;
mod docket;
mod estimate;
mod judge;
mod rules;
pub mod settings;

pub use budget::Budget;
pub use docket::Docket;
pub use estimate::{Estimate, Kept, Seen, estimate};
pub use judge::Judge;
pub use rules::Rules;
pub use settings::{Problem, Settings};
