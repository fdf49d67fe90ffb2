//! What users of the crate see: tables of events and rules with what becomes of them.

#![expect(
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tables read better, and what feeds them may be blunt"
)]

mod corpus;
mod exceptions;
mod fingerprints;
mod frames;
mod given;
mod headings;
mod messages;
mod performance;
mod properties;
mod stack_rules;
mod strategies;
