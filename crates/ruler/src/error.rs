//! What can go wrong.

use alarm::AlarmError;
use lang::ask::AskError;
use meta::MetaError;

use crate::intake::IntakeError;

/// A turn could not be taken; the next one begins where this one did.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum RulerError {
    #[error("the database of alerting failed")]
    Alarm(#[from] AlarmError),
    #[error("the database of issues failed")]
    Meta(#[from] MetaError),
    #[error("what people decided about notifications cannot be followed: {0}")]
    Plan(String),
    #[error("a dispatcher's state cannot be written or read")]
    State(#[source] serde_json::Error),
    #[error("a question about telemetry failed")]
    Ask(#[from] AskError),
    #[error("the intake log failed")]
    Intake(#[from] IntakeError),
}
