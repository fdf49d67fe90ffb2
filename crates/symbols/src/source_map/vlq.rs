//! Numbers in base 64, as the mappings of source maps have them.

/// At most so many numbers are in one segment.
const NUMBERS_MAX: usize = 5;
const MORE: u8 = 0x20;
const NONE: u8 = 0xff;

const DIGITS: [u8; 256] = digits();

const fn digits() -> [u8; 256] {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut digits = [NONE; 256];
    let mut digit = 0_u8;
    while digit < 64 {
        digits[alphabet[digit as usize] as usize] = digit;
        digit += 1;
    }
    digits
}

/// The numbers of one segment.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Numbers {
    values: [i64; NUMBERS_MAX],
    count: usize,
}

impl Numbers {
    pub(super) fn as_slice(&self) -> &[i64] {
        self.values.get(..self.count).unwrap_or_default()
    }
}

/// Reads a segment. `None` when it has other digits, is cut off, or has numbers of more than 32 bits.
///
/// Source: ECMA-426, "Base64 VLQ".
pub(super) fn segment(text: &[u8]) -> Option<Numbers> {
    let mut numbers = Numbers::default();
    let (mut value, mut shift) = (0_i64, 0_u32);
    for byte in text {
        let digit = DIGITS[usize::from(*byte)];
        if digit == NONE || shift > 30 {
            return None;
        }
        value |= i64::from(digit & (MORE - 1)) << shift;
        shift += 5;
        if digit & MORE == 0 {
            let number = if value & 1 == 0 { value >> 1 } else { -(value >> 1) };
            *numbers.values.get_mut(numbers.count)? = number;
            numbers.count += 1;
            (value, shift) = (0, 0);
        }
    }
    (shift == 0).then_some(numbers)
}

/// `running` moved by `delta`; `None` when it leaves what 32 bits hold, the last number excepted.
pub(super) fn moved(running: &mut u32, delta: i64) -> Option<u32> {
    let value = u32::try_from(i64::from(*running) + delta).ok()?;
    *running = value;
    (value != u32::MAX).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_read() {
        let check = |text: &str, expected: Option<&[i64]>| {
            let found = segment(text.as_bytes());
            assert_eq!(found.as_ref().map(Numbers::as_slice), expected, "{text}");
        };
        check("AAAA", Some(&[0, 0, 0, 0]));
        check("gBAAkBD", Some(&[16, 0, 0, 18, -1]));
        check("+/////D", Some(&[2_147_483_647]));
        check("//////D", Some(&[-2_147_483_647]));
        check("", Some(&[]));
        check("g", None);
        check("A!", None);
        check("AAAAAA", None);
        check("ggggggggggggggggA", None);
    }
}
