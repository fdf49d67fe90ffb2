//! Pagers: PagerDuty's Events API v2, Opsgenie.

use serde_json::{Map, Value, json};

use crate::cut::cut;
use crate::message::{Message, Phase, Tone, one_line, safe_url};

const PAGERDUTY_FACTS_MAX: usize = 50;
/// Of 600 characters each, so that they fit with the rest into 8,000.
const OPSGENIE_FACTS_MAX: usize = 8;
/// PagerDuty's and Opsgenie's limits, in characters.
const SUMMARY_MAX: usize = 1_024;
const DEDUP_KEY_MAX: usize = 255;
const OPSGENIE_MESSAGE_MAX: usize = 130;
const OPSGENIE_ALIAS_MAX: usize = 512;

/// Body for `POST /v2/enqueue`.
pub fn pagerduty(message: &Message, routing_key: &str) -> Value {
    let action = match message.phase {
        Phase::Trigger => "trigger",
        Phase::Acknowledge => "acknowledge",
        Phase::Resolve => "resolve",
    };
    let mut body = json!({
        "routing_key": routing_key,
        "event_action": action,
        "dedup_key": cut(&message.key, DEDUP_KEY_MAX),
    });
    if message.phase != Phase::Trigger {
        return body;
    }
    let severity = match message.tone {
        Tone::Fatal => "critical",
        Tone::Error => "error",
        Tone::Warning => "warning",
        Tone::Info | Tone::Debug => "info",
    };
    let summary = one_line(&format!("[{}] {}", message.short_id, message.summary()));
    let source = if message.place.is_empty() { "<unknown>" } else { &message.place };
    body["client"] = "pitwatch".into();
    body["payload"] = json!({
        "summary": cut(&summary, SUMMARY_MAX),
        "severity": severity,
        "source": cut(source, SUMMARY_MAX),
        "component": message.project,
        "timestamp": message.time(),
        "custom_details": facts(message, PAGERDUTY_FACTS_MAX),
    });
    let url = safe_url(&message.url);
    if !url.is_empty() {
        body["client_url"] = url.as_str().into();
        body["links"] = json!([{"href": url, "text": "Issue Details"}]);
    }
    body
}

/// Body for `POST /v2/alerts`; to acknowledge or close, the alias goes into the address
/// ([`opsgenie_alias`]), and the body may be `{"source": "Pitwatch"}`.
pub fn opsgenie(message: &Message) -> Value {
    let priority = match message.tone {
        Tone::Fatal => "P1",
        Tone::Error => "P2",
        Tone::Warning => "P3",
        Tone::Info => "P4",
        Tone::Debug => "P5",
    };
    let tags = message.facts.iter().take(20);
    let tags: Vec<String> =
        tags.map(|fact| cut(&one_line(&format!("{}:{}", fact.name, fact.value)), 50)).collect();
    let mut details = facts(message, OPSGENIE_FACTS_MAX);
    details.insert("Issue URL".to_owned(), safe_url(&message.url).into());
    details.insert("Level".to_owned(), message.tone.level().into());
    json!({
        "message": cut(&message.summary(), OPSGENIE_MESSAGE_MAX),
        "alias": opsgenie_alias(message),
        "description": cut(&message.text, 15_000),
        "source": "Pitwatch",
        "entity": cut(&message.place, 512),
        "priority": priority,
        "tags": tags,
        "details": details,
    })
}

/// What Opsgenie knows the alert by; to be percent-encoded in an address.
pub fn opsgenie_alias(message: &Message) -> String {
    cut(&format!("pitwatch: {}", message.key), OPSGENIE_ALIAS_MAX)
}

fn facts(message: &Message, most: usize) -> Map<String, Value> {
    let shown = message.facts.iter().chain(&message.details).take(most);
    shown.map(|fact| (cut(&fact.name, 100), cut(&fact.value, 500).into())).collect()
}
