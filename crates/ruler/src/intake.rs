//! The way of our own events into the intake log, and what it tells about our hearing.

use std::fmt::Debug;

use model::intake::{Offset, Record};

/// The events could not be kept; they are appended again later.
#[derive(Debug, thiserror::Error)]
#[error("appending events to the intake log")]
pub struct IntakeError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// The intake log, as alerting needs it.
pub trait Intake: Debug + Send + Sync {
    /// Appends events to the errors lane; durable when it returns. Blocks.
    ///
    /// # Errors
    /// [`IntakeError`]; some of the events may be in the log nevertheless.
    fn append(&self, records: Vec<Record>) -> Result<(), IntakeError>;

    /// How far the lane of check-ins has grown, and how far it was worked up.
    fn check_ins(&self) -> (Offset, Offset);

    /// Check-ins that were turned away since the server began, because the log was full or broken.
    fn refused(&self) -> u64;
}
