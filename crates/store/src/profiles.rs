//! Profiles, one behind the other in packs: files to which bytes are only ever added. Each project has
//! packs of its own for each day, so that what is too old goes with its folder. See
//! `docs/formats/profiles.md`.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use model::clock::Micros;
use model::id::ProjectId;
use model::limits::PROFILE_STORED_BYTES_MAX;
use model::profile::Place;
use zstd::bulk::{Compressor, Decompressor};

use crate::disk::{Disk, DiskFile};

/// The first bytes of a profile in a pack: its kind and version.
const MAGIC: [u8; 4] = *b"PWP\x01";
/// Magic, stored bytes, raw bytes, checksum.
const HEADER_BYTES: usize = 16;
/// Zstandard's: what it takes at this level is less than what parsing the JSON took.
const LEVEL: i32 = 3;
/// A pack that has become as long as this is followed by another one.
const PACK_BYTES_AIM: u64 = 256 * 1024 * 1024;
/// Packs that are open at a time.
const OPEN_MAX: usize = 64;
const DAY_MICROS: u64 = 86_400_000_000;

/// The disk failed.
#[derive(Debug, thiserror::Error)]
#[error("{doing} profiles in {folder}")]
pub struct ProfilesError {
    doing: &'static str,
    folder: PathBuf,
    #[source]
    cause: io::Error,
}

/// A profile on its way into a pack.
#[derive(Debug, Clone)]
pub struct NewProfile {
    /// Whose it is.
    pub project: ProjectId,
    /// When it arrived.
    pub received: Micros,
    /// As [`Packer::pack`] made it.
    pub packed: Vec<u8>,
}

/// Compresses profiles, keeping what that needs from one to the next.
pub struct Packer {
    compressor: Compressor<'static>,
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Packer")
    }
}

impl Packer {
    /// A packer for many profiles.
    ///
    /// # Errors
    /// Only when memory runs out.
    pub fn new() -> io::Result<Self> {
        Ok(Self { compressor: Compressor::new(LEVEL)? })
    }

    /// The bytes of a profile as they lie in a pack.
    ///
    /// # Errors
    /// When it has more than [`PROFILE_STORED_BYTES_MAX`] bytes.
    pub fn pack(&mut self, raw: &[u8]) -> io::Result<Vec<u8>> {
        if raw.len() > PROFILE_STORED_BYTES_MAX {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        let stored = self.compressor.compress(raw)?;
        let number = |len: usize| u32::try_from(len).map_err(io::Error::other);
        let mut packed = Vec::with_capacity(HEADER_BYTES + stored.len());
        packed.extend_from_slice(&MAGIC);
        packed.extend_from_slice(&number(stored.len())?.to_le_bytes());
        packed.extend_from_slice(&number(raw.len())?.to_le_bytes());
        packed.extend_from_slice(&checksum(&packed, &stored).to_le_bytes());
        packed.extend_from_slice(&stored);
        Ok(packed)
    }
}

/// The profiles of a data folder.
#[derive(Debug)]
pub struct ProfileStore {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
    open: Mutex<HashMap<(ProjectId, u32), Pack>>,
}

/// A pack that is added to.
#[derive(Debug)]
struct Pack {
    number: u32,
    file: Box<dyn DiskFile>,
    end: u64,
    is_synced: bool,
}

impl ProfileStore {
    /// Opens the folder, making it when it is not there.
    ///
    /// # Errors
    /// [`ProfilesError`] when it cannot be made.
    pub fn open(folder: &Path, disk: Arc<dyn Disk>) -> Result<Self, ProfilesError> {
        let store = Self { folder: folder.to_owned(), disk, open: Mutex::default() };
        let made = store.disk.create_dir(folder);
        made.map_err(|cause| store.failed("making the folder of", cause))?;
        Ok(store)
    }

    /// Stores profiles, durably, and answers where each lies.
    ///
    /// # Errors
    /// [`ProfilesError`]; nobody is told of what may have been written.
    pub fn append(&self, profiles: &[NewProfile]) -> Result<Vec<Place>, ProfilesError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let added = self.add_all(&mut open, profiles);
        if added.is_err() {
            // It is not known where these end; others are begun.
            open.clear();
        }
        added.map_err(|cause| self.failed("writing", cause))
    }

    /// The bytes that [`Packer::pack`] was given.
    ///
    /// # Errors
    /// When they cannot be read, or are not those that were written.
    pub fn read(&self, project: ProjectId, place: Place) -> io::Result<Vec<u8>> {
        let file = File::open(self.pack_path(project, place.day, place.pack))?;
        let len = usize::try_from(place.bytes).map_err(io::Error::other)?;
        if !(HEADER_BYTES..=PROFILE_STORED_BYTES_MAX * 2).contains(&len) {
            return Err(damaged());
        }
        let mut packed = vec![0; len];
        file.read_exact_at(&mut packed, place.offset)?;
        unpack(&packed)
    }

