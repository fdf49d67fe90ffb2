//! What is in an uploaded file, read from disk piece by piece.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use symbols::ReadAt;

/// A file on disk, read at any place.
#[derive(Debug)]
pub(super) struct FileAt {
    file: File,
    bytes: u64,
}

impl FileAt {
    /// Looks how long a file is.
    pub(super) fn new(file: File) -> io::Result<Self> {
        let bytes = file.metadata()?.len();
        Ok(Self { file, bytes })
    }
}

impl ReadAt for FileAt {
    fn len(&self) -> u64 {
        self.bytes
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(into, offset)
    }
}
