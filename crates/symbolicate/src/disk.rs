//! The folder of built things. What is in it can be built again; the format is in
//! `docs/formats/symbol-cache.md`.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use memmap2::Mmap;
use model::clock::Clock;

use crate::key::Key;
use crate::limits::CACHE_FILES_MAX;

/// What files are named while they are written.
const UNFINISHED: &str = "unfinished";

/// Why the folder of built things cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("opening the folder of built symbols {}", folder.display())]
pub struct DiskError {
    folder: PathBuf,
    #[source]
    cause: io::Error,
}

/// Built things on disk. What was used longest ago goes first when there is no room.
#[derive(Debug)]
pub(crate) struct Disk {
    folder: PathBuf,
    bytes_max: u64,
    clock: Arc<dyn Clock>,
    unfinished_last: AtomicU64,
    index: Mutex<Index>,
}

#[derive(Debug, Default)]
struct Index {
    files: HashMap<Key, Known>,
    /// By last use.
    order: BTreeSet<(u64, Key)>,
    bytes: u64,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    bytes: u64,
    /// In microseconds since 1970.
    used: u64,
}

/// A file that is being written. It is gone with the value unless it is placed.
#[derive(Debug)]
pub(crate) struct Unfinished<'d> {
    disk: &'d Disk,
    path: PathBuf,
    file: File,
}

impl Disk {
    /// Opens the folder, making it when it is not there; forgets what was half written and what is too
    /// much.
    pub(crate) fn open(
        folder: &Path,
        bytes_max: u64,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, DiskError> {
        let disk = Self {
            folder: folder.to_owned(),
            bytes_max,
            clock,
            unfinished_last: AtomicU64::new(0),
            index: Mutex::default(),
        };
        disk.scan().map_err(|cause| DiskError { folder: folder.to_owned(), cause })?;
        Ok(disk)
    }

    fn scan(&self) -> io::Result<()> {
        let unfinished = self.folder.join(UNFINISHED);
        fs::create_dir_all(&unfinished)?;
        for entry in fs::read_dir(&unfinished)? {
            fs::remove_file(entry?.path())?;
        }
        let mut index = Index::default();
        for folder in fs::read_dir(&self.folder)? {
            let folder = folder?;
            if folder.file_name() == UNFINISHED || !folder.file_type()?.is_dir() {
                continue;
            }
            for entry in fs::read_dir(folder.path())? {
                let entry = entry?;
                let Some(key) = entry.file_name().to_str().and_then(Key::parse) else { continue };
                let about = entry.metadata()?;
                let used = about.modified()?.duration_since(SystemTime::UNIX_EPOCH);
                let used = used.map_or(0, |since| u64::try_from(since.as_micros()).unwrap_or(0));
                index.add(key, Known { bytes: about.len(), used });
            }
        }
        let surplus = index.surplus(self.bytes_max);
        *self.lock() = index;
        self.remove(&surplus);
        Ok(())
    }

    /// The bytes of a built thing, mapped into memory. `None` when it is not there.
    pub(crate) fn load(&self, key: Key) -> Option<Bytes> {
        if !self.lock().files.contains_key(&key) {
            return None;
        }
        let file = File::open(self.path(key)).ok()?;
        let used = self.clock.now().0;
        self.lock().touch(key, used);
        note_use(&file, used);
        map(&file).ok()
    }

    /// A new file to write a built thing into.
    pub(crate) fn begin(&self) -> io::Result<Unfinished<'_>> {
        let number = self.unfinished_last.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.join(UNFINISHED).join(number.to_string());
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        Ok(Unfinished { disk: self, path, file })
    }

    /// Forgets a thing that turned out not to be what it should be.
    pub(crate) fn forget(&self, key: Key) {
        self.lock().take(key);
        self.remove(&[key]);
    }

    /// How many things there are, and their bytes.
    pub(crate) fn size(&self) -> (usize, u64) {
        let index = self.lock();
        (index.files.len(), index.bytes)
    }

    fn place(&self, key: Key, known: Known) {
        let surplus = {
            let mut index = self.lock();
            index.add(key, known);
            index.surplus(self.bytes_max)
        };
        self.remove(&surplus);
    }

    fn remove(&self, keys: &[Key]) {
        for key in keys {
            match fs::remove_file(self.path(*key)) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(%key, %cause, "a built file cannot be deleted");
                }
                _ => {}
            }
        }
    }

    /// Where a built thing is, or was: there is no promise that it stays.
    pub(crate) fn path(&self, key: Key) -> PathBuf {
        let name = key.to_string();
        let (folder, _) = name.split_at(2);
        self.folder.join(folder).join(&name)
    }

    fn lock(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Unfinished<'_> {
    /// The file.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Gives the file its name, durably, so that there is never a part of it under that name.
    pub(crate) fn place(self, key: Key) -> io::Result<Bytes> {
        let used = self.disk.clock.now().0;
        note_use(&self.file, used);
        self.file.sync_all()?;
        let path = self.disk.path(key);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::rename(&self.path, &path)?;
        self.disk.place(key, Known { bytes: self.file.metadata()?.len(), used });
        map(&self.file)
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        match fs::remove_file(&self.path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%cause, "half a built file stays until the next start");
            }
            _ => {}
        }
    }
}

