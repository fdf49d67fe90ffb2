//! Check-ins of cron jobs.
//!
//! A step reads the lane, parses, and lets `alarm` decide; what `meta` must know of it, accounts and
//! environments, waits there until `meta` has it. So after a crash between the two nothing counts twice
//! or not at all.

mod check;
mod step;
#[cfg(test)]
mod tests;

pub use step::{CheckInParts, CheckInPipeline};
