//! What users of the crate see: tables of events and rules with what becomes of them.

mod corpus;
mod exceptions;
mod fingerprints;
mod frames;
mod given;
mod headings;
mod lifecycle;
mod messages;
mod properties;
mod stack_rules;
mod strategies;
