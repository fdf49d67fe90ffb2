//! Tests of channels against what their vendors publish.
#![expect(clippy::unwrap_used, reason = "tests may be blunt")]

mod address;
mod alertmanager;
mod conversation;
mod given;
mod sign;
mod vendors;
