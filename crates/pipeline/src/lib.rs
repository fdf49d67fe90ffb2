//! From the intake log to the store: check, refine, scrub, group; every item ends in a row or an outcome.
//!
//! [`Pipeline`] reads the errors lane in steps. A step unpacks records into items, works them up on
//! several threads ([`errors::process`] tells the story of one event), commits what issues must know to
//! `meta` in one transaction, and puts the rows into the store. [`TracePipeline`] does the same with
//! the traces lane, whose items become spans; what is wrong in a trace comes back through the errors
//! lane as an error event. [`SessionPipeline`] counts what became of sessions, [`CheckInPipeline`] takes
//! what cron jobs report. [`Keeper`] moves rows from memory to parts, merges parts and forgets what is
//! too old.

mod check_ins;
mod crew;
pub mod errors;
mod incoming;
mod keeper;
mod lane;
mod masking;
mod projects;
mod rehome;
mod sessions;
mod sightings;
mod step;
mod traces;
mod unpack;
mod work;

use model::intake::Offset;

pub use check_ins::{CheckInParts, CheckInPipeline};
pub use crew::Threads;
pub use keeper::{Keeper, KeeperParts, NewestParts, SamplingCounts};
pub use masking::Masking;
pub use rehome::rehome;
pub use sessions::{SessionParts, SessionPipeline};
pub use step::{IssueChange, Listener, Pipeline, PipelineError, PipelineParts};
pub use traces::{TraceParts, TracePipeline};

/// A pipeline that works a lane of the intake log up, step by step.
pub trait Steps {
    /// Takes one step. False when there was nothing to do. Blocks.
    ///
    /// # Errors
    /// [`PipelineError`]; the next step begins where this one did.
    fn step(&mut self) -> Result<bool, PipelineError>;

    /// Waits until there is something to do.
    fn ready(&mut self) -> impl Future<Output = ()> + Send;

    /// Up to where the lane has been worked up.
    fn position(&self) -> Offset;
}
