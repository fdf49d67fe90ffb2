//! Telemetry at rest: intake log, memory table, parts, compaction, retention, blobs.
//!
//! [`log`] holds what was accepted and not yet worked up, [`events`] holds error events as columns with
//! their payloads beside them, [`spans`] holds spans as columns, [`profiles`] holds profiles, [`blobs`]
//! holds attachments. Nothing here knows the catalogue's database: functions that change which parts
//! exist return `model::part` values, the caller commits them, and only then tells the store. Everything
//! that changes the disk goes through [`disk::Disk`].

mod batches;
pub mod blobs;
pub mod disk;
pub mod events;
mod fields;
mod filter;
pub mod folder;
pub mod log;
pub mod parts;
pub mod profiles;
pub mod schema;
pub mod spans;
