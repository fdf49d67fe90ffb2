//! Spans of the first version: those within transactions, and those that come alone.

use std::borrow::Cow;

use model::id::{SpanId, TraceId};
use model::json::{Object, Value};

use super::attributes::{self, Attributes};
use super::time::{self, Signed};
use super::{links, measurements, status};

/// A span as it was sent, each field by itself. What is not what it should be is not there.
#[derive(Debug, Default)]
pub(super) struct Embedded<'a> {
    pub(super) trace: Option<TraceId>,
    pub(super) span: Option<SpanId>,
    pub(super) parent: Option<SpanId>,
    pub(super) segment: Option<SpanId>,
    pub(super) is_segment: Option<bool>,
    pub(super) start: Option<Signed>,
    pub(super) end: Option<Signed>,
    pub(super) op: Cow<'a, str>,
    pub(super) description: Cow<'a, str>,
    pub(super) status: Option<&'static str>,
    pub(super) platform: Cow<'a, str>,
    /// Milliseconds.
    pub(super) exclusive_time: Option<f64>,
    pub(super) attributes: Attributes<'a>,
}

impl<'a> Embedded<'a> {
    /// Reads the fields.
    pub(super) fn read(span: Object<'a>) -> Self {
        let mut read = Self::default();
        let [mut data, mut tags, mut measured, mut linked] = [const { Value::Null }; 4];
        let [mut origin, mut kind, mut profile] = [const { Cow::Borrowed("") }; 3];
        let mut is_remote = None;
        let text = |value| attributes::text(value).unwrap_or_default();
        for (name, value) in span.into_entries() {
            match name.as_ref() {
                "trace_id" => read.trace = value.as_str().and_then(|id| TraceId::parse(id).ok()),
                "span_id" => read.span = span_id(&value),
                "parent_span_id" => read.parent = span_id(&value),
                "segment_id" => read.segment = span_id(&value),
                "start_timestamp" => read.start = time::micros(&value),
                "timestamp" => read.end = time::micros(&value),
                "op" => read.op = text(value),
                "description" => read.description = text(value),
                "status" => read.status = status::named(value),
                "platform" => read.platform = text(value),
                "exclusive_time" => read.exclusive_time = value.as_f64(),
                "is_segment" => read.is_segment = value.as_bool(),
                "is_remote" => is_remote = Some(value).filter(|value| value.as_bool().is_some()),
                "data" => data = value,
                "tags" => tags = value,
                "measurements" => measured = value,
                "links" => linked = value,
                "origin" => origin = text(value),
                "kind" => kind = text(value),
                "profile_id" => profile = text(value),
                _ => {}
            }
        }
        let known = &mut read.attributes;
        if let Value::Object(data) = data {
            *known = Attributes::with_capacity(data.len() + 4);
            known.put_all(data);
        }
        known.fill_text("sentry.origin", origin);
        known.fill_text("sentry.kind", kind);
        known.fill_text("sentry.profile_id", profile);
        if let Some(is_remote) = is_remote {
            known.fill_json("sentry.is_remote", is_remote);
        }
        if let Value::Object(tags) = tags {
            for (name, value) in tags.into_entries() {
                known.fill_json(name, value);
            }
        }
        if let Value::Object(measured) = measured {
            measurements::fill(known, measured);
        }
        links::fill(known, linked);
        let op = known.take_text("sentry.op").unwrap_or_default();
        if read.op.is_empty() {
            read.op = op;
        }
        read
    }
}

fn span_id(value: &Value<'_>) -> Option<SpanId> {
    SpanId::parse(value.as_str()?).ok().filter(|id| !id.is_nil())
}
