//! Built files: with a checksum, and at an address where numbers may start.
//!
//! The readers of built files trust them, read them in place, and panic on some that were damaged.

use bytes::Bytes;

const ALIGNMENT: usize = 8;
const CHECKSUM_BYTES: usize = 4;

/// Adds the checksum that [`Sealed::open`] wants.
pub(super) fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
    let checksum = crc32fast::hash(&bytes);
    bytes.extend(checksum.to_le_bytes());
    bytes
}

/// Bytes at an address that is a multiple of eight.
#[derive(Debug)]
pub(super) struct Sealed {
    bytes: Bytes,
}

impl Sealed {
    /// `None` when the bytes are not those that were sealed.
    pub(super) fn open(mut bytes: Bytes) -> Option<Self> {
        let checksum = bytes.split_off(bytes.len().checked_sub(CHECKSUM_BYTES)?);
        if crc32fast::hash(&bytes).to_le_bytes() != *checksum {
            return None;
        }
        if bytes.as_ptr().align_offset(ALIGNMENT) == 0 {
            return Some(Self { bytes });
        }
        let mut moved = Vec::<u8>::with_capacity(bytes.len() + ALIGNMENT);
        let start = moved.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
        moved.resize(start, 0);
        moved.extend_from_slice(&bytes);
        // Taking a stretch of it does not move it again.
        Some(Self { bytes: Bytes::from(moved).slice(start..) })
    }

    pub(super) fn get(&self) -> &[u8] {
        &self.bytes
    }
}
