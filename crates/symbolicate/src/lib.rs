//! Readable stacks: finds what was uploaded for the frames of an event, builds it once, and keeps what was built.
//!
//! [`Symbolicator::apply`] is for the pipeline and for pages that show an event. It asks `meta` which
//! files belong to the scripts and images of the event ([`script`](mod@script), [`image`](mod@image)),
//! has them built once, however many ask at the same time (`workshop`), keeps what was built on disk
//! (`disk`), and hands it to the pure crate `symbols`, which changes the frames.
//!
//! Scripts and maps are read here. Debug files are read by another process ([`ReaderProcess`]), because
//! the formats are many, their readers are not ours, and no limit inside a process holds against all
//! that may be in them. Minidumps are read there, too ([`Symbolicator::read_dump`]): their bytes are foreign,
//! and how their stacks are walked best is said by debug files.

mod answers;
mod built;
mod child;
mod disk;
mod explain;
mod image;
mod key;
pub mod limits;
mod memory;
mod patience;
mod script;
mod stacks;
mod workshop;

use std::fmt::Debug;
use std::fs::File;
use std::io;

pub use child::{ReaderProcess, read_debug_file};
pub use disk::DiskError;
pub use explain::{Explanation, FrameExplained, Step, Trail};
pub use patience::Waiting;
pub use stacks::{DumpProblem, Parts, Symbolicator};
pub use workshop::{DebugFiles, DebugJob, ReadInside, Trade};

/// Bytes of uploads by content hash.
pub trait Artifacts: Debug + Send + Sync {
    /// Opens a stored file; `None` when it is not there. Blocks.
    ///
    /// # Errors
    /// When the disk does not give it.
    fn open(&self, sha256: &[u8; 32]) -> io::Result<Option<File>>;
}
