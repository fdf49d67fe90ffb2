//! A transaction as an event: put together from the spans that it was sent with.

use lang::ask::{Scope as AskScope, Window};
use lang::search::{DAY, last};
use model::id::{EventId, IssueId, ProjectId};
use model::span::{AttributeValue, SpanRow};
use serde_json::{Map, Value, json};

use crate::error::ApiError;
use crate::event::entry::Entry;
use crate::event::{self, EventDetail, Known};
use crate::state::Api;
use crate::trace;
use crate::trace::view::{millis, seconds, value};

/// How far back transactions are looked for.
const PERIOD: u64 = 90 * DAY;

/// The transaction of that event id. `None` when it is not there.
pub(super) async fn read(
    api: &Api,
    project: ProjectId,
    event: EventId,
) -> Result<Option<EventDetail>, ApiError> {
    let window: Window = last(PERIOD, api.clock.now());
    let scope =
        AskScope { projects: vec![project], issues: None, environments: Vec::new(), window };
    let spans = trace::of_event(api.ask.as_ref(), scope, &event.to_string()).await?;
    let Some((top, spans)) = spans.as_ref().and_then(|spans| spans.split_first()) else {
        return Ok(None);
    };
    detail(event, top, spans).map(Some).map_err(ApiError::internal)
}

fn detail(
    event: EventId,
    top: &SpanRow<'_>,
    spans: &[SpanRow<'_>],
) -> Result<EventDetail, serde_json::Error> {
    let payload = serde_json::to_vec(&payload(top))?;
    let known = Known {
        project: top.project,
        issue: IssueId(0),
        event,
        timestamp: top.end(),
        received: top.received,
        title: &top.transaction,
        culprit: &top.transaction,
        metadata: json!({"title": top.transaction, "location": top.transaction}),
    };
    let mut detail = event::detail(&payload, known)?;
    detail.group_id = String::new();
    detail.start_timestamp = Some(seconds(top.timestamp));
    detail.end_timestamp = Some(seconds(top.end()));
    detail.measurements = Some(measurements(top));
    let data = spans.iter().map(span).collect();
    detail.entries.insert(0, Entry { r#type: "spans", data, key: "spans" });
    Ok(detail)
}

/// The transaction as its SDK would have sent it, as far as spans know.
fn payload(top: &SpanRow<'_>) -> Value {
    let text = |name: &str| Some(top.text(name)).filter(|text| !text.is_empty());
    let tags = [
        ("environment", top.environment.as_ref()),
        ("release", &top.release),
        ("transaction", &top.transaction),
        ("user", &top.user),
    ];
    let own = tags.into_iter().filter(|(_, value)| !value.is_empty());
    let mut tags: Vec<Value> = own.map(|(name, value)| json!([name, value])).collect();
    // Names of attributes have dots, those of tags mostly not.
    tags.extend(top.attributes.iter().filter_map(|attribute| match &attribute.value {
        AttributeValue::Text(text) if !attribute.name.contains('.') => {
            Some(json!([attribute.name, text]))
        }
        _ => None,
    }));
    json!({
        "type": "transaction",
        "platform": top.platform,
        "environment": top.environment,
        "transaction": top.transaction,
        "dist": text("sentry.dist"),
        "server_name": text("server.address"),
        "sdk": {"name": text("sentry.sdk.name"), "version": text("sentry.sdk.version")},
        "tags": tags,
        "user": user(top),
        "contexts": {"trace": {
            "type": "trace",
            "trace_id": top.trace.to_string(),
            "span_id": top.span.to_string(),
            "parent_span_id": top.parent.map(|parent| parent.to_string()),
            "op": top.op,
            "status": top.status,
            "exclusive_time": millis(top.self_time),
        }},
        "extra": attributes(top),
    })
}

fn user(top: &SpanRow<'_>) -> Value {
    let parts = [
        ("user.id", "id"),
        ("user.email", "email"),
        ("user.name", "username"),
        ("user.ip_address", "ip_address"),
    ];
    let known = parts
        .into_iter()
        .filter_map(|(name, key)| Some((key.to_owned(), value(top.attribute(name)?))));
    let user: Map<String, Value> = known.collect();
    if user.is_empty() { Value::Null } else { Value::Object(user) }
}

fn attributes(row: &SpanRow<'_>) -> Map<String, Value> {
    let named = row.attributes.iter();
    named.map(|attribute| (attribute.name.clone().into_owned(), value(&attribute.value))).collect()
}

/// What a page or an app measured, by the short names of the vitals.
fn measurements(top: &SpanRow<'_>) -> Map<String, Value> {
    let vital = |name: &str| {
        let vital =
            name.strip_prefix("browser.web_vital.").or_else(|| name.strip_prefix("app.vitals."));
        vital.and_then(|rest| rest.strip_suffix(".value")).map(str::to_owned)
    };
    let measured = top.attributes.iter().filter_map(|attribute| {
        let name = vital(&attribute.name)?;
        let unit = if name == "cls" { "none" } else { "millisecond" };
        Some((name, json!({"value": value(&attribute.value), "unit": unit})))
    });
    measured.collect()
}

fn span(row: &SpanRow<'_>) -> Value {
    json!({
        "span_id": row.span.to_string(),
        "parent_span_id": row.parent.map(|parent| parent.to_string()),
        "trace_id": row.trace.to_string(),
        "op": row.op,
        "description": row.name,
        "status": row.status,
        "start_timestamp": seconds(row.timestamp),
        "timestamp": seconds(row.end()),
        "exclusive_time": millis(row.self_time),
        "hash": format!("{:016x}", row.group),
        "tags": {},
        "data": attributes(row),
        "same_process_as_parent": true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::tests::row;

    #[test]
    fn a_transaction_is_an_event_with_its_spans() {
        let mut top = row(1, 0, 0);
        top.transaction = "POST /deposit".into();
        top.environment = "production".into();
        let child = row(2, 1, 5);
        let detail = detail(EventId([7; 16]), &top, &[child]).unwrap();
        let shown = serde_json::to_value(&detail).unwrap();
        assert_eq!(
            (&shown["type"], &shown["title"]),
            (&json!("transaction"), &json!("POST /deposit"))
        );
        assert_eq!(shown["entries"][0]["type"], "spans");
        assert_eq!(shown["entries"][0]["data"][0]["parent_span_id"], "0000000000000001");
        assert_eq!(shown["contexts"]["trace"]["span_id"], "0000000000000001");
        assert_eq!(shown["startTimestamp"], 1_000.0);
        assert_eq!(shown["environment"], "production");
    }
}
