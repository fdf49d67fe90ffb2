//! Stacks of native programs and of Java made readable, given debug files.
//!
//! [`identify`] says what an uploaded file is. [`build_symbols`] makes of a debug file what lookups
//! need, [`build_mapping`] does so of a mapping of ProGuard or R8, [`build_unwind`] makes what walking the
//! stack of a crash dump needs; all can be kept. [`apply`] goes through the stacks of an event. Reading of the formats is done by Sentry's `symbolic` and
//! `proguard`; here are limits, and what their answers mean for an event.
//!
//! What is read comes from whoever may upload. A panic in a reader becomes an error here; a stack that
//! overflows cannot be caught, so functions inlined too deep are refused before they are read.

/// What is built here. To be raised whenever that changes, or what it means; what `symbolic` and
/// `proguard` write has versions of its own.
pub const FORMAT_VERSION: u32 = 2;

mod demangle;
mod depth;
mod file;
mod java;
mod problem;
mod sealed;
mod stack;
mod symbols;
mod unwind;

pub use demangle::{Names, demangle};
pub use file::{DebugFile, Features, identify};
pub use java::{JavaFrame, Mapping, build_mapping};
pub use problem::{NativeError, NativeProblem};
pub use stack::{Image, Lookup, NativeReport, apply, concerns};
pub use symbols::{NativeFrame, Symbols, build_symbols};
pub use unwind::{Unwind, build_unwind};

/// Whether an entry of that type in an event's `errors` is from here.
pub fn is_problem(kind: &str) -> bool {
    problem::KINDS.contains(&kind)
}
