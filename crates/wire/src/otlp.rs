//! OpenTelemetry's traces: an `ExportTraceServiceRequest`, in protobuf or JSON, as rows of spans, and
//! the exceptions on them as error events.
//!
//! Everything borrows from what arrived: a span costs about as many allocations as it has attributes
//! that had to be renamed.
//!
//! Source: opentelemetry-proto 1.9 and the OTLP specification; the mapping is Relay's, and goes on
//! where Relay drops events.

use memchr::memmem;
use model::id::EventId;
use model::json::{Object, Value};
use model::limits::OTLP_JSON_NODES_MAX;
use model::outcome::Reason;
use model::span::SpanRow;

use crate::json::{JsonError, Parser};
use crate::span::SpanGiven;

mod exception;
mod json;
mod mapping;
mod message;
mod protobuf;
mod resource;
mod segments;
mod stack_text;
mod wire_format;

pub use wire_format::WireFormatError;

/// What came of a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OtlpTraces<'a> {
    /// The spans, to be scrubbed and then finished as those of a container are.
    pub spans: Vec<SpanRow<'a>>,
    /// The exceptions on them.
    pub exceptions: Vec<SpanException<'a>>,
    /// Spans that were not kept: why, and how many.
    pub refused: Vec<(Reason, u64)>,
    /// Exceptions over [`model::limits::OTLP_EXCEPTIONS_MAX`]. They stay events of their spans, but
    /// do not become errors.
    pub exceptions_left_out: u64,
}

/// An exception on a span, as the error event it becomes.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanException<'a> {
    /// The place of its span in [`OtlpTraces::spans`].
    pub span: usize,
    /// The same every time the request arrives: made of the trace, the span and the event's place.
    pub event_id: EventId,
    /// The event as a client of ours would have sent it.
    pub event: Object<'a>,
}

/// Why a request is not taken.
#[derive(Debug, thiserror::Error)]
pub enum OtlpError {
    /// Not a message of protobuf, or not the one we expect.
    #[error("invalid protobuf")]
    Protobuf(#[from] WireFormatError),
    /// Not JSON.
    #[error("invalid JSON")]
    Json(#[from] JsonError),
    /// JSON, but no object.
    #[error("an ExportTraceServiceRequest is an object")]
    NoObject,
}

impl OtlpError {
    /// The reason for the accounts. Source: Relay's discard reasons.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Protobuf(_) => "invalid_proto",
            Self::Json(_) | Self::NoObject => "invalid_json",
        }
    }
}

/// Reads a request in protobuf.
///
/// # Errors
/// [`OtlpError`] when what is around the spans cannot be read; a broken span only costs itself.
pub fn protobuf<'a>(bytes: &'a [u8], given: &SpanGiven<'_>) -> Result<OtlpTraces<'a>, OtlpError> {
    Ok(mapping::traces(protobuf::request(bytes)?, given))
}

/// Reads a request in JSON. `bytes` is scratch space afterwards: the rows borrow from it.
///
/// # Errors
/// [`OtlpError`] when it is not an object of JSON, or has too many names and values.
pub fn json<'a>(
    bytes: &'a mut Vec<u8>,
    given: &SpanGiven<'_>,
) -> Result<OtlpTraces<'a>, OtlpError> {
    let Value::Object(message) = Parser::with_nodes_max(OTLP_JSON_NODES_MAX).parse(bytes)? else {
        return Err(OtlpError::NoObject);
    };
    Ok(mapping::traces(json::request(message), given))
}

/// How many spans a request in protobuf holds, counted without reading them.
///
/// # Errors
/// [`OtlpError::Protobuf`] when what is around the spans cannot be read.
pub fn count_protobuf(bytes: &[u8]) -> Result<u64, OtlpError> {
    Ok(protobuf::count(bytes)?)
}

/// How many spans a request in JSON holds, by a name that each of them has and that cannot be inside a
/// text: its quotes would be escaped there. Nothing is checked.
pub fn count_json(bytes: &[u8]) -> u64 {
    let names: [&[u8]; 2] = [b"\"startTimeUnixNano\"", b"\"start_time_unix_nano\""];
    let count = names.iter().map(|name| memmem::find_iter(bytes, name).count()).sum::<usize>();
    u64::try_from(count).unwrap_or(u64::MAX)
}
