//! A trace as it is written: a tree of spans with what happened in them.

use std::collections::HashMap;

use model::clock::Micros;
use model::id::{IssueId, ProjectId, SpanId};
use model::span::{AttributeValue, SpanRow};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::found::{Event, Found};
use super::tree::{Odd, Tree};

/// A span of a trace with the spans that it caused. Only described: deep trees are written one object
/// after the other.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TraceNode {
    /// The span.
    #[serde(flatten)]
    pub span: TraceSpan,
    /// What it caused, by start.
    #[schema(no_recursion)]
    pub children: Vec<TraceNode>,
}

/// A span of a trace.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct TraceSpan {
    pub event_type: &'static str,
    /// The span's id.
    pub event_id: String,
    pub span_id: String,
    /// The id of the event that its service sent as transaction; its segment's id where there is none.
    pub transaction_id: String,
    pub project_id: u64,
    pub project_slug: String,
    pub parent_span_id: Option<String>,
    /// Seconds since 1970.
    pub start_timestamp: f64,
    /// Seconds since 1970.
    pub end_timestamp: f64,
    /// Milliseconds.
    pub duration: f64,
    /// Milliseconds in which none of its children was running.
    pub exclusive_time: f64,
    pub op: String,
    pub category: String,
    pub name: String,
    /// What it did; of segments that are named by their URL, the transaction.
    pub description: Option<String>,
    pub transaction: String,
    pub is_transaction: bool,
    pub status: Option<String>,
    pub profile_id: String,
    pub profiler_id: String,
    pub sdk_name: String,
    #[schema(value_type = Object)]
    pub measurements: Map<String, Value>,
    #[schema(value_type = Object)]
    pub browser_web_vital: Map<String, Value>,
    #[schema(value_type = Object)]
    pub mobile_app_vital: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub additional_attributes: Option<Map<String, Value>>,
    pub errors: Vec<TraceEvent>,
    pub occurrences: Vec<TraceEvent>,
    /// What is odd about it.
    pub odd: Vec<Odd>,
}

/// An event of a trace.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct TraceEvent {
    /// `error`, or `occurrence` for what was found in the spans.
    pub event_type: &'static str,
    pub event_id: String,
    pub issue_id: u64,
    pub project_id: u64,
    pub project_slug: String,
    pub level: String,
    pub title: String,
    pub description: String,
    pub message: String,
    pub transaction: String,
    pub culprit: String,
    pub short_id: Option<String>,
    pub issue_type: &'static str,
    pub span_id: Option<String>,
    /// Seconds since 1970.
    pub start_timestamp: f64,
}

/// Names that rows do not hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub(super) slugs: HashMap<ProjectId, String>,
    /// By the issue events are stored under: which issue that is now, and its short id.
    pub(super) issues: HashMap<IssueId, (IssueId, String)>,
}

impl Names {
    pub(super) fn slug(&self, project: ProjectId) -> String {
        self.slugs.get(&project).cloned().unwrap_or_default()
    }
}

/// Seconds since 1970.
#[expect(clippy::cast_precision_loss, reason = "microseconds of our times have fewer than 53 bits")]
pub(crate) fn seconds(at: Micros) -> f64 {
    at.0 as f64 / 1e6
}

/// Milliseconds.
pub(crate) fn millis(micros: u64) -> f64 {
    crate::cell::float(micros) / 1e3
}

/// An attribute's value as JSON.
pub(crate) fn value(value: &AttributeValue<'_>) -> Value {
    match value {
        AttributeValue::Text(text) => json!(text),
        AttributeValue::Number(number) => json!(number),
        AttributeValue::Bool(value) => json!(value),
    }
}

/// What all spans of an answer have in common.
#[derive(Debug)]
pub(super) struct Writer<'f> {
    found: &'f Found,
    names: &'f Names,
    /// Attributes that are asked for.
    additional: &'f [String],
    /// Ids of the events that segments were sent as.
    event_ids: HashMap<SpanId, &'f str>,
}

impl<'f> Writer<'f> {
    pub(super) fn new(found: &'f Found, names: &'f Names, additional: &'f [String]) -> Self {
        let event_ids = found.spans.iter().filter(|row| row.is_segment).filter_map(|row| {
            Some((row.span, row.text("sentry.event_id"))).filter(|(_, id)| !id.is_empty())
        });
        Self { found, names, additional, event_ids: event_ids.collect() }
    }

    /// The id of the event that the span's service sent as transaction.
    pub(super) fn transaction_id(&self, row: &SpanRow<'_>) -> String {
        let id = self.event_ids.get(&row.segment);
        id.map_or_else(|| row.segment.to_string(), |id| (*id).to_owned())
    }

