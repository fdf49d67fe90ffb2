//! Alerting at work as those around it see it: on files that are opened again, and a clock that stands
//! still until it is moved.

#![expect(
    clippy::unwrap_used,
    reason = "clippy does not know that the functions around the tests are tests too"
)]

mod double;
mod ends;
mod fixture;
mod house;
mod isolation;
mod issues;
mod kills;
mod metric;
mod metric_cost;
mod metric_world;
mod monitors;
mod queues;
mod scenario;
mod uptime;
mod world;
