//! The database of alerting as its users see it: in files that are opened again.

#![expect(
    clippy::unwrap_used,
    reason = "clippy does not know that the functions around the tests are tests too"
)]

mod audit;
mod fixture;
mod monitors;
mod orders;
mod rules;
mod uptime;
mod wanted;
