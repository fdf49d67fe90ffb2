//! Content encodings. Everything is decompressed under a cap, because ten kilobytes may hold ten
//! gigabytes.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use libdeflater::{DecompressionError, Decompressor};
use memchr::memmem;

use crate::body::Share;

/// The first buffer for a body whose size nobody tells.
const FIRST_BYTES: usize = 256 * 1024;
/// The shortest gzip member: header, empty block, checksum, size.
const GZIP_BYTES_MIN: usize = 20;

/// How a request body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentCoding {
    /// Not at all.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 1950, though some clients leave the zlib wrapping out.
    Deflate,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
}

/// Why a body cannot be decompressed.
#[derive(Debug, thiserror::Error)]
pub enum CodingError {
    /// A `Content-Encoding` we do not speak.
    #[error("unsupported content encoding")]
    Unknown,
    /// The bytes are not what the header says.
    #[error("invalid compressed data")]
    Broken(#[source] io::Error),
    /// Longer than the cap once decompressed.
    #[error("request body is too large")]
    TooLarge,
    /// No memory left for it.
    #[error("too many requests at once")]
    Busy,
}

/// A decompressed body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The body.
    pub bytes: Vec<u8>,
    /// True when the compressed form can be kept as it is: one gzip member and nothing after it.
    pub is_one_gzip_member: bool,
}

impl ContentCoding {
    /// The coding that a `Content-Encoding` header names. An empty one (Ruby 5.x) and `UTF-8` (old
    /// Android) mean none.
    ///
    /// # Errors
    /// [`CodingError::Unknown`] for anything else.
    pub fn of_header(value: Option<&[u8]>) -> Result<Self, CodingError> {
        let value = value.unwrap_or_default().trim_ascii().to_ascii_lowercase();
        Ok(match value.as_slice() {
            b"" | b"identity" | b"utf-8" => Self::Identity,
            b"gzip" | b"x-gzip" => Self::Gzip,
            b"deflate" => Self::Deflate,
            b"br" => Self::Brotli,
            b"zstd" => Self::Zstd,
            _ => return Err(CodingError::Unknown),
        })
    }

    /// Whether [`decode`] is done in a moment, so that it need not leave an async thread: small
    /// gzip, as most SDKs send it, says how big it gets and is not believed any further.
    pub fn is_quick(self, body: &[u8]) -> bool {
        const QUICK_BYTES_MAX: usize = 1024 * 1024;
        match self {
            Self::Identity => true,
            Self::Gzip => body.len() <= QUICK_BYTES_MAX / 8 && gzip_size(body) <= QUICK_BYTES_MAX,
            Self::Deflate | Self::Brotli | Self::Zstd => false,
        }
    }
}

/// Decompresses a body into at most `cap` bytes, paid for from `share`.
///
/// # Errors
/// [`CodingError`] when it is broken, or too large, or there is no memory left.
pub fn decode(
    coding: ContentCoding,
    body: Vec<u8>,
    cap: usize,
    share: &mut Share,
) -> Result<(Vec<u8>, Decoded), CodingError> {
    let plain = |bytes| Decoded { bytes, is_one_gzip_member: false };
    let decoded = match coding {
        ContentCoding::Identity if body.len() > cap => return Err(CodingError::TooLarge),
        ContentCoding::Identity => return Ok((Vec::new(), plain(body))),
        ContentCoding::Gzip => gzip(&body, cap, share)?,
        ContentCoding::Deflate => plain(deflate(&body, cap, share)?),
        ContentCoding::Brotli => {
            plain(read(|| Ok(brotli_decompressor::Decompressor::new(&body[..], 4096)), cap, share)?)
        }
        ContentCoding::Zstd => plain(read(|| zstd_decoder(&body), cap, share)?),
    };
    Ok((body, decoded))
}

/// The size that the last member claims, modulo 2^32.
fn gzip_size(body: &[u8]) -> usize {
    let size = body.last_chunk::<4>().map_or(0, |size| u32::from_le_bytes(*size));
    usize::try_from(size).unwrap_or(usize::MAX)
}

