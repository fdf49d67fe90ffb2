//! Artifact bundles: what build tools upload, a header and a zip with a manifest.
//!
//! Everything about the files is in the manifest and in the directory at the zip's end; a file is
//! inflated when it is asked for, alone and no further than the directory says. What the zip calls
//! its files is never used as a path on disk, and is refused all the same when it could harm one.
//!
//! Source: `symbolic_debuginfo::sourcebundle` for the container, APPNOTE.TXT 6.3.10 of PKWARE for
//! zip, recordings of sentry-cli 2.58 and 3.8 and of the bundler plugins 4.9 and 11.9.

mod archive;
mod error;
mod manifest;

pub use archive::{Archive, Method, Place};
pub use error::BundleError;

use crate::debug_id::DebugId;
use crate::read_at::ReadAt;

const MAGIC: [u8; 4] = *b"SYSB";
/// The only version there has been since 2019.
const VERSION: u32 = 2;
const MANIFEST: &str = "manifest.json";

/// What a file of a bundle is to a lookup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A source file as a person wrote it.
    Source,
    /// A script as it is served.
    MinifiedSource,
    /// A source map.
    SourceMap,
    /// A bundle of React Native with an index in front.
    IndexedRamBundle,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Source, Self::MinifiedSource, Self::SourceMap, Self::IndexedRamBundle];

    /// As manifests write it: `source`, `minified_source`, `source_map`, `indexed_ram_bundle`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::MinifiedSource => "minified_source",
            Self::SourceMap => "source_map",
            Self::IndexedRamBundle => "indexed_ram_bundle",
        }
    }

    /// The kind with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One file of a bundle, as its manifest describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the zip, such as `files/_/_/static/js/app.min.js`. No address follows from it.
    pub path: String,
    /// Where browsers find it, as given: `~/static/js/app.min.js?v=9`.
    pub url: Option<String>,
    /// Where the compiler found it; in bundles of the sources of native programs.
    pub source_path: Option<String>,
    /// What it is; `None` for kinds that nobody looks for.
    pub kind: Option<Kind>,
    /// The id that events name it by.
    pub debug_id: Option<DebugId>,
    /// The reference to its map, relative to its own URL.
    pub source_map: Option<String>,
    /// Where its bytes are.
    pub place: Place,
}

/// What a bundle says about itself. All of it is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// The organisation's slug.
    pub organization: Option<String>,
    /// The project's slug, when the bundle is for one.
    pub project: Option<String>,
    /// The release its files belong to.
    pub release: Option<String>,
    /// The distribution within the release. An empty one is none.
    pub dist: Option<String>,
    /// What whoever uploaded it wanted to say.
    pub note: Option<String>,
    /// Names the bundle by its content; or the program whose sources it holds.
    pub debug_id: Option<DebugId>,
    /// The architecture of the program whose sources these are.
    pub arch: Option<String>,
    /// The build id of the program whose sources these are.
    pub code_id: Option<String>,
    /// The file name of the program whose sources these are.
    pub object_name: Option<String>,
}

/// A bundle that was looked through, and is known to be whole as far as its directory goes.
#[derive(Debug)]
pub struct Bundle<R> {
    /// What it says about itself.
    pub about: About,
    /// Its files in the order of the manifest.
    pub entries: Vec<Entry>,
    archive: Archive<R>,
}

impl<R: ReadAt> Bundle<R> {
    /// Looks a bundle through.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it, for the person whose build uploaded it.
    pub fn open(bytes: R) -> Result<Self, BundleError> {
        let mut header = [0; 8];
        bytes.read_at(0, &mut header).or(Err(BundleError::NotABundle))?;
        let [m, a, g, i, version @ ..] = header;
        if [m, a, g, i] != MAGIC {
            return Err(BundleError::NotABundle);
        }
        let version = u32::from_le_bytes(version);
        if version != VERSION {
            return Err(BundleError::Version { version });
        }
        let archive = Archive::open(bytes)?;
        let (about, entries) = manifest::read(&archive)?;
        Ok(Self { about, entries, archive })
    }

    /// The bytes of one file.
    ///
    /// # Errors
    ///
    /// When they cannot be read, are not what the directory says, or are too many.
    pub fn read(&self, entry: &Entry) -> Result<Vec<u8>, BundleError> {
        self.archive.read_place(&entry.path, entry.place)
    }

    /// The file with that id that is of that kind.
    pub fn by_debug_id(&self, id: DebugId, kind: Kind) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.debug_id == Some(id) && entry.kind == Some(kind))
    }

    /// The file with exactly that URL.
    pub fn by_url(&self, url: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.url.as_deref() == Some(url))
    }
}
