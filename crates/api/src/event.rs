//! One stored event as the API shows it. Nothing is reconstructed: every value is in the payload.
//!
//! Source: `reference` of Sentry's event detail, fields and entries as its clients read them.

use model::clock::Micros;
use model::id::{EventId, IssueId, ProjectId};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::suspect::SuspectView;
use crate::time;

pub mod entry;
pub mod frame;
pub mod marks;

use entry::Entry;

/// A tag of an event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventTag {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// Name and version of the SDK.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Sdk {
    /// Such as `sentry.python.fastapi`.
    pub name: Option<String>,
    /// Such as `2.75.0`.
    pub version: Option<String>,
}

/// An event with all its parts.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "named as in the payload or in Sentry's API")]
pub struct EventDetail {
    pub id: String,
    #[serde(rename = "eventID")]
    pub event_id: String,
    #[serde(rename = "groupID")]
    pub group_id: String,
    #[serde(rename = "projectID")]
    pub project_id: String,
    pub title: String,
    pub message: String,
    pub location: Option<String>,
    pub culprit: Option<String>,
    pub r#type: String,
    #[serde(rename = "event.type")]
    pub event_type: String,
    pub platform: String,
    pub dist: Option<String>,
    pub size: usize,
    pub date_created: String,
    pub date_received: String,
    pub user: Value,
    pub tags: Vec<EventTag>,
    pub contexts: Value,
    /// What SDKs call `extra`.
    pub context: Value,
    pub packages: Value,
    pub sdk: Option<Sdk>,
    pub entries: Vec<Entry>,
    /// What was wrong with the event: `{type, message, data}`.
    pub errors: Vec<Value>,
    pub metadata: Value,
    pub fingerprints: Vec<String>,
    /// Marks on scrubbed and cut values, as trees that mirror the event.
    #[serde(rename = "_meta")]
    pub meta: Value,
    pub release: Option<Value>,
    pub environment: Option<String>,
    pub server_name: Option<String>,
    pub transaction: Option<String>,
    pub trace_id: Option<String>,
    pub crash_file: Option<Value>,
    pub occurrence: Option<Value>,
    pub user_report: Option<Value>,
    pub sdk_updates: Vec<Value>,
    pub resolved_with: Vec<String>,
    #[serde(rename = "nextEventID")]
    pub next_event_id: Option<String>,
    #[serde(rename = "previousEventID")]
    pub previous_event_id: Option<String>,
    pub grouping_config: Value,
    /// The commit that most likely caused the issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspect_commit: Option<SuspectView>,
    /// When a transaction began, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_timestamp: Option<f64>,
    /// When a transaction ended, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_timestamp: Option<f64>,
    /// What a transaction has measured: `{name: {value, unit}}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub measurements: Option<Map<String, Value>>,
}

/// What the store and `meta` know of an event besides its payload.
#[derive(Debug, Clone)]
pub struct Known<'a> {
    /// Whose it is.
    pub project: ProjectId,
    /// Its issue, after merges.
    pub issue: IssueId,
    /// Its id.
    pub event: EventId,
    /// When it happened.
    pub timestamp: Micros,
    /// When it arrived.
    pub received: Micros,
    /// Title and culprit from grouping.
    pub title: &'a str,
    /// Where it happened.
    pub culprit: &'a str,
    /// Metadata of the title.
    pub metadata: Value,
}

/// Builds the detail of an event from its payload.
pub fn detail(payload: &[u8], known: Known<'_>) -> Result<EventDetail, serde_json::Error> {
    let mut event: Map<String, Value> = serde_json::from_slice(payload)?;
    let marks = event.remove("_meta").unwrap_or_default();
    let entries = entry::entries(&event);
    let meta = marks::for_api(&marks, &entries);
    let text = |key: &str| event.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let owned = |key: &str| text(key).map(str::to_owned);
    let id = known.event.to_string();
    let event_type = text("type").unwrap_or("default").to_owned();
    Ok(EventDetail {
        event_id: id.clone(),
        id,
        group_id: known.issue.to_string(),
        project_id: known.project.to_string(),
        title: known.title.to_owned(),
        message: message(&event),
        location: location(&known.metadata),
        culprit: Some(known.culprit.to_owned()),
        event_type: event_type.clone(),
        r#type: event_type,
        platform: text("platform").unwrap_or("other").to_owned(),
        dist: owned("dist"),
        size: payload.len(),
        date_created: time::iso(known.timestamp),
        date_received: time::iso(known.received),
        user: event.get("user").cloned().unwrap_or_default(),
        tags: tags(&event),
        contexts: object(&event, "contexts"),
        context: object(&event, "extra"),
        packages: object(&event, "modules"),
        sdk: sdk(&event),
        errors: errors(&event),
        metadata: known.metadata,
        fingerprints: fingerprints(&event),
        meta,
        release: None,
        environment: owned("environment"),
        server_name: owned("server_name"),
        transaction: owned("transaction"),
        trace_id: event
            .get("contexts")
            .and_then(|all| all.pointer("/trace/trace_id"))
            .and_then(Value::as_str)
            .map(str::to_owned),
        crash_file: None,
        occurrence: None,
        user_report: None,
        sdk_updates: Vec::new(),
        resolved_with: Vec::new(),
        next_event_id: None,
        previous_event_id: None,
        grouping_config: event.get("grouping_config").cloned().unwrap_or_default(),
        suspect_commit: None,
        start_timestamp: None,
        end_timestamp: None,
        measurements: None,
        entries,
    })
}

