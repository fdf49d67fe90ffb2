//! What users of the crate see: tables of small profiles, properties of random ones, recorded ones.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may be blunt, and so may what they call"
)]

mod chart;
mod corpus;
mod given;
mod properties;
mod statistics;
mod stored;
mod tree;
