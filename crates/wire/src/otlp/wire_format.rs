//! The wire format of protobuf: fields one after the other, borrowed from the message.
//!
//! Written by hand because generated messages own every text they hold, which would cost more than
//! all the rest of reading a span; what we need of the format is this page.
//!
//! Source: the protocol buffers' encoding guide.

use model::limits::OTLP_VALUES_MAX;

/// Nesting of groups that is skipped; nobody has sent groups for twenty years.
const GROUP_DEPTH_MAX: usize = 8;

/// The bytes are not a protobuf message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireFormatError {
    /// The message ends within a field.
    #[error("the message ends within a field")]
    Short,
    /// A number has more than ten bytes.
    #[error("a number is too long")]
    LongNumber,
    /// A field has a number or type that cannot be.
    #[error("a field has an impossible tag")]
    Tag,
    /// More values than are worth the memory.
    #[error("more than {OTLP_VALUES_MAX} values")]
    TooMany,
}

/// The value of a field, by how it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Field<'a> {
    Number(u64),
    Eight([u8; 8]),
    Four([u8; 4]),
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    /// The bytes of a text or message; empty for a field of another type, which is then a mistake of
    /// the sender and as good as not there.
    pub(super) fn bytes(self) -> &'a [u8] {
        if let Self::Bytes(bytes) = self { bytes } else { &[] }
    }

    /// The number, whichever way it is written.
    pub(super) fn number(self) -> u64 {
        match self {
            Self::Number(number) => number,
            Self::Eight(bytes) => u64::from_le_bytes(bytes),
            Self::Four(bytes) => u32::from_le_bytes(bytes).into(),
            Self::Bytes(_) => 0,
        }
    }
}

/// What is left to read of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn of(message: &'a [u8]) -> Self {
        Self(message)
    }

    /// The next field with its number; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Field<'a>)>, WireFormatError> {
        while !self.0.is_empty() {
            let tag = self.number()?;
            let (number, wire_type) = (tag >> 3, tag & 7);
            if number == 0 {
                return Err(WireFormatError::Tag);
            }
            return Ok(Some((
                number,
                match wire_type {
                    0 => Field::Number(self.number()?),
                    1 => Field::Eight(self.array()?),
                    2 => {
                        let length = self.number()?;
                        Field::Bytes(self.bytes(length)?)
                    }
                    3 => {
                        self.skip_group()?;
                        continue;
                    }
                    5 => Field::Four(self.array()?),
                    _ => return Err(WireFormatError::Tag),
                },
            )));
        }
        Ok(None)
    }

    fn number(&mut self) -> Result<u64, WireFormatError> {
        let mut number = 0;
        for (place, byte) in self.0.iter().take(10).enumerate() {
            number |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                self.0 = &self.0[place + 1..];
                return Ok(number);
            }
        }
        Err(if self.0.len() < 10 { WireFormatError::Short } else { WireFormatError::LongNumber })
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], WireFormatError> {
        let (array, rest) = self.0.split_first_chunk().ok_or(WireFormatError::Short)?;
        self.0 = rest;
        Ok(*array)
    }

    fn bytes(&mut self, length: u64) -> Result<&'a [u8], WireFormatError> {
        let length = usize::try_from(length).or(Err(WireFormatError::Short))?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(WireFormatError::Short)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn skip_group(&mut self) -> Result<(), WireFormatError> {
        let mut depth = 1;
        while depth > 0 {
            match self.number()? & 7 {
                0 => drop(self.number()?),
                1 => drop(self.array::<8>()?),
                2 => {
                    let length = self.number()?;
                    self.bytes(length)?;
                }
                3 if depth < GROUP_DEPTH_MAX => depth += 1,
                4 => depth -= 1,
                5 => drop(self.array::<4>()?),
                _ => return Err(WireFormatError::Tag),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &[u8], expected: Result<&[(u64, Field<'_>)], WireFormatError>) {
        let mut fields = Fields::of(message);
        let mut read = Vec::new();
        let result = loop {
            match fields.next() {
                Ok(Some(field)) => read.push(field),
                Ok(None) => break Ok(&read[..]),
                Err(error) => break Err(error),
            }
        };
        assert_eq!(result, expected, "{message:?}");
    }

    #[test]
    fn fields_of_every_type_are_read() {
        check(b"", Ok(&[]));
        check(b"\x08\x96\x01", Ok(&[(1, Field::Number(150))]));
        check(b"\x12\x02ab\x12\x00", Ok(&[(2, Field::Bytes(b"ab")), (2, Field::Bytes(b""))]));
        check(b"\x1d\x01\0\0\0", Ok(&[(3, Field::Four([1, 0, 0, 0]))]));
        check(b"\x21\x01\0\0\0\0\0\0\0", Ok(&[(4, Field::Eight([1, 0, 0, 0, 0, 0, 0, 0]))]));
        check(b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", Ok(&[(1, Field::Number(u64::MAX))]));
    }

    #[test]
    fn groups_are_skipped() {
        check(b"\x2b\x08\x01\x33\x12\x01x\x34\x2c\x08\x05", Ok(&[(1, Field::Number(5))]));
        check(b"\x2b\x08\x01", Err(WireFormatError::Short));
        check(&[0x2b; 9], Err(WireFormatError::Tag));
    }

    #[test]
    fn other_bytes_are_refused() {
        check(b"\x08", Err(WireFormatError::Short));
        check(b"\x12\x05ab", Err(WireFormatError::Short));
        check(b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", Err(WireFormatError::Short));
        check(b"\x21\0", Err(WireFormatError::Short));
        check(&[0xff; 11], Err(WireFormatError::LongNumber));
        check(b"\x00\x01", Err(WireFormatError::Tag));
        check(b"\x0f", Err(WireFormatError::Tag));
        check(b"\x0c", Err(WireFormatError::Tag));
    }
}
