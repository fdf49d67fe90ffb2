//! A split-block Bloom filter: one block of 256 bits per hash, in it one bit in each of eight words.
//!
//! Source: Putze, Sanders, Singler: Cache-, Hash- and Space-Efficient Bloom Filters, 2007.

/// Bytes of a block.
pub(crate) const FILTER_BLOCK_BYTES: usize = 32;

/// What may be in a set, and what surely is not.
#[derive(Debug)]
pub(crate) struct Filter(Vec<u8>);

impl Filter {
    /// An empty filter for that many hashes. With 10 bits for each, one in a hundred of those that were
    /// not added passes it; with 12, one in two hundred.
    pub(crate) fn new(entries: usize, bits_per_entry: usize) -> Self {
        let blocks = (entries * bits_per_entry).div_ceil(FILTER_BLOCK_BYTES * 8).max(1);
        Self(vec![0; blocks * FILTER_BLOCK_BYTES])
    }

    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn blocks(&self) -> usize {
        self.0.len() / FILTER_BLOCK_BYTES
    }

    pub(crate) fn add(&mut self, hash: u64) {
        let (block, bits) = self.place(hash);
        for (word, bit) in bits.into_iter().enumerate() {
            if let Some(byte) = self.0.get_mut(block + word * 4 + usize::from(bit >> 3)) {
                *byte |= 1 << (bit & 7);
            }
        }
    }

    pub(crate) fn may_have(&self, hash: u64) -> bool {
        let (block, bits) = self.place(hash);
        bits.into_iter().enumerate().all(|(word, bit)| {
            let byte = self.0.get(block + word * 4 + usize::from(bit >> 3));
            byte.is_some_and(|byte| byte >> (bit & 7) & 1 == 1)
        })
    }

    /// First byte of the hash's block, and its bit (0 to 31) in each word.
    fn place(&self, hash: u64) -> (usize, [u8; 8]) {
        let blocks = self.blocks().max(1) as u64;
        let block = usize::try_from(hash % blocks).unwrap_or_default() * FILTER_BLOCK_BYTES;
        (block, mix(hash).to_le_bytes().map(|byte| byte & 31))
    }
}

/// Mixes the bits of a number well. Source: `SplitMix64`, Steele, Lea, Flood, 2014.
pub(crate) fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}
