//! What users of the crate see: bundles, maps and stacks, and what becomes of them.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "tables read better, and what feeds them may be blunt"
)]

mod bundles;
mod hostile;
mod urls;
mod zips;
