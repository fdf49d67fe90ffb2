//! The messages of OTLP as far as we read them, borrowing from what arrived.
//!
//! Source: opentelemetry-proto 1.9, `trace/v1/trace.proto`.

use std::borrow::Cow;

use model::id::{SpanId, TraceId};
use model::json::Value;

/// Names with values, in the order they were sent in.
pub(super) type Attributes<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

/// An `ExportTraceServiceRequest`.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Request<'a> {
    pub(super) resources: Vec<ResourceSpans<'a>>,
    /// Spans that could not be read or have no ids.
    pub(super) broken: u64,
    /// Spans beyond what one request may hold.
    pub(super) surplus: u64,
}

/// What one program sends.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ResourceSpans<'a> {
    pub(super) attributes: Attributes<'a>,
    pub(super) scopes: Vec<ScopeSpans<'a>>,
}

/// What one instrumentation library of a program made.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ScopeSpans<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) version: Cow<'a, str>,
    pub(super) attributes: Attributes<'a>,
    pub(super) spans: Vec<Span<'a>>,
}

/// A span.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Span<'a> {
    pub(super) trace: Option<TraceId>,
    pub(super) span: Option<SpanId>,
    pub(super) parent: Option<SpanId>,
    pub(super) trace_state: Cow<'a, str>,
    /// Bits 8 and 9 say whether the parent is in another program, if that is known.
    pub(super) flags: u32,
    pub(super) name: Cow<'a, str>,
    pub(super) kind: u64,
    /// Nanoseconds since 1970.
    pub(super) start: u64,
    /// Nanoseconds since 1970.
    pub(super) end: u64,
    pub(super) attributes: Attributes<'a>,
    pub(super) events: Vec<SpanEvent<'a>>,
    pub(super) links: Vec<Link<'a>>,
    pub(super) status: Status<'a>,
    pub(super) dropped_attributes: u64,
    pub(super) dropped_events: u64,
    pub(super) dropped_links: u64,
}

/// How a span ended.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Status<'a> {
    pub(super) message: Cow<'a, str>,
    /// 0 unset, 1 ok, 2 error.
    pub(super) code: u64,
}

/// Something that happened during a span.
#[derive(Debug, Default, PartialEq)]
pub(super) struct SpanEvent<'a> {
    /// Nanoseconds since 1970.
    pub(super) time: u64,
    pub(super) name: Cow<'a, str>,
    pub(super) attributes: Attributes<'a>,
}

/// Another span that this one has to do with.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Link<'a> {
    pub(super) trace: Option<TraceId>,
    pub(super) span: Option<SpanId>,
    pub(super) attributes: Attributes<'a>,
}

/// The value under that name, as it was sent first.
pub(super) fn find<'m, 'a>(attributes: &'m Attributes<'a>, name: &str) -> Option<&'m Value<'a>> {
    attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// The text under that name.
pub(super) fn find_text<'m>(attributes: &'m Attributes<'_>, name: &str) -> Option<&'m str> {
    find(attributes, name)?.as_str().filter(|text| !text.is_empty())
}

impl Span<'_> {
    /// Whether it can be told apart from others.
    pub(super) fn has_ids(&self) -> bool {
        self.trace.is_some() && self.span.is_some()
    }
}
