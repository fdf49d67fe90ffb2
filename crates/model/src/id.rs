//! Ids as types, so that a project is never mistaken for an issue.

use std::fmt;
use std::str::FromStr;

/// The text is not an id of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdError;

impl fmt::Display for IdError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("not a valid id")
    }
}

impl std::error::Error for IdError {}

macro_rules! number_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(out)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.parse().map(Self).or(Err(IdError))
            }
        }
    )+};
}

number_id! {
    /// An organisation: the tenant. Nothing crosses its border.
    OrganizationId,
    /// A project; the number at the end of a DSN.
    ProjectId,
    /// A client key (DSN) of a project.
    KeyId,
    /// A person who can log in.
    UserId,
    /// A group of error events with one cause.
    IssueId,
}

/// A bit that no digit has.
const NO_DIGIT: u8 = 0x80;
/// The value of each hexadecimal digit, [`NO_DIGIT`] for all other bytes.
static HEX: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut digit = 0;
    while digit < 16 {
        let letter = b"0123456789abcdef"[digit as usize];
        values[letter as usize] = digit;
        values[letter.to_ascii_uppercase() as usize] = digit;
        digit += 1;
    }
    values
};

macro_rules! hex_id {
    ($($(#[$doc:meta])* $name:ident($bytes:literal)),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $bytes]);

        impl $name {
            /// Reads hex digits in either case; dashes are skipped.
            ///
            /// # Errors
            /// [`IdError`] when the count of digits is wrong or another character occurs.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let mut bytes = [0_u8; $bytes];
                // Nearly all are written so, and a span has three.
                if let (pairs, []) = text.as_bytes().as_chunks::<2>()
                    && pairs.len() == $bytes
                {
                    let mut seen = 0;
                    for (slot, [high, low]) in bytes.iter_mut().zip(pairs) {
                        let (high, low) = (HEX[usize::from(*high)], HEX[usize::from(*low)]);
                        seen |= high | low;
                        *slot = high << 4 | low & 15;
                    }
                    return if seen & NO_DIGIT == 0 { Ok(Self(bytes)) } else { Err(IdError) };
                }
                let mut digits = 0;
                for byte in text.bytes().filter(|byte| *byte != b'-') {
                    let digit = char::from(byte).to_digit(16).ok_or(IdError)?;
                    let slot = bytes.get_mut(digits / 2).ok_or(IdError)?;
                    *slot = *slot << 4 | u8::try_from(digit).or(Err(IdError))?;
                    digits += 1;
                }
                if digits == $bytes * 2 { Ok(Self(bytes)) } else { Err(IdError) }
            }

            /// True when every byte is zero, which protocols use for "none".
            pub fn is_nil(&self) -> bool {
                self.0.iter().all(|byte| *byte == 0)
            }
        }

        impl fmt::Display for $name {
            /// Lower-case hex without dashes.
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                const DIGITS: &[u8; 16] = b"0123456789abcdef";
                let mut text = [0_u8; $bytes * 2];
                for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
                    pair[0] = DIGITS[usize::from(byte >> 4)];
                    pair[1] = DIGITS[usize::from(byte & 15)];
                }
                out.pad(std::str::from_utf8(&text).unwrap_or_default())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{self}")
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }
    )+};
}

hex_id! {
    /// An event; 16 bytes, written as 32 hex digits.
    EventId(16),
    /// A distributed trace; 16 bytes.
    TraceId(16),
    /// A span within a trace; 8 bytes.
    SpanId(8),
    /// A grouping hash; 16 bytes.
    GroupHash(16),
}

impl EventId {
    /// Turns 16 random bytes into a version 4 UUID, as SDKs make them.
    pub fn from_random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_ids_are_read_with_and_without_dashes() {
        let plain = EventId::parse("9ec79c33ec9942ab8353589fcb2e04dc").unwrap();
        assert_eq!(plain, EventId::parse("9EC79C33-ec99-42ab-8353-589fcb2e04dc").unwrap());
        assert_eq!(plain.to_string(), "9ec79c33ec9942ab8353589fcb2e04dc");
    }

    #[test]
    fn other_texts_are_not_ids() {
        for text in [
            "",
            "9ec7",
            "9ec79c33ec9942ab8353589fcb2e04dcff",
            "zec79c33ec9942ab8353589fcb2e04dc",
            "9ec79c33ec9942ab8353589fcb2e04d-",
            "9ec79c33-ec9942ab8353589fcb2e04d",
        ] {
            assert_eq!(EventId::parse(text), Err(IdError), "{text}");
        }
        assert_eq!("-1".parse::<ProjectId>(), Err(IdError));
    }

    #[test]
    fn random_bytes_become_a_version_4_uuid() {
        assert_eq!(
            EventId::from_random([0xff; 16]).to_string(),
            "ffffffffffff4fffbfffffffffffffff"
        );
    }
}
