//! Traces: transactions, streamed spans and OpenTelemetry's, as rows of spans; and their profiles.
//!
//! A step reads the traces lane, works records up on several threads, appends what was found wrong to
//! the errors lane, notes releases and accounts in `meta`, and puts the rows into the store. Everything
//! that is derived is the same when a record is read again after a crash, ids included, so that nothing
//! counts twice.

mod examples;
mod findings;
mod judging;
mod otlp;
mod profiles;
mod routes;
mod spans;
mod step;
mod transaction;
mod work;

pub use step::{TraceParts, TracePipeline};

/// The context of an error event that says what was found in a trace.
pub(crate) const FINDING_CONTEXT: &str = "performance_issue";
