//! Everything that changes what lies on the disk, behind one trait, so that tests can fail or kill at
//! any step. Reading is not here: a reader sees what the operating system shows.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Changes the disk. Only what was synced, file and folder both, survives a loss of power.
#[expect(
    clippy::missing_errors_doc,
    reason = "all of them fail with what the operating system says"
)]
pub trait Disk: fmt::Debug + Send + Sync {
    /// Makes an empty file, or empties the one that is there, and opens it for appending.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Opens a file that is there for appending.
    fn open_end(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Makes a folder and those above it; fine when it is there already.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Gives a file or folder another name, replacing a file of that name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a folder and everything in it.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a folder durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
}

/// A file that is being appended to.
pub trait DiskFile: Write + fmt::Debug + Send {
    /// Makes its bytes durable (`fdatasync`).
    ///
    /// # Errors
    /// What the operating system says. Afterwards it is unknown which bytes are durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts everything off behind the first `len` bytes.
    ///
    /// # Errors
    /// What the operating system says.
    fn cut(&mut self, len: u64) -> io::Result<()>;
}

/// The machine's disk.
#[derive(Debug, Default)]
pub struct MachineDisk;

impl Disk for MachineDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        // Emptied by `set_len` because the platforms disagree on truncating together with appending.
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        file.set_len(0)?;
        Ok(Box::new(MachineFile(file)))
    }

    fn open_end(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(MachineFile(OpenOptions::new().append(true).open(path)?)))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

#[derive(Debug)]
struct MachineFile(File);

impl Write for MachineFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl DiskFile for MachineFile {
    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }
}
