//! What can be wrong with a debug file, and why a frame is not readable.

use model::json::{Object, Value};

use crate::debug_id::DebugId;
use crate::limits;

/// What is wrong with a debug file, or with what was built of one.
#[derive(Debug, thiserror::Error)]
pub enum NativeError {
    /// Of no known format.
    #[error(
        "not a debug file: neither ELF, Mach-O, PE, PDB, Breakpad, ProGuard nor a source bundle"
    )]
    Unknown,
    /// More bytes than are read.
    #[error("the debug file has {bytes} bytes, {} are allowed", limits::DEBUG_FILE_BYTES_MAX)]
    TooLarge {
        /// As found.
        bytes: usize,
    },
    /// More objects than are read.
    #[error("the debug file holds {count} objects, {} are allowed", limits::DEBUG_FILE_OBJECTS_MAX)]
    TooManyObjects {
        /// As found.
        count: usize,
    },
    /// Functions inlined deeper than is read.
    #[error("functions of the debug file are inlined more than {} deep", limits::INLINE_DEPTH_MAX)]
    TooDeep,
    /// No object in it has the id.
    #[error("the debug file holds no object with debug id {debug_id}")]
    NoSuchObject {
        /// The id.
        debug_id: DebugId,
    },
    /// The format is known, and the content is not as it should be.
    #[error("the debug file is damaged: {reason}")]
    Damaged {
        /// What does not fit.
        reason: String,
    },
    /// The source bundle is not as it should be.
    #[error("the source bundle is damaged")]
    Bundle(#[source] crate::bundle::BundleError),
    /// Built by another version, or changed since.
    #[error("what was built of the debug file is of another version")]
    Format,
}

/// Why a frame is not readable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NativeProblem {
    /// Nothing was uploaded for the program or library.
    #[error("no debug file was uploaded for {name} with debug id {debug_id}")]
    NoDebugFile {
        /// The program or library.
        name: String,
        /// Its id.
        debug_id: DebugId,
    },
    /// What was uploaded cannot be used.
    #[error("the debug file of {name} with debug id {debug_id} cannot be used: {reason}")]
    BadDebugFile {
        /// The program or library.
        name: String,
        /// Its id.
        debug_id: DebugId,
        /// Why.
        reason: String,
    },
    /// The debug file is there, and was not read yet.
    #[error("the debug file of {name} is still being read; it will be used when it is")]
    NotYet {
        /// The program, library or mapping.
        name: String,
    },
    /// The debug file says nothing about the address.
    #[error("the debug file of {name} knows nothing about the address")]
    NoSymbol {
        /// The program or library.
        name: String,
    },
    /// No mapping was uploaded.
    #[error("no mapping was uploaded for ProGuard id {id}")]
    NoMapping {
        /// Its id.
        id: DebugId,
    },
    /// The mapping cannot be used.
    #[error("the mapping with ProGuard id {id} cannot be used: {reason}")]
    BadMapping {
        /// Its id.
        id: DebugId,
        /// Why.
        reason: String,
    },
}

/// What [`NativeProblem::kind`] answers.
pub(super) const KINDS: &[&str] = &[
    "native_missing_dsym",
    "native_bad_dsym",
    "native_internal_failure",
    "native_missing_symbol",
    "proguard_missing_mapping",
    "proguard_invalid_mapping",
];

impl NativeProblem {
    /// As Sentry calls it in an event's `errors`.
    ///
    /// Source: `EventError` of Sentry.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NoDebugFile { .. } => "native_missing_dsym",
            Self::BadDebugFile { .. } => "native_bad_dsym",
            Self::NotYet { .. } => "native_internal_failure",
            Self::NoSymbol { .. } => "native_missing_symbol",
            Self::NoMapping { .. } => "proguard_missing_mapping",
            Self::BadMapping { .. } => "proguard_invalid_mapping",
        }
    }

    /// As it is listed in an event's `errors`.
    pub(super) fn to_object(&self) -> Object<'static> {
        let mut object = Object::with_capacity(3);
        object.push("type", self.kind());
        match self {
            Self::NoDebugFile { name, debug_id } | Self::BadDebugFile { name, debug_id, .. } => {
                object.push("image_path", Value::text(name.clone()));
                object.push("image_uuid", debug_id.to_string());
            }
            Self::NotYet { name } | Self::NoSymbol { name } => {
                object.push("image_path", Value::text(name.clone()));
            }
            Self::NoMapping { id } | Self::BadMapping { id, .. } => {
                object.push("mapping_uuid", id.to_string());
            }
        }
        object.push("message", self.to_string());
        object
    }
}
