//! The parts and memory tables of one table, and the steps in which rows move from these to those.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use model::clock::Micros;
use model::id::ProjectId;
use model::intake::Offset;
use model::part::{PartId, PartRecord, TableName};

use super::{Compacted, Found, PartFolder, Sealed, StoreError, StoredPart, folder_of};
use crate::disk::Disk;

/// Rows that are in no part yet.
pub(crate) trait MemoryTable: Default {
    /// Rows in it.
    fn rows(&self) -> usize;
    /// Up to where the intake log is in here.
    fn end(&self) -> Offset;
    /// Says up to where the intake log is in here.
    fn set_end(&mut self, end: Offset);
}

/// See the module.
pub(crate) struct Shelf<M, P> {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
    /// One at a time seals.
    sealing: Mutex<()>,
    state: Mutex<State<M, P>>,
    part_last: AtomicU64,
}

/// What is stored at one moment.
pub(crate) struct State<M, P> {
    /// What new rows go into.
    pub(crate) live: M,
    /// What is being written into a part; still visible.
    pub(crate) frozen: Option<Arc<M>>,
    /// The part made of `frozen`, while its [`Sealed`] is in the caller's hands.
    sealed: Weak<P>,
    pub(crate) parts: Vec<Arc<P>>,
}

impl<M: MemoryTable, P: StoredPart> Shelf<M, P> {
    /// Opens the parts in `folder` that the catalogue has, and deletes all others. Does not read them.
    pub(crate) fn open(
        folder: &Path,
        disk: Arc<dyn Disk>,
        table: TableName,
        catalogue: Vec<PartRecord>,
    ) -> Result<(Self, Found), StoreError> {
        let opened = open_parts(folder, &disk, catalogue);
        let (parts, part_last, found) =
            opened.map_err(|cause| StoreError::Open { folder: folder.to_owned(), cause })?;
        let state = State { live: M::default(), frozen: None, sealed: Weak::new(), parts };
        let shelf = Self {
            folder: folder.to_owned(),
            disk,
            sealing: Mutex::new(()),
            state: Mutex::new(state),
            part_last: AtomicU64::new(part_last.max(numbers_begin(table))),
        };
        Ok((shelf, found))
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn disk(&self) -> Arc<dyn Disk> {
        Arc::clone(&self.disk)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State<M, P>> {
        lock(&self.state)
    }

    pub(crate) fn parts(&self) -> Vec<Arc<P>> {
        self.state().parts.clone()
    }

    /// The parts that may be merged, oldest first.
    pub(crate) fn sound_parts(&self) -> Vec<Arc<P>> {
        let mut parts = self.parts();
        parts.retain(|part| !part.folder().is_damaged());
        parts.sort_by_key(|part| part.folder().id());
        parts
    }

    pub(crate) fn next_part(&self) -> PartId {
        PartId(self.part_last.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// To be held while sealing.
    pub(crate) fn one_at_a_time(&self) -> MutexGuard<'_, ()> {
        lock(&self.sealing)
    }

    /// Whether the live table should become the frozen one now: not when the last attempt to write it
    /// failed, and not when there is nothing to write.
    pub(crate) fn wants_freeze(&self) -> Result<bool, StoreError> {
        let state = self.state();
        if state.sealed.upgrade().is_some() {
            return Err(StoreError::Outstanding);
        }
        Ok(state.frozen.is_none() && state.live.rows() > 0)
    }

    /// Makes the live table the frozen one.
    pub(crate) fn freeze(&self) {
        let mut state = self.state();
        let end = state.live.end();
        state.frozen = Some(Arc::new(std::mem::take(&mut state.live)));
        state.live.set_end(end);
    }

    pub(crate) fn frozen(&self) -> Option<Arc<M>> {
        self.state().frozen.clone()
    }

    /// The frozen table is in this part.
    pub(crate) fn sealed(&self, part: P, end: Offset) -> Sealed<P> {
        let part = Arc::new(part);
        self.state().sealed = Arc::downgrade(&part);
        Sealed { part, end }
    }

    /// Lets readers see the part instead of the frozen table.
    pub(crate) fn publish(&self, sealed: Sealed<P>) {
        sealed.part.folder().keep();
        let mut state = self.state();
        state.sealed = Weak::new();
        state.frozen = None;
        state.parts.push(sealed.part);
    }

    /// Lets readers see the merged part instead of those it replaces.
    pub(crate) fn publish_compacted(&self, compacted: Compacted<P>) {
        let replaced = compacted.replaced.into_iter().collect();
        // Under one lock, so that nobody sees both or neither.
        let mut state = self.state();
        state.remove(&replaced);
        if let Some(part) = compacted.part {
            part.folder().keep();
            state.parts.push(part);
        }
    }

    /// Drops parts; their files go with the last snapshot that has them.
    pub(crate) fn remove(&self, parts: &HashSet<PartId>) {
        self.state().remove(parts);
    }

    /// Parts in which every row's time is over.
    pub(crate) fn expired(&self, is_over: &dyn Fn(ProjectId, Micros) -> bool) -> Vec<PartId> {
        let state = self.state();
        let records = state.parts.iter().map(|part| part.folder().record());
        let expired = records.filter(|record| {
            record.projects.iter().all(|project| is_over(*project, record.received_max))
        });
        expired.map(|record| record.id).collect()
    }
}

impl<M, P: StoredPart> State<M, P> {
    fn remove(&mut self, parts: &HashSet<PartId>) {
        self.parts.retain(|part| {
            let keep = !parts.contains(&part.folder().id());
            if !keep {
                part.folder().discard();
            }
            keep
        });
    }
}

/// The highest byte of a part's number says its table, so that no two have the same without asking
/// each other.
fn numbers_begin(table: TableName) -> u64 {
    let table: u8 = match table {
        TableName::Errors => 0,
        TableName::Spans => 1,
        TableName::Profiles => 2,
    };
    u64::from(table) << 56
}

fn open_parts<P: StoredPart>(
    folder: &Path,
    disk: &Arc<dyn Disk>,
    catalogue: Vec<PartRecord>,
) -> io::Result<(Vec<Arc<P>>, u64, Found)> {
    disk.create_dir(folder)?;
    let mut folders = HashSet::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.insert(entry.path());
        }
    }
    let mut found = Found::default();
    let mut parts = Vec::with_capacity(catalogue.len());
    let mut part_last = catalogue.iter().map(|record| record.id.0).max().unwrap_or(0);
    for record in catalogue {
        let path = folder_of(folder, record.id);
        if folders.remove(&path) {
            let files = PartFolder::written(record, path, Arc::clone(disk));
            files.keep();
            parts.push(Arc::new(P::stored(files)));
        } else {
            tracing::error!(part = record.id.0, "the files of a part are missing");
            found.missing.push(record.id);
        }
    }
    for orphan in folders {
        let number = orphan.file_stem().and_then(|stem| stem.to_str());
        let number = number.and_then(|stem| u64::from_str_radix(stem, 16).ok());
        part_last = part_last.max(number.unwrap_or(0));
        disk.remove_dir(&orphan)?;
        found.orphans += 1;
    }
    Ok((parts, part_last, found))
}

/// A thread that panicked cannot have left anything half-done behind these locks.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
