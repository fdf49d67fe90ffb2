//! The limits of uploads, with their names and numbers.

use model::limits::ARTIFACT_BYTES_MAX;

const MIB: u64 = 1024 * 1024;

/// Pieces in one request.
pub(super) const CHUNKS_PER_REQUEST_MAX: u64 = 64;
/// Bytes of a request with pieces.
pub(super) const UPLOAD_BYTES_MAX: u64 = 32 * MIB;
/// Longest time for a request with pieces, in milliseconds.
pub(super) const UPLOAD_MILLIS_MAX: u64 = 600_000;
/// Requests with uploads at the same time.
pub(super) const UPLOADS_AT_ONCE_MAX: usize = 32;
/// Bytes of pieces that no file was made of yet, for each organisation.
pub(super) const CHUNKS_WAITING_BYTES_MAX: u64 = 4 * ARTIFACT_BYTES_MAX;
/// Files that are assembled at the same time: a directory of 50,000 entries is in memory for each.
pub(super) const ASSEMBLIES_AT_ONCE_MAX: usize = 2;
