//! Secrets: made at random, stored as hashes, never printed.

use std::fmt;

use rand::RngCore as _;
use sha2::{Digest as _, Sha256};

/// A text that must not appear in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text that came from outside.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// 256 random bits as hex digits, after `prefix`.
    pub(crate) fn random(prefix: &str) -> Self {
        Self(format!("{prefix}{}{}", random_hex(), random_hex()))
    }

    /// The text itself, to be sent to the one person it is for.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[secret]")
    }
}

/// What is stored of a token. Tokens are long and random, so one round of a fast hash is enough.
pub(crate) fn fingerprint(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Bytes as hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
        text
    })
}

/// 256 random bits.
pub(crate) fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// 128 random bits as 32 hex digits.
pub(crate) fn random_hex() -> String {
    let mut bytes = [0; 16];
    rand::rng().fill_bytes(&mut bytes);
    model::id::TraceId(bytes).to_string()
}

/// A password a person can type: 20 characters of 32 that are not taken for each other; 100 bits.
pub fn random_password() -> Secret {
    const CHARACTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 20];
    rand::rng().fill_bytes(&mut bytes);
    let password = bytes.iter().map(|byte| char::from(CHARACTERS[usize::from(byte % 32)]));
    Secret(password.collect())
}
