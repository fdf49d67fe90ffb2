//! Messages of OTLP as rows of spans.
//!
//! Source: Relay's mapping of OTLP onto its spans.

use std::borrow::Cow;
use std::collections::HashMap;

use model::json::{Object, Value};
use model::json_text;
use model::limits::{
    ATTRIBUTE_TEXT_BYTES_MAX, OTLP_EXCEPTIONS_MAX, OTLP_VALUES_MAX, SPAN_NAME_BYTES_MAX,
};
use model::sampling::CONSISTENT_RATE;
use model::span::{AttributeValue, SpanRow};

use super::message::{Attributes as Sent, Link, Request, Span, SpanEvent};
use super::resource::{Named, Resource, scope};
use super::segments::{Node, Segments, is_remote};
use super::{OtlpTraces, SpanException, exception};
use crate::span::attributes::{Attributes, cut, from_json};
use crate::span::flags;
use crate::span::{Invalid, SpanGiven, Window, blank, set_self_times, settle_columns, span_status};

const KINDS: [&str; 6] = ["", "internal", "server", "client", "producer", "consumer"];
const ERROR: u64 = 2;
/// Bytes of a column that spans are grouped by, as of spans from elsewhere.
const GROUPED_BYTES_MAX: usize = 200;
/// Over all rows of a request, because what is said of a program once is repeated on each.
const ROW_ATTRIBUTES_MAX: usize = 2 * OTLP_VALUES_MAX;

/// All spans of a request.
pub(super) fn traces<'a>(request: Request<'a>, given: &SpanGiven<'_>) -> OtlpTraces<'a> {
    let mut maker = Maker::new(&request, given);
    maker.refuse("invalid_span", request.broken);
    maker.refuse("too_large:otlp_traces", request.surplus);
    for resource in request.resources {
        let about = Resource::new(resource.attributes);
        for sent in resource.scopes {
            let common = scope(sent.name, sent.version, sent.attributes);
            for span in sent.spans {
                maker.add(span, &about, &common);
            }
        }
    }
    set_self_times(&mut maker.traces.spans);
    maker.traces
}

struct Maker<'a, 'g> {
    given: &'g SpanGiven<'g>,
    window: Window,
    segments: Segments,
    names: Vec<Cow<'a, str>>,
    /// Type and message of the exceptions on each span that has any.
    thrown: HashMap<usize, Vec<(String, String)>>,
    /// Which span of the request is next.
    place: usize,
    attributes_left: usize,
    traces: OtlpTraces<'a>,
}

impl<'a, 'g> Maker<'a, 'g> {
    fn new(request: &Request<'a>, given: &'g SpanGiven<'g>) -> Self {
        let (mut nodes, mut names, mut thrown) = (Vec::new(), Vec::new(), HashMap::new());
        for (resource, sent) in request.resources.iter().enumerate() {
            for span in sent.scopes.iter().flat_map(|scope| &scope.spans) {
                let (Some(trace), Some(id)) = (span.trace, span.span) else { continue };
                let exceptions = span.events.iter().filter(|event| exception::is_exception(event));
                let keys: Vec<_> = exceptions
                    .map(exception::key)
                    .map(|(kind, message)| (kind.to_owned(), message.to_owned()))
                    .collect();
                if !keys.is_empty() {
                    thrown.insert(nodes.len(), keys);
                }
                let (parent, kind, flags) = (span.parent, span.kind, span.flags);
                nodes.push(Node { trace, span: id, parent, kind, flags, resource });
                names.push(span.name.clone());
            }
        }
        Self {
            given,
            window: Window::new(given),
            traces: OtlpTraces { spans: Vec::with_capacity(nodes.len()), ..OtlpTraces::default() },
            segments: Segments::new(nodes),
            names,
            thrown,
            place: 0,
            attributes_left: ROW_ATTRIBUTES_MAX,
        }
    }

    fn refuse(&mut self, reason: &'static str, count: u64) {
        let refused = &mut self.traces.refused;
        match refused.iter_mut().find(|(known, _)| known == reason) {
            Some((_, known)) => *known += count,
            None if count > 0 => refused.push((reason.into(), count)),
            None => {}
        }
    }

