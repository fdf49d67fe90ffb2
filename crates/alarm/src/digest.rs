//! Ids that follow from what they are about, so that what is done again after a crash has the same ones.

use model::id::EventId;
use sha2::{Digest as _, Sha256};

/// An id that follows from these parts, and from where one ends and the next begins.
pub(crate) fn digest(parts: &[&[u8]]) -> EventId {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        digest.update(part);
    }
    let digest: [u8; 32] = digest.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    EventId::from_random(bytes)
}
