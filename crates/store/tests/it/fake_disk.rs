//! A disk over a real folder that fails or dies at a given step, and then forgets what was not synced.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use store::disk::{Disk, DiskFile, MachineDisk};

use crate::samples::Dice;

/// The disk. Clones are the same disk.
#[derive(Debug, Clone)]
pub(crate) struct FakeDisk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    dice: Dice,
    /// Steps until it dies.
    steps_left: u64,
    /// While set, everything that needs space fails.
    full: bool,
    /// Per file: bytes, and how many of them are durable.
    files: BTreeMap<PathBuf, (u64, u64)>,
    /// What a crash may undo, newest last, with the folder whose sync makes it durable.
    pending: Vec<(PathBuf, Undo)>,
    removed: Vec<Vec<u8>>,
}

#[derive(Debug)]
enum Undo {
    Create(PathBuf),
    Rename { from: PathBuf, to: PathBuf },
    Remove { path: PathBuf, content: usize },
}

impl FakeDisk {
    /// Dies at step `steps`; what is lost then depends on the seed.
    pub(crate) fn dying(seed: u64, steps: u64) -> Self {
        let state = State {
            dice: Dice::new(seed),
            steps_left: steps,
            full: false,
            files: BTreeMap::new(),
            pending: Vec::new(),
            removed: Vec::new(),
        };
        Self(Arc::new(Mutex::new(state)))
    }

    pub(crate) fn healthy() -> Self {
        Self::dying(1, u64::MAX)
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.state().steps_left == 0
    }

    /// From now on there is no space, or there is again.
    pub(crate) fn set_full(&self, full: bool) {
        self.state().full = full;
    }

    /// The power goes: un-synced bytes and names are there, or not, or torn.
    pub(crate) fn crash(&self) {
        let state = &mut *self.state();
        state.steps_left = 0;
        for (path, (len, synced)) in &state.files {
            if len > synced && path.exists() {
                let kept = synced + state.dice.below(len - synced + 1);
                OpenOptions::new().write(true).open(path).unwrap().set_len(kept).unwrap();
                if kept > *synced && state.dice.coin() {
                    let mut bytes = fs::read(path).unwrap();
                    let at = synced + state.dice.below(kept - synced);
                    bytes[usize::try_from(at).unwrap()] ^= 0x55;
                    fs::write(path, bytes).unwrap();
                }
            }
        }
        while let Some((_, undo)) = state.pending.pop() {
            if state.dice.coin() {
                continue;
            }
            // What cannot be undone was moved or removed by another step that was undone or not.
            match undo {
                Undo::Create(path) => drop(fs::remove_file(path)),
                Undo::Rename { from, to } if !from.exists() => drop(fs::rename(to, from)),
                Undo::Rename { .. } => {}
                Undo::Remove { path, content } => drop(fs::write(path, &state.removed[content])),
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    fn step(&mut self) -> io::Result<()> {
        self.steps_left = self.steps_left.saturating_sub(1);
        if self.steps_left == 0 { Err(io::Error::other("the disk died")) } else { Ok(()) }
    }

    fn space(&self) -> io::Result<()> {
        if self.full { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn pend(&mut self, path: &Path, undo: Undo) {
        self.pending.push((path.parent().unwrap().to_owned(), undo));
    }
}

impl Disk for FakeDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        state.step()?;
        state.space()?;
        if !path.exists() {
            state.pend(path, Undo::Create(path.to_owned()));
        }
        state.files.insert(path.to_owned(), (0, 0));
        let file = MachineDisk.create(path)?;
        Ok(Box::new(FakeFile { disk: self.clone(), path: path.to_owned(), file }))
    }

    fn open_end(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        state.step()?;
        let len = fs::metadata(path)?.len();
        state.files.insert(path.to_owned(), (len, len));
        let file = MachineDisk.open_end(path)?;
        Ok(Box::new(FakeFile { disk: self.clone(), path: path.to_owned(), file }))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.state().step()?;
        MachineDisk.create_dir(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        state.pend(to, Undo::Rename { from: from.to_owned(), to: to.to_owned() });
        // Files in a renamed folder go with it.
        let moved = |path: &Path| path.strip_prefix(from).ok().map(|rest| to.join(rest));
        let files = std::mem::take(&mut state.files);
        let files = files.into_iter().map(|(path, sizes)| (moved(&path).unwrap_or(path), sizes));
        state.files = files.collect();
        MachineDisk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        let content = fs::read(path)?;
        state.removed.push(content);
        let content = state.removed.len() - 1;
        state.pend(path, Undo::Remove { path: path.to_owned(), content });
        MachineDisk.remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.state().step()?;
        MachineDisk.remove_dir(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        state.pending.retain(|(folder, _)| folder != path);
        Ok(())
    }
}

#[derive(Debug)]
struct FakeFile {
    disk: FakeDisk,
    path: PathBuf,
    file: Box<dyn DiskFile>,
}

impl Write for FakeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.disk.state();
        let stepped = state.step().and_then(|()| state.space());
        // A write that fails may have written a part.
        let part = if stepped.is_ok() { bytes.len() } else { state.dice.size(bytes.len() + 1) };
        if stepped.is_ok() || state.steps_left > 0 {
            self.file.write_all(&bytes[..part])?;
            state.files.entry(self.path.clone()).or_default().0 += part as u64;
        }
        stepped.map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl DiskFile for FakeFile {
    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.state();
        state.step()?;
        let sizes = state.files.entry(self.path.clone()).or_default();
        sizes.1 = sizes.0;
        Ok(())
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        let mut state = self.disk.state();
        state.step()?;
        let sizes = state.files.entry(self.path.clone()).or_default();
        *sizes = (len, sizes.1.min(len));
        self.file.cut(len)
    }
}
