//! What users of the crate see: bundles, maps and stacks, and what becomes of them.

#![expect(clippy::unwrap_used, reason = "tests may be blunt")]

mod bundles;
mod foreign;
mod frames;
mod hostile;
mod maps;
mod native;
mod urls;
mod zips;
