//! What of the program's memory is in a dump, and what of it is code.

use minidump_common::format::{
    MINIDUMP_MEMORY_DESCRIPTOR, MINIDUMP_MEMORY_DESCRIPTOR64, MINIDUMP_MEMORY_INFO,
    MINIDUMP_MEMORY_INFO_LIST, MINIDUMP_STREAM_TYPE,
};
use scroll::ctx::SizeWith as _;

use crate::limits::{LIST_MAX, RED_ZONE_BYTES, STACK_BYTES_MAX};
use crate::raw::{Raw, index};

/// Whether code may run in memory with this protection.
///
/// Source: `PAGE_EXECUTE` and those like it, of Windows.
const EXECUTABLE: u32 = 0xf0;

/// A part of a thread's stack.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stack<'d> {
    start: u64,
    bytes: &'d [u8],
    is_little: bool,
}

impl<'d> Stack<'d> {
    /// The part that is walked of the stack whose top is there: from the memory that the thread names, else
    /// from any that holds the top.
    pub(crate) fn find(
        raw: &Raw<'d>,
        named: &MINIDUMP_MEMORY_DESCRIPTOR,
        top: u64,
    ) -> Option<Self> {
        let is_little = raw.endian.is_little();
        let (start, bytes) = raw
            .at(named.memory)
            .map(|bytes| (named.start_of_memory_range, bytes))
            .filter(|(start, bytes)| holds(*start, bytes.len(), top))
            .or_else(|| region(raw, top))
            .or_else(|| large_region(raw, top))?;
        let offset = usize::try_from(top.checked_sub(start)?).ok()?;
        let from = offset.saturating_sub(RED_ZONE_BYTES);
        let bytes = bytes.get(from..)?;
        let bytes = bytes.get(..STACK_BYTES_MAX).unwrap_or(bytes);
        Some(Self { start: start.checked_add(u64::try_from(from).ok()?)?, bytes, is_little })
    }

    /// The number at an address, of four or eight bytes.
    pub(crate) fn word(&self, address: u64, bytes: u64) -> Option<u64> {
        let start = usize::try_from(address.checked_sub(self.start)?).ok()?;
        let end = start.checked_add(usize::try_from(bytes).ok()?)?;
        let bytes = self.bytes.get(start..end)?;
        let add = |word: u64, byte: &u8| word << 8 | u64::from(*byte);
        Some(if self.is_little {
            bytes.iter().rev().fold(0, add)
        } else {
            bytes.iter().fold(0, add)
        })
    }
}

fn holds(start: u64, len: usize, address: u64) -> bool {
    address
        .checked_sub(start)
        .is_some_and(|offset| usize::try_from(offset).is_ok_and(|offset| offset < len))
}

fn region<'d>(raw: &Raw<'d>, address: u64) -> Option<(u64, &'d [u8])> {
    let regions = raw.list::<MINIDUMP_MEMORY_DESCRIPTOR>(MINIDUMP_STREAM_TYPE::MemoryListStream)?;
    let mut found = regions.filter_map(|region| {
        let start = region.start_of_memory_range;
        let is_it = holds(start, index(region.memory.data_size), address);
        if is_it { Some((start, raw.at(region.memory)?)) } else { None }
    });
    found.next()
}

/// Dumps of all memory have its parts one behind the other.
fn large_region<'d>(raw: &Raw<'d>, address: u64) -> Option<(u64, &'d [u8])> {
    let stream = raw.stream(MINIDUMP_STREAM_TYPE::Memory64ListStream)?;
    let count = usize::try_from(raw.read::<u64>(stream, 0)?).unwrap_or(LIST_MAX);
    let mut place = usize::try_from(raw.read::<u64>(stream, 8)?).ok()?;
    let size = MINIDUMP_MEMORY_DESCRIPTOR64::size_with(&raw.endian);
    let regions = stream.get(16..)?.chunks_exact(size.max(1));
    for region in regions.take(count.min(LIST_MAX)) {
        let region: MINIDUMP_MEMORY_DESCRIPTOR64 = raw.read(region, 0)?;
        let len = usize::try_from(region.data_size).ok()?;
        if holds(region.start_of_memory_range, len, address) {
            return Some((region.start_of_memory_range, raw.from(place, len)?));
        }
        place = place.checked_add(len)?;
    }
    None
}

/// Where code may run, as far as the dump says.
#[derive(Debug, Default)]
pub(crate) struct Code(Vec<(u64, u64)>);

impl Code {
    pub(crate) fn read(raw: &Raw<'_>) -> Self {
        let mut ranges = of_windows(raw).or_else(|| of_linux(raw)).unwrap_or_default();
        ranges.sort_unstable();
        Self(ranges)
    }

    /// Whether code may run there. True where nothing is known.
    pub(crate) fn holds(&self, address: u64) -> bool {
        let after = self.0.partition_point(|(start, _)| *start <= address);
        let found = after.checked_sub(1).and_then(|place| self.0.get(place));
        self.0.is_empty() || found.is_some_and(|(_, end)| address < *end)
    }
}

fn of_windows(raw: &Raw<'_>) -> Option<Vec<(u64, u64)>> {
    let stream = raw.stream(MINIDUMP_STREAM_TYPE::MemoryInfoListStream)?;
    let header: MINIDUMP_MEMORY_INFO_LIST = raw.read(stream, 0)?;
    let items = stream.get(index(header.size_of_header)..)?;
    let items = items.chunks_exact(index(header.size_of_entry).max(1)).take(LIST_MAX);
    let items = items.filter_map(|item| raw.read::<MINIDUMP_MEMORY_INFO>(item, 0));
    let code = items.filter(|item| item.protection & EXECUTABLE != 0);
    Some(code.map(|it| (it.base_address, it.base_address.saturating_add(it.region_size))).collect())
}

/// Lines such as `55d0c8a00000-55d0c8a01000 r-xp 00001000 08:01 131 /srv/wallet`.
fn of_linux(raw: &Raw<'_>) -> Option<Vec<(u64, u64)>> {
    let stream = raw.stream(MINIDUMP_STREAM_TYPE::LinuxMaps)?;
    let range = |line: &[u8]| {
        let line = std::str::from_utf8(line.get(..64).unwrap_or(line)).ok()?;
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let number = |text| u64::from_str_radix(text, 16).ok();
        let is_code = rest.as_bytes().get(2) == Some(&b'x');
        is_code.then_some((number(start)?, number(end)?))
    };
    Some(stream.split(|byte| *byte == b'\n').take(LIST_MAX).filter_map(range).collect())
}
