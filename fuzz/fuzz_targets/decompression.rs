//! Any bytes under every content encoding: no panic, and never more than the cap. The first byte
//! chooses the encoding.
#![no_main]

use ingest::{Budget, ContentCoding, decode};
use libfuzzer_sys::fuzz_target;

const BYTES_MAX: usize = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, body)) = bytes.split_first() else { return };
    let codings = [
        ContentCoding::Gzip,
        ContentCoding::Deflate,
        ContentCoding::Brotli,
        ContentCoding::Zstd,
    ];
    let coding = codings[usize::from(*choice) % codings.len()];
    let mut share = Budget::new(64 << 20).share();
    if let Ok((_, decoded)) = decode(coding, body.to_vec(), BYTES_MAX, &mut share) {
        assert!(decoded.bytes.len() <= BYTES_MAX);
    }
});
