//! Attachments and uploaded files, stored once per content. A blob's name is the SHA-256 of its bytes, so
//! nothing a client chose is ever a path.

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use crate::disk::{Disk, DiskFile};

/// Bytes read and written at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// The SHA-256 of a blob's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId([u8; 32]);

/// Why a blob could not be stored, read or deleted.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// It has more bytes than allowed.
    #[error("the blob has more than {bytes_max} bytes")]
    TooLarge {
        /// How many are allowed.
        bytes_max: u64,
    },
    /// The disk failed.
    #[error("{doing} a blob in {folder}")]
    Disk {
        /// What was tried.
        doing: &'static str,
        /// Where.
        folder: PathBuf,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
}

/// The blobs of one folder.
#[derive(Debug)]
pub struct BlobStore {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
    temporary_last: AtomicU64,
}

impl BlobStore {
    /// Opens the folder, making it when it is not there, and deletes what was half written.
    ///
    /// # Errors
    /// [`BlobError::Disk`].
    pub fn open(folder: &Path, disk: Arc<dyn Disk>) -> Result<Self, BlobError> {
        let store = Self { folder: folder.to_owned(), disk, temporary_last: AtomicU64::new(0) };
        let clean = || {
            let temporary = store.temporary_folder();
            store.disk.create_dir(&temporary)?;
            for entry in fs::read_dir(temporary)? {
                store.disk.remove_file(&entry?.path())?;
            }
            Ok(())
        };
        clean().map_err(|cause| store.failed("cleaning up after", cause))?;
        Ok(store)
    }

    /// Stores what `source` gives, durably, and answers its id and size.
    ///
    /// # Errors
    /// [`BlobError::TooLarge`] when there are more than `bytes_max` bytes; nothing is kept then.
    pub fn put(&self, source: &mut dyn Read, bytes_max: u64) -> Result<(BlobId, u64), BlobError> {
        let received = self.receive(source, bytes_max)?;
        let stored = (received.id, received.bytes);
        received.place()?;
        Ok(stored)
    }

    /// Writes what `source` gives beside the blobs, for who must know its id, or look into it, before
    /// it becomes one. Without [`Received::place`] it is gone when the answer is dropped.
    ///
    /// # Errors
    /// [`BlobError::TooLarge`] when there are more than `bytes_max` bytes; [`BlobError::Disk`] also
    /// when the source cannot be read.
    pub fn receive(
        &self,
        source: &mut dyn Read,
        bytes_max: u64,
    ) -> Result<Received<'_>, BlobError> {
        let number = self.temporary_last.fetch_add(1, Ordering::Relaxed);
        let temporary =
            Temporary { store: self, path: self.temporary_folder().join(number.to_string()) };
        let failed = |cause| self.failed("writing", cause);
        let mut file = self.disk.create(&temporary.path).map_err(failed)?;
        let (id, bytes) = copy(source, file.as_mut(), bytes_max).map_err(failed)?;
        let id = id.ok_or(BlobError::TooLarge { bytes_max })?;
        Ok(Received { id, bytes, file, temporary })
    }

    /// Opens a blob for reading, and says how many bytes it has. `None` when there is no such blob.
    ///
    /// # Errors
    /// [`BlobError::Disk`].
    pub fn open_blob(&self, id: BlobId) -> Result<Option<(File, u64)>, BlobError> {
        let file = match File::open(self.path(id)) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(|cause| self.failed("reading", cause))?,
        };
        let metadata = file.metadata().map_err(|cause| self.failed("reading", cause))?;
        Ok(Some((file, metadata.len())))
    }

    /// Deletes blobs; those that are not there are fine. The caller knows that nobody refers to them.
    ///
    /// # Errors
    /// [`BlobError::Disk`] at the first one that cannot be deleted.
    pub fn delete(&self, ids: &HashSet<BlobId>) -> Result<(), BlobError> {
        for id in ids {
            match self.disk.remove_file(&self.path(*id)) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                    return Err(self.failed("deleting", cause));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Bytes of all blobs. Walks the whole folder.
    ///
    /// # Errors
    /// [`BlobError::Disk`].
    pub fn bytes(&self) -> Result<u64, BlobError> {
        bytes_in(&self.folder, 0).map_err(|cause| self.failed("counting", cause))
    }

    /// Two levels of folders, so that none has too many entries.
    fn path(&self, id: BlobId) -> PathBuf {
        let name = id.to_string();
        let (first, rest) = name.split_at(2);
        let (second, _) = rest.split_at(2);
        self.folder.join(first).join(second).join(&name)
    }

    fn temporary_folder(&self) -> PathBuf {
        self.folder.join("new")
    }

    fn failed(&self, doing: &'static str, cause: io::Error) -> BlobError {
        BlobError::Disk { doing, folder: self.folder.clone(), cause }
    }
}

/// Bytes on disk that are no blob yet.
#[derive(Debug)]
pub struct Received<'s> {
    /// What they will be named.
    pub id: BlobId,
    /// How many they are.
    pub bytes: u64,
    file: Box<dyn DiskFile>,
    temporary: Temporary<'s>,
}

/// A file that is removed with the value.
#[derive(Debug)]
struct Temporary<'s> {
    store: &'s BlobStore,
    path: PathBuf,
}

impl Received<'_> {
    /// Opens them for reading.
    ///
    /// # Errors
    /// [`BlobError::Disk`].
    pub fn open(&self) -> Result<File, BlobError> {
        let store = self.temporary.store;
        File::open(&self.temporary.path).map_err(|cause| store.failed("reading", cause))
    }

    /// Makes them a blob, durably.
    ///
    /// # Errors
    /// [`BlobError::Disk`]; nothing is kept then.
    pub fn place(mut self) -> Result<(), BlobError> {
        let store = self.temporary.store;
        let mut place = || {
            let path = store.path(self.id);
            self.file.sync()?;
            let Some(folder) = path.parent() else { return Ok(()) };
            store.disk.create_dir(folder)?;
            store.disk.rename(&self.temporary.path, &path)?;
            // New folders must be durable too, up to ours.
            for folder in folder.ancestors().take_while(|folder| folder.starts_with(&store.folder))
            {
                store.disk.sync_dir(folder)?;
            }
            Ok(())
        };
        place().map_err(|cause| store.failed("writing", cause))
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        match self.store.disk.remove_file(&self.path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                let path = self.path.display();
                tracing::warn!(%path, %cause, "half a blob stays until the next start");
            }
            _ => {}
        }
    }
}

/// Copies; no id when there are too many bytes.
fn copy(
    source: &mut dyn Read,
    file: &mut dyn DiskFile,
    bytes_max: u64,
) -> io::Result<(Option<BlobId>, u64)> {
    let (mut hasher, mut bytes) = (Sha256::new(), 0);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = match source.read(&mut chunk) {
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let Some(read) = chunk.get(..read).filter(|read| !read.is_empty()) else { break };
        bytes += read.len() as u64;
        if bytes > bytes_max {
            return Ok((None, bytes));
        }
        hasher.update(read);
        file.write_all(read)?;
    }
    Ok((Some(BlobId(hasher.finalize().into())), bytes))
}

/// Folders are two deep; deeper ones are not ours.
fn bytes_in(folder: &Path, depth: usize) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_file() {
            bytes += metadata.len();
        } else if depth < 2 {
            bytes += bytes_in(&entry.path(), depth + 1)?;
        }
    }
    Ok(bytes)
}

impl BlobId {
    /// The id whose digest has these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes of the digest.
    pub fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// Reads 64 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digit = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
        let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
        Some(Self(bytes.collect::<Option<Vec<u8>>>()?.try_into().ok()?))
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}
