//! Zips: the directory at the end, and the bytes of one file.
//!
//! Only the directory says what is in a zip; what stands before the files is skipped. So two readers
//! of one zip cannot see different files in it.

use std::collections::HashSet;
use std::io::{self, BufReader, Read};

use flate2::read::DeflateDecoder;

use super::error::BundleError;
use crate::limits;
use crate::read_at::{ReadAt, Stretch};

mod directory;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Not at all (0).
    Stored,
    /// Deflate (8).
    Deflate,
    /// Zstandard (93).
    Zstd,
}

/// Where a file's bytes are and what they must become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// Where its local header starts, counted from the start of all bytes.
    pub header_offset: u64,
    /// Bytes in the zip.
    pub compressed: u64,
    /// Bytes it has.
    pub bytes: u64,
    /// How it is compressed.
    pub method: Method,
    /// CRC-32 of its bytes.
    pub crc: u32,
}

/// A zip whose directory was read and found to be in order.
#[derive(Debug)]
pub struct Archive<R> {
    bytes: R,
    /// Sorted by name.
    files: Vec<(String, Place)>,
}

impl<R: ReadAt> Archive<R> {
    /// Reads the directory of a zip. Bytes in front of the zip do not matter.
    ///
    /// # Errors
    ///
    /// When there is none, it is damaged, a limit is passed, or it looks like an attack.
    pub fn open(bytes: R) -> Result<Self, BundleError> {
        if bytes.len() > limits::BUNDLE_BYTES_MAX {
            return Err(BundleError::TooLarge { bytes: bytes.len() });
        }
        let directory = directory::find(&bytes)?;
        let mut files = directory::files(&bytes, &directory)?;
        check_together(&files, directory.start)?;
        files.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Ok(Self { bytes, files })
    }

    /// The names of its files in order, without folders.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(path, _)| path.as_str())
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// True when there are no files.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Where the file with that name is.
    pub fn place(&self, path: &str) -> Option<Place> {
        let found = self.files.binary_search_by(|(name, _)| name.as_str().cmp(path)).ok()?;
        self.files.get(found).map(|(_, place)| *place)
    }

    /// The bytes of the file with that name.
    ///
    /// # Errors
    ///
    /// When there is none, or as [`Archive::read_place`].
    pub fn read(&self, path: &str) -> Result<Vec<u8>, BundleError> {
        let missing = || BundleError::Missing { path: path.to_owned() };
        self.read_place(path, self.place(path).ok_or_else(missing)?)
    }

    /// The bytes at `place`; `path` is for messages.
    ///
    /// # Errors
    ///
    /// When the bytes are not what the place says, or more than [`limits::ARTIFACT_BYTES_MAX`].
    pub fn read_place(&self, path: &str, place: Place) -> Result<Vec<u8>, BundleError> {
        read_place(&self.bytes, path, place)
    }
}

/// What only shows when all files are looked at: names twice, bytes twice, too much of everything.
fn check_together(files: &[(String, Place)], end: u64) -> Result<(), BundleError> {
    let mut names = HashSet::with_capacity(files.len());
    if let Some((path, _)) = files.iter().find(|(path, _)| !names.insert(path.as_str())) {
        return Err(BundleError::Duplicate { path: path.clone() });
    }
    let bytes = files.iter().fold(0_u64, |sum, (_, place)| sum.saturating_add(place.bytes));
    if bytes > limits::BUNDLE_INFLATED_BYTES_MAX {
        return Err(BundleError::InflatedTooLarge { bytes });
    }
    let mut order: Vec<&(String, Place)> = files.iter().collect();
    order.sort_unstable_by_key(|(_, place)| place.header_offset);
    let starts = order.iter().skip(1).map(|(_, place)| place.header_offset).chain([end]);
    for ((path, place), next) in order.iter().zip(starts) {
        let least = directory::LOCAL_HEADER_BYTES.saturating_add(place.compressed);
        if place.header_offset.saturating_add(least) > next {
            return Err(BundleError::Overlap { path: path.clone() });
        }
    }
    Ok(())
}

fn read_place<R: ReadAt + ?Sized>(
    bytes: &R,
    path: &str,
    place: Place,
) -> Result<Vec<u8>, BundleError> {
    let cannot = |cause| BundleError::Read { path: path.to_owned(), cause };
    let damaged = |what| BundleError::Damaged { path: path.to_owned(), what };
    let max = limits::ARTIFACT_BYTES_MAX;
    let size = usize::try_from(place.bytes).ok().filter(|size| *size <= max);
    let too_large =
        || BundleError::EntryTooLarge { path: path.to_owned(), bytes: place.bytes, max };
    let size = size.ok_or_else(too_large)?;

    let offset = directory::data_offset(bytes, place.header_offset)
        .map_err(cannot)?
        .ok_or_else(|| damaged("there is no file where the directory says"))?;
    let stretch = Stretch { from: bytes, offset, left: place.compressed };
    let content = match place.method {
        Method::Stored => read_capped(stretch, size),
        Method::Deflate => read_capped(DeflateDecoder::new(stretch), size),
        Method::Zstd => zstd::stream::read::Decoder::with_buffer(BufReader::new(stretch))
            .and_then(|decoder| read_capped(decoder, size)),
    };
    let content = content.map_err(cannot)?;
    if content.len() != size {
        return Err(damaged("it has not the size that the directory says"));
    }
    if crc32fast::hash(&content) != place.crc {
        return Err(damaged("its checksum differs"));
    }
    Ok(content)
}

/// At most one byte more than `size`, which shows that there is more.
fn read_capped(from: impl Read, size: usize) -> io::Result<Vec<u8>> {
    let cap = u64::try_from(size).unwrap_or(u64::MAX).saturating_add(1);
    // What is inflated grows as it comes: a directory that lies about a size costs nothing.
    let mut content = Vec::with_capacity(size.min(1 << 20));
    from.take(cap).read_to_end(&mut content)?;
    Ok(content)
}
