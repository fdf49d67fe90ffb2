//! The store as its users see it: on a healthy disk, on one that fails, and after crashes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "also the functions that tests share may be blunt"
)]

mod blobs;
mod cells;
mod damage;
mod events;
mod fake_disk;
mod log;
mod profiles;
mod retention;
mod samples;
mod spans;
