//! What a user of the crate sees.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests may be blunt, also outside of `#[test]`"
)]

mod corpus;
mod document;
mod hostile;
mod profile;
mod properties;
mod relay;
mod span;
mod strict;
