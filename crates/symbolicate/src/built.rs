//! What is built, and of what.

use std::sync::Arc;

use bytes::Bytes;
use symbols::DebugId;
use symbols::native::{Mapping, Symbols, Unwind};
use symbols::source_map::SourceMap;

use crate::key::Stored;

/// What is to be built.
#[derive(Debug, Clone)]
pub(crate) enum Job {
    /// A map, for the names with its script. Without a map of its own it is the one inside the script.
    Map {
        /// The map.
        map: Option<Stored>,
        /// The script.
        script: Option<Stored>,
    },
    /// What a script says about where its map is.
    Reference(Stored),
    /// A source that no map holds.
    Source(Stored),
    /// The symbols of one object in a debug file.
    Symbols {
        /// The file.
        blob: [u8; 32],
        /// The object.
        debug_id: DebugId,
    },
    /// How the functions of one object in a debug file keep the stack.
    Unwind {
        /// The file.
        blob: [u8; 32],
        /// The object.
        debug_id: DebugId,
    },
    /// A mapping of ProGuard.
    Mapping {
        /// The file.
        blob: [u8; 32],
    },
}

/// Where a script says its map is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reference {
    /// It does not say.
    Nowhere,
    /// In the script itself.
    Inside,
    /// There, mostly relative to the script.
    At(String),
}

/// What was built. Clones are the same one.
#[derive(Debug, Clone)]
pub(crate) enum Built {
    Map(SourceMap<Bytes>),
    Reference(Reference),
    Source(Arc<str>),
    Symbols(Arc<Symbols>),
    Unwind(Arc<Unwind>),
    Mapping(Arc<Mapping>),
}

/// Why something cannot be built, now and for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The content is not as it should be.
    Malformed(String),
    /// The map inside the script is not in base64.
    NotBase64,
    /// The bundle it is in cannot be read.
    Unreadable(String),
}

/// Why something is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It never will be.
    Broken(Broken),
    /// It may be another time.
    Passing(String),
    /// It is being built.
    NotYet,
}

impl Job {
    /// Whether what is built is kept on disk.
    pub(crate) fn is_kept(&self) -> bool {
        !matches!(self, Self::Reference(_) | Self::Source(_))
    }

    /// What was built and kept before; `None` when it is something else, or of another version.
    pub(crate) fn open(&self, bytes: Bytes) -> Option<Built> {
        match self {
            Self::Map { .. } => SourceMap::parse(bytes).ok().map(Built::Map),
            Self::Symbols { .. } => {
                Symbols::parse(bytes).ok().map(|symbols| Built::Symbols(Arc::new(symbols)))
            }
            Self::Unwind { .. } => {
                Unwind::parse(bytes).ok().map(|unwind| Built::Unwind(Arc::new(unwind)))
            }
            Self::Mapping { .. } => {
                Mapping::parse(bytes).ok().map(|mapping| Built::Mapping(Arc::new(mapping)))
            }
            Self::Reference(_) | Self::Source(_) => None,
        }
    }
}

impl Built {
    /// Bytes it takes.
    pub(crate) fn bytes(&self) -> u64 {
        let bytes = match self {
            Self::Map(map) => map.bytes(),
            Self::Reference(Reference::At(url)) => url.len(),
            Self::Reference(_) => 0,
            Self::Source(text) => text.len(),
            Self::Symbols(symbols) => symbols.bytes(),
            Self::Unwind(unwind) => unwind.bytes(),
            Self::Mapping(mapping) => mapping.bytes(),
        };
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}
