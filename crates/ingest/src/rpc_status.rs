//! Refusals as OpenTelemetry's clients read them: a `google.rpc.Status`, in JSON or protobuf.
//!
//! Source: OTLP, "Failures"; `google/rpc/status.proto` and `google/rpc/error_details.proto`.

use http::StatusCode;
use model::json::{Object, Value};
use model::json_text;

use crate::refusal::Refusal;

/// A number of `google.rpc.Code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code(pub(crate) u8);

impl Code {
    pub(crate) const OK: Self = Self(0);
    pub(crate) const UNIMPLEMENTED: Self = Self(12);

    /// The code that stands for an HTTP status. Source: Relay's OTLP endpoints.
    pub(crate) fn of(status: StatusCode) -> Self {
        Self(match status.as_u16() {
            400 | 415 => 3,
            401 => 16,
            403 => 7,
            404 => 5,
            413 | 429 => 8,
            501 => 12,
            502 | 503 => 14,
            504 => 4,
            500..=599 => 13,
            _ => 2,
        })
    }
}

/// The refusal as an object of JSON.
pub(crate) fn json(refusal: &Refusal) -> Object<'static> {
    let mut status = Object::new();
    status.push("code", u64::from(Code::of(refusal.status()).0));
    status.push("message", message(refusal));
    status
}

/// The refusal in protobuf, with when to come back if that makes sense.
pub(crate) fn protobuf(refusal: &Refusal) -> Vec<u8> {
    let mut status = Vec::with_capacity(128);
    put_number(&mut status, 1, Code::of(refusal.status()).0.into());
    put_bytes(&mut status, 2, message(refusal).as_bytes());
    if let Some(secs) = refusal.retry_after_secs() {
        let (mut delay, mut retry, mut detail) = (Vec::new(), Vec::new(), Vec::new());
        put_number(&mut delay, 1, secs);
        put_bytes(&mut retry, 1, &delay);
        put_bytes(&mut detail, 1, b"type.googleapis.com/google.rpc.RetryInfo");
        put_bytes(&mut detail, 2, &retry);
        put_bytes(&mut status, 3, &detail);
    }
    status
}

/// What went wrong, with its causes.
pub(crate) fn message(refusal: &Refusal) -> String {
    let first: &dyn std::error::Error = refusal;
    let causes = std::iter::successors(Some(first), |cause| cause.source());
    let mut texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.dedup();
    texts.join(": ")
}

/// The object as text.
pub(crate) fn text(object: Object<'_>) -> Vec<u8> {
    json_text::to_string(&Value::Object(object)).into_bytes()
}

fn put_number(out: &mut Vec<u8>, field: u8, number: u64) {
    out.push(field << 3);
    put_varint(out, number);
}

fn put_bytes(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    out.push(field << 3 | 2);
    put_varint(out, u64::try_from(bytes.len()).unwrap_or(0));
    out.extend_from_slice(bytes);
}

fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            return out.push(low & 0x7f);
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_written_as_protobuf() {
        let status = protobuf(&Refusal::Busy);
        let detail =
            b"\x1a\x32\x0a\x28type.googleapis.com/google.rpc.RetryInfo\x12\x06\x0a\x02\x08\x01";
        let expected = [&b"\x08\x0e\x12\x1atoo many requests at once"[..], detail].concat();
        assert_eq!(status.len(), expected.len());
        assert_eq!(protobuf(&Refusal::NotFound), b"\x08\x05\x12\x09not found");
        let mut number = Vec::new();
        put_varint(&mut number, 300);
        assert_eq!(number, [0xac, 2]);
    }
}
