//! The body of webhooks: as Sentry's integration platform sends it, with our own facts beside.

use serde_json::{Value, json};

use crate::message::{Message, Phase};

/// The resource, and the body. Facts of the message that are for programs are in `data`.
pub(crate) fn hook(message: &Message, key: &str) -> (&'static str, Value) {
    let fact = |name: &str| message.data.get(name).cloned().unwrap_or(Value::Null);
    let rule = json!({
        "id": message.data.get("rule_id").cloned().unwrap_or(Value::Null),
        "title": message.rule.text,
        "url": message.rule.url,
    });
    let is_metric = message.data.get("kind").and_then(Value::as_str) == Some("metric");
    let (resource, action, data) = if is_metric {
        let action = match (message.phase, message.data.get("severity").and_then(Value::as_str)) {
            (Phase::Resolve, _) => "resolved",
            (Phase::Acknowledge, _) => "acknowledged",
            (Phase::Trigger, Some("critical")) => "critical",
            (Phase::Trigger, _) => "warning",
        };
        let data = json!({
            "metric_alert": {
                "title": message.title,
                "identifier": message.key,
                "status": action,
                "alert_rule": rule,
                "projects": [message.project],
                "value": fact("value"),
                "threshold": fact("threshold"),
            },
            "description_title": message.title,
            "description_text": message.text,
            "web_url": message.url,
        });
        ("metric_alert", action, data)
    } else {
        let action = match message.phase {
            Phase::Trigger => "triggered",
            Phase::Acknowledge => "acknowledged",
            Phase::Resolve => "resolved",
        };
        let data = json!({
            "event": {
                "event_id": fact("event"),
                "title": message.title,
                "message": message.text,
                "culprit": message.place,
                "level": message.tone.level(),
                "url": message.url,
                "web_url": message.url,
                "issue_url": message.url,
                "issue_id": fact("issue"),
                "project": fact("project"),
                "project_slug": message.project,
                "tags": fact("tags"),
                "environment": fact("environment"),
                "release": fact("release"),
            },
            "triggered_rule": message.rule.text,
            "issue_alert": rule,
        });
        ("event_alert", action, data)
    };
    let body = json!({
        "action": action,
        "installation": {"uuid": key},
        "data": data,
        "actor": {"type": "application", "id": "pitwatch", "name": "Pitwatch"},
        "pitwatch": {
            "key": key,
            "thread": message.key,
            "at": message.time(),
            "short_id": message.short_id,
            "facts": message.data,
        },
    });
    (resource, body)
}
