//! Release health at rest: what became of sessions and users, by release, environment and hour; SQLite.
//!
//! A session sends many updates, some twice, some late, some never. [`Health`] keeps the state of each
//! session for as long as updates of it are accepted, and changes counts by what an update adds to that
//! state. States are joined (the worst health wins, the earliest update says where a session counts), so
//! counts do not depend on the order or the number of updates. Counts of servers, which nobody sends twice,
//! are added once per place in the intake log: the place lies in the same database.

mod answer;
mod apply;
mod batch;
mod database;
mod error;
mod forget;
mod rows;
mod series;
mod sessions;
mod users;

pub use batch::{Batch, Content, Report, Verdict};
pub use database::{Health, HealthLimits};
pub use error::HealthError;

const HOUR_MICROS: u64 = 3_600_000_000;
const DAY_HOURS: u64 = 24;
