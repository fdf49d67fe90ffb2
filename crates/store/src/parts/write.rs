//! Makes a part under a temporary name, and gives it its own when its files are durable.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::clock::Micros;
use model::id::ProjectId;
use model::part::PartId;

use super::folder_of;
use crate::disk::{Disk, DiskFile};

/// Bytes of a part after which they are written out. Many at once would keep the intake log waiting
/// for the disk, and with it those who send.
const UNSYNCED_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The folder of a part in the making. Dropping it before [`NewPart::finish`] removes what was written.
pub(crate) struct NewPart {
    id: PartId,
    parts: PathBuf,
    temporary: PathBuf,
    disk: Arc<dyn Disk>,
    finished: bool,
}

impl NewPart {
    pub(crate) fn create(parts: &Path, id: PartId, disk: Arc<dyn Disk>) -> io::Result<Self> {
        let temporary = parts.join(format!("{:016x}.new", id.0));
        disk.create_dir(&temporary)?;
        Ok(Self { id, parts: parts.to_owned(), temporary, disk, finished: false })
    }

    pub(crate) fn id(&self) -> PartId {
        self.id
    }

    pub(crate) fn disk(&self) -> Arc<dyn Disk> {
        Arc::clone(&self.disk)
    }

    pub(crate) fn file(&self, name: &str) -> io::Result<CountedFile> {
        let file = self.disk.create(&self.temporary.join(name))?;
        Ok(CountedFile { file, bytes: 0, synced: 0 })
    }

    /// Gives it its name, durably, and says where it is. Its files must be synced.
    pub(crate) fn finish(&mut self) -> io::Result<PathBuf> {
        let folder = folder_of(&self.parts, self.id);
        self.disk.sync_dir(&self.temporary)?;
        self.disk.rename(&self.temporary, &folder)?;
        self.finished = true;
        self.disk.sync_dir(&self.parts)?;
        Ok(folder)
    }
}

impl Drop for NewPart {
    fn drop(&mut self) {
        if !self.finished
            && let Err(cause) = self.disk.remove_dir(&self.temporary)
        {
            // The next start deletes it.
            tracing::warn!(folder = %self.temporary.display(), %cause, "unfinished part stays for now");
        }
    }
}

/// A file that knows how long it is.
pub(crate) struct CountedFile {
    file: Box<dyn DiskFile>,
    bytes: u64,
    /// How many of them were written out.
    synced: u64,
}

impl CountedFile {
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.synced = self.bytes;
        self.file.sync()
    }
}

impl Write for CountedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        if self.bytes - self.synced >= UNSYNCED_BYTES_MAX {
            self.sync()?;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// From when to when rows are, and whose.
#[derive(Debug, Clone)]
pub(crate) struct Extent {
    pub(crate) timestamp: (Micros, Micros),
    pub(crate) received: (Micros, Micros),
    pub(crate) projects: BTreeSet<ProjectId>,
}

impl Default for Extent {
    fn default() -> Self {
        let never = (Micros(u64::MAX), Micros(0));
        Self { timestamp: never, received: never, projects: BTreeSet::new() }
    }
}

impl Extent {
    /// Something of that project begins then.
    pub(crate) fn include_cell(&mut self, project: ProjectId, start: Micros) {
        self.timestamp = (self.timestamp.0.min(start), self.timestamp.1.max(start));
        if !self.projects.contains(&project) {
            self.projects.insert(project);
        }
    }

    pub(crate) fn include(&mut self, project: ProjectId, timestamp: Micros, received: Micros) {
        let widen = |span: &mut (Micros, Micros), moment: Micros| {
            *span = (span.0.min(moment), span.1.max(moment));
        };
        widen(&mut self.timestamp, timestamp);
        widen(&mut self.received, received);
        if !self.projects.contains(&project) {
            self.projects.insert(project);
        }
    }
}
