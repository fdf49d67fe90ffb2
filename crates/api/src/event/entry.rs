//! The entries of an event: one per interface, in the order people read them.

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::event::frame;
use crate::time;

/// One interface of an event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Entry {
    /// `exception`, `message`, `threads`, `breadcrumbs`, `request`, `debugmeta`, `template`, `csp`,
    /// `spans`.
    pub r#type: &'static str,
    /// Its content; the shape depends on the type.
    pub data: Value,
    /// Where the interface is in the payload; the marks need it.
    #[serde(skip)]
    pub key: &'static str,
}

/// All entries of an event.
pub fn entries(event: &Map<String, Value>) -> Vec<Entry> {
    type Show = fn(&Value) -> Option<Value>;
    const INTERFACES: [(&str, &str, Show); 9] = [
        ("exception", "exception", exception),
        ("message", "logentry", message),
        ("threads", "threads", threads),
        ("stacktrace", "stacktrace", stacktrace),
        ("template", "template", as_it_is),
        ("csp", "csp", as_it_is),
        ("breadcrumbs", "breadcrumbs", breadcrumbs),
        ("request", "request", request),
        ("debugmeta", "debug_meta", as_it_is),
    ];
    let shown = INTERFACES.iter().filter_map(|(r#type, key, show)| {
        let value = event.get(*key).filter(|value| value.is_object())?;
        Some(Entry { r#type, data: show(value)?, key })
    });
    shown.collect()
}

#[expect(clippy::unnecessary_wraps, reason = "stands in INTERFACES beside others")]
fn as_it_is(value: &Value) -> Option<Value> {
    Some(value.clone())
}

fn stacktrace(value: &Value) -> Option<Value> {
    frame::stacktrace(Some(value)).is_object().then(|| frame::stacktrace(Some(value)))
}

fn values(interface: &Value) -> impl Iterator<Item = &Value> {
    let values = interface.get("values").and_then(Value::as_array).into_iter().flatten();
    values.filter(|value| value.is_object())
}

fn part(object: &Value, key: &str) -> Value {
    object.get(key).cloned().unwrap_or_default()
}

fn exception(interface: &Value) -> Option<Value> {
    let shown: Vec<Value> = values(interface).map(one_exception).collect();
    let system = |value: &Value| value.pointer("/stacktrace/hasSystemFrames") == Some(&json!(true));
    let has_system_frames = shown.iter().any(system);
    (!shown.is_empty())
        .then(|| json!({"values": shown, "hasSystemFrames": has_system_frames, "excOmitted": null}))
}

fn one_exception(exception: &Value) -> Value {
    json!({
        "type": part(exception, "type"),
        "value": part(exception, "value"),
        "module": part(exception, "module"),
        "threadId": part(exception, "thread_id"),
        "mechanism": part(exception, "mechanism"),
        "stacktrace": frame::stacktrace(exception.get("stacktrace")),
        "rawStacktrace": frame::stacktrace(exception.get("raw_stacktrace")),
        "rawType": part(exception, "raw_type"),
        "rawValue": part(exception, "raw_value"),
        "rawModule": part(exception, "raw_module"),
    })
}

fn message(entry: &Value) -> Option<Value> {
    let formatted = entry.get("formatted").or_else(|| entry.get("message"))?;
    let template = entry.get("message").unwrap_or(formatted);
    Some(json!({"message": template, "params": part(entry, "params"), "formatted": formatted}))
}

fn threads(interface: &Value) -> Option<Value> {
    let one = |thread: &Value| {
        json!({
            "id": part(thread, "id"),
            "name": part(thread, "name"),
            "current": thread.get("current").and_then(Value::as_bool).unwrap_or(false),
            "crashed": thread.get("crashed").and_then(Value::as_bool).unwrap_or(false),
            "main": part(thread, "main"),
            "state": part(thread, "state"),
            "stacktrace": frame::stacktrace(thread.get("stacktrace")),
            "rawStacktrace": frame::stacktrace(thread.get("raw_stacktrace")),
            "heldLocks": part(thread, "held_locks"),
        })
    };
    let shown: Vec<Value> = values(interface).map(one).collect();
    (!shown.is_empty()).then(|| json!({"values": shown}))
}

fn breadcrumbs(interface: &Value) -> Option<Value> {
    let one = |crumb: &Value| {
        let timestamp = crumb.get("timestamp").and_then(time::from_payload).map(time::iso);
        json!({
            "type": crumb.get("type").and_then(Value::as_str).unwrap_or("default"),
            "category": part(crumb, "category"),
            "level": crumb.get("level").and_then(Value::as_str).unwrap_or("info"),
            "message": part(crumb, "message"),
            "timestamp": timestamp,
            "data": part(crumb, "data"),
            "event_id": part(crumb, "event_id"),
        })
    };
    let shown: Vec<Value> = values(interface).map(one).collect();
    (!shown.is_empty()).then(|| json!({"values": shown}))
}

#[expect(clippy::unnecessary_wraps, reason = "stands in INTERFACES beside others")]
fn request(request: &Value) -> Option<Value> {
    Some(json!({
        "url": part(request, "url"),
        "method": part(request, "method"),
        "query": pairs(request.get("query_string")),
        "fragment": part(request, "fragment"),
        "data": part(request, "data"),
        "inferredContentType": part(request, "inferred_content_type"),
        "headers": pairs(request.get("headers")),
        "cookies": pairs(request.get("cookies")),
        "env": part(request, "env"),
        "apiTarget": part(request, "api_target"),
    }))
}

/// Lists of pairs, whether stored as such, as an object, or as one text.
fn pairs(value: Option<&Value>) -> Value {
    match value {
        Some(Value::Array(items)) => {
            Value::Array(items.iter().filter(|item| item.is_array()).cloned().collect())
        }
        Some(Value::Object(object)) => {
            object.iter().map(|(key, value)| json!([key, value])).collect()
        }
        Some(Value::String(text)) if !text.is_empty() => json!([[text, ""]]),
        _ => json!([]),
    }
}
