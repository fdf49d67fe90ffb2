//! The store as its users see it: on a healthy disk, on one that fails, and after crashes.

mod blobs;
mod damage;
mod events;
mod fake_disk;
mod log;
mod retention;
mod samples;
