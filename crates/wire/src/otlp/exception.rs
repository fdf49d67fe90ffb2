//! Exceptions on spans as error events, as one of Sentry's SDKs would have sent them.

use std::borrow::Cow;

use model::id::{EventId, SpanId, TraceId};
use model::json::{Object, Value};
use model::limits::ATTRIBUTE_TEXT_BYTES_MAX;
use model::span::{AttributeValue, SpanRow};

use super::message::{SpanEvent, find, find_text};
use super::resource::Resource;
use super::stack_text::{self, Frame, Thrown};
use crate::span::flags_context;

/// Bytes of a stack trace's text that are looked at.
const STACK_TEXT_BYTES_MAX: usize = 64 * 1024;

/// Whether the event is an exception. Source: OpenTelemetry's conventions for exceptions on spans.
pub(super) fn is_exception(event: &SpanEvent<'_>) -> bool {
    event.name == "exception"
        && (find(&event.attributes, "exception.type").is_some()
            || find(&event.attributes, "exception.message").is_some())
}

/// What two spans of one program have in common when an exception passed through both.
pub(super) fn key<'e>(event: &'e SpanEvent<'_>) -> (&'e str, &'e str) {
    let text = |name| find_text(&event.attributes, name).unwrap_or_default();
    (text("exception.type"), text("exception.message"))
}

/// The same id for the same exception, however often its request is sent again.
pub(super) fn event_id(trace: TraceId, span: SpanId, place: usize) -> EventId {
    let span = u64::from_be_bytes(span.0);
    let place = u64::try_from(place).unwrap_or(u64::MAX);
    let mixed = mix(span ^ mix(place));
    let id = u128::from_be_bytes(trace.0) ^ (u128::from(span) << 64 | u128::from(mixed));
    EventId::from_random(id.to_be_bytes())
}

/// Every bit of the result depends on every bit given. Source: `SplitMix64`'s last step.
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

/// The event. `row` is the span it happened in.
pub(super) fn event<'a>(
    event: SpanEvent<'a>,
    event_id: EventId,
    row: &SpanRow<'a>,
    resource: &Resource<'_>,
) -> Object<'a> {
    let mut root = Object::with_capacity(16);
    root.push("event_id", event_id.to_string());
    let nanos = if event.time == 0 { row.end().0 * 1000 } else { event.time };
    root.push("timestamp", seconds(nanos));
    root.push("level", "error");
    let platform = if row.platform.is_empty() { "other".into() } else { row.platform.clone() };
    root.push("platform", Value::Str(platform));
    let texts = [
        ("transaction", row.transaction.clone()),
        ("release", row.release.clone()),
        ("environment", row.environment.clone()),
        ("server_name", Cow::Owned(resource.server.clone().into_owned())),
    ];
    for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        root.push(name, Value::Str(text));
    }
    if let (false, (name, version)) = (resource.sdk.0.is_empty(), &resource.sdk) {
        let mut sdk = Object::new();
        sdk.push("name", name.clone());
        if !version.is_empty() {
            sdk.push("version", version.clone());
        }
        root.push("sdk", Value::Object(sdk));
    }
    let mut tags = Object::new();
    if !resource.service.is_empty() {
        tags.push("service.name", resource.service.clone());
    }
    for name in ["service.namespace", "http.route", "instrumentation.name", "sentry.kind"] {
        if let Some(AttributeValue::Text(text)) = row.attribute(name) {
            tags.push(name, text.clone().into_owned());
        }
    }
    root.push("tags", Value::Object(tags));
    add_user_and_request(&mut root, row);
    add_exception(&mut root, event, row);
    root
}

fn add_user_and_request<'a>(root: &mut Object<'a>, row: &SpanRow<'a>) {
    let object = |fields: &[(&'static str, [&str; 3])]| {
        let value = |names: &[&str]| {
            let found = names.iter().find_map(|name| row.attribute(name))?;
            Some(json(found.clone()).into_owned())
        };
        let known =
            fields.iter().filter_map(|(field, names)| Some((Cow::Borrowed(*field), value(names)?)));
        known.collect::<Object<'a>>()
    };
    let user = object(&[
        ("id", ["user.id", "enduser.id", "enduser.pseudo.id"]),
        ("username", ["user.name", "user.username", ""]),
        ("email", ["user.email", "", ""]),
        ("ip_address", ["user.ip_address", "client.address", ""]),
    ]);
    if !user.is_empty() {
        root.push("user", Value::Object(user));
    }
    // A client's request is not the one that the program was answering.
    let is_client = matches!(row.attribute("sentry.kind"), Some(AttributeValue::Text(kind)) if kind == "client");
    let request = object(&[
        ("method", ["http.request.method", "http.method", ""]),
        ("url", ["url.full", "http.url", "url.path"]),
    ]);
    if !is_client && request.get("url").is_some() {
        root.push("request", Value::Object(request));
    }
}

