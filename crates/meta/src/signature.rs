//! Signatures of requests by a secret that both sides know.

use sha2::{Digest as _, Sha256};

use crate::secret::hex;

/// Bytes that SHA-256 works on at a time.
const BLOCK_BYTES: usize = 64;

/// HMAC-SHA256 of a message that lies in pieces. Source: RFC 2104.
pub fn hmac(key: &[u8], message: &[&[u8]]) -> [u8; 32] {
    let hashed: [u8; 32];
    let key = if key.len() > BLOCK_BYTES {
        hashed = Sha256::digest(key).into();
        &hashed[..]
    } else {
        key
    };
    let pad = |with: u8| {
        let mut block = [with; BLOCK_BYTES];
        block.iter_mut().zip(key).for_each(|(place, byte)| *place ^= byte);
        Sha256::new_with_prefix(block)
    };
    let inner = message.iter().fold(pad(0x36), Sha256::chain_update).finalize();
    pad(0x5c).chain_update(inner).finalize().into()
}

/// The same as hex digits, as most senders write it.
pub fn hex_hmac(key: &[u8], message: &[&[u8]]) -> String {
    hex(&hmac(key, message))
}

/// Takes the same time wherever the texts differ.
pub fn is_same(given: &[u8], expected: &[u8]) -> bool {
    let differences = given.iter().zip(expected).fold(0, |sum, (left, right)| sum | (left ^ right));
    given.len() == expected.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_signed_as_the_standard_says() {
        // Source: RFC 4231, test cases 2 and 6.
        assert_eq!(
            hex_hmac(b"Jefe", &[b"what do ya want ", b"for nothing?"]),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex_hmac(&[0xaa; 131], &[b"Test Using Larger Than Block-Size Key - Hash Key First"]),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn only_the_same_is_the_same() {
        for (given, expected, same) in
            [("ab", "ab", true), ("ab", "ac", false), ("a", "ab", false), ("ab", "a", false)]
        {
            assert_eq!(is_same(given.as_bytes(), expected.as_bytes()), same, "{given} {expected}");
        }
    }
}
