//! Alerting at work: evaluates rules, decides who is told, sees to deliveries, expects check-ins, probes.
//!
//! Each part is a [`Worker`] that takes turns on a thread of its own. What it decided is in
//! [`alarm::Alarms`] before it acts on it, so a part that ends in between goes on where it was.

mod courier;
mod dispatch;
mod error;
mod intake;
mod issue;
mod metric;
mod monitor;
mod occurrence;
mod parts;
mod uptime;

pub use courier::{Courier, Tested, test};
pub use dispatch::{Dispatch, Target};
pub use error::RulerError;
pub use intake::{Intake, IntakeError};
pub use issue::{Arrival, Arrivals, IssueRules, Rehearsed, rehearse};
pub use metric::Metrics;
pub use monitor::Monitors;
pub use parts::{Bells, Parts};
pub use uptime::{Answered, Asking, Failure, Probe, Uptimes, Web, judge};

use std::time::Duration;

use tokio::sync::Notify;

/// A part of alerting that takes turns.
pub trait Worker {
    /// What logs call it.
    fn name(&self) -> &'static str;

    /// Takes a turn, and says how long to rest unless the bell rings. May block: the thread is its own.
    fn turn(&mut self) -> impl Future<Output = Result<Duration, RulerError>>;

    /// Rings when there is something to do before the rest is over.
    fn bell(&self) -> &Notify;
}