impl Index {
    fn add(&mut self, key: Key, known: Known) {
        self.take(key);
        self.bytes += known.bytes;
        self.files.insert(key, known);
        self.order.insert((known.used, key));
    }

    fn take(&mut self, key: Key) -> Option<Known> {
        let known = self.files.remove(&key)?;
        self.order.remove(&(known.used, key));
        self.bytes -= known.bytes;
        Some(known)
    }

    fn touch(&mut self, key: Key, used: u64) {
        if let Some(known) = self.take(key) {
            self.add(key, Known { used, ..known });
        }
    }

    /// Takes out what is too much. The newest stays, whatever its size: somebody is about to use it.
    fn surplus(&mut self, bytes_max: u64) -> Vec<Key> {
        let mut surplus = Vec::new();
        while self.files.len() > 1 && (self.bytes > bytes_max || self.files.len() > CACHE_FILES_MAX)
        {
            let Some((_, key)) = self.order.first().copied() else { break };
            self.take(key);
            surplus.push(key);
        }
        surplus
    }
}

/// Notes a use for the next start. It does no harm when that does not work.
fn note_use(file: &File, used: u64) {
    let moment = SystemTime::UNIX_EPOCH.checked_add(Duration::from_micros(used));
    if let Some(Err(cause)) = moment.map(|moment| file.set_modified(moment)) {
        tracing::debug!(%cause, "the use of a built file is not noted");
    }
}

/// Maps a file of the folder into memory.
fn map(file: &File) -> io::Result<Bytes> {
    if file.metadata()?.len() == 0 {
        return Ok(Bytes::new());
    }
    #[expect(unsafe_code, reason = "a mapped file has no safe form")]
    // SAFETY: files of the folder are written once, under another name, and deleted as a whole, which
    // leaves what is mapped alone. Nobody but this process has the data folder.
    let mapped = unsafe { Mmap::map(file) }?;
    Ok(Bytes::from_owner(mapped))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use model::clock::{FixedClock, Micros};

    use super::*;

    fn key(byte: u8) -> Key {
        Key::of_mapping([byte; 32])
    }

    fn put(disk: &Disk, byte: u8, bytes: usize) {
        let unfinished = disk.begin().unwrap();
        unfinished.file().write_all(&vec![byte; bytes]).unwrap();
        assert_eq!(unfinished.place(key(byte)).unwrap(), vec![byte; bytes]);
    }

    fn present(disk: &Disk) -> Vec<u8> {
        (1..=9).filter(|byte| disk.load(key(*byte)).is_some()).collect()
    }

    #[test]
    fn what_was_used_longest_ago_goes_first_also_after_a_start() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(Micros(1_000_000_000_000)));
        let open = || Disk::open(folder.path(), 250, Arc::clone(&clock) as _).unwrap();
        let disk = open();
        for byte in 1..=2 {
            put(&disk, byte, 100);
            clock.advance_micros(1_000_000);
        }
        assert_eq!(disk.load(key(1)).unwrap(), vec![1; 100]);
        clock.advance_micros(1_000_000);
        drop(disk);
        let disk = open();
        put(&disk, 3, 100);
        assert_eq!(disk.size(), (2, 200));
        assert_eq!(present(&disk), [1, 3]);
        assert_eq!(present(&open()), [1, 3]);
    }

    #[test]
    fn what_is_larger_than_all_the_room_is_there_until_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(Micros(1)));
        let disk = Disk::open(folder.path(), 50, Arc::clone(&clock) as _).unwrap();
        put(&disk, 1, 100);
        assert_eq!(present(&disk), [1]);
        clock.advance_micros(1);
        put(&disk, 2, 10);
        assert_eq!(present(&disk), [2]);
    }

    #[test]
    fn what_was_half_written_is_gone_and_what_is_mapped_stays() {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(Micros(1)));
        let disk = Disk::open(folder.path(), 1_000, Arc::clone(&clock)).unwrap();
        let files = || fs::read_dir(folder.path().join(UNFINISHED)).unwrap().count();
        let unfinished = disk.begin().unwrap();
        assert_eq!(files(), 1);
        drop(unfinished);
        assert_eq!(files(), 0);
        fs::write(folder.path().join(UNFINISHED).join("7"), b"half").unwrap();
        let disk = Disk::open(folder.path(), 1_000, clock).unwrap();
        assert_eq!(files(), 0);
        put(&disk, 1, 10);
        let mapped = disk.load(key(1)).unwrap();
        disk.forget(key(1));
        assert!(disk.load(key(1)).is_none());
        assert_eq!(mapped, vec![1; 10]);
    }
}
