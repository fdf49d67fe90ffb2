//! Passwords: Argon2id, in the same time whether the account exists or not.

use std::sync::OnceLock;

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use rand::RngCore as _;

use crate::error::MetaError;

/// Shortest password, in characters. Source: NIST SP 800-63B, section 5.1.1.
const PASSWORD_CHARS_MIN: usize = 8;
/// Longest password, in bytes: hashing must not become a way to use up the server.
const PASSWORD_BYTES_MAX: usize = 1_024;

/// Hashes a password with Argon2id (19 MiB, 2 rounds) and a random salt.
///
/// Source: OWASP Password Storage Cheat Sheet.
///
/// # Errors
/// [`MetaError::Invalid`] when it is too short or too long.
pub fn hash_password(password: &str) -> Result<String, MetaError> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        let reason = format!("must have at least {PASSWORD_CHARS_MIN} characters");
        return Err(MetaError::invalid("password", reason));
    }
    if password.len() > PASSWORD_BYTES_MAX {
        let reason = format!("must have at most {PASSWORD_BYTES_MAX} bytes");
        return Err(MetaError::invalid("password", reason));
    }
    let mut salt = [0; 16];
    rand::rng().fill_bytes(&mut salt);
    let salt =
        SaltString::encode_b64(&salt).map_err(|cause| MetaError::Password(cause.to_string()))?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    Ok(hash.map_err(|cause| MetaError::Password(cause.to_string()))?.to_string())
}

/// True when `hash` is of `password`. Without a hash it takes as long and answers no.
pub fn verify_password(password: &str, hash: Option<&str>) -> bool {
    static NOBODY: OnceLock<String> = OnceLock::new();
    let nobody =
        || NOBODY.get_or_init(|| hash_password("nobody has this password").unwrap_or_default());
    let (text, exists) = hash.map_or_else(|| (nobody().as_str(), false), |hash| (hash, true));
    if password.len() > PASSWORD_BYTES_MAX {
        return false;
    }
    let Ok(parsed) = PasswordHash::new(text) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && exists
}

/// Checks that a hash given in a provisioning file is one we can verify later.
pub(crate) fn check_hash(hash: &str) -> Result<(), MetaError> {
    match PasswordHash::new(hash) {
        Ok(parsed) if parsed.algorithm.as_str() == "argon2id" && parsed.hash.is_some() => Ok(()),
        _ => Err(MetaError::invalid("password_hash", "must be an argon2id hash ($argon2id$…)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_fits() {
        let hash = hash_password("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(verify_password("correct horse", Some(&hash)));
        assert!(!verify_password("correct horse ", Some(&hash)));
        assert!(!verify_password("nobody has this password", None));
        assert!(!verify_password("correct horse", Some("plain")));
        assert!(check_hash(&hash).is_ok());
        assert!(check_hash("$2b$12$abc").is_err());
    }

    #[test]
    fn short_and_huge_passwords_are_refused() {
        assert!(hash_password("1234567").is_err());
        assert!(hash_password(&"x".repeat(2_000)).is_err());
    }
}