    /// Deletes days that lie wholly before what `days_of` a project are kept.
    ///
    /// # Errors
    /// [`ProfilesError`] at the first folder that cannot be deleted.
    pub fn forget(
        &self,
        now: Micros,
        days_of: &dyn Fn(ProjectId) -> u32,
    ) -> Result<(), ProfilesError> {
        let today = day_of(now);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let mut forget = || {
            for project in numbers_in::<u64>(&self.folder)?.into_iter().map(ProjectId) {
                let folder = self.project_path(project);
                for day in numbers_in::<u32>(&folder)? {
                    if day.saturating_add(days_of(project)) < today {
                        open.remove(&(project, day));
                        self.disk.remove_dir(&folder.join(day.to_string()))?;
                    }
                }
            }
            Ok(())
        };
        forget().map_err(|cause| self.failed("deleting", cause))
    }

    fn add_all(
        &self,
        open: &mut HashMap<(ProjectId, u32), Pack>,
        profiles: &[NewProfile],
    ) -> io::Result<Vec<Place>> {
        let mut places = Vec::with_capacity(profiles.len());
        for new in profiles {
            places.push(self.add(open, new)?);
        }
        for pack in open.values_mut().filter(|pack| !pack.is_synced) {
            pack.file.sync()?;
            pack.is_synced = true;
        }
        open.retain(|_, pack| pack.end < PACK_BYTES_AIM);
        Ok(places)
    }

    fn add(
        &self,
        open: &mut HashMap<(ProjectId, u32), Pack>,
        new: &NewProfile,
    ) -> io::Result<Place> {
        let key = (new.project, day_of(new.received));
        let bytes = u32::try_from(new.packed.len()).map_err(io::Error::other)?;
        if !open.contains_key(&key) {
            if open.len() >= OPEN_MAX {
                // What was written to them must be durable before they are let go of.
                for pack in open.values_mut() {
                    pack.file.sync()?;
                }
                open.clear();
            }
            open.insert(key, self.begin(key)?);
        }
        let Some(pack) = open.get_mut(&key) else { return Err(damaged()) };
        pack.is_synced = false;
        pack.file.write_all(&new.packed)?;
        let place = Place { day: key.1, pack: pack.number, offset: pack.end, bytes };
        pack.end += u64::from(bytes);
        Ok(place)
    }

    /// Begins the next pack of a project's day.
    fn begin(&self, (project, day): (ProjectId, u32)) -> io::Result<Pack> {
        let folder = self.project_path(project).join(day.to_string());
        self.disk.create_dir(&folder)?;
        let last = numbers_in::<u32>(&folder)?.into_iter().max();
        let number = last.map_or(1, |last| last.saturating_add(1));
        let file = self.disk.create(&self.pack_path(project, day, number))?;
        // New folders must be durable too, up to ours.
        for folder in folder.ancestors().take_while(|folder| folder.starts_with(&self.folder)) {
            self.disk.sync_dir(folder)?;
        }
        Ok(Pack { number, file, end: 0, is_synced: false })
    }

    fn project_path(&self, project: ProjectId) -> PathBuf {
        self.folder.join(project.0.to_string())
    }

    fn pack_path(&self, project: ProjectId, day: u32, pack: u32) -> PathBuf {
        self.project_path(project).join(day.to_string()).join(pack.to_string())
    }

    fn failed(&self, doing: &'static str, cause: io::Error) -> ProfilesError {
        ProfilesError { doing, folder: self.folder.clone(), cause }
    }
}

fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
    let (header, stored) = packed.split_at_checked(HEADER_BYTES).ok_or_else(damaged)?;
    let number = |at: usize| {
        let bytes = header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u32::from_le_bytes).ok_or_else(damaged)
    };
    let (head, raw) = (header.get(..12).unwrap_or_default(), usize::try_from(number(8)?));
    let raw = raw.map_err(io::Error::other)?;
    let is_whole = header.starts_with(&MAGIC)
        && usize::try_from(number(4)?).is_ok_and(|len| len == stored.len())
        && raw <= PROFILE_STORED_BYTES_MAX
        && checksum(head, stored) == number(12)?;
    if !is_whole {
        return Err(damaged());
    }
    let bytes = Decompressor::new()?.decompress(stored, raw)?;
    if bytes.len() == raw { Ok(bytes) } else { Err(damaged()) }
}

fn checksum(head: &[u8], stored: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(head);
    hasher.update(stored);
    hasher.finalize()
}

fn day_of(moment: Micros) -> u32 {
    u32::try_from(moment.0 / DAY_MICROS).unwrap_or(u32::MAX)
}

/// Names in a folder that are numbers; none when the folder is not there.
fn numbers_in<T: std::str::FromStr>(folder: &Path) -> io::Result<Vec<T>> {
    let entries = match fs::read_dir(folder) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut numbers = Vec::new();
    for entry in entries {
        numbers.extend(entry?.file_name().to_str().and_then(|name| name.parse::<T>().ok()));
    }
    Ok(numbers)
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a stored profile is damaged")
}