    fn add(&mut self, mut span: Span<'a>, resource: &Resource<'a>, scope: &Named<'a>) {
        let place = self.place;
        self.place += 1;
        let (mut row, mut attributes) = match self.row(place, &mut span, resource) {
            Ok(made) => made,
            Err(invalid) => return self.refuse(invalid.reason(), 1),
        };
        let (exceptions, events) = self.parted(place, span.events);
        // Of a flag that was evaluated twice, the last result counts.
        for event in events.iter().rev() {
            flags::fill_told(&mut attributes, &event.attributes);
        }
        flags::fill_own(&mut attributes);
        add_lists(&mut attributes, events, span.links, span.dropped_events);
        for (name, value) in scope.iter().chain(&resource.attributes) {
            attributes.fill(name.clone(), value.clone());
        }
        settle_columns(&mut row, &mut attributes);
        row.attributes = attributes.into_vec();
        let Some(left) = self.attributes_left.checked_sub(row.attributes.len()) else {
            return self.refuse("too_large:otlp_traces", 1);
        };
        self.attributes_left = left;
        for (number, sent) in exceptions {
            let event_id = exception::event_id(row.trace, row.span, number);
            let event = exception::event(sent, event_id, &row, resource);
            let span = self.traces.spans.len();
            self.traces.exceptions.push(SpanException { span, event_id, event });
        }
        self.traces.spans.push(row);
    }

    fn row(
        &self,
        place: usize,
        span: &mut Span<'a>,
        resource: &Resource<'a>,
    ) -> Result<(SpanRow<'a>, Attributes<'a>), Invalid> {
        let trace = span.trace.ok_or(Invalid::BadId("trace id"))?;
        let id = span.span.ok_or(Invalid::BadId("span id"))?;
        let mut row = blank(self.given, trace, id);
        self.window.place(&mut row, micros(span.start), micros(span.end))?;
        row.parent = span.parent;
        row.is_segment = self.segments.is_segment(place);
        row.release = cut(resource.release.clone().into(), GROUPED_BYTES_MAX);
        row.environment = cut(resource.environment.clone(), GROUPED_BYTES_MAX);
        row.platform = Cow::Borrowed(resource.platform);

        let sent = std::mem::take(&mut span.attributes);
        let mut attributes =
            Attributes::with_capacity(sent.len() + resource.attributes.len() + ROOM_FOR_OURS);
        for (name, value) in sent {
            if let Some(value) = from_json(value) {
                attributes.put(name, value);
            }
        }
        row.name = std::mem::take(&mut span.name);
        if row.name.is_empty() {
            row.name = Cow::Borrowed(name_of_nameless(&attributes, span.kind));
        }
        row.name = cut(row.name, SPAN_NAME_BYTES_MAX);
        row.status =
            span_status(if span.status.code == ERROR { "error" } else { "ok" }, &mut attributes);
        if let Some(segment) = self.segments.of(place) {
            row.segment = self.segments.id(segment);
            let name =
                if segment == place { row.name.clone() } else { self.names[segment].clone() };
            row.transaction = cut(name, GROUPED_BYTES_MAX);
        }
        add_own(&mut attributes, span, resource);
        if let Some(rate) = sample_rate(&span.trace_state) {
            attributes.fill(CONSISTENT_RATE, AttributeValue::Number(rate));
            row.weight = 1.0 / rate;
        }
        Ok((row, attributes))
    }

    /// The exceptions that become errors, with their places among the events, and all other events.
    fn parted(
        &mut self,
        place: usize,
        events: Vec<SpanEvent<'a>>,
    ) -> (Vec<(usize, SpanEvent<'a>)>, Vec<SpanEvent<'a>>) {
        let (mut exceptions, mut others) = (Vec::new(), Vec::new());
        for (number, event) in events.into_iter().enumerate() {
            if !exception::is_exception(&event) || self.passed_on(place, &event) {
                others.push(event);
            } else if self.traces.exceptions.len() + exceptions.len() < OTLP_EXCEPTIONS_MAX {
                exceptions.push((number, event));
            } else {
                self.traces.exceptions_left_out += 1;
                others.push(event);
            }
        }
        (exceptions, others)
    }

    /// Whether a span above has the same exception: it went through both, and is one error. The upper
    /// one is kept, because its stack trace is the longer one.
    fn passed_on(&self, place: usize, event: &SpanEvent<'a>) -> bool {
        let (kind, message) = exception::key(event);
        let same = |above: usize| {
            let thrown = self.thrown.get(&above).into_iter().flatten();
            thrown.into_iter().any(|(known, text)| known == kind && text == message)
        };
        self.segments.above(place).any(same)
    }
}

/// Attributes that we add to those that were sent.
const ROOM_FOR_OURS: usize = 6;

fn add_own<'a>(attributes: &mut Attributes<'a>, span: &mut Span<'a>, resource: &Resource<'a>) {
    let kind = usize::try_from(span.kind).ok().and_then(|kind| KINDS.get(kind)).unwrap_or(&"");
    attributes.fill_text("sentry.kind", *kind);
    attributes.fill_text("sentry.origin", "auto.otlp.spans");
    attributes.fill_text("sentry.status.message", std::mem::take(&mut span.status.message));
    if let Some(is_remote) = is_remote(span.flags) {
        attributes.fill("sentry.is_remote", AttributeValue::Bool(is_remote));
    }
    // On a client's span, the server is the one that was called.
    if !matches!(*kind, "client" | "producer") {
        attributes.fill_text("server.address", resource.server.clone());
    }
    for (name, count) in [
        ("otel.dropped_attributes_count", span.dropped_attributes),
        ("otel.dropped_links_count", span.dropped_links),
    ] {
        if count > 0 {
            attributes.fill_json(name, Value::from(count));
        }
    }
}

