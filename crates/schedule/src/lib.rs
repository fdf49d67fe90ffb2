//! When something is due: crontabs and intervals in time zones, and what became of cron jobs that check in.
//!
//! [`Schedule`] says when a job is expected; [`Zone`] knows when clocks are put forward and back.
//! [`Config`] is what a monitor was told, [`State`] what it knows of one environment, and
//! [`State::receive`], [`State::miss`] and [`State::time_out`] are all that ever changes it. Check-ins
//! themselves are kept by the caller.

mod check_in;
mod crontab;
mod interval;
mod limits;
mod monitor;
mod schedule;
mod state;
mod zone;

pub use check_in::{CheckIn, Failures, Report, Reported, Status};
pub use crontab::{Crontab, CrontabError};
pub use interval::{Interval, IntervalError, Unit};
pub use limits::*;
pub use monitor::{Config, ConfigError, Upsert, upsert};
pub use schedule::Schedule;
pub use state::{Incident, Received, Refusal, State, Tick, Transition};
pub use zone::{UnknownZone, Zone, iso};
