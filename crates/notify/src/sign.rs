//! Signatures: what we sign for receivers, and what others sign for us. All are HMAC-SHA256.

use hmac::{Hmac, Mac as _};
use model::clock::Micros;
use sha2::{Digest as _, Sha256};

/// Older requests may have been recorded and sent again. Source: Slack's "Verifying requests".
pub const SLACK_AGE_SECONDS_MAX: u64 = 300;

/// A request that is not to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SignatureError {
    #[error("the timestamp is no number of seconds")]
    Timestamp,
    #[error("the request is older, or newer, than {SLACK_AGE_SECONDS_MAX} seconds")]
    Age,
    #[error("the signature is not one")]
    Form,
    #[error("the signature is another's")]
    Wrong,
}

/// Value of `X-Pitwatch-Signature`: `t=<seconds>,v1=<hex>`, over the time, a dot and the body, so that a
/// recorded request cannot be sent again later.
pub fn signature(secret: &str, at: Micros, body: &[u8]) -> String {
    let seconds = at.0 / 1_000_000;
    let signed = mac(secret, &[seconds.to_string().as_bytes(), b".", body]);
    format!("t={seconds},v1={}", hex(&signed.finalize().into_bytes()))
}

/// Value of `Sentry-Hook-Signature` and `X-ServiceHook-Signature`: over the body alone, as Sentry has it.
pub fn sentry_signature(secret: &str, body: &[u8]) -> String {
    hex(&mac(secret, &[body]).finalize().into_bytes())
}

/// Checks what Slack sent: `timestamp` and `sent` are the headers `X-Slack-Request-Timestamp` and
/// `X-Slack-Signature`. Takes the same time for every wrong signature.
///
/// # Errors
/// [`SignatureError`]; the body must not be read then.
pub fn verify_slack(
    secret: &str,
    (timestamp, sent): (&str, &str),
    body: &[u8],
    now: Micros,
) -> Result<(), SignatureError> {
    let seconds: u64 = timestamp.parse().or(Err(SignatureError::Timestamp))?;
    if seconds.abs_diff(now.0 / 1_000_000) > SLACK_AGE_SECONDS_MAX {
        return Err(SignatureError::Age);
    }
    let sent = sent.strip_prefix("v0=").and_then(unhex).ok_or(SignatureError::Form)?;
    let signed = mac(secret, &[b"v0:", timestamp.as_bytes(), b":", body]);
    signed.verify_slice(&sent).or(Err(SignatureError::Wrong))
}

fn mac(secret: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
    // A key of one block cannot be refused; HMAC pads shorter ones with zeros and hashes longer ones.
    let mut key = [0; 64];
    let hashed = Sha256::digest(secret.as_bytes());
    let bytes = if secret.len() > key.len() { hashed.as_slice() } else { secret.as_bytes() };
    for (place, byte) in key.iter_mut().zip(bytes) {
        *place = *byte;
    }
    let mut mac = Hmac::<Sha256>::new(&key.into());
    for part in parts {
        mac.update(part);
    }
    mac
}

/// In small hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(place * 2..place * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}