fn add_exception<'a>(root: &mut Object<'a>, event: SpanEvent<'a>, row: &SpanRow<'a>) {
    let (mut error_type, mut message, mut stack) = (Cow::Borrowed(""), Cow::Borrowed(""), None);
    let mut is_escaped = false;
    let mut others = Object::new();
    for (name, value) in event.attributes {
        match (name.as_ref(), value) {
            ("exception.type", Value::Str(text)) => error_type = text,
            ("exception.message", Value::Str(text)) => message = text,
            ("exception.stacktrace", Value::Str(text)) => stack = Some(text),
            ("exception.escaped", Value::Bool(escaped)) => is_escaped = escaped,
            ("exception.escaped", Value::Str(text)) => {
                is_escaped = text.eq_ignore_ascii_case("true");
            }
            (_, value) => others.push(name, value),
        }
    }
    let mut mechanism = Object::new();
    mechanism.push("type", "otel");
    mechanism.push("handled", !is_escaped);
    let shown = stack.as_deref().unwrap_or_default();
    let shown = &shown[..shown.floor_char_boundary(STACK_TEXT_BYTES_MAX)];
    let mut chain = stack_text::read(shown, &row.platform);
    let last = chain.pop().unwrap_or_default();
    let is_read = !last.frames.is_empty();
    let mut values: Vec<Value<'a>> = chain.iter().map(|cause| exception(cause, None)).collect();
    let main = Thrown {
        error_type: if error_type.is_empty() { last.error_type } else { &error_type },
        value: if message.is_empty() { last.value } else { Cow::Borrowed(message.as_ref()) },
        frames: last.frames,
    };
    values.push(exception(&main, Some(mechanism)));
    let mut exceptions = Object::new();
    exceptions.push("values", values);
    root.push("exception", Value::Object(exceptions));
    root.push("contexts", Value::Object(contexts(row, others)));
    if !is_read && !shown.is_empty() {
        let mut extra = Object::new();
        extra.push("stacktrace", shown.to_owned());
        root.push("extra", Value::Object(extra));
    }
}

fn exception<'a>(thrown: &Thrown<'_>, mechanism: Option<Object<'a>>) -> Value<'a> {
    let mut exception = Object::with_capacity(4);
    let end = thrown.value.floor_char_boundary(ATTRIBUTE_TEXT_BYTES_MAX);
    if !thrown.error_type.is_empty() {
        exception.push("type", thrown.error_type.to_owned());
    }
    exception.push("value", thrown.value[..end].to_owned());
    if let Some(mechanism) = mechanism {
        exception.push("mechanism", Value::Object(mechanism));
    }
    if !thrown.frames.is_empty() {
        let mut stack = Object::new();
        stack.push("frames", thrown.frames.iter().map(frame).collect::<Vec<_>>());
        exception.push("stacktrace", Value::Object(stack));
    }
    Value::Object(exception)
}

fn frame<'a>(frame: &Frame<'_>) -> Value<'a> {
    let mut object = Object::with_capacity(8);
    let file = frame.path.rsplit(['/', '\\']).next().unwrap_or(frame.path);
    let texts = [
        ("function", frame.function),
        ("module", frame.module),
        ("filename", file),
        ("abs_path", frame.path),
        ("context_line", frame.source),
    ];
    for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        object.push(name, text.to_owned());
    }
    for (name, number) in [("lineno", frame.line), ("colno", frame.column)] {
        if number > 0 {
            object.push(name, u64::from(number));
        }
    }
    object.push("in_app", frame.in_app);
    Value::Object(object)
}

/// The trace it belongs to, and what OpenTelemetry knew.
fn contexts<'a>(row: &SpanRow<'a>, event: Object<'a>) -> Object<'a> {
    let mut trace = Object::with_capacity(6);
    trace.push("trace_id", row.trace.to_string());
    trace.push("span_id", row.span.to_string());
    if let Some(parent) = row.parent {
        trace.push("parent_span_id", parent.to_string());
    }
    for (name, text) in [("op", &row.op), ("status", &row.status)] {
        if !text.is_empty() {
            trace.push(name, Value::Str(text.clone()));
        }
    }
    let (mut attributes, mut resource) = (Object::new(), Object::new());
    for attribute in &row.attributes {
        let value = json(attribute.value.clone());
        match attribute.name.strip_prefix("resource.") {
            Some(name) => resource.push(name.to_owned(), value),
            None => attributes.push(attribute.name.clone(), value),
        }
    }
    let mut otel = Object::new();
    for (name, object) in [("event", event), ("attributes", attributes), ("resource", resource)] {
        if !object.is_empty() {
            otel.push(name, Value::Object(object));
        }
    }
    let mut contexts = Object::new();
    contexts.push("trace", Value::Object(trace));
    contexts.push("otel", Value::Object(otel));
    if let Some(flags) = flags_context(row) {
        contexts.push("flags", Value::Object(flags));
    }
    contexts
}

fn json(value: AttributeValue<'_>) -> Value<'_> {
    match value {
        AttributeValue::Text(text) => Value::Str(text),
        AttributeValue::Number(number) => whole(number).map_or(Value::from(number), Value::from),
        AttributeValue::Bool(value) => Value::Bool(value),
    }
}

/// Attributes are floats; whole ones are shown as they were sent.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked before")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

/// Nanoseconds since 1970 as seconds, to the microsecond.
#[expect(clippy::cast_precision_loss, reason = "microseconds of this century are below 2^53")]
pub(super) fn seconds(nanos: u64) -> Value<'static> {
    Value::from((nanos / 1000) as f64 / 1e6)
}
