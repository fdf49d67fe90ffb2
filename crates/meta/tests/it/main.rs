//! The database as its users see it: in memory, and in files that are opened again.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy does not know that the functions around the tests are tests too"
)]

mod apply;
mod books;
mod fixture;
mod flags;
mod issues;
mod people;
mod profiles;
mod provisioning;
mod releases;
mod time;
mod transitions;
mod uploads;
