//! The directory of a zip: where it is, and what it says about each file.

use std::io;

use super::{Method, Place};
use crate::bundle::error::BundleError;
use crate::limits;
use crate::read_at::ReadAt;

const END: [u8; 4] = *b"PK\x05\x06";
const END_BYTES: usize = 22;
const END_LONG: [u8; 4] = *b"PK\x06\x06";
const END_LONG_BYTES: usize = 56;
const LOCATOR: [u8; 4] = *b"PK\x06\x07";
const LOCATOR_BYTES: usize = 20;
const FILE: [u8; 4] = *b"PK\x01\x02";
const FILE_BYTES: usize = 46;
const LOCAL: [u8; 4] = *b"PK\x03\x04";
/// Bytes of the header in front of each file, without its name.
pub(super) const LOCAL_HEADER_BYTES: u64 = 30;
/// A comment may follow the end record.
const COMMENT_BYTES_MAX: u64 = 0xffff;
/// The extra field with sizes of more than 32 bits.
const LONG_SIZES: u16 = 1;
const FLAG_ENCRYPTED: u16 = 1;

/// Where the directory is.
#[derive(Debug)]
pub(super) struct Directory {
    /// Its first byte, counted from the start of all bytes.
    pub(super) start: u64,
    size: u64,
    entries: u64,
    /// Bytes in front of the zip.
    base: u64,
}

/// Finds the directory through the record at the end.
pub(super) fn find<R: ReadAt + ?Sized>(bytes: &R) -> Result<Directory, BundleError> {
    let tail_bytes = bytes.len().min(COMMENT_BYTES_MAX + 22 + 20);
    let tail_start = bytes.len() - tail_bytes;
    let tail = read(bytes, tail_start, tail_bytes)?;
    let end = tail
        .windows(END_BYTES)
        .rposition(|window| window.starts_with(&END))
        .ok_or(BundleError::NoDirectory)?;
    let record = tail.get(end..).unwrap_or_default();
    let end_at = tail_start + as_u64(end);
    let (entries, size, offset) = (u16_at(record, 10), u32_at(record, 12), u32_at(record, 16));
    let locator = end.checked_sub(LOCATOR_BYTES).and_then(|start| tail.get(start..end));
    let found = match locator.filter(|locator| locator.starts_with(&LOCATOR)) {
        Some(locator) => long(bytes, locator, end_at - as_u64(LOCATOR_BYTES))?,
        None => {
            Found { at: end_at, entries: entries.into(), size: size.into(), offset: offset.into() }
        }
    };
    found.directory()
}

struct Found {
    at: u64,
    entries: u64,
    size: u64,
    offset: u64,
}

impl Found {
    /// The directory ends where the record starts, which tells how much is in front of the zip.
    fn directory(self) -> Result<Directory, BundleError> {
        let start = self.at.checked_sub(self.size);
        let base = start.and_then(|start| start.checked_sub(self.offset));
        let (Some(start), Some(base)) = (start, base) else {
            return Err(BundleError::Directory { what: "it is larger than the file" });
        };
        if self.entries > as_u64(limits::BUNDLE_ENTRIES_MAX) {
            return Err(BundleError::TooManyEntries { count: self.entries });
        }
        if self.size > as_u64(limits::BUNDLE_DIRECTORY_BYTES_MAX) {
            return Err(BundleError::DirectoryTooLarge { bytes: self.size });
        }
        Ok(Directory { start, size: self.size, entries: self.entries, base })
    }
}

/// The record of a zip with more files or bytes than the short one can say.
fn long<R: ReadAt + ?Sized>(
    bytes: &R,
    locator: &[u8],
    locator_at: u64,
) -> Result<Found, BundleError> {
    // Where it says it is does not count what is in front of the zip; where it usually is does.
    let said = u64_at(locator, 8);
    let usual = locator_at.checked_sub(as_u64(END_LONG_BYTES));
    for at in [usual, Some(said), said.checked_add(8)].into_iter().flatten() {
        let fits = at.checked_add(as_u64(END_LONG_BYTES)).is_some_and(|end| end <= bytes.len());
        let record = if fits { read(bytes, at, as_u64(END_LONG_BYTES))? } else { Vec::new() };
        if record.starts_with(&END_LONG) {
            let (entries, size) = (u64_at(&record, 32), u64_at(&record, 40));
            return Ok(Found { at, entries, size, offset: u64_at(&record, 48) });
        }
    }
    Err(BundleError::Directory { what: "its long end record is missing" })
}

/// What the directory says about each file. Folders are left out.
pub(super) fn files<R: ReadAt + ?Sized>(
    bytes: &R,
    directory: &Directory,
) -> Result<Vec<(String, Place)>, BundleError> {
    let all = read(bytes, directory.start, directory.size)?;
    let mut rest = all.as_slice();
    let mut files = Vec::new();
    for _ in 0..directory.entries {
        let (record, tail) = split(rest, FILE_BYTES)?;
        if !record.starts_with(&FILE) {
            return Err(BundleError::Directory { what: "a record does not start as one" });
        }
        let (name, tail) = split(tail, u16_at(record, 28).into())?;
        let (extra, tail) = split(tail, u16_at(record, 30).into())?;
        let (_, tail) = split(tail, u16_at(record, 32).into())?;
        rest = tail;
        let path = path(name)?;
        let place = place(record, extra, directory.base, &path)?;
        if !path.ends_with('/') {
            files.push((path, place));
        }
    }
    if !rest.is_empty() {
        return Err(BundleError::Directory { what: "it holds more records than it says" });
    }
    Ok(files)
}

