//! What is wrong with the spans of an item becomes error events, which take the way of all error events.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use group::performance::{self, Finding};
use model::id::{EventId, SpanId};
use model::intake::{BodyCoding, Item, ItemType, Record};
use model::json::{Object, Value};
use model::json_text;
use model::span::{AttributeValue, SpanRow};
use sha2::{Digest as _, Sha256};
use wire::span::flags_context;

use super::FINDING_CONTEXT;
use crate::incoming::Incoming;

/// Tags that a finding takes over from its segment, and the longest value that is one. Source of the
/// length: Sentry.
const TAGS_MAX: usize = 50;
const TAG_BYTES_MAX: usize = 200;

/// Something found, on its way to the errors lane.
#[derive(Debug)]
pub(super) struct Found {
    /// The same for all findings of one kind in one place of a project.
    pub(super) key: u64,
    /// The error event.
    pub(super) record: Record,
}

/// Looks at the spans of an item, segment by segment, and puts them in such an order.
pub(super) fn find(one: &Incoming<'_>, rows: &mut [SpanRow<'_>]) -> Vec<Found> {
    let segment_of = |row: &SpanRow<'_>| (row.trace.0, row.segment.0);
    // Rows are large, and exporters mostly send a segment in one piece.
    let mut segments: Vec<_> = rows
        .chunk_by(|one, other| segment_of(one) == segment_of(other))
        .map(|spans| segment_of(&spans[0]))
        .collect();
    segments.sort_unstable();
    if segments.windows(2).any(|pair| pair[0] == pair[1]) {
        rows.sort_by_key(segment_of);
    }
    let mut all = Vec::new();
    for spans in rows.chunk_by(|one, other| segment_of(one) == segment_of(other)) {
        for finding in performance::find(spans, &one.rules.performance) {
            let event = event(&finding, spans);
            let record = event.and_then(|event| record_of(one, &event));
            all.extend(record.map(|record| Found { key: key(one, &finding), record }));
        }
    }
    all
}

fn key(one: &Incoming<'_>, finding: &Finding) -> u64 {
    let mut hasher = DefaultHasher::new();
    one.record.project.hash(&mut hasher);
    finding.fingerprint.hash(&mut hasher);
    hasher.finish()
}

/// A record with one event, which carries its own id: like an envelope, so that all limits of the errors
/// lane mean what they say. `None` for an event longer than a record can be, which its own limits do not
/// allow.
pub(super) fn record_of(one: &Incoming<'_>, event: &Object<'_>) -> Option<Record> {
    let mut body = Vec::new();
    json_text::write_object(&mut body, event);
    let body_len = u32::try_from(body.len()).ok()?;
    let item = Item {
        item_type: ItemType::Occurrence,
        start: 0,
        len: body_len,
        count: 1,
        header: "{}".to_owned(),
    };
    let record = one.record;
    Some(Record {
        received: record.received,
        organization: record.organization,
        project: record.project,
        key: record.key,
        client_ip: String::new(),
        user_agent: String::new(),
        sdk: record.sdk.clone(),
        header: "{}".to_owned(),
        items: vec![item],
        coding: BodyCoding::Identity,
        body_len,
        body,
    })
}

/// A finding as an error event. Its id follows from what was found where, so that it is one event
/// however often the spans arrive.
fn event(finding: &Finding, spans: &[SpanRow<'_>]) -> Option<Object<'static>> {
    let segment = spans.iter().find(|row| row.is_segment).or_else(|| spans.first())?;
    let blamed = finding.offender_spans.first().copied();
    let blamed = spans.iter().find(|row| Some(row.span) == blamed).unwrap_or(segment);
    let mut event = Object::new();
    event.push("event_id", id(finding, segment));
    event.push("timestamp", seconds(segment.end().0));
    event.push("level", "info");
    let texts = [
        ("platform", &segment.platform),
        ("release", &segment.release),
        ("environment", &segment.environment),
        ("transaction", &segment.transaction),
    ];
    for (name, text) in texts {
        if !text.is_empty() {
            event.push(name, text.to_string());
        }
    }
    if let Some(user) = user(&segment.user) {
        event.push("user", user);
    }
    event.push("tags", tags(segment));
    let mut logentry = Object::new();
    logentry.push("formatted", finding.subject.clone());
    event.push("logentry", logentry);
    event.push("fingerprint", texts_of(finding.fingerprint.iter().cloned()));

    let mut trace = Object::new();
    trace.push("trace_id", segment.trace.to_string());
    trace.push("span_id", blamed.span.to_string());
    if let Some(parent) = blamed.parent {
        trace.push("parent_span_id", parent.to_string());
    }
    trace.push("op", blamed.op.to_string());
    let mut contexts = Object::new();
    contexts.push("trace", trace);
    if let Some(flags) = flags_context(segment) {
        contexts.push("flags", flags);
    }
    contexts.push(FINDING_CONTEXT, evidence(finding));
    event.push("contexts", contexts);
    Some(event)
}

fn evidence(finding: &Finding) -> Object<'static> {
    let mut context = Object::new();
    context.push("issue_type", finding.kind.issue_type().to_owned());
    context.push("title", finding.kind.title().to_owned());
    context.push("subject", finding.subject.clone());
    context.push("saved_ms", Value::F64(millis(finding.saved_micros)));
    let spans = [
        ("parent_span_ids", &finding.parent_spans),
        ("cause_span_ids", &finding.cause_spans),
        ("offender_span_ids", &finding.offender_spans),
    ];
    for (name, ids) in spans {
        context.push(name, texts_of(ids.iter().map(SpanId::to_string)));
    }
    let mut facts = Object::new();
    for (label, text) in &finding.evidence {
        facts.push(label.clone(), text.clone());
    }
    context.push("evidence", facts);
    context
}

/// What its senders said about the segment in words of their own. Names of conventions have dots, and
/// tags of people mostly have none.
fn tags(segment: &SpanRow<'_>) -> Object<'static> {
    let mut tags = Object::new();
    for attribute in &segment.attributes {
        let AttributeValue::Text(text) = &attribute.value else { continue };
        let is_tag = !attribute.name.contains('.') && text.len() <= TAG_BYTES_MAX;
        if is_tag && tags.len() < TAGS_MAX {
            tags.push(attribute.name.to_string(), text.to_string());
        }
    }
    tags
}

fn id(finding: &Finding, segment: &SpanRow<'_>) -> String {
    let mut digest = Sha256::new();
    digest.update(segment.trace.0);
    digest.update(segment.span.0);
    for value in &finding.fingerprint {
        digest.update(value.len().to_le_bytes());
        digest.update(value);
    }
    let digest: [u8; 32] = digest.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    EventId(bytes).to_string()
}

/// `id:7` as `{"id": "7"}`.
fn user(text: &str) -> Option<Object<'static>> {
    let (kind, value) = text.split_once(':')?;
    let name = if kind == "ip" { "ip_address" } else { kind };
    let mut user = Object::new();
    user.push(name.to_owned(), value.to_owned());
    Some(user)
}

fn texts_of(texts: impl IntoIterator<Item = impl Into<String>>) -> Value<'static> {
    Value::Array(texts.into_iter().map(|text| Value::text(text.into())).collect())
}

#[expect(clippy::cast_precision_loss, reason = "microseconds since 1970 fit until 2255")]
fn seconds(micros: u64) -> Value<'static> {
    Value::F64(micros as f64 / 1e6)
}

#[expect(clippy::cast_precision_loss, reason = "shown to people")]
fn millis(micros: u64) -> f64 {
    micros as f64 / 1e3
}
