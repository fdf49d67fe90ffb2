//! Sessions: updates from apps and counts from servers, as release health.
//!
//! A step reads the lane of sessions, parses, counts in `health`, then notes releases and accounts in
//! `meta`. Each of the two databases knows up to where it was told, so after a crash each is told the rest
//! only, and nothing counts twice or not at all.

mod check;
mod step;
#[cfg(test)]
mod tests;

pub use step::{SessionParts, SessionPipeline};