fn place(record: &[u8], extra: &[u8], base: u64, path: &str) -> Result<Place, BundleError> {
    let path = || path.to_owned();
    if u16_at(record, 8) & FLAG_ENCRYPTED != 0 {
        return Err(BundleError::Encrypted { path: path() });
    }
    let method = match u16_at(record, 10) {
        0 => Method::Stored,
        8 => Method::Deflate,
        93 => Method::Zstd,
        method => return Err(BundleError::Method { path: path(), method }),
    };
    // Sizes that do not fit are all ones, and follow in this order in the extra field.
    let mut long = extra_field(extra, LONG_SIZES).unwrap_or_default().chunks_exact(8);
    let mut size = |short: u32| match short {
        u32::MAX => long.next().map(|chunk| u64_at(chunk, 0)),
        short => Some(short.into()),
    };
    let (bytes, compressed) = (size(u32_at(record, 24)), size(u32_at(record, 20)));
    let offset = size(u32_at(record, 42)).and_then(|offset| offset.checked_add(base));
    let (Some(bytes), Some(compressed), Some(header_offset)) = (bytes, compressed, offset) else {
        return Err(BundleError::Directory { what: "a long size is missing" });
    };
    let max = limits::ARTIFACT_BYTES_MAX;
    if bytes > as_u64(max) {
        return Err(BundleError::EntryTooLarge { path: path(), bytes, max });
    }
    let grows = bytes > compressed.saturating_mul(limits::BUNDLE_RATIO_MAX);
    if bytes > limits::BUNDLE_SMALL_BYTES && grows {
        return Err(BundleError::Ratio { path: path(), compressed, bytes });
    }
    Ok(Place { header_offset, compressed, bytes, method, crc: u32_at(record, 16) })
}

fn extra_field(mut extra: &[u8], wanted: u16) -> Option<&[u8]> {
    while let Some((head, tail)) = extra.split_at_checked(4) {
        let (field, rest) = tail.split_at_checked(u16_at(head, 2).into())?;
        if u16_at(head, 0) == wanted {
            return Some(field);
        }
        extra = rest;
    }
    None
}

/// A name that is text and leads nowhere else.
fn path(name: &[u8]) -> Result<String, BundleError> {
    let shown = || String::from_utf8_lossy(name).chars().take(100).collect();
    let refused = |why| BundleError::Path { path: shown(), why };
    let text = std::str::from_utf8(name).or(Err(refused("it is not UTF-8")))?;
    let drive = text.as_bytes().get(1) == Some(&b':');
    let why = if text.is_empty() {
        Some("it is empty")
    } else if text.len() > limits::BUNDLE_PATH_BYTES_MAX {
        Some("it is too long")
    } else if text.starts_with(['/', '\\']) || drive {
        Some("it is absolute")
    } else if text.split(['/', '\\']).any(|step| step == "..") {
        Some("it leads out of its folder")
    } else if text.chars().any(char::is_control) {
        Some("it holds control characters")
    } else {
        None
    };
    why.map_or_else(|| Ok(text.to_owned()), |why| Err(refused(why)))
}

/// Where the bytes of a file start, given where its local header does. `None` when there is none.
pub(super) fn data_offset<R: ReadAt + ?Sized>(bytes: &R, header: u64) -> io::Result<Option<u64>> {
    let mut local = [0; 30];
    bytes.read_at(header, &mut local)?;
    let skipped = u64::from(u16_at(&local, 26)) + u64::from(u16_at(&local, 28));
    let start = header.checked_add(LOCAL_HEADER_BYTES + skipped);
    Ok(start.filter(|_| local.starts_with(&LOCAL)))
}

fn read<R: ReadAt + ?Sized>(bytes: &R, offset: u64, size: u64) -> Result<Vec<u8>, BundleError> {
    let mut content = vec![0; usize::try_from(size).or(Err(BundleError::NoDirectory))?];
    let path = || "the directory".to_owned();
    bytes
        .read_at(offset, &mut content)
        .map_err(|cause| BundleError::Read { path: path(), cause })?;
    Ok(content)
}

fn split(bytes: &[u8], at: usize) -> Result<(&[u8], &[u8]), BundleError> {
    bytes.split_at_checked(at).ok_or(BundleError::Directory { what: "it is cut off" })
}

/// Zero where there are not so many bytes; callers have checked that there are.
fn u16_at(bytes: &[u8], at: usize) -> u16 {
    array_at(bytes, at).map_or(0, u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    array_at(bytes, at).map_or(0, u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    array_at(bytes, at).map_or(0, u64::from_le_bytes)
}

fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn as_u64(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}
