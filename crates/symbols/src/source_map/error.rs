//! What can be wrong with a source map.

use crate::limits;

/// What is wrong with a source map.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// More than [`limits::ARTIFACT_BYTES_MAX`] bytes.
    #[error("the map or its script has {bytes} bytes, {} are allowed", limits::ARTIFACT_BYTES_MAX)]
    TooLarge {
        /// As found.
        bytes: usize,
    },
    /// Not the JSON of a map.
    #[error("not a source map")]
    Json(#[source] serde_json::Error),
    /// Neither `mappings` nor `sections`.
    #[error("the source map has no mappings")]
    NoMappings,
    /// A segment of `mappings` that cannot be.
    #[error("mappings of the source map are broken in line {line}: {what}")]
    Segment {
        /// The line of the script it is for, from 1.
        line: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// More than a limit allows.
    #[error("the source map has more than {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        max: usize,
    },
    /// A section that is elsewhere.
    #[error("a section of the source map is at another address, which is not followed")]
    SectionElsewhere,
}
