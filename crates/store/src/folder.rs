//! The data folder belongs to one server at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Why the data folder could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another server has it.
    #[error("another server is using the data folder {folder}; stop it, or choose another folder")]
    InUse {
        /// Which folder.
        folder: PathBuf,
    },
    /// It cannot be made or written to.
    #[error("taking the data folder {folder}")]
    Disk {
        /// Which folder.
        folder: PathBuf,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
}

/// The right to use a data folder; given back when dropped, also by the death of the process.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    // Held for the lock on it.
    _lock: File,
}

impl DataFolder {
    /// Takes the folder, making it when it is not there.
    ///
    /// # Errors
    /// [`FolderError::InUse`] when another server has it, else what the operating system says.
    pub fn lock(folder: &Path) -> Result<Self, FolderError> {
        let failed = |cause| FolderError::Disk { folder: folder.to_owned(), cause };
        fs::create_dir_all(folder).map_err(failed)?;
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).open(folder.join("lock")).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path: folder.to_owned(), _lock: file }),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse { folder: folder.to_owned() }),
            Err(TryLockError::Error(cause)) => Err(failed(cause)),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
