//! What the parts of all tables have in common: folders of files that never change. They are made under
//! a temporary name, exist when the catalogue has them, and go when nobody looks at them any more.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::error::ArrowError;
use model::intake::Offset;
use model::part::{CatalogueChange, PartId, PartRecord};
use parquet::errors::ParquetError;

use crate::disk::Disk;

mod plan;
mod shelf;
mod write;

pub use plan::Plan;
pub(crate) use plan::{
    DAY_MICROS, MERGE_PARTS_MAX, MERGE_PARTS_MIN, is_over, plan_leftovers, plan_merge,
};
pub(crate) use shelf::{MemoryTable, Shelf, lock};
pub(crate) use write::{CountedFile, Extent, NewPart};

/// The Parquet file of a part.
pub(crate) const ROWS_FILE: &str = "rows.parquet";

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum StoreError {
    #[error("opening the parts in {folder}")]
    Open {
        folder: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("writing part {}", part.0)]
    Write {
        part: PartId,
        #[source]
        cause: io::Error,
    },
    #[error("reading part {}", part.0)]
    Part {
        part: PartId,
        #[source]
        cause: io::Error,
    },
    #[error("part {} has not as many rows as payloads", part.0)]
    Unequal { part: PartId },
    #[error("a part that was sealed is neither published nor dropped yet")]
    Outstanding,
    #[error("packing payloads")]
    Pack(#[source] io::Error),
    #[error("building columns")]
    Columns(#[from] ArrowError),
    #[error("writing or reading columns")]
    Parquet(#[from] ParquetError),
}

/// What opening a table found that was not as the catalogue says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Parts of the catalogue whose files are not there.
    pub missing: Vec<PartId>,
    /// Folders that the catalogue does not have; they were deleted.
    pub orphans: usize,
}

/// The folder of a part. Its files are deleted when it is not wanted any more and the last snapshot
/// that uses it is gone.
pub struct PartFolder {
    record: PartRecord,
    path: PathBuf,
    disk: Arc<dyn Disk>,
    /// Delete the files when dropped: not yet in the catalogue, or not any more.
    unwanted: AtomicBool,
    /// Something could not be read; never merge it, which would lose what can still be read.
    damaged: AtomicBool,
}

/// A part of any table.
pub trait StoredPart {
    /// A part whose files are complete.
    fn stored(folder: PartFolder) -> Self;
    /// Where its files are.
    fn folder(&self) -> &PartFolder;
}

impl PartFolder {
    /// It is unwanted until [`PartFolder::keep`].
    pub(crate) fn written(record: PartRecord, path: PathBuf, disk: Arc<dyn Disk>) -> Self {
        Self { record, path, disk, unwanted: AtomicBool::new(true), damaged: false.into() }
    }

    /// What the catalogue knows of the part.
    pub fn record(&self) -> &PartRecord {
        &self.record
    }

    /// The part's number.
    pub fn id(&self) -> PartId {
        self.record.id
    }

    /// Where its file of that name lies.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn open(&self, name: &str) -> Result<File, StoreError> {
        File::open(self.file(name)).map_err(|cause| self.failed(cause))
    }

    /// An error for who asked; remembers damage.
    pub(crate) fn failed(&self, cause: io::Error) -> StoreError {
        if cause.kind() == io::ErrorKind::InvalidData {
            self.mark_damaged();
        }
        StoreError::Part { part: self.record.id, cause }
    }

    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    pub(crate) fn mark_damaged(&self) {
        self.damaged.store(true, Ordering::Relaxed);
    }

    pub(crate) fn keep(&self) {
        self.unwanted.store(false, Ordering::Relaxed);
    }

    pub(crate) fn discard(&self) {
        self.unwanted.store(true, Ordering::Relaxed);
    }
}

impl Drop for PartFolder {
    fn drop(&mut self) {
        if *self.unwanted.get_mut()
            && let Err(cause) = self.disk.remove_dir(&self.path)
        {
            // The next start deletes it, because the catalogue does not have it.
            tracing::warn!(folder = %self.path.display(), %cause, "part stays on disk for now");
        }
    }
}

impl fmt::Debug for PartFolder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PartFolder").field("record", &self.record).finish_non_exhaustive()
    }
}

/// A part that is written, but not yet in the catalogue. Dropping it deletes its files; its rows stay
/// in the memory table, for the next attempt.
#[derive(Debug)]
pub struct Sealed<P> {
    part: Arc<P>,
    end: Offset,
}

impl<P: StoredPart> Sealed<P> {
    /// What the catalogue must have before the part is published.
    pub fn record(&self) -> &PartRecord {
        self.part.folder().record()
    }

    /// Up to where the intake log is in parts once this one is.
    pub fn end(&self) -> Offset {
        self.end
    }
}

/// The outcome of a merge, not yet in the catalogue. Dropping it deletes what was written.
#[derive(Debug)]
pub struct Compacted<P> {
    /// `None` when no row was wanted any more.
    pub(crate) part: Option<Arc<P>>,
    pub(crate) replaced: Vec<PartId>,
}

impl<P: StoredPart> Compacted<P> {
    /// What the catalogue must have before the outcome is published.
    pub fn change(&self) -> CatalogueChange {
        let added = self.part.iter().map(|part| part.folder().record().clone()).collect();
        CatalogueChange { added, removed: self.replaced.clone(), flushed: None }
    }
}

/// The folder of a part.
pub(crate) fn folder_of(parts: &Path, id: PartId) -> PathBuf {
    parts.join(format!("{:016x}", id.0))
}

/// The bytes are not what was written.
pub(crate) fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the bytes are not what was written")
}