/// Source: Relay's names for OTLP spans that have none.
fn name_of_nameless(attributes: &Attributes<'_>, kind: u64) -> &'static str {
    let has = |name| attributes.get(name).is_some();
    if has("db.system.name") || has("db.system") {
        "db"
    } else if has("http.request.method") || has("http.method") {
        match kind {
            2 => "http.server",
            3 => "http.client",
            _ => "http",
        }
    } else {
        ""
    }
}

/// How likely it was that a trace was kept, from the threshold in its state: `ot=th:8` is a half.
///
/// Source: OpenTelemetry, "`TraceState`: probability sampling".
fn sample_rate(trace_state: &str) -> Option<f64> {
    let ours = trace_state.split(',').find_map(|entry| entry.trim().strip_prefix("ot="))?;
    let threshold = ours.split(';').find_map(|field| field.strip_prefix("th:"))?;
    let digits = u32::try_from(threshold.len()).ok().filter(|digits| (1..=14).contains(digits))?;
    let threshold = u64::from_str_radix(threshold, 16).ok()? << (4 * (14 - digits));
    let kept = (1_u64 << 56).saturating_sub(threshold);
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits")]
    let rate = kept as f64 / (1_u64 << 56) as f64;
    // As for Sentry's own sample rates: one span must not drown all others.
    (rate >= 1e-6).then_some(rate)
}

/// Events and links as lists of JSON, as far as they fit into an attribute.
fn add_lists<'a>(
    attributes: &mut Attributes<'a>,
    events: Vec<SpanEvent<'a>>,
    links: Vec<Link<'a>>,
    dropped: u64,
) {
    let sent = u64::try_from(events.len()).unwrap_or(u64::MAX);
    let written = add_list(attributes, "otel.events", events.into_iter().map(event_object));
    let lost = (sent - written).saturating_add(dropped);
    if lost > 0 {
        attributes.fill_json("otel.dropped_events_count", Value::from(lost));
    }
    let links = links.into_iter().filter_map(link_object);
    add_list(attributes, "sentry.links", links);
}

fn add_list<'a>(
    attributes: &mut Attributes<'a>,
    name: &'static str,
    objects: impl Iterator<Item = Object<'a>>,
) -> u64 {
    let mut text = Vec::new();
    let mut written = 0;
    for object in objects {
        let before = text.len();
        text.push(if written == 0 { b'[' } else { b',' });
        json_text::write_object(&mut text, &object);
        if text.len() >= ATTRIBUTE_TEXT_BYTES_MAX {
            text.truncate(before);
            break;
        }
        written += 1;
    }
    if written > 0 {
        text.push(b']');
        attributes.fill_text(name, String::from_utf8(text).unwrap_or_default());
    }
    written
}

fn event_object(event: SpanEvent<'_>) -> Object<'_> {
    let mut object = Object::with_capacity(3);
    object.push("name", Value::Str(event.name));
    if event.time > 0 {
        object.push("timestamp", exception::seconds(event.time));
    }
    push_attributes(&mut object, event.attributes);
    object
}

fn link_object(link: Link<'_>) -> Option<Object<'_>> {
    let mut object = Object::with_capacity(3);
    object.push("trace_id", link.trace?.to_string());
    object.push("span_id", link.span?.to_string());
    push_attributes(&mut object, link.attributes);
    Some(object)
}

fn push_attributes<'a>(object: &mut Object<'a>, attributes: Sent<'a>) {
    if !attributes.is_empty() {
        object.push("attributes", Value::Object(attributes.into_iter().collect()));
    }
}

/// Nanoseconds as microseconds; all of them fit.
fn micros(nanos: u64) -> i64 {
    i64::try_from(nanos / 1000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_rates_are_read_from_the_trace_state() {
        for (state, expected) in [
            ("ot=th:8", Some(0.5)),
            ("vendor=1, ot=rv:6e6d1a75832a2f;th:c", Some(0.25)),
            ("ot=th:0", Some(1.0)),
            ("ot=th:fffffffffffffff", None),
            ("ot=th:ffffffffffffff", None),
            ("ot=th:", None),
            ("ot=th:x", None),
            ("th:8", None),
            ("", None),
        ] {
            assert_eq!(sample_rate(state), expected, "{state}");
        }
    }
}
