//! Standalone spans of the first version: web vitals that browsers send after the page load.

use model::json::Value;
use model::span::SpanRow;

use super::embedded::Embedded;
use super::finishing::{self, settle_columns};
use super::request::Client;
use super::time::{Window, from_millis};
use super::{Invalid, SpanGiven, blank, score};

/// Reads a span that came alone, as one JSON object. Browsers send such without their address and
/// name, so these are always taken from the request.
///
/// # Errors
/// [`Invalid`] when it lacks something, or was too long ago.
pub fn standalone<'a>(span: Value<'a>, given: &SpanGiven<'_>) -> Result<SpanRow<'a>, Invalid> {
    let Value::Object(span) = span else { return Err(Invalid::NoContainer) };
    let span = Embedded::read(span);
    let id = span.span.ok_or(Invalid::BadId("span_id"))?;
    let trace = span.trace.filter(|id| !id.is_nil()).ok_or(Invalid::BadId("trace_id"))?;
    let start = span.start.ok_or(Invalid::NoData("start_timestamp"))?;
    let end = span.end.ok_or(Invalid::NoData("timestamp"))?;
    let mut row = blank(given, trace, id);
    Window::new(given).place(&mut row, start, end)?;
    row.parent = span.parent;
    row.is_segment = span.is_segment.unwrap_or(false);
    row.segment = span.segment.unwrap_or(id);
    row.op = finishing::op(span.op);
    row.name = finishing::name(span.description);
    row.status = span.status.unwrap_or_default().into();
    row.platform = finishing::short(span.platform);
    row.self_time = row.duration;
    let mut attributes = span.attributes;
    Client::of(given).fill(&mut attributes);
    settle_columns(&mut row, &mut attributes);
    if row.platform.is_empty() {
        row.platform = "javascript".into();
    }
    if let Some(micros) = span.exclusive_time.and_then(from_millis) {
        row.self_time = micros;
    }
    score::fill(&mut attributes);
    row.attributes = attributes.into_vec();
    Ok(row)
}
