//! The container: a header, a directory of streams, and places that point to each other.

use std::collections::BTreeMap;

use minidump_common::format::{
    MINIDUMP_DIRECTORY, MINIDUMP_HEADER, MINIDUMP_LOCATION_DESCRIPTOR, MINIDUMP_SIGNATURE,
    MINIDUMP_STREAM_TYPE, MINIDUMP_VERSION,
};
use scroll::ctx::{SizeWith, TryFromCtx};
use scroll::{Endian, Pread};

use crate::limits::{LIST_MAX, STREAMS_MAX, TEXT_CHARS_MAX};
use crate::{DumpError, short};

/// The bytes of a dump, and where in them its streams are.
pub(crate) struct Raw<'d> {
    bytes: &'d [u8],
    pub(crate) endian: Endian,
    /// When it was written: seconds since 1970, zero when that is not said.
    pub(crate) written: u32,
    streams: BTreeMap<u32, MINIDUMP_LOCATION_DESCRIPTOR>,
}

/// What can be read at a place in a dump.
pub(crate) trait Structure: for<'a> TryFromCtx<'a, Endian, Error = scroll::Error> {}
impl<T: for<'a> TryFromCtx<'a, Endian, Error = scroll::Error>> Structure for T {}

impl<'d> Raw<'d> {
    pub(crate) fn open(bytes: &'d [u8]) -> Result<Self, DumpError> {
        let read = |endian| bytes.pread_with::<MINIDUMP_HEADER>(0, endian);
        let (mut endian, mut header) =
            (Endian::Little, read(Endian::Little).or(Err(DumpError::NoHeader))?);
        if header.signature == MINIDUMP_SIGNATURE.swap_bytes() {
            (endian, header) = (Endian::Big, read(Endian::Big).or(Err(DumpError::NoHeader))?);
        }
        if header.signature != MINIDUMP_SIGNATURE {
            return Err(DumpError::NoDump);
        }
        // The upper half is the writer's own.
        let version = header.version & 0xffff;
        if version != MINIDUMP_VERSION {
            return Err(DumpError::Version { version });
        }
        let mut raw =
            Self { bytes, endian, written: header.time_date_stamp, streams: BTreeMap::new() };
        let count = usize::try_from(header.stream_count).unwrap_or(STREAMS_MAX);
        let mut place = index(header.stream_directory_rva);
        for _ in 0..count.min(STREAMS_MAX) {
            // A dump that was cut off has its directory in front, and what is left of its streams.
            let Ok(entry) = bytes.gread_with::<MINIDUMP_DIRECTORY>(&mut place, endian) else {
                break;
            };
            raw.streams.entry(entry.stream_type).or_insert(entry.location);
        }
        if raw.streams.is_empty() { Err(DumpError::NoDirectory) } else { Ok(raw) }
    }

    /// A stream; `None` when there is none, or when it is cut off.
    pub(crate) fn stream(&self, kind: MINIDUMP_STREAM_TYPE) -> Option<&'d [u8]> {
        self.at(*self.streams.get(&(kind as u32))?)
    }

    /// A stream that is one structure.
    pub(crate) fn structure<T: Structure>(&self, kind: MINIDUMP_STREAM_TYPE) -> Option<T> {
        self.read(self.stream(kind)?, 0)
    }

    /// A stream that is a count and a list. What is behind the end of the stream is left out.
    pub(crate) fn list<T: Structure + SizeWith<Endian>>(
        &self,
        kind: MINIDUMP_STREAM_TYPE,
    ) -> Option<impl Iterator<Item = T> + use<'d, T>> {
        let stream = self.stream(kind)?;
        let endian = self.endian;
        let size = T::size_with(&endian);
        let count = index(self.read::<u32>(stream, 0)?);
        // Some writers have put four bytes in between, so that what follows is aligned.
        let is_padded =
            size.checked_mul(count).and_then(|bytes| bytes.checked_add(8)) == Some(stream.len());
        let start = if is_padded { 8 } else { 4 };
        let items = stream.get(start..).unwrap_or_default().chunks_exact(size.max(1));
        let items = items.take(count.min(LIST_MAX));
        Some(items.filter_map(move |item| item.pread_with(0, endian).ok()))
    }

    /// The bytes at a place; `None` unless all of them are there.
    pub(crate) fn at(&self, location: MINIDUMP_LOCATION_DESCRIPTOR) -> Option<&'d [u8]> {
        let start = index(location.rva);
        self.bytes.get(start..start.checked_add(index(location.data_size))?)
    }

    /// The bytes from a place on, as many as there are up to `len`.
    pub(crate) fn from(&self, start: usize, len: usize) -> Option<&'d [u8]> {
        let rest = self.bytes.get(start..)?;
        Some(rest.get(..len).unwrap_or(rest)).filter(|bytes| !bytes.is_empty())
    }

    /// A structure in some bytes.
    pub(crate) fn read<T: Structure>(&self, bytes: &[u8], place: usize) -> Option<T> {
        bytes.pread_with(place, self.endian).ok()
    }

    /// A text of UTF-16 with its length in front, cut at the limit of texts.
    pub(crate) fn wide_text(&self, place: u64) -> Option<String> {
        let place = usize::try_from(place).ok()?;
        let len = index(self.read::<u32>(self.bytes, place)?);
        let start = place.checked_add(4)?;
        let bytes = self.bytes.get(start..start.checked_add(len)?)?;
        let bytes = bytes.get(..2 * TEXT_CHARS_MAX).unwrap_or(bytes);
        let unit = |unit: &[u8; 2]| match self.endian {
            Endian::Little => u16::from_le_bytes(*unit),
            Endian::Big => u16::from_be_bytes(*unit),
        };
        let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(unit).collect();
        Some(until_zero(&String::from_utf16_lossy(&units)))
    }

    /// A text of UTF-8 with its length in front, cut at the limit of texts.
    pub(crate) fn text(&self, place: u32) -> Option<String> {
        let place = index(place);
        let len = index(self.read::<u32>(self.bytes, place)?);
        let start = place.checked_add(4)?;
        let bytes = self.bytes.get(start..start.checked_add(len)?)?;
        let bytes = bytes.get(..4 * TEXT_CHARS_MAX).unwrap_or(bytes);
        Some(short(&until_zero(&String::from_utf8_lossy(bytes))))
    }
}

/// A place or a length of a dump, as one in memory.
pub(crate) fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

pub(crate) fn until_zero(text: &str) -> String {
    text.split('\0').next().unwrap_or_default().to_owned()
}
