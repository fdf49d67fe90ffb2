//! What arrives: envelopes, legacy store bodies, security reports; parsed leniently, with notes on what was broken.
//!
//! Values in, values out: nothing here reads a file, a socket or a clock.

pub mod dsn;
pub mod envelope;
pub mod event;
pub mod json;
