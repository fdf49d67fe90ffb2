//! OTLP messages out of JSON, read leniently: names in camel or snake case, ids in hex or base64,
//! numbers as numbers or texts, enums as numbers or names.
//!
//! Source: OTLP 1.9, "JSON Protobuf Encoding".

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use model::id::{SpanId, TraceId};
use model::json::{Object, Value};
use model::limits::OTLP_SPANS_MAX;

use super::message::{
    Attributes, Link, Request, ResourceSpans, ScopeSpans, Span, SpanEvent, Status,
};

const KINDS: [&str; 6] = [
    "SPAN_KIND_UNSPECIFIED",
    "SPAN_KIND_INTERNAL",
    "SPAN_KIND_SERVER",
    "SPAN_KIND_CLIENT",
    "SPAN_KIND_PRODUCER",
    "SPAN_KIND_CONSUMER",
];
const STATUS_CODES: [&str; 3] = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];

/// Reads an `ExportTraceServiceRequest`.
pub(super) fn request(message: Object<'_>) -> Request<'_> {
    let mut reader = Reader { spans: OTLP_SPANS_MAX, broken: 0, surplus: 0 };
    let mut resources = Vec::new();
    for (name, value) in message.into_entries() {
        if matches!(name.as_ref(), "resourceSpans" | "resource_spans") {
            resources.extend(objects(value).map(|resource| reader.resource_spans(resource)));
        }
    }
    Request { resources, broken: reader.broken, surplus: reader.surplus }
}

struct Reader {
    spans: usize,
    broken: u64,
    surplus: u64,
}

impl Reader {
    fn resource_spans<'a>(&mut self, message: Object<'a>) -> ResourceSpans<'a> {
        let mut resource = ResourceSpans::default();
        for (name, value) in message.into_entries() {
            match name.as_ref() {
                "resource" => {
                    for (name, value) in entries(value) {
                        if name == "attributes" {
                            resource.attributes = attributes(value);
                        }
                    }
                }
                "scopeSpans" | "scope_spans" => {
                    resource.scopes.extend(objects(value).map(|scope| self.scope_spans(scope)));
                }
                _ => {}
            }
        }
        resource
    }

    fn scope_spans<'a>(&mut self, message: Object<'a>) -> ScopeSpans<'a> {
        let mut scope = ScopeSpans::default();
        for (name, value) in message.into_entries() {
            match name.as_ref() {
                "scope" => {
                    for (name, value) in entries(value) {
                        match name.as_ref() {
                            "name" => scope.name = text(value),
                            "version" => scope.version = text(value),
                            "attributes" => scope.attributes = attributes(value),
                            _ => {}
                        }
                    }
                }
                "spans" => {
                    let Value::Array(spans) = value else { continue };
                    scope.spans.reserve(spans.len().min(self.spans));
                    for value in spans {
                        self.add_span(value, &mut scope.spans);
                    }
                }
                _ => {}
            }
        }
        scope
    }

    fn add_span<'a>(&mut self, value: Value<'a>, spans: &mut Vec<Span<'a>>) {
        if self.spans == 0 {
            self.surplus += 1;
            return;
        }
        let span = span(entries(value));
        if span.has_ids() {
            self.spans -= 1;
            spans.push(span);
        } else {
            self.broken += 1;
        }
    }
}

fn span<'a>(message: impl Iterator<Item = (Cow<'a, str>, Value<'a>)>) -> Span<'a> {
    let mut span = Span::default();
    for (name, value) in message {
        match name.as_ref() {
            "traceId" | "trace_id" => span.trace = trace_id(&value),
            "spanId" | "span_id" => span.span = span_id(&value),
            "parentSpanId" | "parent_span_id" => span.parent = span_id(&value),
            "traceState" | "trace_state" => span.trace_state = text(value),
            "flags" => span.flags = u32::try_from(number(&value)).unwrap_or(0),
            "name" => span.name = text(value),
            "kind" => span.kind = choice(&value, &KINDS),
            "startTimeUnixNano" | "start_time_unix_nano" => span.start = number(&value),
            "endTimeUnixNano" | "end_time_unix_nano" => span.end = number(&value),
            "attributes" => span.attributes = attributes(value),
            "events" => span.events = objects(value).map(event).collect(),
            "links" => span.links = objects(value).map(link).collect(),
            "status" => span.status = status(value),
            "droppedAttributesCount" | "dropped_attributes_count" => {
                span.dropped_attributes = number(&value);
            }
            "droppedEventsCount" | "dropped_events_count" => span.dropped_events = number(&value),
            "droppedLinksCount" | "dropped_links_count" => span.dropped_links = number(&value),
            _ => {}
        }
    }
    span
}

