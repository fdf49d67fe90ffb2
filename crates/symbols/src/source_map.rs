//! Source maps: built once into a form that answers in microseconds and can be kept.
//!
//! [`build`] reads a map and its script, and writes all that lookups need: mappings, the functions of
//! the script with their original names, and the sources. [`SourceMap`] answers from those bytes
//! without looking at more of them than the answer needs.
//!
//! Source: ECMA-426 for maps; Metro for what React Native adds to them.

mod build;
mod context;
mod decode;
mod error;
mod format;
mod functions;
mod json;
mod names;
mod vlq;

pub use build::build;
pub use context::{Context, trimmed};
pub use error::MapError;
pub use format::{FormatError, SourceMap, VERSION as FORMAT_VERSION};

use crate::debug_id::DebugId;

/// The function around a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    /// Its name, as it is in the source where the map knows it.
    Named(&'a str),
    /// It has no name.
    Anonymous,
    /// Outside all functions, or nothing is known about functions.
    Unknown,
}

/// Where a place in a script comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location<'a> {
    /// The source as the map calls it, with the map's root.
    pub source: &'a str,
    /// From 1.
    pub line: u32,
    /// From 1, in UTF-16 units.
    pub column: u32,
    /// What stands there, if the map has a name for it: of a call, what is called.
    pub token: Option<&'a str>,
    /// The function around it.
    pub scope: Scope<'a>,
    /// The map says that debuggers are to step over the source.
    pub is_ignored: bool,
    /// The place of the source in the map.
    source_number: u32,
}

/// The debug id that is written in a map.
pub fn debug_id(map: &[u8]) -> Option<DebugId> {
    json::debug_id(map)
}
