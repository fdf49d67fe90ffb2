//! Content encodings: honest ones, wrong ones, and bombs.

use std::io::Write;

use ingest::{Budget, CodingError, ContentCoding, decode};
use model::limits::{BODIES_IN_FLIGHT_BYTES_MAX, BODY_BYTES_MAX, ENVELOPE_BYTES_MAX};
use proptest::prelude::*;

use crate::world::{World, envelope, gzip, post};

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(bytes, 3).unwrap()
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 4, ..Default::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &parameters).unwrap();
    out
}

#[track_caller]
fn check(encoding: &str, body: Vec<u8>, status: u16) {
    let mut request = post("/api/1/envelope/", body);
    request.headers_mut().insert("content-encoding", encoding.parse().unwrap());
    let (got, world) = World::new().send(request);
    assert_eq!(got.status.as_u16(), status, "{encoding}: {}", got.body);
    assert_eq!(world.records().len(), usize::from(status == 200), "{encoding}");
}

#[test]
fn known_encodings_are_read() {
    let body = envelope(&[("event", "{\"message\":\"hello\"}")]);
    check("gzip", gzip(&body), 200);
    check("GZIP", gzip(&body), 200);
    check("deflate", zlib(&body), 200);
    check("deflate", raw_deflate(&body), 200);
    check("br", brotli(&body), 200);
    check("zstd", zstd(&body), 200);
    for encoding in ["", "identity", "UTF-8", "utf-8"] {
        check(encoding, body.clone(), 200);
    }
}

#[test]
fn others_are_refused() {
    let body = envelope(&[("event", "{}")]);
    for encoding in ["compress", "gzip, br", "snappy"] {
        check(encoding, body.clone(), 415);
    }
    for encoding in ["gzip", "deflate", "br", "zstd"] {
        check(encoding, body.clone(), 400);
    }
    let whole = gzip(&body);
    check("gzip", whole[..whole.len() - 9].to_vec(), 400);
    check("gzip", [whole, b"junk".to_vec()].concat(), 400);
}

#[test]
fn all_members_are_read_equal_ones_too() {
    let (first, second) = (gzip(b"one"), gzip(b"another"));
    for (members, expected) in [
        (vec![&first, &second], "oneanother"),
        (vec![&first, &first], "oneone"),
        (vec![&first, &second, &first], "oneanotherone"),
    ] {
        let body: Vec<u8> = members.into_iter().flatten().copied().collect();
        let (_, decoded) =
            decode(ContentCoding::Gzip, body, 1000, &mut Budget::new(1 << 20).share()).unwrap();
        assert_eq!(decoded.bytes, expected.as_bytes());
        assert!(!decoded.is_one_gzip_member);
    }
}

#[test]
fn bombs_do_not_go_off() {
    let large = vec![b' '; 110 << 20];
    check("gzip", gzip(&large), 413);
    check("deflate", zlib(&large), 413);
    check("zstd", zstd(&large), 413);
    check("br", brotli(&large), 413);
    // A size at the end that is a lie, small or large.
    for size in [3_u32, u32::MAX] {
        let mut lie = gzip(&large[..1 << 20]);
        let end = lie.len() - 4;
        lie[end..].copy_from_slice(&size.to_le_bytes());
        check("gzip", lie, 400);
    }
}

#[test]
fn a_frame_that_asks_for_gigabytes_of_window_is_refused() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(27).unwrap();
    encoder.long_distance_matching(true).unwrap();
    encoder.write_all(&vec![b' '; 1 << 20]).unwrap();
    check("zstd", encoder.finish().unwrap(), 400);
}

#[test]
fn decompression_is_paid_for() {
    let budget = Budget::new(1 << 20);
    let bomb = zstd(&vec![b' '; 8 << 20]);
    let answer = decode(ContentCoding::Zstd, bomb, usize::MAX - 1, &mut budget.share());
    assert!(matches!(answer, Err(CodingError::Busy)));
    assert!(budget.share().take(1 << 20), "the share went back");
}

#[test]
fn the_largest_bodies_fit_in_memory_one_at_a_time() {
    let member = gzip(&vec![b' '; 40 << 20]);
    let members = [member.clone(), member].concat();
    for (coding, body, len) in [
        (ContentCoding::Gzip, members, 80 << 20),
        (ContentCoding::Gzip, gzip(&vec![b' '; 100 << 20]), 100 << 20),
        (ContentCoding::Deflate, zlib(&vec![b' '; 70 << 20]), 70 << 20),
        (ContentCoding::Deflate, raw_deflate(&vec![b' '; 100 << 20]), 100 << 20),
        (ContentCoding::Brotli, brotli(&vec![b' '; 100 << 20]), 100 << 20),
        (ContentCoding::Zstd, zstd(&vec![b' '; 100 << 20]), 100 << 20),
    ] {
        let mut share = Budget::new(BODIES_IN_FLIGHT_BYTES_MAX).share();
        assert!(share.take(BODY_BYTES_MAX), "the compressed form is in memory too");
        let decoded = decode(coding, body, ENVELOPE_BYTES_MAX, &mut share);
        assert_eq!(decoded.map(|(_, decoded)| decoded.bytes.len()).ok(), Some(len), "{coding:?}");
    }
}

type Encode = fn(&[u8]) -> Vec<u8>;

const CODINGS: [(ContentCoding, Encode); 6] = [
    (ContentCoding::Identity, <[u8]>::to_vec),
    (ContentCoding::Gzip, gzip),
    (ContentCoding::Deflate, zlib),
    (ContentCoding::Deflate, raw_deflate),
    (ContentCoding::Brotli, brotli),
    (ContentCoding::Zstd, zstd),
];

proptest! {
    #[test]
    fn what_is_compressed_is_read_back(bytes in prop::collection::vec(any::<u8>(), 1..3000)) {
        for (coding, encode) in CODINGS {
            let mut share = Budget::new(1 << 30).share();
            let (_, decoded) = decode(coding, encode(&bytes), bytes.len(), &mut share).unwrap();
            prop_assert_eq!(&decoded.bytes, &bytes);
            let answer = decode(coding, encode(&bytes), bytes.len() - 1, &mut share);
            prop_assert!(matches!(answer, Err(CodingError::TooLarge)), "{coding:?}");
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for (coding, encode) in CODINGS {
            let mut share = Budget::new(1 << 20).share();
            let _answer = decode(coding, bytes.clone(), 10_000, &mut share);
            let mut cut = encode(&bytes);
            cut.truncate(bytes.len() / 2);
            let _answer = decode(coding, cut, 10_000, &mut share);
        }
    }
}