fn event(message: Object<'_>) -> SpanEvent<'_> {
    let mut event = SpanEvent::default();
    for (name, value) in message.into_entries() {
        match name.as_ref() {
            "timeUnixNano" | "time_unix_nano" => event.time = number(&value),
            "name" => event.name = text(value),
            "attributes" => event.attributes = attributes(value),
            _ => {}
        }
    }
    event
}

fn link(message: Object<'_>) -> Link<'_> {
    let mut link = Link::default();
    for (name, value) in message.into_entries() {
        match name.as_ref() {
            "traceId" | "trace_id" => link.trace = trace_id(&value),
            "spanId" | "span_id" => link.span = span_id(&value),
            "attributes" => link.attributes = attributes(value),
            _ => {}
        }
    }
    link
}

fn status(value: Value<'_>) -> Status<'_> {
    let mut status = Status::default();
    for (name, value) in entries(value) {
        match name.as_ref() {
            "message" => status.message = text(value),
            "code" => status.code = choice(&value, &STATUS_CODES),
            _ => {}
        }
    }
    status
}

fn attributes(value: Value<'_>) -> Attributes<'_> {
    let Value::Array(items) = value else { return Vec::new() };
    let mut attributes = Vec::with_capacity(items.len());
    attributes.extend(items.into_iter().map(|item| key_value(entries(item))));
    attributes
}

fn key_value<'a>(
    message: impl Iterator<Item = (Cow<'a, str>, Value<'a>)>,
) -> (Cow<'a, str>, Value<'a>) {
    let (mut key, mut held) = (Cow::Borrowed(""), Value::Null);
    for (name, value) in message {
        match name.as_ref() {
            "key" => key = text(value),
            "value" => held = any_value(value),
            _ => {}
        }
    }
    (key, held)
}

/// An `AnyValue`. Recursion ends where the JSON parser refused.
fn any_value(value: Value<'_>) -> Value<'_> {
    let Some((name, value)) = entries(value).next() else { return Value::Null };
    match name.as_ref() {
        "stringValue" | "string_value" => Value::Str(text(value)),
        "boolValue" | "bool_value" if matches!(value, Value::Bool(_)) => value,
        "intValue" | "int_value" => integer(&value),
        "doubleValue" | "double_value" => match &value {
            Value::Str(text) => text.parse::<f64>().map_or(Value::Null, Value::from),
            _ => value.as_f64().map_or(Value::Null, Value::from),
        },
        "arrayValue" | "array_value" => Value::Array(match inner_values(value) {
            Value::Array(items) => items.into_iter().map(any_value).collect(),
            _ => Vec::new(),
        }),
        "kvlistValue" | "kvlist_value" => {
            Value::Object(attributes(inner_values(value)).into_iter().collect())
        }
        "bytesValue" | "bytes_value" => Value::Str(bytes_as_text(text(value))),
        _ => Value::Null,
    }
}

fn inner_values(value: Value<'_>) -> Value<'_> {
    entries(value).find(|(name, _)| name == "values").map_or(Value::Null, |(_, value)| value)
}

fn integer(value: &Value<'_>) -> Value<'static> {
    match value {
        Value::I64(number) => Value::from(*number),
        Value::U64(number) => Value::from(*number),
        Value::F64(number) => Value::from(*number),
        Value::Str(text) => text.parse::<i64>().map_or(Value::Null, Value::from),
        _ => Value::Null,
    }
}

/// Base64 of text becomes the text; anything else stays as it is.
fn bytes_as_text(text: Cow<'_, str>) -> Cow<'_, str> {
    let decoded = BASE64_STANDARD.decode(text.as_bytes()).ok();
    decoded.and_then(|bytes| String::from_utf8(bytes).ok()).map_or(text, Cow::Owned)
}

fn objects(value: Value<'_>) -> impl Iterator<Item = Object<'_>> {
    let items = if let Value::Array(items) = value { items } else { Vec::new() };
    items.into_iter().filter_map(|item| match item {
        Value::Object(object) => Some(object),
        _ => None,
    })
}

fn entries(value: Value<'_>) -> impl Iterator<Item = (Cow<'_, str>, Value<'_>)> {
    let object = if let Value::Object(object) = value { object } else { Object::new() };
    object.into_entries().into_iter()
}

fn text(value: Value<'_>) -> Cow<'_, str> {
    if let Value::Str(text) = value { text } else { Cow::Borrowed("") }
}

fn number(value: &Value<'_>) -> u64 {
    match value {
        Value::U64(number) => *number,
        Value::Str(text) => text.parse().unwrap_or(0),
        _ => 0,
    }
}

fn choice(value: &Value<'_>, names: &[&str]) -> u64 {
    let named = value.as_str().and_then(|text| names.iter().position(|name| *name == text));
    named.map_or_else(|| number(value), |place| u64::try_from(place).unwrap_or(0))
}

fn trace_id(value: &Value<'_>) -> Option<TraceId> {
    let text = value.as_str()?;
    let id = TraceId::parse(text).ok().or_else(|| from_base64(text).map(TraceId));
    id.filter(|id| !id.is_nil())
}

fn span_id(value: &Value<'_>) -> Option<SpanId> {
    let text = value.as_str()?;
    let id = SpanId::parse(text).ok().or_else(|| from_base64(text).map(SpanId));
    id.filter(|id| !id.is_nil())
}

/// Some exporters write ids as protobuf's own JSON would have them.
fn from_base64<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64_STANDARD.decode(text).ok()?.try_into().ok()
}
