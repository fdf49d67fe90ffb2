//! Bytes that are asked for by place, so that a bundle of 2 GB need not be in memory.

use std::io::{self, Read};

/// Something that bytes can be read from at any place: a slice, or what the caller has on disk.
pub trait ReadAt {
    /// How many bytes there are.
    fn len(&self) -> u64;

    /// Fills `into` with the bytes from `offset` on.
    ///
    /// # Errors
    ///
    /// When there are not so many, or reading them does not work.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()>;

    /// True when there is nothing.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl ReadAt for [u8] {
    fn len(&self) -> u64 {
        u64::try_from(<[u8]>::len(self)).unwrap_or(u64::MAX)
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let bytes = usize::try_from(offset).ok().and_then(|start| {
            let end = start.checked_add(into.len())?;
            self.get(start..end)
        });
        into.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl<R: ReadAt + ?Sized> ReadAt for &R {
    fn len(&self) -> u64 {
        (**self).len()
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        (**self).read_at(offset, into)
    }
}

impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        ReadAt::len(self.as_slice())
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.as_slice().read_at(offset, into)
    }
}

/// A stretch of bytes, read from its start to its end.
#[derive(Debug)]
pub(crate) struct Stretch<'a, R: ?Sized> {
    pub(crate) from: &'a R,
    pub(crate) offset: u64,
    pub(crate) left: u64,
}

impl<R: ReadAt + ?Sized> Read for Stretch<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let wanted = into.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let into = into.get_mut(..wanted).unwrap_or_default();
        self.from.read_at(self.offset, into)?;
        let read = u64::try_from(wanted).unwrap_or_default();
        self.offset += read;
        self.left -= read;
        Ok(wanted)
    }
}