    fn span(&self, row: &SpanRow<'_>, odd: &[Odd], events: &[usize]) -> TraceSpan {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let numbers = |prefix: &str| {
            let fitting = row.attributes.iter().filter(|it| it.name.starts_with(prefix));
            fitting.map(|it| (it.name.clone().into_owned(), value(&it.value))).collect()
        };
        let additional = self
            .additional
            .iter()
            .filter_map(|name| Some((name.clone(), value(row.attribute(name)?))));
        let events = || events.iter().filter_map(|place| self.found.events.get(*place));
        let shown = |wanted: bool| {
            let fitting = events().filter(|event| event.is_occurrence() == wanted);
            fitting.map(|event| self.event(event)).collect()
        };
        let is_named_by_url =
            row.is_segment && row.text("sentry.segment.name.source") == "sanitized";
        TraceSpan {
            event_type: "span",
            event_id: row.span.to_string(),
            span_id: row.span.to_string(),
            transaction_id: self.transaction_id(row),
            project_id: row.project.0,
            project_slug: self.names.slug(row.project),
            parent_span_id: row.parent.map(|parent| parent.to_string()),
            start_timestamp: seconds(row.timestamp),
            end_timestamp: seconds(row.end()),
            duration: millis(row.duration),
            exclusive_time: millis(row.self_time),
            op: row.op.clone().into_owned(),
            category: row.category.clone().into_owned(),
            name: some(&row.name).unwrap_or_else(|| row.op.clone().into_owned()),
            description: some(if is_named_by_url { &row.transaction } else { &row.name }),
            transaction: row.transaction.clone().into_owned(),
            is_transaction: row.is_segment,
            status: some(&row.status),
            profile_id: row.text("sentry.profile_id").to_owned(),
            profiler_id: row.text("sentry.profiler_id").to_owned(),
            sdk_name: row.text("sentry.sdk.name").to_owned(),
            measurements: numbers("score."),
            browser_web_vital: numbers("browser.web_vital."),
            mobile_app_vital: numbers("app.vitals."),
            additional_attributes: (!self.additional.is_empty()).then(|| additional.collect()),
            errors: shown(false),
            occurrences: shown(true),
            odd: odd.to_vec(),
        }
    }

    pub(super) fn event(&self, event: &Event) -> TraceEvent {
        let known = self.names.issues.get(&event.issue);
        let is_occurrence = event.is_occurrence();
        TraceEvent {
            event_type: if is_occurrence { "occurrence" } else { "error" },
            event_id: event.id.clone(),
            issue_id: known.map_or(event.issue, |(issue, _)| *issue).0,
            project_id: event.project.0,
            project_slug: self.names.slug(event.project),
            level: event.level.clone(),
            title: event.title.clone(),
            description: event.title.clone(),
            message: event.message.clone(),
            transaction: event.transaction.clone(),
            culprit: event.culprit.clone(),
            short_id: known.map(|(_, short_id)| short_id.clone()),
            issue_type: if is_occurrence { "performance" } else { "error" },
            span_id: event.span.map(|span| span.to_string()),
            start_timestamp: seconds(event.timestamp),
        }
    }

    /// The whole trace as JSON: its roots, then the events whose span is not there.
    pub(super) fn trace(&self) -> Result<Vec<u8>, serde_json::Error> {
        let found = self.found;
        let mut json = nested(&found.tree, |place| {
            let row = found.spans.get(place)?;
            let odd = found.tree.odd.get(place).map_or(&[][..], Vec::as_slice);
            let events = found.events_of.get(place).map_or(&[][..], Vec::as_slice);
            serde_json::to_vec(&self.span(row, odd, events)).ok()
        });
        let closing = json.pop();
        for event in found.lost_events.iter().filter_map(|place| found.events.get(*place)) {
            if json.len() > 1 {
                json.push(b',');
            }
            serde_json::to_writer(&mut json, &self.event(event))?;
        }
        json.extend(closing);
        Ok(json)
    }
}

/// A tree as JSON. `object` writes a node without its `children`, which are put in here. One loop, so
/// that no tree is too deep.
pub(super) fn nested(tree: &Tree, object: impl Fn(usize) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut json = vec![b'['];
    // Lists that are being written, each with the place of what comes next.
    let mut open: Vec<(&[usize], usize)> = vec![(&tree.roots, 0)];
    while let Some((list, next)) = open.last_mut() {
        let Some(place) = list.get(*next) else {
            json.push(b']');
            open.pop();
            if !open.is_empty() {
                json.push(b'}');
            }
            continue;
        };
        *next += 1;
        let Some(mut written) = object(*place) else { continue };
        if json.last() == Some(&b'}') {
            json.push(b',');
        }
        written.pop();
        json.append(&mut written);
        json.extend_from_slice(b",\"children\":[");
        open.push((tree.children.get(*place).map_or(&[][..], Vec::as_slice), 0));
    }
    json
}
