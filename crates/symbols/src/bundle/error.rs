//! What can be wrong with a bundle, in words for the person whose build uploaded it.

use std::io;

use crate::limits;

/// What is wrong with a bundle or with a zip.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Does not start as a bundle does.
    #[error("not an artifact bundle: it does not start with SYSB")]
    NotABundle,
    /// A version that does not exist yet.
    #[error("artifact bundle has version {version}, 2 is known")]
    Version {
        /// As in its header.
        version: u32,
    },
    /// More bytes than a bundle may have.
    #[error("bundle has {bytes} bytes, {} are allowed", limits::BUNDLE_BYTES_MAX)]
    TooLarge {
        /// As found.
        bytes: u64,
    },
    /// No directory at the end.
    #[error("not a zip, or cut off: there is no directory at its end")]
    NoDirectory,
    /// A directory that does not fit together.
    #[error("the directory of the zip is damaged: {what}")]
    Directory {
        /// What does not fit.
        what: &'static str,
    },
    /// A directory of more than [`limits::BUNDLE_DIRECTORY_BYTES_MAX`] bytes.
    #[error(
        "the directory of the zip has {bytes} bytes, {} are allowed",
        limits::BUNDLE_DIRECTORY_BYTES_MAX
    )]
    DirectoryTooLarge {
        /// As it says.
        bytes: u64,
    },
    /// More than [`limits::BUNDLE_ENTRIES_MAX`] files.
    #[error("the zip holds {count} files, {} are allowed", limits::BUNDLE_ENTRIES_MAX)]
    TooManyEntries {
        /// As the directory or the manifest says.
        count: u64,
    },
    /// A name that could lead out of a folder, or is none.
    #[error("the zip holds a file with the path {path:?}, which is refused: {why}")]
    Path {
        /// The name, its first characters.
        path: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Two files with one name.
    #[error("the zip holds {path:?} twice")]
    Duplicate {
        /// The name.
        path: String,
    },
    /// Two files in the same bytes.
    #[error("{path:?} shares bytes with another file of the zip")]
    Overlap {
        /// The name of one of them.
        path: String,
    },
    /// A file that needs a password.
    #[error("{path:?} is encrypted")]
    Encrypted {
        /// The name.
        path: String,
    },
    /// A way of compressing that is not read.
    #[error("{path:?} is compressed by method {method}; 0, 8 and 93 are known")]
    Method {
        /// The name.
        path: String,
        /// The number of the method.
        method: u16,
    },
    /// A file of more than [`limits::ARTIFACT_BYTES_MAX`] bytes.
    #[error("{path:?} has {bytes} bytes, {max} are allowed")]
    EntryTooLarge {
        /// The name.
        path: String,
        /// Its size as the directory says.
        bytes: u64,
        /// What is allowed.
        max: usize,
    },
    /// All files together are too large.
    #[error(
        "the files of the zip have {bytes} bytes together, {} are allowed",
        limits::BUNDLE_INFLATED_BYTES_MAX
    )]
    InflatedTooLarge {
        /// Their sum as the directory says.
        bytes: u64,
    },
    /// A zip bomb.
    #[error(
        "{path:?} would grow from {compressed} to {bytes} bytes; {} times is allowed",
        limits::BUNDLE_RATIO_MAX
    )]
    Ratio {
        /// The name.
        path: String,
        /// Its bytes in the zip.
        compressed: u64,
        /// Its bytes as the directory says.
        bytes: u64,
    },
    /// A file whose bytes are not what the directory says.
    #[error("{path:?} is damaged: {what}")]
    Damaged {
        /// The name.
        path: String,
        /// What differs.
        what: &'static str,
    },
    /// Bytes that could not be read or inflated.
    #[error("reading {path:?}")]
    Read {
        /// The name.
        path: String,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A file that is not there.
    #[error("the zip does not hold {path:?}")]
    Missing {
        /// The name.
        path: String,
    },
    /// No `manifest.json`.
    #[error("the bundle has no manifest.json")]
    NoManifest,
    /// A `manifest.json` that is not as it should be.
    #[error("manifest.json of the bundle is broken")]
    Manifest(#[source] serde_json::Error),
    /// The manifest names a file that is not in the zip.
    #[error("manifest.json names {path:?}, which the bundle does not hold")]
    Unlisted {
        /// The name.
        path: String,
    },
    /// The manifest describes a file twice.
    #[error("manifest.json describes {path:?} twice")]
    DescribedTwice {
        /// The name.
        path: String,
    },
    /// A text in the manifest that is too long.
    #[error(
        "manifest.json: {field} has {bytes} bytes, {} are allowed",
        limits::BUNDLE_FIELD_BYTES_MAX
    )]
    FieldTooLong {
        /// Its key.
        field: &'static str,
        /// Its length.
        bytes: usize,
    },
    /// A debug id that is none.
    #[error("manifest.json gives {path:?} the debug id {text:?}, which is none")]
    DebugId {
        /// The file, or empty for the bundle.
        path: String,
        /// As given, its first characters.
        text: String,
    },
}
