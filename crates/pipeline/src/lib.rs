//! From the intake log to the store: check, refine, scrub, group; every item ends in a row or an outcome.
//!
//! [`Pipeline`] reads the errors lane in steps. A step unpacks records into items, works them up on
//! several threads ([`errors::process`] tells the story of one event), commits what issues must know to
//! `meta` in one transaction, and puts the rows into the store. [`Keeper`] moves rows from memory to
//! parts, merges parts and forgets what is too old.

pub mod errors;
mod keeper;
mod projects;
mod step;
mod unpack;
mod work;

pub use keeper::Keeper;
pub use step::{IssueChange, Listener, Pipeline, PipelineError, PipelineParts};
