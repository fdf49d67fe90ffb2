//! Built files: with a checksum, and at an address where numbers may start.
//!
//! The readers of built files trust them, read them in place, and panic on some that were damaged.

const ALIGNMENT: usize = 8;
const CHECKSUM_BYTES: usize = 4;

/// Adds the checksum that [`Sealed::open`] wants.
pub(super) fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
    let checksum = crc32fast::hash(&bytes);
    bytes.extend(checksum.to_le_bytes());
    bytes
}

/// Bytes at an address that is a multiple of eight. Not to be cloned: a copy may lie elsewhere.
#[derive(Debug)]
pub(super) struct Sealed {
    bytes: Vec<u8>,
    start: usize,
}

impl Sealed {
    /// `None` when the bytes are not those that were sealed.
    pub(super) fn open(mut bytes: Vec<u8>) -> Option<Self> {
        let checksum = bytes.split_off(bytes.len().checked_sub(CHECKSUM_BYTES)?);
        if crc32fast::hash(&bytes).to_le_bytes() != checksum.as_slice() {
            return None;
        }
        if bytes.as_ptr().align_offset(ALIGNMENT) == 0 {
            return Some(Self { bytes, start: 0 });
        }
        let mut moved = Vec::<u8>::with_capacity(bytes.len() + ALIGNMENT);
        let start = moved.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
        moved.resize(start, 0);
        moved.extend_from_slice(&bytes);
        Some(Self { bytes: moved, start })
    }

    pub(super) fn get(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}
