//! Bundles as build tools send them, their files not compressed.

/// A bundle of these files.
pub(crate) fn bundle(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = b"SYSB\x02\0\0\0".to_vec();
    let mut directory = Vec::new();
    for (name, content) in files {
        let (offset, size) = (narrow(out.len()), narrow(content.len()));
        let crc = crc32fast::hash(content);
        let both = |from: &mut Vec<u8>| {
            // Version, flags, method, time, date.
            from.extend([20, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            from.extend(crc.to_le_bytes());
            from.extend(size.to_le_bytes());
            from.extend(size.to_le_bytes());
            from.extend(narrow(name.len()).to_le_bytes());
        };
        out.extend(b"PK\x03\x04");
        both(&mut out);
        out.extend(name.as_bytes());
        out.extend(*content);
        directory.extend(b"PK\x01\x02\x14\0");
        both(&mut directory);
        // Comment, disk, attributes.
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, count) = (narrow(out.len()), u16::try_from(files.len()).unwrap());
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(narrow(directory.len()).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap()
}
