//! From a record of the intake log back to the items that were sent.

use std::borrow::Cow;
use std::io::Read;

use libdeflater::{DecompressionError, Decompressor};
use model::intake::{BodyCoding, Item, Record};

/// The body of a record cannot be had back. The log's checksum was right, so this is a bug in ingest,
/// and the items become outcomes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnpackError {
    /// The gzip stream is damaged, or its content has another length than ingest found.
    #[error("decompressing a gzip body: {0:?}")]
    Gzip(DecompressionError),
    /// The same for zstd.
    #[error("decompressing a zstd body")]
    Zstd(#[source] std::io::Error),
    /// The content has another length than ingest found.
    #[error("the body has {found} bytes, not {expected}")]
    Length {
        /// What came out.
        found: usize,
        /// What the record says.
        expected: u32,
    },
}

/// Decompresses bodies, keeping what that needs from one to the next.
pub(crate) struct Unpacker {
    gzip: Decompressor,
}

impl std::fmt::Debug for Unpacker {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Unpacker")
    }
}

impl Default for Unpacker {
    fn default() -> Self {
        Self { gzip: Decompressor::new() }
    }
}

impl Unpacker {
    /// The body as the client meant it. Its length was checked by ingest, so it bounds what is made.
    ///
    /// # Errors
    /// [`UnpackError`] when the body is damaged.
    pub(crate) fn body<'r>(&mut self, record: &'r Record) -> Result<Cow<'r, [u8]>, UnpackError> {
        let expected = usize::try_from(record.body_len).unwrap_or(usize::MAX);
        let packed = record.body.as_slice();
        let body = match record.coding {
            BodyCoding::Identity => Cow::Borrowed(packed),
            BodyCoding::Gzip => {
                let mut body = vec![0; expected];
                let found =
                    self.gzip.gzip_decompress(packed, &mut body).map_err(UnpackError::Gzip)?;
                body.truncate(found);
                Cow::Owned(body)
            }
            BodyCoding::Zstd => {
                let mut body = Vec::with_capacity(expected);
                let limit = u64::from(record.body_len).saturating_add(1);
                let stream = zstd::Decoder::new(packed).map_err(UnpackError::Zstd)?;
                stream.take(limit).read_to_end(&mut body).map_err(UnpackError::Zstd)?;
                Cow::Owned(body)
            }
        };
        if body.len() == expected {
            Ok(body)
        } else {
            Err(UnpackError::Length { found: body.len(), expected: record.body_len })
        }
    }
}

/// The payload of an item; empty when the record's ranges do not fit its body.
pub(crate) fn payload<'b>(body: &'b [u8], item: &Item) -> &'b [u8] {
    let start = usize::try_from(item.start).unwrap_or(usize::MAX);
    let len = usize::try_from(item.len).unwrap_or(usize::MAX);
    start.checked_add(len).and_then(|end| body.get(start..end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::clock::Micros;
    use model::id::{KeyId, OrganizationId, ProjectId};

    fn record(coding: BodyCoding, body: Vec<u8>, body_len: u32) -> Record {
        Record {
            received: Micros(0),
            organization: OrganizationId(1),
            project: ProjectId(1),
            key: KeyId(1),
            client_ip: String::new(),
            user_agent: String::new(),
            sdk: String::new(),
            header: String::new(),
            items: Vec::new(),
            coding,
            body_len,
            body,
        }
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packer = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
        let mut out = vec![0; packer.gzip_compress_bound(text.len())];
        let len = packer.gzip_compress(text, &mut out).unwrap();
        out.truncate(len);
        out
    }

    #[test]
    fn every_coding_leads_back() {
        let text = b"{\"a\":1}".repeat(100);
        let zstd = zstd::encode_all(text.as_slice(), 1).unwrap();
        for (coding, body) in [
            (BodyCoding::Identity, text.clone()),
            (BodyCoding::Gzip, gzip(&text)),
            (BodyCoding::Zstd, zstd),
        ] {
            let record = record(coding, body, u32::try_from(text.len()).unwrap());
            assert_eq!(Unpacker::default().body(&record).unwrap(), text, "{coding:?}");
        }
    }

    #[test]
    fn a_body_that_is_not_as_long_as_the_record_says_is_refused() {
        let packed = zstd::encode_all([0_u8; 5000].as_slice(), 1).unwrap();
        assert!(matches!(
            Unpacker::default().body(&record(BodyCoding::Zstd, packed, 10)),
            Err(UnpackError::Length { found: 11, expected: 10 })
        ));
        assert!(Unpacker::default().body(&record(BodyCoding::Gzip, gzip(&[0; 5000]), 10)).is_err());
    }
}