/// One member in one go when the size at the end is honest; else any number, streamed.
fn gzip(body: &[u8], cap: usize, share: &mut Share) -> Result<Decoded, CodingError> {
    let size = gzip_size(body);
    // Deflate cannot do better than 1032:1, so that a bigger claim is a lie.
    let plausible = body.len() >= GZIP_BYTES_MIN && size <= body.len().saturating_mul(1032);
    if plausible && size <= cap {
        let mut bytes = buffer(size, share)?;
        let written = Decompressor::new().gzip_decompress(body, &mut bytes);
        if written == Ok(size) && is_all(body, &bytes) {
            return Ok(Decoded { bytes, is_one_gzip_member: true });
        }
        drop(bytes);
        share.give_back(size);
    }
    let bytes = read(|| Ok(MultiGzDecoder::new(body)), cap, share)?;
    Ok(Decoded { bytes, is_one_gzip_member: false })
}

/// True when `bytes`, which is what the first member holds, is all there is: the body ends with its
/// checksum and size, and no equal member does before.
fn is_all(body: &[u8], bytes: &[u8]) -> bool {
    let Some((before, end)) = body.split_last_chunk::<8>() else { return false };
    end.starts_with(&libdeflater::crc32(bytes).to_le_bytes()) && memmem::find(before, end).is_none()
}

fn deflate(body: &[u8], cap: usize, share: &mut Share) -> Result<Vec<u8>, CodingError> {
    let mut decompressor = Decompressor::new();
    let mut size = body.len().saturating_mul(4).max(FIRST_BYTES).min(cap);
    loop {
        let mut bytes = buffer(size, share)?;
        let written = match decompressor.zlib_decompress(body, &mut bytes) {
            Err(DecompressionError::BadData) => decompressor.deflate_decompress(body, &mut bytes),
            written => written,
        };
        match written {
            Ok(len) => {
                bytes.truncate(len);
                return Ok(bytes);
            }
            Err(DecompressionError::BadData) => {
                return Err(CodingError::Broken(io::ErrorKind::InvalidData.into()));
            }
            Err(DecompressionError::InsufficientSpace) if size >= cap => {
                return Err(CodingError::TooLarge);
            }
            Err(DecompressionError::InsufficientSpace) => {
                drop(bytes);
                share.give_back(size);
                size = size.saturating_mul(4).min(cap);
            }
        }
    }
}

fn buffer(size: usize, share: &mut Share) -> Result<Vec<u8>, CodingError> {
    if share.take(size) { Ok(vec![0; size]) } else { Err(CodingError::Busy) }
}

fn zstd_decoder(body: &[u8]) -> io::Result<impl Read> {
    let mut decoder = zstd::Decoder::with_buffer(body)?;
    // 8 MiB windows, as RFC 9659 allows in HTTP; a frame may ask for gigabytes.
    decoder.window_log_max(23)?;
    Ok(decoder)
}

/// Reads to the end, or to the cap. What outgrows the first buffer is measured before it is kept: a
/// bomb then takes time but no memory, and a big body its own size and never the double of growing.
fn read<R: Read>(
    open: impl Fn() -> io::Result<R>,
    cap: usize,
    share: &mut Share,
) -> Result<Vec<u8>, CodingError> {
    let mut first = buffer(FIRST_BYTES, share)?;
    let mut reader = open().map_err(CodingError::Broken)?;
    let len = fill(&mut reader, &mut first)?;
    if len < FIRST_BYTES {
        first.truncate(len);
        return if len > cap { Err(CodingError::TooLarge) } else { Ok(first) };
    }
    let rest_max = u64::try_from(cap.saturating_add(1)).unwrap_or(u64::MAX);
    let rest = io::copy(&mut reader.take(rest_max), &mut io::sink());
    let rest = usize::try_from(rest.map_err(CodingError::Broken)?).unwrap_or(usize::MAX);
    let size = FIRST_BYTES.saturating_add(rest);
    if size > cap {
        return Err(CodingError::TooLarge);
    }
    drop(first);
    share.give_back(FIRST_BYTES);
    let mut bytes = buffer(size, share)?;
    let len = fill(&mut open().map_err(CodingError::Broken)?, &mut bytes)?;
    bytes.truncate(len);
    Ok(bytes)
}

/// Reads until the buffer is full or nothing is left, and says how much came.
fn fill(reader: &mut impl Read, bytes: &mut [u8]) -> Result<usize, CodingError> {
    let mut len = 0;
    while let Some(free) = bytes.get_mut(len..).filter(|free| !free.is_empty()) {
        match reader.read(free) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(CodingError::Broken(error)),
        }
    }
    Ok(len)
}
