//! Zips made by hand, so that each of their numbers can be a lie.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// A file of a zip, and what is said about it.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) name: Vec<u8>,
    pub(crate) data: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) bytes: u32,
    pub(crate) crc: u32,
    pub(crate) compressed: u32,
    /// Where the directory says it starts, if not where it does.
    pub(crate) offset: Option<u32>,
    pub(crate) extra: Vec<u8>,
}

pub(crate) fn stored(name: &str, content: &[u8]) -> File {
    packed(name, content, 0, content.to_vec())
}

pub(crate) fn deflated(name: &str, content: &[u8]) -> File {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    packed(name, content, 8, encoder.finish().unwrap())
}

pub(crate) fn zstd(name: &str, content: &[u8]) -> File {
    packed(name, content, 93, zstd::bulk::compress(content, 3).unwrap())
}

fn packed(name: &str, content: &[u8], method: u16, data: Vec<u8>) -> File {
    File {
        name: name.into(),
        method,
        flags: 0,
        bytes: content.len().try_into().unwrap(),
        crc: crc32fast::hash(content),
        compressed: data.len().try_into().unwrap(),
        data,
        offset: None,
        extra: Vec::new(),
    }
}

pub(crate) fn zip(files: &[File]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for file in files {
        let offset: u32 = out.len().try_into().unwrap();
        out.extend(b"PK\x03\x04\x14\x00");
        let mut fields = Vec::new();
        fields.extend(file.flags.to_le_bytes());
        fields.extend(file.method.to_le_bytes());
        fields.extend([0; 4]);
        fields.extend(file.crc.to_le_bytes());
        fields.extend(file.compressed.to_le_bytes());
        fields.extend(file.bytes.to_le_bytes());
        fields.extend(u16::try_from(file.name.len()).unwrap().to_le_bytes());
        out.extend(&fields);
        out.extend([0; 2]);
        out.extend(&file.name);
        out.extend(&file.data);
        directory.extend(b"PK\x01\x02\x14\x00\x14\x00");
        directory.extend(&fields);
        directory.extend(u16::try_from(file.extra.len()).unwrap().to_le_bytes());
        directory.extend([0; 10]);
        directory.extend(file.offset.unwrap_or(offset).to_le_bytes());
        directory.extend(&file.name);
        directory.extend(&file.extra);
    }
    let (count, start) = (u16::try_from(files.len()).unwrap(), out.len());
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    out.extend(u32::try_from(start).unwrap().to_le_bytes());
    out.extend([0; 2]);
    out
}

/// A bundle: the header, and a zip with these files.
pub(crate) fn bundle(files: &[File]) -> Vec<u8> {
    let mut out = b"SYSB\x02\0\0\0".to_vec();
    out.extend(zip(files));
    out
}