/// The tags of a stored event: pairs, or an object in payloads that were never normalised.
pub fn tags(event: &Map<String, Value>) -> Vec<EventTag> {
    let tag = |key: &str, value: &Value| {
        Some(EventTag { key: key.to_owned(), value: value.as_str()?.to_owned() })
    };
    match event.get("tags") {
        Some(Value::Array(pairs)) => {
            pairs.iter().filter_map(|pair| tag(pair.get(0)?.as_str()?, pair.get(1)?)).collect()
        }
        Some(Value::Object(object)) => {
            object.iter().filter_map(|(key, value)| tag(key, value)).collect()
        }
        _ => Vec::new(),
    }
}

fn object(event: &Map<String, Value>, key: &str) -> Value {
    event
        .get(key)
        .filter(|value| value.is_object())
        .cloned()
        .unwrap_or_else(|| Value::Object(Map::new()))
}

fn message(event: &Map<String, Value>) -> String {
    let entry = event.get("logentry");
    let part = |key: &str| entry.and_then(|entry| entry.get(key)).and_then(Value::as_str);
    part("formatted").or_else(|| part("message")).unwrap_or_default().to_owned()
}

fn location(metadata: &Value) -> Option<String> {
    metadata.get("filename").and_then(Value::as_str).map(str::to_owned)
}

fn sdk(event: &Map<String, Value>) -> Option<Sdk> {
    let sdk = event.get("sdk")?.as_object()?;
    let text = |key: &str| sdk.get(key).and_then(Value::as_str).map(str::to_owned);
    Some(Sdk { name: text("name"), version: text("version") })
}

fn fingerprints(event: &Map<String, Value>) -> Vec<String> {
    let parts = event.get("fingerprint").and_then(Value::as_array).into_iter().flatten();
    parts.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Errors of processing: the stored ones carry `type`, `name`, `value`; clients want a message too.
fn errors(event: &Map<String, Value>) -> Vec<Value> {
    let stored = event.get("errors").and_then(Value::as_array).into_iter().flatten();
    let shown = stored.filter_map(Value::as_object).map(|error| {
        let part = |key: &str| error.get(key).and_then(Value::as_str);
        let kind = part("type").unwrap_or("unknown_error");
        let message = match (part("name"), part("reason")) {
            _ if part("message").is_some() => part("message").unwrap_or_default().to_owned(),
            (Some(name), Some(reason)) => format!("{name}: {reason}"),
            (Some(name), None) => format!("{name}: {}", kind.replace('_', " ")),
            _ => kind.replace('_', " "),
        };
        serde_json::json!({"type": kind, "message": message, "data": error})
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known<'static> {
        Known {
            project: ProjectId(1),
            issue: IssueId(7),
            event: EventId([0xab; 16]),
            timestamp: Micros(1_795_255_200_000_000),
            received: Micros(1_795_255_201_000_000),
            title: "ValueError: boom",
            culprit: "app in main",
            metadata: serde_json::json!({"type": "ValueError", "filename": "app.py"}),
        }
    }

    #[test]
    fn an_event_is_shown_with_its_entries_and_marks() {
        let payload = serde_json::json!({
            "type": "error", "platform": "python", "tags": [["a", "b"], ["gone", null]],
            "exception": {"values": [{"type": "ValueError", "value": "boom", "stacktrace": {"frames": [
                {"function": "main", "lineno": 3, "in_app": true, "pre_context": ["one", "two"], "context_line": "three",
                 "post_context": ["four"], "vars": {"card": "[Filtered]"},
                 "data": {"problem": {"type": "js_no_source", "message": "no map"}}}]}}]},
            "user": {"id": "7"}, "extra": {"k": 1},
            "errors": [{"type": "invalid_data", "name": "level", "reason": "invalid level"}],
            "_meta": {"exception": {"values": {"0": {"stacktrace": {"frames": {"0": {"vars": {"card": {"": {"rem": [["@creditcard", "s", 0, 10]]}}}}}}}}},
                      "extra": {"k": {"": {"len": 5}}}},
        });
        let detail = detail(payload.to_string().as_bytes(), known()).unwrap();
        let shown = serde_json::to_value(&detail).unwrap();
        assert_eq!(shown["title"], "ValueError: boom");
        assert_eq!(shown["tags"], serde_json::json!([{"key": "a", "value": "b"}]));
        assert_eq!(shown["entries"][0]["type"], "exception");
        let frame = &shown["entries"][0]["data"]["values"][0]["stacktrace"]["frames"][0];
        assert_eq!(
            frame["context"],
            serde_json::json!([[1, "one"], [2, "two"], [3, "three"], [4, "four"]])
        );
        assert_eq!(frame["inApp"], true);
        assert_eq!(frame["problem"]["message"], "no map");
        assert_eq!(
            shown["_meta"]["entries"]["0"]["data"]["values"]["0"]["stacktrace"]["frames"]["0"]["vars"]
                ["card"][""]["rem"][0][0],
            "@creditcard"
        );
        assert_eq!(shown["_meta"]["context"]["k"][""]["len"], 5);
        assert_eq!(shown["errors"][0]["message"], "level: invalid level");
    }

    #[test]
    fn an_empty_event_is_an_event() {
        let shown = serde_json::to_value(detail(b"{}", known()).unwrap()).unwrap();
        assert_eq!(shown["entries"], serde_json::json!([]));
        assert_eq!(shown["user"], Value::Null);
    }
}
