//! Requests against the whole of ingest, with neighbours in memory.
#![expect(clippy::unwrap_used, reason = "tests may be blunt, and so may what they call")]

mod codings;
mod error_page;
mod limits;
mod minidump;
mod otlp;
mod recorded;
mod records;
mod statuses;
mod world;
